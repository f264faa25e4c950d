#include "sessiond/http/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/limits.h"

#define ORIGIN "https://auth.test"

static void
assert_set(const char *url, const char *want)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	const char *got;

	assert_int_equal(http_url_set_param(a, ORIGIN, url, "token", "a b", &got), WA_OK);
	assert_string_equal(got, want);
}

/* Each result is what Node's URL gives. */
static void
parameter_is_set_as_a_browser_does(void **state)
{
	(void)state;
	assert_set("/", "https://auth.test/?token=a+b");
	assert_set("/reset?y=1", "https://auth.test/reset?y=1&token=a+b");
	assert_set("/reset?token=x&y=1&token=z#f", "https://auth.test/reset?token=a+b&y=1#f");
	assert_set("/r?a=%20b&c=d%2Fe~", "https://auth.test/r?a=+b&c=d%2Fe%7E&token=a+b");
	assert_set(
	    "/\xc3\xbcn \"x\"?\xc3\xbc", "https://auth.test/%C3%BCn%20%22x%22?%C3%BC=&token=a+b");
	assert_set("/a?", "https://auth.test/a?token=a+b");
	assert_set("/a#x y", "https://auth.test/a?token=a+b#x%20y");
	assert_set("https://app.test", "https://app.test/?token=a+b");
	assert_set("https://app.test?x=/", "https://app.test/?x=%2F&token=a+b");
	assert_set("https://app.test/p", "https://app.test/p?token=a+b");
	assert_set("myapp://reset", "myapp://reset?token=a+b");
}

static void
query_that_is_none_is_refused(void **state)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	const char *got = "untouched";

	(void)state;
	assert_int_equal(
	    http_url_set_param(a, ORIGIN, "/?a=%00", "token", "x", &got), WA_ERR_INVALID);
	assert_string_equal(got, "untouched");
}

static void
parameter_is_added_and_the_rest_kept(void **state)
{
	static const char *const cases[][2] = {
	    {"/hi", "/hi?error=X"},
	    {"/hi?x=1#frag", "/hi?x=1&error=X#frag"},
	    {"/hi#frag?", "/hi?error=X#frag?"},
	    {"/hi?", "/hi?error=X"},
	    {"https://a.test/%2f?q=a b", "https://a.test/%2f?q=a b&error=X"},
	};
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++)
		assert_string_equal(http_url_add_param(a, cases[i][0], "error", "X"), cases[i][1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parameter_is_set_as_a_browser_does),
	    cmocka_unit_test(query_that_is_none_is_refused),
	    cmocka_unit_test(parameter_is_added_and_the_rest_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
