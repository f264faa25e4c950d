#include "lib/base/cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/base/memory.h"

#define ENTRIES	  64
#define ENTRY_MAX 100
#define KEY	  "a text of more bytes than are hashed, which ends in a signature"
#define VALUE	  "a value that is secret"

static int
setup(void **state)
{
	*state = wa_cache_new(ENTRIES, ENTRY_MAX);
	return *state == NULL;
}

static int
teardown(void **state)
{
	wa_cache_free(*state);
	return 0;
}

static void
put(struct wa_cache *c, const char *key, const char *value)
{
	char *to = wa_cache_put(c, key, strlen(key), strlen(value) + 1);

	assert_non_null(to);
	memcpy(to, value, strlen(value) + 1);
}

static const char *
get(const struct wa_cache *c, const char *key)
{
	return wa_cache_get(c, key, strlen(key));
}

static void
a_value_is_found_by_exactly_its_key(void **state)
{
	char key[] = KEY;

	assert_null(get(*state, KEY));
	put(*state, KEY, VALUE);
	assert_string_equal(get(*state, KEY), VALUE);
	for (size_t i = 0; i < sizeof(KEY) - 1; i++) {
		key[i] ^= 1;
		assert_null(get(*state, key));
		key[i] ^= 1;
		assert_null(wa_cache_get(*state, key, i));
		assert_null(get(*state, &KEY[i + 1]));
	}
	assert_null(get(*state, KEY "x"));
}

/* One ends like the other, so they have one hash. */
static void
keys_of_one_hash_are_kept_side_by_side(void **state)
{
	put(*state, "1" KEY, "one");
	put(*state, "2" KEY, "two");
	assert_string_equal(get(*state, "1" KEY), "one");
	assert_string_equal(get(*state, "2" KEY), "two");
}

static void
the_empty_key_is_one_too(void **state)
{
	assert_null(get(*state, ""));
	put(*state, "", VALUE);
	assert_string_equal(get(*state, ""), VALUE);
}

static void
a_second_value_of_a_key_takes_the_firsts_place(void **state)
{
	put(*state, "key", VALUE);
	memory_watch(VALUE);
	put(*state, "key", "another, and longer one");
	assert_int_equal(memory_unwatch(), 0);
	assert_string_equal(get(*state, "key"), "another, and longer one");
}

static void
a_place_comes_zeroed(void **state)
{
	const char zeros[ENTRY_MAX - 3] = {0};
	const char *place = wa_cache_put(*state, "key", 3, sizeof(zeros));

	assert_non_null(place);
	assert_memory_equal(place, zeros, sizeof(zeros));
}

static void
it_stays_bounded_and_keeps_what_is_used(void **state)
{
	size_t kept = 0;
	char key[16];

	put(*state, "used", VALUE);
	for (unsigned i = 0; i < 50 * ENTRIES; i++) {
		(void)snprintf(key, sizeof(key), "%u", i);
		put(*state, key, key);
		assert_string_equal(get(*state, "used"), VALUE);
	}
	for (unsigned i = 0; i < 50 * ENTRIES; i++) {
		const char *value;

		(void)snprintf(key, sizeof(key), "%u", i);
		value = get(*state, key);
		if (value != NULL)
			assert_string_equal(value, key);
		kept += value != NULL;
	}
	/* Some sets have had fewer than their share, by chance. */
	assert_in_range(kept, ENTRIES - ENTRIES / 4, ENTRIES - 1);
}

/* With one place for each, a quarter of them would be gone. */
static void
nearly_all_of_a_quarter_of_what_fits_are_kept(void **state)
{
	struct wa_cache *c = wa_cache_new(4096, ENTRY_MAX);
	size_t kept = 0;
	char key[16];

	(void)state;
	assert_non_null(c);
	for (unsigned i = 0; i < 1024; i++) {
		(void)snprintf(key, sizeof(key), "%u", i);
		put(c, key, key);
	}
	for (unsigned i = 0; i < 1024; i++) {
		(void)snprintf(key, sizeof(key), "%u", i);
		kept += get(c, key) != NULL;
	}
	wa_cache_free(c);
	assert_in_range(kept, 1000, 1024);
}

static void
what_is_too_large_is_not_kept_nor_what_was_before_it(void **state)
{
	char key[ENTRY_MAX + 2];

	assert_non_null(wa_cache_put(*state, "key", 3, ENTRY_MAX - 3));
	assert_null(wa_cache_put(*state, "key", 3, ENTRY_MAX - 2));
	assert_null(get(*state, "key"));
	assert_null(wa_cache_put(*state, "key", 3, SIZE_MAX));

	memset(key, 'k', sizeof(key));
	assert_non_null(wa_cache_put(*state, key, ENTRY_MAX, 0));
	assert_non_null(wa_cache_get(*state, key, ENTRY_MAX));
	assert_null(wa_cache_put(*state, key, ENTRY_MAX + 1, 0));
	assert_null(wa_cache_get(*state, key, ENTRY_MAX + 1));
}

static void
without_memory_nothing_is_kept_for_the_key(void **state)
{
	put(*state, "key", "old");
	put(*state, "other", VALUE);
	memory_fail_nth(1);
	assert_null(wa_cache_put(*state, "key", 3, 10));
	assert_true(memory_has_failed());
	assert_null(get(*state, "key"));
	assert_string_equal(get(*state, "other"), VALUE);
	for (size_t nth = 1; nth <= 2; nth++) {
		memory_fail_nth(nth);
		assert_null(wa_cache_new(ENTRIES, ENTRY_MAX));
		assert_true(memory_has_failed());
	}
}

static void
what_gives_way_and_what_is_left_is_wiped(void **state)
{
	struct wa_cache *c = wa_cache_new(4, ENTRY_MAX);

	(void)state;
	assert_non_null(c);
	memory_watch(VALUE);
	for (char key[] = "a"; key[0] <= 'z'; key[0]++)
		put(c, key, VALUE);
	wa_cache_free(c);
	assert_int_equal(memory_unwatch(), 0);

	c = wa_cache_new(4, ENTRY_MAX);
	assert_non_null(c);
	memory_watch(KEY);
	put(c, KEY, "");
	wa_cache_free(c);
	assert_int_equal(memory_unwatch(), 0);
}

#define test_cache(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_cache(a_value_is_found_by_exactly_its_key),
	    test_cache(keys_of_one_hash_are_kept_side_by_side),
	    test_cache(the_empty_key_is_one_too),
	    test_cache(a_second_value_of_a_key_takes_the_firsts_place),
	    test_cache(a_place_comes_zeroed),
	    test_cache(it_stays_bounded_and_keeps_what_is_used),
	    test_cache(nearly_all_of_a_quarter_of_what_fits_are_kept),
	    test_cache(what_is_too_large_is_not_kept_nor_what_was_before_it),
	    test_cache(without_memory_nothing_is_kept_for_the_key),
	    test_cache(what_gives_way_and_what_is_left_is_wiped),
	};

	wa_cache_free(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
