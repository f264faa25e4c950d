#include "lib/base/json_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void
members_and_elements_get_their_commas(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(1000);

	(void)state;
	wa_json_open(&b, '{');
	wa_json_key(&b, "a");
	wa_json_string(&b, "x");
	wa_json_key(&b, "b");
	wa_json_open(&b, '[');
	wa_json_int(&b, -1);
	wa_json_bool(&b, true);
	wa_json_bool(&b, false);
	wa_json_null(&b);
	wa_json_string(&b, NULL);
	wa_json_string(&b, "");
	wa_json_open(&b, '{');
	wa_json_close(&b, '}');
	wa_json_open(&b, '[');
	wa_json_close(&b, ']');
	wa_json_raw(&b, "{\"k\":1}", 7);
	wa_json_time(&b, 0);
	wa_json_close(&b, ']');
	wa_json_key(&b, "c");
	wa_json_open(&b, '{');
	wa_json_close(&b, '}');
	wa_json_key(&b, "d");
	wa_json_null(&b);
	wa_json_close(&b, '}');
	assert_string_equal(wa_buf_cstr(&b),
	    "{\"a\":\"x\",\"b\":[-1,true,false,null,null,\"\",{},[],{\"k\":1},"
	    "\"1970-01-01T00:00:00.000Z\"],\"c\":{},\"d\":null}");
}

/* Text that ends like an opening bracket must not take the comma behind it. */
static void
what_a_string_ends_with_does_not_matter(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(1000);

	(void)state;
	wa_json_open(&b, '[');
	wa_json_string(&b, "{");
	wa_json_string(&b, "[");
	wa_json_string(&b, ":");
	wa_json_string(&b, "\\");
	wa_json_close(&b, ']');
	assert_string_equal(wa_buf_cstr(&b), "[\"{\",\"[\",\":\",\"\\\\\"]");
}

static void
control_characters_are_escaped_as_json_stringify_does(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(1000);
	char text[32];

	(void)state;
	for (size_t i = 0; i < 31; i++)
		text[i] = (char)(i + 1);
	text[31] = '\0';
	wa_json_string(&b, text);
	assert_string_equal(wa_buf_cstr(&b),
	    "\"\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u000"
	    "f"
	    "\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019\\u001a\\u001b"
	    "\\u001c\\u001d\\u001e\\u001f\"");
}

static void
nothing_else_is_escaped_but_quote_and_backslash(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(1000);

	(void)state;
	wa_json_string(&b, "a/b <&>' \x7f \xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80 \" \\");
	assert_string_equal(
	    wa_buf_cstr(&b), "\"a/b <&>' \x7f \xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80 \\\" \\\\\"");
}

/* A run of plain characters is looked at in words, and may end anywhere in one. */
static void
what_must_be_escaped_is_found_at_every_place(void **state)
{
	char text[32], expected[40];

	(void)state;
	for (size_t n = 1; n < 30; n++)
		for (size_t at = 0; at < n; at++) {
			WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(1000);

			memset(text, 'x', n);
			text[n] = '\0';
			text[at] = '\n';
			(void)snprintf(expected, sizeof(expected), "\"%.*s\\n%s\"", (int)at, text,
			    text + at + 1);
			wa_json_string(&b, text);
			assert_string_equal(wa_buf_cstr(&b), expected);
		}
}

static void
a_literal_member_is_written_like_any_other(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(25);

	(void)state;
	wa_json_open(&b, '{');
	WA_JSON_KEY(&b, "a");
	wa_json_int(&b, 1);
	WA_JSON_KEY(&b, "b");
	wa_json_string(&b, "{");
	WA_JSON_KEY(&b, "c");
	wa_json_null(&b);
	wa_json_close(&b, '}');
	assert_string_equal(wa_buf_cstr(&b), "{\"a\":1,\"b\":\"{\",\"c\":null}");
	WA_JSON_KEY(&b, "d");
	assert_int_equal(wa_buf_check(&b), WA_ERR_NOMEM);
}

static void
keys_are_escaped_too(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(1000);

	(void)state;
	wa_json_open(&b, '{');
	wa_json_key(&b, "a\"b\n");
	wa_json_int(&b, INT64_MAX);
	wa_json_close(&b, '}');
	assert_string_equal(wa_buf_cstr(&b), "{\"a\\\"b\\n\":9223372036854775807}");
}

static void
what_does_not_fit_fails_at_the_end(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(10);

	(void)state;
	wa_json_open(&b, '[');
	wa_json_string(&b, "123456");
	wa_json_close(&b, ']');
	assert_int_equal(wa_buf_check(&b), WA_OK);
	wa_buf_clear(&b);
	wa_json_open(&b, '[');
	wa_json_string(&b, "1234567");
	wa_json_close(&b, ']');
	assert_int_equal(wa_buf_check(&b), WA_ERR_NOMEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(members_and_elements_get_their_commas),
	    cmocka_unit_test(what_a_string_ends_with_does_not_matter),
	    cmocka_unit_test(control_characters_are_escaped_as_json_stringify_does),
	    cmocka_unit_test(nothing_else_is_escaped_but_quote_and_backslash),
	    cmocka_unit_test(what_must_be_escaped_is_found_at_every_place),
	    cmocka_unit_test(a_literal_member_is_written_like_any_other),
	    cmocka_unit_test(keys_are_escaped_too),
	    cmocka_unit_test(what_does_not_fit_fails_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
