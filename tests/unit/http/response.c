#include "sessiond/http/response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/compiler.h"

#define DATE "Sat, 21 Nov 2026 08:41:00 GMT"

struct fixture {
	struct http_response r;
	struct wa_buf out;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	http_response_init(&f->r);
	f->out = WA_BUF_INIT(1 << 20);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	http_response_done(&f->r);
	wa_buf_done(&f->out);
	free(f);
	return 0;
}

/* All of the response on the wire. */
static const char *
wire(struct fixture *f, bool keep_alive)
{
	wa_buf_clear(&f->out);
	assert_int_equal(http_response_write(&f->r, DATE, keep_alive, &f->out), WA_OK);
	return wa_buf_cstr(&f->out);
}

static void
is_refused(struct fixture *f)
{
	wa_buf_clear(&f->out);
	wa_buf_str(&f->out, "before");
	assert_int_equal(http_response_write(&f->r, DATE, true, &f->out), WA_ERR_INVALID);
	assert_string_equal(wa_buf_cstr(&f->out), "before");
}

static void
an_empty_response_is_a_200_with_no_body(void **state)
{
	assert_string_equal(
	    wire(*state, true), "HTTP/1.1 200 OK\r\nDate: " DATE "\r\nContent-Length: 0\r\n\r\n");
}

static void
headers_cookies_and_body_are_written_in_order(void **state)
{
	struct fixture *f = *state;

	f->r.status = 422;
	http_response_cookie(&f->r, "s", "v; Path=/");
	http_response_header(&f->r, "Content-Type", "application/json");
	http_response_header(&f->r, "X-Empty", "");
	wa_buf_str(&f->r.body, "{}");
	assert_string_equal(wire(f, true),
	    "HTTP/1.1 422 Unprocessable Content\r\nDate: " DATE "\r\n"
	    "Content-Type: application/json\r\nX-Empty: \r\nSet-Cookie: s=v; Path=/\r\n"
	    "Content-Length: 2\r\n\r\n{}");
}

static void
responses_are_appended_to_what_is_there(void **state)
{
	struct fixture *f = *state;

	(void)wire(f, true);
	f->r.status = 204;
	assert_int_equal(http_response_write(&f->r, DATE, true, &f->out), WA_OK);
	assert_string_equal(wa_buf_cstr(&f->out),
	    "HTTP/1.1 200 OK\r\nDate: " DATE "\r\nContent-Length: 0\r\n\r\n"
	    "HTTP/1.1 204 No Content\r\nDate: " DATE "\r\n\r\n");
}

static void
a_204_or_304_has_neither_body_nor_length(void **state)
{
	struct fixture *f = *state;

	wa_buf_str(&f->r.body, "dropped");
	f->r.status = 204;
	assert_string_equal(wire(f, true), "HTTP/1.1 204 No Content\r\nDate: " DATE "\r\n\r\n");
	f->r.status = 304;
	assert_string_equal(wire(f, true), "HTTP/1.1 304 Not Modified\r\nDate: " DATE "\r\n\r\n");
}

static void
the_end_of_a_connection_is_announced(void **state)
{
	static const char closing[] =
	    "HTTP/1.1 200 OK\r\nDate: " DATE "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	struct fixture *f = *state;

	assert_string_equal(wire(f, false), closing);
	f->r.close = true;
	assert_string_equal(wire(f, true), closing);
}

static void
a_control_byte_is_found_at_every_place(void **state)
{
	struct fixture *f = *state;
	char value[32];

	for (size_t n = 1; n < 30; n++)
		for (size_t at = 0; at < n; at++) {
			memset(value, 'x', n);
			value[n] = '\0';
			value[at] = at % 2 == 0 ? '\n' : '\x7f';
			http_response_clear(&f->r);
			http_response_header(&f->r, "Location", value);
			is_refused(f);
		}
}

