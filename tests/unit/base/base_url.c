/* tests lib/base/base_url.c */
#include "lib/base/base_url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/limits.h"

static int
setup(void **state)
{
	*state = wa_arena_new(WA_ARENA_MAX);
	return *state == NULL;
}

static int
teardown(void **state)
{
	wa_arena_free(*state);
	return 0;
}

static void
routes_are_below_its_path_or_better_auths(void **state)
{
	static const char *const cases[][2] = {
	    {"https://a.test", "https://a.test/api/auth"},
	    {"https://a.test/", "https://a.test/api/auth"},
	    {"https://a.test:8443", "https://a.test:8443/api/auth"},
	    {"http://a.test/auth", "http://a.test/auth"},
	    {"http://a.test/auth//", "http://a.test/auth"},
	    {"HTTPS://a.test/a/b/", "HTTPS://a.test/a/b"},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++) {
		const char *url = NULL, *path = NULL;

		assert_int_equal(wa_base_url(*state, cases[i][0], &url), WA_OK);
		assert_string_equal(url, cases[i][1]);
		assert_int_equal(wa_base_path(*state, cases[i][0], &path), WA_OK);
		assert_string_equal(path, strchr(strstr(url, "://") + 3, '/'));
	}
}

static void
what_browsers_do_not_use_is_none(void **state)
{
	static const char *const bad[] = {"", "a.test", "ftp://a.test", "://a.test", "/api/auth",
	    "https://a.test?x", "https://a.test/auth?x=y", "https://a.test/auth#x"};

	for (size_t i = 0; i < WA_ARRAY_LEN(bad); i++) {
		const char *url = NULL;

		assert_int_equal(wa_base_url(*state, bad[i], &url), WA_ERR_CONFIG);
		assert_non_null(strstr(wa_err_detail(WA_ERR_CONFIG), "base_url = "));
	}
}

static void
the_environment_comes_first_where_it_says_something(void **state)
{
	(void)state;
	assert_int_equal(unsetenv("BETTER_AUTH_URL"), 0);
	assert_string_equal(wa_base_url_given("https://a.test"), "https://a.test");
	assert_int_equal(setenv("BETTER_AUTH_URL", "", 1), 0);
	assert_string_equal(wa_base_url_given("https://a.test"), "https://a.test");
	assert_int_equal(setenv("BETTER_AUTH_URL", "https://b.test", 1), 0);
	assert_string_equal(wa_base_url_given("https://a.test"), "https://b.test");
}

#define test_with_arena(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_arena(routes_are_below_its_path_or_better_auths),
	    test_with_arena(what_browsers_do_not_use_is_none),
	    cmocka_unit_test(the_environment_comes_first_where_it_says_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
