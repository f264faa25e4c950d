/*
 * The raw cases are in tests/data/framing.txt, which is the argument of this program; here is what
 * can only be said in code: limits, byte classes, slices.
 */
#include "sessiond/http/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/compiler.h"

#define GET	  "GET /api/auth/ok HTTP/1.1\r\nHost: a.test\r\n"
#define RAW_MAX	  16384
#define CASES_MIN 55

static const char *cases_path;

/* In memory of exactly that size, so that reading past it is seen. The caller frees ret_copy. */
static enum http_parse
parse_copy(const char *data, size_t n, struct http_request *r, size_t *ret_len, int *ret_status,
    char **ret_copy)
{
	char *copy = malloc(n == 0 ? 1 : n);

	assert_non_null(copy);
	memcpy(copy, data, n);
	*ret_copy = copy;
	return http_request_parse(copy, n, r, ret_len, ret_status);
}

static enum http_parse
parse(const char *data, size_t n, struct http_request *r, size_t *ret_len, int *ret_status)
{
	char *copy = NULL;
	enum http_parse result;

	result = parse_copy(data, n, r, ret_len, ret_status, &copy);
	free(copy);
	return result;
}

static int
status_of(const char *data, size_t n)
{
	struct http_request r;
	size_t len = 0;
	int status = 0;

	if (parse(data, n, &r, &len, &status) == HTTP_PARSE_ERROR)
		return status;
	return 0;
}

/* What the bytes hold, in the words of framing.txt. */
static void
describe(const char *p, size_t n, char *out, size_t size)
{
	static const char *const methods[] = {"GET", "POST", "HEAD", "OPTIONS", "OTHER"};
	struct http_request r;
	size_t len = 0, at = 0;
	int status = 0;

	out[0] = '\0';
	while (n > 0) {
		const char *gap = at > 0 ? " " : "";

		switch (parse(p, n, &r, &len, &status)) {
		case HTTP_PARSE_ERROR:
			(void)snprintf(out + at, size - at, "%s%d", gap, status);
			return;
		case HTTP_PARSE_MORE: (void)snprintf(out + at, size - at, "%smore", gap); return;
		case HTTP_PARSE_DONE: break;
		}
		at += (size_t)snprintf(out + at, size - at, "%s%s/%zu/%s%s", gap, methods[r.method],
		    r.content_length, r.keep_alive ? "keep" : "close",
		    r.expect_continue ? "/expect" : "");
		if (!r.keep_alive)
			return;
		len += r.content_length;
		if (len > n) {
			(void)snprintf(out + at, size - at, " more");
			return;
		}
		p += len;
		n -= len;
	}
}

static size_t
unescape(const char *s, char *out)
{
	static const struct {
		const char *from, *to;
	} words[] = {
	    {"\\r", "\r"},
	    {"\\n", "\n"},
	    {"\\t", "\t"},
	    {"\\\\", "\\"},
	    {"{get}", GET},
	    {"{post}", "POST /api/auth/ok HTTP/1.1\r\nHost: a.test\r\n"},
	    {"{smuggled}", "GET /api/auth/ok?smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"},
	};
	char hex[3] = {0};
	size_t i, n = 0;

	while (*s != '\0') {
		for (i = 0; i < WA_ARRAY_LEN(words); i++)
			if (strncmp(s, words[i].from, strlen(words[i].from)) == 0)
				break;
		if (i < WA_ARRAY_LEN(words)) {
			memcpy(out + n, words[i].to, strlen(words[i].to));
			n += strlen(words[i].to);
			s += strlen(words[i].from);
		} else if (s[0] == '\\' && s[1] == 'x') {
			memcpy(hex, s + 2, 2);
			out[n++] = (char)strtol(hex, NULL, 16);
			s += 4;
		} else
			out[n++] = *s++;
		assert_true(n < RAW_MAX / 2);
	}
	return n;
}

struct raw_case {
	char line[RAW_MAX];
	const char *name;
	const char *expected;
	char bytes[RAW_MAX];
	size_t n;
};

static bool
next_case(FILE *f, struct raw_case *ret)
{
	char *p;

	while (fgets(ret->line, sizeof(ret->line), f) != NULL) {
		ret->line[strcspn(ret->line, "\n")] = '\0';
		if (ret->line[0] == '#' || ret->line[0] == '\0')
			continue;

		ret->name = ret->line;
		p = strstr(ret->line, " | ");
		assert_non_null(p);
		*p = '\0';
		ret->expected = p + 3;
		p = strstr(p + 3, " | ");
		assert_non_null(p);
		*p = '\0';
		ret->n = unescape(p + 3, ret->bytes);
		return true;
	}
	return false;
}