static void
a_control_byte_in_a_header_is_never_sent(void **state)
{
	static const char *const bad[] = {
	    "a\r\nX: y", "a\n", "a\r", "\x01", "a\tb", "\x7f", "\x1b[2J"};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < WA_ARRAY_LEN(bad); i++) {
		http_response_clear(&f->r);
		http_response_header(&f->r, "Location", bad[i]);
		is_refused(f);

		http_response_clear(&f->r);
		http_response_header(&f->r, bad[i], "x");
		is_refused(f);

		http_response_clear(&f->r);
		http_response_cookie(&f->r, "s", bad[i]);
		is_refused(f);

		http_response_clear(&f->r);
		http_response_cookie(&f->r, bad[i], "v");
		is_refused(f);

		http_response_clear(&f->r);
		http_response_header(&f->r, "X", "a");
		http_response_header_join(&f->r, "X", bad[i]);
		is_refused(f);
	}
	http_response_clear(&f->r);
	http_response_header(&f->r, "X", "\xc3\xbc");
	assert_non_null(strstr(wire(f, true), "\r\nX: \xc3\xbc\r\n"));
}

static void
joining_adds_to_the_first_line_of_that_name(void **state)
{
	struct fixture *f = *state;

	http_response_header_join(&f->r, "Vary", "Origin");
	http_response_header(&f->r, "Vary-Not", "a");
	http_response_header_join(&f->r, "vary", "Cookie");
	http_response_header_join(&f->r, "Var", "b");
	assert_string_equal(wire(f, true),
	    "HTTP/1.1 200 OK\r\nDate: " DATE "\r\nVary: Origin, Cookie\r\nVary-Not: a\r\nVar: b\r\n"
	    "Content-Length: 0\r\n\r\n");
}

static void
a_cookie_replaces_its_name_and_its_chunks(void **state)
{
	struct fixture *f = *state;

	http_response_cookie(&f->r, "a", "1");
	http_response_cookie(&f->r, "a.0", "1");
	http_response_cookie(&f->r, "a.12", "1");
	http_response_cookie(&f->r, "a.b", "1");
	http_response_cookie(&f->r, "a.1x", "1");
	http_response_cookie(&f->r, "aa", "1");
	http_response_cookie(&f->r, "A", "1");
	http_response_cookie(&f->r, "a", "2; Path=/");
	assert_string_equal(wire(f, true),
	    "HTTP/1.1 200 OK\r\nDate: " DATE "\r\nSet-Cookie: a.b=1\r\nSet-Cookie: a.1x=1\r\n"
	    "Set-Cookie: aa=1\r\nSet-Cookie: A=1\r\nSet-Cookie: a=2; Path=/\r\n"
	    "Content-Length: 0\r\n\r\n");
}

static void
a_chunk_leaves_the_whole_and_other_chunks(void **state)
{
	struct fixture *f = *state;

	http_response_cookie(&f->r, "a", "1");
	http_response_cookie(&f->r, "a.0", "2");
	http_response_cookie(&f->r, "a.1", "3");
	http_response_cookie(&f->r, "a.0", "4");
	assert_string_equal(wire(f, true),
	    "HTTP/1.1 200 OK\r\nDate: " DATE "\r\nSet-Cookie: a=1\r\nSet-Cookie: a.1=3\r\n"
	    "Set-Cookie: a.0=4\r\nContent-Length: 0\r\n\r\n");
}

static void
a_queued_cookie_is_found_by_its_exact_name(void **state)
{
	struct fixture *f = *state;
	const char *rest;
	size_t n = 0;

	assert_null(http_response_cookie_get(&f->r, "a", &n));
	http_response_cookie(&f->r, "a.0", "chunk");
	http_response_cookie(&f->r, "ab", "1");
	assert_null(http_response_cookie_get(&f->r, "a", &n));
	http_response_cookie(&f->r, "a", "v; Path=/");
	rest = http_response_cookie_get(&f->r, "a", &n);
	assert_non_null(rest);
	assert_int_equal(n, strlen("v; Path=/"));
	assert_memory_equal(rest, "v; Path=/", n);
}

