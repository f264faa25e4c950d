#include "sessiond/routes/cookie_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COOKIE "abcdefghijklmnopqrstuvwxyzABCDEF.c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2k%3D"
#define VALUE  32

static struct http_slice
slice(const char *text)
{
	return (struct http_slice){text, strlen(text)};
}

static bool
is_known(const struct wa_cache *c, const char *text)
{
	return cookie_cache_get(c, slice(text)).p != NULL;
}

static int
setup(void **state)
{
	struct wa_cache *c = cookie_cache_new(3);

	assert_non_null(c);
	cookie_cache_put(c, slice(COOKIE), VALUE);
	*state = c;
	return 0;
}

static int
teardown(void **state)
{
	wa_cache_free(*state);
	return 0;
}

static void
the_value_of_a_known_one_is_its_beginning(void **state)
{
	const char *text = COOKIE;
	struct http_slice value = cookie_cache_get(*state, slice(text));

	assert_ptr_equal(value.p, text);
	assert_int_equal(value.n, VALUE);
}

/* Another token with this signature, another signature of this token, and each part of both. */
static void
a_difference_anywhere_is_another_cookie(void **state)
{
	char text[sizeof(COOKIE) + 1];

	for (size_t i = 0; i < sizeof(COOKIE) - 1; i++) {
		(void)snprintf(text, sizeof(text), "%s", COOKIE);
		text[i] ^= 1;
		assert_false(is_known(*state, text));
		assert_false(cookie_cache_get(*state, (struct http_slice){COOKIE, i}).p != NULL);
	}
	assert_false(is_known(*state, COOKIE "x"));
	assert_true(is_known(*state, COOKIE));
}

static void
nothing_is_known_before_it_was_put(void **state)
{
	struct wa_cache *c = cookie_cache_new(64);

	(void)state;
	assert_non_null(c);
	assert_false(is_known(c, COOKIE));
	assert_false(is_known(c, ""));
	wa_cache_free(c);
}

static void
what_is_longer_than_a_sessions_is_not_kept(void **state)
{
	char text[256];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	cookie_cache_put(*state, slice(text), VALUE);
	assert_false(is_known(*state, text));
	text[118] = '\0';
	cookie_cache_put(*state, slice(text), VALUE);
	assert_true(is_known(*state, text));
}

static void
it_does_not_grow(void **state)
{
	size_t known = 0;

	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < 100; i++) {
			char text[32];

			(void)snprintf(text, sizeof(text), "token-%d.signature", i);
			if (pass == 0)
				cookie_cache_put(*state, slice(text), 5);
			else
				known += is_known(*state, text);
		}
	assert_int_equal(known, 4);
}

#define test_cache(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_cache(the_value_of_a_known_one_is_its_beginning),
	    test_cache(a_difference_anywhere_is_another_cookie),
	    test_cache(nothing_is_known_before_it_was_put),
	    test_cache(what_is_longer_than_a_sessions_is_not_kept),
	    test_cache(it_does_not_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
