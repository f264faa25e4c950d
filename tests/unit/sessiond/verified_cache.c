#include "sessiond/routes/verified_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TOKEN "header.payload.signature"

static struct wa_key key = {.kid = "k1", .verifies = true};
static struct wa_key_set keys = {.keys = &key, .n = 1, .fingerprint = {1, 2, 3}};

static struct http_slice
slice(const char *text)
{
	return (struct http_slice){text, strlen(text)};
}

static struct verified
verified(const char *text)
{
	struct verified v = {
	    .made = true,
	    .kid = "k1",
	    .claims = {.text = text,
		.sub = "u1",
		.sid = "s1",
		.iss = "https://a.test",
		.aud_json = "[\"https://a.test\"]",
		.issued_s = 10,
		.not_before_s = 11,
		.expires_s = 12},
	};

	memcpy(v.keys, keys.fingerprint, sizeof(v.keys));
	return v;
}

static bool
is_known(const struct wa_cache *c, const char *text, const struct wa_key_set *set)
{
	struct wa_claims claims;

	return verified_cache_get(c, slice(text), set, &claims);
}

static int
setup(void **state)
{
	struct wa_cache *c = verified_cache_new(3);
	struct verified v = verified(TOKEN);

	assert_non_null(c);
	verified_cache_put(c, &v);
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
what_it_says_is_kept_with_it(void **state)
{
	struct wa_claims c = {0};

	assert_true(verified_cache_get(*state, slice(TOKEN), &keys, &c));
	assert_ptr_equal(c.key, &key);
	assert_string_equal(c.sub, "u1");
	assert_string_equal(c.sid, "s1");
	assert_string_equal(c.iss, "https://a.test");
	assert_string_equal(c.aud_json, "[\"https://a.test\"]");
	assert_int_equal(c.issued_s, 10);
	assert_int_equal(c.not_before_s, 11);
	assert_int_equal(c.expires_s, 12);
}

/* The payload of one and the signature of another among them. */
static void
a_difference_anywhere_is_another_token(void **state)
{
	char text[sizeof(TOKEN) + 1];

	for (size_t i = 0; i < sizeof(TOKEN) - 1; i++) {
		(void)snprintf(text, sizeof(text), "%s", TOKEN);
		text[i] ^= 1;
		assert_false(is_known(*state, text, &keys));
		text[i] = '\0';
		assert_false(is_known(*state, text, &keys));
	}
	assert_false(is_known(*state, TOKEN "A", &keys));
	assert_true(is_known(*state, TOKEN, &keys));
}

static void
it_ends_with_the_keys_it_was_verified_with(void **state)
{
	struct wa_key_set others = keys;

	others.fingerprint[31] ^= 1;
	assert_false(is_known(*state, TOKEN, &others));
	assert_true(is_known(*state, TOKEN, &keys));
}

/* The grace time of a key runs out without a change of any row. */
static void
it_ends_when_its_key_is_not_in_the_set_any_more(void **state)
{
	struct wa_key_set none = keys;
	struct wa_key old = key;

	none.n = 0;
	assert_false(is_known(*state, TOKEN, &none));
	old.verifies = false;
	none.keys = &old;
	none.n = 1;
	assert_false(is_known(*state, TOKEN, &none));
}

static void
one_of_the_same_text_takes_the_place(void **state)
{
	struct verified v = verified(TOKEN);
	struct wa_claims c = {0};

	v.claims.sub = "u2";
	verified_cache_put(*state, &v);
	assert_true(verified_cache_get(*state, slice(TOKEN), &keys, &c));
	assert_string_equal(c.sub, "u2");
}

static void
what_is_larger_than_usual_is_not_kept(void **state)
{
	char text[2100];
	struct verified v;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	text[3] = text[6] = '.';
	v = verified(text);
	verified_cache_put(*state, &v);
	assert_false(is_known(*state, text, &keys));
	assert_true(is_known(*state, TOKEN, &keys));
}

static void
it_does_not_grow(void **state)
{
	size_t known = 0;

	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < 100; i++) {
			char text[32];
			struct verified v;

			(void)snprintf(text, sizeof(text), "h.p.signature-%d", i);
			v = verified(text);
			if (pass == 0)
				verified_cache_put(*state, &v);
			else
				known += is_known(*state, text, &keys);
		}
	assert_int_equal(known, 4);
}

#define test_cache(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_cache(what_it_says_is_kept_with_it),
	    test_cache(a_difference_anywhere_is_another_token),
	    test_cache(it_ends_with_the_keys_it_was_verified_with),
	    test_cache(it_ends_when_its_key_is_not_in_the_set_any_more),
	    test_cache(one_of_the_same_text_takes_the_place),
	    test_cache(what_is_larger_than_usual_is_not_kept),
	    test_cache(it_does_not_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