static void
each_case(void (*check)(const struct raw_case *c))
{
	struct raw_case *c = malloc(sizeof(*c));
	FILE *f = fopen(cases_path, "re");
	int n = 0;

	assert_non_null(c);
	assert_non_null(f);
	while (next_case(f, c)) {
		check(c);
		n++;
	}
	(void)fclose(f);
	free(c);
	assert_true(n >= CASES_MIN);
}

static void
check_framing(const struct raw_case *c)
{
	char found[256];

	describe(c->bytes, c->n, found, sizeof(found));
	if (strcmp(found, c->expected) != 0)
		fail_msg("%s: expected %s, found %s", c->name, c->expected, found);
}

static void
raw_cases_are_framed_as_listed(WA_UNUSED void **state)
{
	each_case(check_framing);
}

/* One byte more at a time, as a slow client sends it. */
static void
check_prefixes(const struct raw_case *c)
{
	struct http_request r;
	enum http_parse whole, part;
	size_t whole_len = 0, len, i;
	int whole_status = 0, status;

	whole = parse(c->bytes, c->n, &r, &whole_len, &whole_status);
	for (i = 0; i < c->n; i++) {
		len = 0;
		status = 0;
		part = parse(c->bytes, i, &r, &len, &status);
		if (part == HTTP_PARSE_MORE && (whole != HTTP_PARSE_DONE || i < whole_len))
			continue;
		if (part != whole || len != whole_len || status != whole_status)
			fail_msg("%s: another verdict after %zu bytes", c->name, i);
	}
}

static void
a_prefix_never_gets_another_verdict(WA_UNUSED void **state)
{
	each_case(check_prefixes);
}

static void
sixty_four_headers_pass_and_one_more_is_431(WA_UNUSED void **state)
{
	char raw[RAW_MAX] = GET;
	struct http_request r;
	size_t len = 0;
	int status = 0, i;

	for (i = 1; i < WA_HEADERS_MAX; i++)
		strcat(raw, "X: y\r\n");
	strcat(raw, "\r\n");
	assert_int_equal(parse(raw, strlen(raw), &r, &len, &status), HTTP_PARSE_DONE);
	assert_int_equal(r.n_headers, WA_HEADERS_MAX);
	assert_int_equal(len, strlen(raw));

	raw[strlen(raw) - 2] = '\0';
	strcat(raw, "X: y\r\n\r\n");
	assert_int_equal(status_of(raw, strlen(raw)), 431);
}

/* A whole head of exactly n bytes. */
static void
fill_head(char *raw, size_t n)
{
	size_t used;

	strcpy(raw, GET "X: ");
	used = strlen(raw);
	memset(raw + used, 'y', n - used - 4);
	memcpy(raw + n - 4, "\r\n\r\n", 4);
}

static void
a_head_of_the_limit_passes_and_one_more_byte_is_431(WA_UNUSED void **state)
{
	char raw[RAW_MAX] = {0};
	struct http_request r;
	size_t len = 0;
	int status = 0;

	fill_head(raw, WA_HEAD_MAX);
	assert_int_equal(parse(raw, WA_HEAD_MAX, &r, &len, &status), HTTP_PARSE_DONE);
	assert_int_equal(len, WA_HEAD_MAX);
	assert_int_equal(parse(raw, WA_HEAD_MAX - 1, &r, &len, &status), HTTP_PARSE_MORE);

	/* What follows a head of the limit does not count. */
	assert_int_equal(parse(raw, WA_HEAD_MAX + 100, &r, &len, &status), HTTP_PARSE_DONE);

	fill_head(raw, WA_HEAD_MAX + 1);
	assert_int_equal(status_of(raw, WA_HEAD_MAX + 1), 431);
	assert_int_equal(status_of(raw, WA_HEAD_MAX), 431);
	assert_int_equal(status_of(raw, WA_HEAD_MAX - 1), 0);
}

static void
a_request_line_over_the_limit_is_414(WA_UNUSED void **state)
{
	char raw[RAW_MAX];

	memset(raw, 'a', sizeof(raw));
	memcpy(raw, "GET /", 5);
	assert_int_equal(status_of(raw, WA_HEAD_MAX - 1), 0);
	assert_int_equal(status_of(raw, WA_HEAD_MAX), 414);
	assert_int_equal(status_of(raw, sizeof(raw)), 414);
}