static void
as_many_cookies_as_the_limit_pass_and_one_more_does_not(void **state)
{
	struct fixture *f = *state;
	char name[16];
	int i;

	for (i = 0; i < HTTP_SET_COOKIES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "c%d", i);
		http_response_cookie(&f->r, name, "v");
	}
	http_response_cookie(&f->r, "c0", "replaced");
	(void)wire(f, true);
	http_response_cookie(&f->r, "one-more", "v");
	is_refused(f);
}

static void
a_body_that_did_not_fit_is_a_fault_and_not_half_a_response(void **state)
{
	struct fixture *f = *state;
	struct wa_buf small = WA_BUF_INIT(16);

	wa_buf_clear(&f->out);
	f->r.body.failed = true;
	assert_int_equal(http_response_write(&f->r, DATE, true, &f->out), WA_ERR_NOMEM);
	assert_int_equal(f->out.len, 0);

	http_response_clear(&f->r);
	assert_int_equal(http_response_write(&f->r, DATE, true, &small), WA_ERR_NOMEM);
	assert_int_equal(small.len, 0);
	wa_buf_done(&small);
}

static void
clear_makes_a_new_empty_200(void **state)
{
	struct fixture *f = *state;

	f->r.status = 500;
	f->r.close = true;
	http_response_header(&f->r, "X", "\n");
	http_response_cookie(&f->r, "a", "b");
	wa_buf_str(&f->r.body, "x");
	http_response_clear(&f->r);
	assert_string_equal(
	    wire(f, true), "HTTP/1.1 200 OK\r\nDate: " DATE "\r\nContent-Length: 0\r\n\r\n");
}

static void
reasons_are_the_standard_ones(WA_UNUSED void **state)
{
	assert_string_equal(http_reason(200), "OK");
	assert_string_equal(http_reason(431), "Request Header Fields Too Large");
	assert_string_equal(http_reason(299), "Unknown");
}

static void
dates_are_imf_fixdates(WA_UNUSED void **state)
{
	static const struct {
		long long t;
		const char *text;
	} cases[] = {
	    {1795250460, DATE},
	    {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
	    {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
	    {951782399, "Mon, 28 Feb 2000 23:59:59 GMT"},
	    {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
	    {253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
	    {253402300800, "Fri, 31 Dec 9999 23:59:59 GMT"},
	    {-1, "Thu, 01 Jan 1970 00:00:00 GMT"},
	};
	char out[HTTP_DATE_SIZE];
	size_t i;

	for (i = 0; i < WA_ARRAY_LEN(cases); i++) {
		http_date_format(cases[i].t, out);
		assert_string_equal(out, cases[i].text);
	}
}

int
main(void)
{
#define FRESH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
	    FRESH(an_empty_response_is_a_200_with_no_body),
	    FRESH(headers_cookies_and_body_are_written_in_order),
	    FRESH(responses_are_appended_to_what_is_there),
	    FRESH(a_204_or_304_has_neither_body_nor_length),
	    FRESH(the_end_of_a_connection_is_announced),
	    FRESH(a_control_byte_in_a_header_is_never_sent),
	    FRESH(a_control_byte_is_found_at_every_place),
	    FRESH(joining_adds_to_the_first_line_of_that_name),
	    FRESH(a_cookie_replaces_its_name_and_its_chunks),
	    FRESH(a_chunk_leaves_the_whole_and_other_chunks),
	    FRESH(a_queued_cookie_is_found_by_its_exact_name),
	    FRESH(as_many_cookies_as_the_limit_pass_and_one_more_does_not),
	    FRESH(a_body_that_did_not_fit_is_a_fault_and_not_half_a_response),
	    FRESH(clear_makes_a_new_empty_200),
	    cmocka_unit_test(reasons_are_the_standard_ones),
	    cmocka_unit_test(dates_are_imf_fixdates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
