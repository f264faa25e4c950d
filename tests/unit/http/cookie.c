#include "sessiond/http/cookie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/compiler.h"

static struct http_slice
slice(const char *text)
{
	return (struct http_slice){text, strlen(text)};
}

/* Every pair of the header, written as [name=value]. */
static const char *
walk(const char *header)
{
	static char out[1024];
	struct http_slice rest = slice(header), name, value;

	out[0] = '\0';
	while (http_cookie_next(&rest, &name, &value)) {
		size_t n = strlen(out);

		(void)snprintf(out + n, sizeof(out) - n, "[%.*s=%.*s]", (int)name.n, name.p,
		    (int)value.n, value.p);
	}
	return out;
}

static void
pairs_are_split_and_trimmed(WA_UNUSED void **state)
{
	assert_string_equal(walk(""), "");
	assert_string_equal(walk("a=b"), "[a=b]");
	assert_string_equal(walk("a=b; c=d"), "[a=b][c=d]");
	assert_string_equal(walk("a=b;c=d;"), "[a=b][c=d]");
	assert_string_equal(walk(" \t a \t= \tb c\t ;c=d"), "[a=b c][c=d]");
	assert_string_equal(walk("a=b=c==; d="), "[a=b=c==][d=]");
	assert_string_equal(walk("a=%2B; b=\xc3\xbc"), "[a=%2B][b=\xc3\xbc]");
	assert_string_equal(walk("a=b, c=d"), "[a=b, c=d]");
}

static void
what_is_no_pair_is_skipped(WA_UNUSED void **state)
{
	assert_string_equal(walk(";;; ;"), "");
	assert_string_equal(walk("secure; a=b; x"), "[a=b]");
	assert_string_equal(walk("=v; a=b"), "[a=b]");
	assert_string_equal(walk(" =v"), "");
}

static void
an_opening_quote_costs_the_first_and_the_last_character(WA_UNUSED void **state)
{
	assert_string_equal(walk("a=\"b\""), "[a=b]");
	assert_string_equal(walk("a= \"b c\" "), "[a=b c]");
	assert_string_equal(walk("a=\"bc"), "[a=b]");
	assert_string_equal(walk("a=\"\""), "[a=]");
	assert_string_equal(walk("a=\""), "[a=]");
	assert_string_equal(walk("a=b\""), "[a=b\"]");
	assert_string_equal(walk("a=\"b;c\""), "[a=]");
}

static void
the_first_of_a_name_wins_and_names_are_exact(WA_UNUSED void **state)
{
	struct http_slice header = slice("xs=0; s=1; s=2; S=3; e=");

	assert_true(http_slice_is(http_cookie_get(header, "s"), "1"));
	assert_true(http_slice_is(http_cookie_get(header, "S"), "3"));
	assert_true(http_slice_is(http_cookie_get(header, "e"), ""));
	assert_null(http_cookie_get(header, "x").p);
	assert_null(http_cookie_get(header, "").p);
	assert_null(http_cookie_get((struct http_slice){NULL, 0}, "s").p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pairs_are_split_and_trimmed),
	    cmocka_unit_test(what_is_no_pair_is_skipped),
	    cmocka_unit_test(an_opening_quote_costs_the_first_and_the_last_character),
	    cmocka_unit_test(the_first_of_a_name_wins_and_names_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