static void
a_body_of_the_limit_passes_and_one_more_byte_is_413(WA_UNUSED void **state)
{
	char raw[256];
	struct http_request r;
	size_t len = 0;
	int status = 0;

	(void)snprintf(raw, sizeof(raw), GET "Content-Length: %d\r\n\r\n", WA_BODY_MAX);
	assert_int_equal(parse(raw, strlen(raw), &r, &len, &status), HTTP_PARSE_DONE);
	assert_int_equal(r.content_length, WA_BODY_MAX);
	(void)snprintf(raw, sizeof(raw), GET "Content-Length: %d\r\n\r\n", WA_BODY_MAX + 1);
	assert_int_equal(status_of(raw, strlen(raw)), 413);
}

static bool
in(const char *set, int c)
{
	return c != 0 && strchr(set, c) != NULL;
}

static bool
is_alnum(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
accepts(const char *raw_with_at, int c)
{
	char raw[256];
	size_t n = strlen(raw_with_at);

	memcpy(raw, raw_with_at, n);
	raw[strcspn(raw_with_at, "@")] = (char)c;
	return status_of(raw, n) == 0;
}

static void
only_the_bytes_of_its_class_get_into_a_field(WA_UNUSED void **state)
{
	bool token, visible;
	int c;

	for (c = 0; c < 256; c++) {
		token = is_alnum(c) || in("!#$%&'*+-.^_`|~", c);
		visible = c > 0x20 && c < 0x7f;
		assert_int_equal(accepts("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", c), token);
		assert_int_equal(
		    accepts("GET /a@b HTTP/1.1\r\nHost: a\r\n\r\n", c), visible && !in("#\"<>", c));
		assert_int_equal(accepts("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", c),
		    is_alnum(c) || in("-._:[]", c));
		assert_int_equal(
		    accepts("GET / HTTP/1.1\r\nHost: a\r\nX@Y:z\r\n\r\n", c), token || c == ':');
		assert_int_equal(accepts("GET / HTTP/1.1\r\nHost: a\r\nX: y@z\r\n\r\n", c),
		    visible || c == ' ' || c == '\t' || c >= 0x80);
	}
}

/* Values are looked at in words: each place in one, and each way for the value to end in one. */
static void
a_control_byte_in_a_value_is_found_at_every_place(WA_UNUSED void **state)
{
	char value[32], raw[128];
	struct http_request r;
	size_t len = 0;
	int status = 0;

	for (size_t n = 1; n < 30; n++) {
		memset(value, 'x', n);
		value[n] = '\0';
		(void)snprintf(raw, sizeof(raw), GET "X:%s\r\n\r\n", value);
		assert_int_equal(parse(raw, strlen(raw), &r, &len, &status), HTTP_PARSE_DONE);
		assert_int_equal(r.headers[1].value.n, n);
		for (size_t at = 0; at < n; at++) {
			value[at] = at % 2 == 0 ? '\n' : '\x7f';
			(void)snprintf(raw, sizeof(raw), GET "X:%s\r\n\r\n", value);
			assert_int_equal(status_of(raw, strlen(raw)), 400);
			value[at] = '\xff';
			(void)snprintf(raw, sizeof(raw), GET "X:%s\r\n\r\n", value);
			assert_int_equal(status_of(raw, strlen(raw)), 0);
			value[at] = 'x';
		}
	}
}

static void
slice_equals(struct http_slice s, const char *text)
{
	assert_non_null(s.p);
	assert_int_equal(s.n, strlen(text));
	assert_memory_equal(s.p, text, s.n);
}

static void
target_is_split_at_the_first_question_mark(WA_UNUSED void **state)
{
	static const char plain[] = "GET /a%2fb HTTP/1.1\r\nHost: h\r\n\r\n";
	static const char query[] = "GET /a?b=/c?d HTTP/1.1\r\nHost: h\r\n\r\n";
	static const char empty[] = "GET /? HTTP/1.1\r\nHost: h\r\n\r\n";
	struct http_request r;
	size_t len = 0;
	int status = 0;

	assert_int_equal(
	    http_request_parse(plain, strlen(plain), &r, &len, &status), HTTP_PARSE_DONE);
	slice_equals(r.target, "/a%2fb");
	slice_equals(r.path, "/a%2fb");
	assert_null(r.query.p);

	assert_int_equal(
	    http_request_parse(query, strlen(query), &r, &len, &status), HTTP_PARSE_DONE);
	slice_equals(r.target, "/a?b=/c?d");
	slice_equals(r.path, "/a");
	slice_equals(r.query, "b=/c?d");

	assert_int_equal(
	    http_request_parse(empty, strlen(empty), &r, &len, &status), HTTP_PARSE_DONE);
	slice_equals(r.path, "/");
	slice_equals(r.query, "");
}

static void
headers_are_found_in_any_case_and_without_the_blanks_around_them(WA_UNUSED void **state)
{
	static const char raw[] =
	    GET "X-One: \t a  b \t\r\nx-one: second\r\nX-Empty:  \r\nX-Raw:\xfc\r\n\r\n";
	struct http_request r;
	size_t len = 0;
	int status = 0;

	assert_int_equal(http_request_parse(raw, strlen(raw), &r, &len, &status), HTTP_PARSE_DONE);
	assert_int_equal(r.n_headers, 5);
	slice_equals(http_request_header(&r, "x-ONE"), "a  b");
	slice_equals(http_request_header(&r, "Host"), "a.test");
	slice_equals(http_request_header(&r, "X-Empty"), "");
	slice_equals(http_request_header(&r, "X-Raw"), "\xfc");
	assert_null(http_request_header(&r, "X-On").p);
	assert_null(http_request_header(&r, "X-One-").p);
	assert_null(r.body.p);
}

/* Of the request before nothing is left. */
static void
four_headers_are_kept_by_name(WA_UNUSED void **state)
{
	static const char with[] = GET "cookie: a=b\r\nAUTHORIZATION:  Bearer x \r\n"
				       "Content-Type: text/x\r\nOrigin:\r\n\r\n";
	static const char without[] = GET "Cookies: a=b\r\n\r\n";
	struct http_request r;
	size_t len = 0;
	int status = 0;

	assert_int_equal(
	    http_request_parse(with, strlen(with), &r, &len, &status), HTTP_PARSE_DONE);
	slice_equals(r.cookie, "a=b");
	slice_equals(r.authorization, "Bearer x");
	slice_equals(r.content_type, "text/x");
	slice_equals(r.origin, "");
	assert_non_null(r.origin.p);

	assert_int_equal(
	    http_request_parse(without, strlen(without), &r, &len, &status), HTTP_PARSE_DONE);
	assert_null(r.cookie.p);
	assert_null(r.authorization.p);
	assert_null(r.content_type.p);
	assert_null(r.origin.p);
}

static void
slices_compare_with_text_of_the_same_length_only(WA_UNUSED void **state)
{
	assert_true(http_slice_is((struct http_slice){"abc", 2}, "ab"));
	assert_false(http_slice_is((struct http_slice){"abc", 2}, "abc"));
	assert_false(http_slice_is((struct http_slice){"abc", 2}, "AB"));
	assert_false(http_slice_is((struct http_slice){NULL, 0}, ""));
	assert_true(http_slice_is((struct http_slice){"", 0}, ""));
	assert_true(http_slice_is_nocase((struct http_slice){"aBc", 2}, "Ab"));
	assert_false(http_slice_is_nocase((struct http_slice){"aBc", 2}, "Abc"));
	assert_false(http_slice_is_nocase((struct http_slice){NULL, 0}, ""));
}

int
main(WA_UNUSED int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(raw_cases_are_framed_as_listed),
	    cmocka_unit_test(a_prefix_never_gets_another_verdict),
	    cmocka_unit_test(sixty_four_headers_pass_and_one_more_is_431),
	    cmocka_unit_test(a_head_of_the_limit_passes_and_one_more_byte_is_431),
	    cmocka_unit_test(a_request_line_over_the_limit_is_414),
	    cmocka_unit_test(a_body_of_the_limit_passes_and_one_more_byte_is_413),
	    cmocka_unit_test(only_the_bytes_of_its_class_get_into_a_field),
	    cmocka_unit_test(a_control_byte_in_a_value_is_found_at_every_place),
	    cmocka_unit_test(target_is_split_at_the_first_question_mark),
	    cmocka_unit_test(headers_are_found_in_any_case_and_without_the_blanks_around_them),
	    cmocka_unit_test(four_headers_are_kept_by_name),
	    cmocka_unit_test(slices_compare_with_text_of_the_same_length_only),
	};

	cases_path = argv[1];
	return cases_path == NULL ? 2 : cmocka_run_group_tests(tests, NULL, NULL);
}
