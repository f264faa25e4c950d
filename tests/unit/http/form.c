#include "sessiond/http/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/compiler.h"

#define FFFD "\xef\xbf\xbd"

static struct http_slice
slice(const char *text)
{
	return (struct http_slice){text, strlen(text)};
}

static struct wa_arena *
arena(void **state)
{
	wa_arena_reset(*state);
	return *state;
}

/* Every field, written as [name=value], or the name of the error. */
static const char *
parse(void **state, const char *text)
{
	static char out[1024];
	struct http_form f = {NULL, 0};
	enum wa_err e;
	size_t i, n = 0;

	out[0] = '\0';
	e = http_form_parse(arena(state), slice(text), &f);
	if (e != WA_OK)
		return wa_err_name(e);
	for (i = 0; i < f.n; i++)
		n += (size_t)snprintf(
		    out + n, sizeof(out) - n, "[%s=%s]", f.fields[i].name, f.fields[i].value);
	return out;
}

static void
pairs_are_split_as_urlsearchparams_does(void **state)
{
	assert_string_equal(parse(state, ""), "");
	assert_string_equal(parse(state, "a=b&c=d"), "[a=b][c=d]");
	assert_string_equal(parse(state, "&&a=b&&"), "[a=b]");
	assert_string_equal(parse(state, "a"), "[a=]");
	assert_string_equal(parse(state, "a&b="), "[a=][b=]");
	assert_string_equal(parse(state, "="), "[=]");
	assert_string_equal(parse(state, "=b"), "[=b]");
	assert_string_equal(parse(state, "a=b=c"), "[a=b=c]");
	assert_string_equal(parse(state, "a=1&a=2"), "[a=1][a=2]");
	assert_string_equal(parse(state, "a;b=c"), "[a;b=c]");
	assert_string_equal(parse(state, "?a=b"), "[?a=b]");
	assert_string_equal(parse(state, " a = b "), "[ a = b ]");
}

static void
escapes_are_decoded_and_malformed_ones_stay(void **state)
{
	assert_string_equal(parse(state, "a+b=c+d"), "[a b=c d]");
	assert_string_equal(parse(state, "a%3Db=%26%2b%2B"), "[a=b=&++]");
	assert_string_equal(parse(state, "a=%"), "[a=%]");
	assert_string_equal(parse(state, "a=%4"), "[a=%4]");
	assert_string_equal(parse(state, "a=%4&b=%"), "[a=%4][b=%]");
	assert_string_equal(parse(state, "a=%zz%4g%g4"), "[a=%zz%4g%g4]");
	assert_string_equal(parse(state, "a=%%41"), "[a=%A]");
	assert_string_equal(parse(state, "a=%2541"), "[a=%41]");
	assert_string_equal(parse(state, "a=%C3%BC\xc3\xbc"), "[a=\xc3\xbc\xc3\xbc]");
}

/* The expectations are what a browser's URLSearchParams gives (WHATWG Encoding, maximal subparts).
 */
static void
ill_formed_utf8_becomes_the_replacement_character(void **state)
{
	static const struct {
		const char *text, *value;
	} cases[] = {
	    {"%FF", FFFD},
	    {"%80", FFFD},
	    {"%C3", FFFD},
	    {"%C3x", FFFD "x"},
	    {"x%C3%C3%BC", "x" FFFD "\xc3\xbc"},
	    {"%C0%AF", FFFD FFFD},
	    {"%E0%80%AF", FFFD FFFD FFFD},
	    {"%E2%82", FFFD},
	    {"%E2%82x", FFFD "x"},
	    {"%E2%82%AC", "\xe2\x82\xac"},
	    {"%ED%A0%80", FFFD FFFD FFFD},
	    {"%F0%9F%98", FFFD},
	    {"%F0%9F%98%80", "\xf0\x9f\x98\x80"},
	    {"%F0%80%80%80", FFFD FFFD FFFD FFFD},
	    {"%F4%90%80%80", FFFD FFFD FFFD FFFD},
	    {"%F5%80", FFFD FFFD},
	    {"%EF%BB%BFx", "\xef\xbb\xbfx"},
	};
	char text[64], expected[64];
	size_t i;

	for (i = 0; i < WA_ARRAY_LEN(cases); i++) {
		(void)snprintf(text, sizeof(text), "a=%s", cases[i].text);
		(void)snprintf(expected, sizeof(expected), "[a=%s]", cases[i].value);
		assert_string_equal(parse(state, text), expected);
	}
}

static void
nul_is_refused_in_names_and_values(void **state)
{
	struct http_form f = {NULL, 0};

	assert_string_equal(parse(state, "a=b%00c"), "INVALID");
	assert_string_equal(parse(state, "a%00=b"), "INVALID");
	assert_int_equal(
	    http_form_parse(arena(state), (struct http_slice){"a=\0", 3}, &f), WA_ERR_INVALID);
	assert_null(f.fields);
}

static void
sixty_four_fields_pass_and_one_more_does_not(void **state)
{
	char text[4 * WA_QUERY_PARAMS_MAX] = "";
	struct http_form f = {NULL, 0};
	int i;

	for (i = 0; i < WA_QUERY_PARAMS_MAX; i++)
		strcat(text, "a&&");
	assert_int_equal(http_form_parse(arena(state), slice(text), &f), WA_OK);
	assert_int_equal(f.n, WA_QUERY_PARAMS_MAX);

	strcat(text, "a");
	assert_string_equal(parse(state, text), "TOO_LONG");
}

static void
get_gives_the_first_and_count_all(void **state)
{
	struct http_form f = {NULL, 0};

	assert_int_equal(http_form_parse(arena(state), slice("a=1&b=&a=2&A=3"), &f), WA_OK);
	assert_string_equal(http_form_get(&f, "a"), "1");
	assert_string_equal(http_form_get(&f, "b"), "");
	assert_null(http_form_get(&f, "c"));
	assert_int_equal(http_form_count(&f, "a"), 2);
	assert_int_equal(http_form_count(&f, "c"), 0);
}

static void
an_absent_text_has_no_fields(void **state)
{
	struct http_form f = {NULL, 7};

	assert_int_equal(http_form_parse(arena(state), (struct http_slice){NULL, 0}, &f), WA_OK);
	assert_int_equal(f.n, 0);
	assert_null(http_form_get(&f, "a"));
}

static void
an_exhausted_arena_is_a_fault(WA_UNUSED void **state)
{
	struct http_form f = {NULL, 0};
	struct wa_arena *a;
	size_t max;
	enum wa_err e;

	for (max = 1;; max++) {
		a = wa_arena_new(max);
		e = a == NULL ? WA_ERR_NOMEM : http_form_parse(a, slice("a=%FF&b=c"), &f);
		wa_arena_free(a);
		if (e == WA_OK)
			break;
		assert_int_equal(e, WA_ERR_NOMEM);
		assert_null(f.fields);
	}
	assert_true(max > 1);
}

static int
setup(void **state)
{
	*state = wa_arena_new(WA_ARENA_MAX);
	return *state == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	wa_arena_free(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pairs_are_split_as_urlsearchparams_does),
	    cmocka_unit_test(escapes_are_decoded_and_malformed_ones_stay),
	    cmocka_unit_test(ill_formed_utf8_becomes_the_replacement_character),
	    cmocka_unit_test(nul_is_refused_in_names_and_values),
	    cmocka_unit_test(sixty_four_fields_pass_and_one_more_does_not),
	    cmocka_unit_test(get_gives_the_first_and_count_all),
	    cmocka_unit_test(an_absent_text_has_no_fields),
	    cmocka_unit_test(an_exhausted_arena_is_a_fault),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
