#include "sessiond/routes/token_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define NOW  INT64_C(1795239738292)
#define LIFE INT64_C(900000)

static const struct session session = {.id = "s1", .expires_ms = NOW + LIFE};
static const struct user user = {.updated_ms = 7};
static const struct minted minted = {
    .session_id = "s1",
    .user_updated_ms = 7,
    .kid = "k1",
    .token = "jwt",
    .expires_ms = NOW + LIFE,
};

static int
setup(void **state)
{
	struct wa_cache *c = token_cache_new(3);

	assert_non_null(c);
	token_cache_put(c, &minted, NOW);
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
a_token_is_given_while_half_its_life_is_left(void **state)
{
	assert_string_equal(token_cache_get(*state, &session, &user, "k1", NOW), "jwt");
	assert_non_null(token_cache_get(*state, &session, &user, "k1", NOW + LIFE / 2));
	assert_null(token_cache_get(*state, &session, &user, "k1", NOW + LIFE / 2 + 1));
	assert_null(token_cache_get(*state, &session, &user, "k1", NOW - 1));
}

static void
it_is_for_this_session_this_state_of_the_user_and_this_key(void **state)
{
	struct session other = session;
	struct user changed = {.updated_ms = 8};

	other.id = "s2";
	assert_null(token_cache_get(*state, &other, &user, "k1", NOW));
	assert_null(token_cache_get(*state, &session, &changed, "k1", NOW));
	assert_null(token_cache_get(*state, &session, &user, "k2", NOW));
}

static void
it_never_outlives_its_session(void **state)
{
	struct session shorter = session;

	shorter.expires_ms--;
	assert_null(token_cache_get(*state, &shorter, &user, "k1", NOW));
}

static void
a_newer_one_takes_the_place(void **state)
{
	struct minted newer = minted;

	newer.token = "jwt2";
	token_cache_put(*state, &newer, NOW);
	assert_string_equal(token_cache_get(*state, &session, &user, "k1", NOW), "jwt2");
}

static void
it_does_not_grow(void **state)
{
	size_t kept = 0;

	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < 100; i++) {
			struct session s = session;
			struct minted m = minted;
			char id[16];

			(void)snprintf(id, sizeof(id), "id-%d", i);
			s.id = m.session_id = id;
			if (pass == 0)
				token_cache_put(*state, &m, NOW);
			else
				kept += token_cache_get(*state, &s, &user, "k1", NOW) != NULL;
		}
	assert_in_range(kept, 1, 4);
}

/* With one place for each, a quarter of them would be minted anew at every request. */
static void
a_quarter_of_what_fits_is_kept(void **state)
{
	struct wa_cache *c = token_cache_new(4096);
	size_t kept = 0;

	(void)state;
	assert_non_null(c);
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < 1024; i++) {
			struct session s = session;
			struct minted m = minted;
			char id[16];

			(void)snprintf(id, sizeof(id), "id-%d", i);
			s.id = m.session_id = id;
			if (pass == 0)
				token_cache_put(c, &m, NOW);
			else
				kept += token_cache_get(c, &s, &user, "k1", NOW) != NULL;
		}
	wa_cache_free(c);
	assert_in_range(kept, 1000, 1024);
}

#define test_cache(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_cache(a_token_is_given_while_half_its_life_is_left),
	    test_cache(it_is_for_this_session_this_state_of_the_user_and_this_key),
	    test_cache(it_never_outlives_its_session),
	    test_cache(a_newer_one_takes_the_place),
	    test_cache(it_does_not_grow),
	    test_cache(a_quarter_of_what_fits_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
