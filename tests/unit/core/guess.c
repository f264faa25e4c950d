/* tests lib/core/guess.c, and that no KDF runs for who must wait. */
#include "lib/core/guess.h"

#include <stdio.h>
#include <string.h>

#include "lib/core/credential.h"
#include "lib/store/guess.h"
#include "tests/unit/core/fixture.h"
#include "tests/unit/core/kdf.h"

#define HERE   "192.0.2.1"
#define THERE  "198.51.100.7"
#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

static const struct user alice = {.id = "alice"};

static int
setup(void **state)
{
	struct core *c;

	(void)core_setup(state);
	c = *state;
	fixture_add_user(c->cx.store, "alice", "alice@example.com");
	c->cx.ip_address = HERE;
	c->cx.claimed_name = "alice@example.com";
	kdf_reset(KDF_REAL);
	return 0;
}

static int
teardown(void **state)
{
	kdf_reset(KDF_REAL);
	return core_teardown(state);
}

/* Proves, and forgives as a login does. */
static enum wa_err
prove(struct core *c, const struct user *user, const char *password)
{
	struct wa_proven proven;
	enum wa_err e;

	e = wa_credential_prove(&c->cx, user, password, WA_AUDIT_LOGIN_FAIL, &proven);
	return e == WA_OK ? wa_guess_passed(&c->cx, &proven.guess) : e;
}

/* How long the next try must wait; 0: not at all. */
static int64_t
waits(struct core *c, const struct user *user)
{
	struct wa_guess g;
	int64_t wait = -1;
	enum wa_err e = wa_guess_begin(&c->cx, WA_GUESS_PASSWORD, user, &g, &wait);

	assert_true(e == (wait > 0 ? WA_ERR_THROTTLED : WA_OK));
	return wait;
}

/* A wrong try, each with a secret of its own. Fails the test when it had to wait. */
static void
fail_once(struct core *c, const struct user *user)
{
	static unsigned n;
	struct wa_guess g;
	char secret[16];

	(void)snprintf(secret, sizeof(secret), "wrong %u", n++);
	assert_ok(wa_guess_begin(&c->cx, WA_GUESS_PASSWORD, user, &g, NULL));
	assert_ok(wa_guess_failed(&c->cx, &g, secret, NULL));
}

static void
pass_once(struct core *c, const struct user *user)
{
	struct wa_guess g;

	assert_ok(wa_guess_begin(&c->cx, WA_GUESS_PASSWORD, user, &g, NULL));
	assert_ok(wa_guess_passed(&c->cx, &g));
}

/* Fails n times, waiting as long as is asked for before each. */
static void
fail_patiently(struct core *c, const struct user *user, int n)
{
	for (int i = 0; i < n; i++) {
		c->cx.now_ms += waits(c, user);
		fail_once(c, user);
	}
}

static void
the_first_failures_are_free_and_then_waiting_doubles(void **state)
{
	struct core *c = *state;
	int64_t expected = 2 * SECOND;

	for (int i = 0; i < 5; i++) {
		assert_int_equal(waits(c, &alice), 0);
		fail_once(c, &alice);
	}
	assert_int_equal(waits(c, &alice), SECOND);
	c->cx.now_ms += SECOND - 1;
	assert_int_equal(waits(c, &alice), 1);
	c->cx.now_ms += 1;
	for (int i = 0; i < 9; i++) {
		fail_once(c, &alice);
		assert_int_equal(waits(c, &alice), expected);
		c->cx.now_ms += expected;
		expected *= 2;
	}
	fail_patiently(c, &alice, 3);
	assert_int_equal(waits(c, &alice), 15 * MINUTE);
}

static void
a_success_forgives_the_account_and_the_pair(void **state)
{
	struct core *c = *state;

	fail_patiently(c, &alice, 8);
	c->cx.now_ms += waits(c, &alice);
	pass_once(c, &alice);
	for (int i = 0; i < 5; i++)
		fail_once(c, &alice);
	assert_int_equal(waits(c, &alice), SECOND);
}

static void
many_sources_together_are_slowed_by_the_account(void **state)
{
	struct core *c = *state;
	char source[32];

	for (unsigned i = 0; i < 10; i++) {
		(void)snprintf(source, sizeof(source), "203.0.113.%u", i);
		c->cx.ip_address = source;
		fail_once(c, &alice);
	}
	c->cx.ip_address = THERE;
	assert_int_equal(waits(c, &alice), SECOND);
}

static void
one_source_is_slowed_over_many_accounts(void **state)
{
	struct core *c = *state;
	char id[32];
	struct user u = {.id = id};

	for (unsigned i = 0; i < 20; i++) {
		(void)snprintf(id, sizeof(id), "user%u", i);
		fail_once(c, &u);
	}
	assert_int_equal(waits(c, &alice), SECOND);
	c->cx.ip_address = THERE;
	assert_int_equal(waits(c, &alice), 0);
}

static void
one_networks_addresses_are_one_source(void **state)
{
	struct core *c = *state;
	char source[64];
	char id[32];
	struct user u = {.id = id};

	for (unsigned i = 0; i < 20; i++) {
		(void)snprintf(source, sizeof(source), "2001:db8:1:2:%x::%x", i, i + 7);
		(void)snprintf(id, sizeof(id), "user%u", i);
		c->cx.ip_address = source;
		fail_once(c, &u);
	}
	c->cx.ip_address = "2001:db8:1:2:ffff::1";
	assert_int_equal(waits(c, &alice), SECOND);
	c->cx.ip_address = "2001:db8:1:3::1";
	assert_int_equal(waits(c, &alice), 0);
}

static void
a_stranger_cannot_keep_the_owner_out(void **state)
{
	struct core *c = *state;

	pass_once(c, &alice); /* the owner, from here */
	c->cx.ip_address = THERE;
	fail_patiently(c, &alice, 30);
	assert_true(waits(c, &alice) > MINUTE);
	c->cx.ip_address = HERE;
	assert_int_equal(waits(c, &alice), 0);
	for (int i = 0; i < 5; i++)
		fail_once(c, &alice);
	assert_int_equal(waits(c, &alice), SECOND); /* her own budget, no more */
}

static void
who_guesses_on_this_machine_makes_no_other_local_user_wait(void **state)
{
	struct core *c = *state;

	c->cx.ip_address = "";
	c->cx.local_uid = 1000;
	pass_once(c, &alice);
	c->cx.local_uid = 1001;
	fail_patiently(c, &alice, 30);
	assert_true(waits(c, &alice) > MINUTE);
	c->cx.local_uid = 1000;
	assert_int_equal(waits(c, &alice), 0);
	for (int i = 0; i < 5; i++)
		fail_once(c, &alice);
	assert_int_equal(waits(c, &alice), SECOND);
}

static void
an_address_decides_whosever_process_asks(void **state)
{
	struct core *c = *state;

	pass_once(c, &alice);
	c->cx.local_uid = 1000;
	fail_patiently(c, &alice, 5);
	c->cx.local_uid = 0;
	assert_int_equal(waits(c, &alice), SECOND);
}

/* A mail server's process asks for everybody who comes to it. */
static void
a_local_user_is_no_source_of_failures_at_all_accounts(void **state)
{
	struct core *c = *state;
	char id[32];
	struct user u = {.id = id};

	c->cx.ip_address = "";
	c->cx.local_uid = 1000;
	for (unsigned i = 0; i < 30; i++) {
		(void)snprintf(id, sizeof(id), "user%u", i);
		fail_once(c, &u);
	}
	assert_int_equal(waits(c, &alice), 0);
}

static void
a_source_is_known_for_thirty_days(void **state)
{
	struct core *c = *state;

	pass_once(c, &alice);
	c->cx.now_ms += 30 * 24 * HOUR + 1;
	c->cx.ip_address = THERE;
	fail_patiently(c, &alice, 12);
	c->cx.ip_address = HERE;
	assert_true(waits(c, &alice) > 0);
}

static void
after_a_hundred_failures_a_day_must_pass(void **state)
{
	struct core *c = *state;
	char source[32];

	for (unsigned i = 0; i < 100; i++) {
		(void)snprintf(source, sizeof(source), "203.0.113.%u", i);
		c->cx.ip_address = source;
		c->cx.now_ms += waits(c, &alice);
		fail_once(c, &alice);
	}
	c->cx.ip_address = THERE;
	assert_int_equal(waits(c, &alice), 24 * HOUR);
	c->cx.now_ms += 24 * HOUR + 1;
	assert_int_equal(waits(c, &alice), 0);
}

static void
a_name_that_is_nobodys_waits_like_one_that_is_somebodys(void **state)
{
	struct core *c = *state;

	for (int i = 0; i < 14; i++) {
		int64_t known, unknown;

		c->cx.ip_address = HERE;
		c->cx.claimed_name = "alice@example.com";
		known = waits(c, &alice);
		if (known == 0)
			fail_once(c, &alice);
		c->cx.ip_address = THERE;
		c->cx.claimed_name = i % 2 == 0 ? "Nobody@example.com" : "nobody@EXAMPLE.com";
		unknown = waits(c, NULL);
		if (unknown == 0)
			fail_once(c, NULL);
		assert_int_equal(known, unknown);
		c->cx.now_ms += known;
	}
}

static void
the_same_wrong_secret_again_is_not_counted(void **state)
{
	struct core *c = *state;
	struct wa_guess g;

	for (int i = 0; i < 50; i++) {
		assert_ok(wa_guess_begin(&c->cx, WA_GUESS_PASSWORD, &alice, &g, NULL));
		assert_ok(wa_guess_failed(&c->cx, &g, "an old password", NULL));
	}
	for (int i = 0; i < 4; i++)
		fail_once(c, &alice);
	assert_int_equal(waits(c, &alice), SECOND);
}

static void
passwords_tokens_and_mails_are_counted_apart(void **state)
{
	struct core *c = *state;
	struct wa_guess g;

	fail_patiently(c, &alice, 7);
	assert_true(waits(c, &alice) > 0);
	assert_ok(wa_guess_begin(&c->cx, WA_GUESS_TOKEN, &alice, &g, NULL));
	assert_ok(wa_guess_begin(&c->cx, WA_GUESS_MAIL, &alice, &g, NULL));
}

static void
failures_are_forgotten_after_a_day(void **state)
{
	struct core *c = *state;

	fail_patiently(c, &alice, 9);
	c->cx.now_ms += 24 * HOUR + 1;
	for (int i = 0; i < 5; i++)
		fail_once(c, &alice);
	assert_int_equal(waits(c, &alice), SECOND);
}

static void
a_clock_that_went_back_makes_nobody_wait_longer(void **state)
{
	struct core *c = *state;

	fail_patiently(c, &alice, 6);
	/* A little, as of two processes that looked at it one after the other. */
	c->cx.now_ms -= SECOND;
	assert_int_equal(waits(c, &alice), 2 * SECOND);
	/* Not until the clock has caught up with itself: one try, and then as if it were the first
	 * time that it is this late. */
	c->cx.now_ms -= 365 * 24 * HOUR;
	assert_int_equal(waits(c, &alice), 0);
	fail_once(c, &alice);
	assert_int_equal(waits(c, &alice), 4 * SECOND);
	c->cx.now_ms += 4 * SECOND;
	assert_int_equal(waits(c, &alice), 0);
}

static void
a_clock_that_goes_to_and_fro_gives_one_try_more(void **state)
{
	struct core *c = *state;
	int tries = 0;

	fail_patiently(c, &alice, 99);
	for (int i = 0; i < 50; i++) {
		c->cx.now_ms += i % 2 == 0 ? 2 * HOUR : -2 * HOUR;
		while (waits(c, &alice) == 0) {
			fail_once(c, &alice);
			tries++;
		}
	}
	assert_int_equal(tries, 1 + 1);
}

static void
nobody_is_counted_where_nobody_is_named(void **state)
{
	struct core *c = *state;

	c->cx.claimed_name = NULL;
	for (int i = 0; i < 40; i++)
		fail_once(c, NULL);
	assert_int_equal(waits(c, NULL), 0);
}

static void
the_table_tells_neither_names_nor_addresses(void **state)
{
	struct core *c = *state;
	const char *text;

	fail_once(c, &alice);
	fail_once(c, NULL);
	text = fixture_value(c->cx.store,
	    "SELECT coalesce(group_concat(\"key\" || coalesce(\"last\", '')), '') FROM "
	    "\"webauth_guess\"");
	assert_true(strlen(text) > 32);
	assert_null(strstr(text, "alice"));
	assert_null(strstr(text, "192."));
	assert_null(strstr(text, "wrong"));
}

static void
the_table_is_bounded_and_old_rows_go(void **state)
{
	struct core *c = *state;
	int64_t n;

	for (int i = 0; i < 30; i++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "key %02d", i);
		assert_ok(store_guess_fail(c->cx.store, key, NULL, 0, NOW + i, &n));
	}
	assert_ok(store_guess_sweep(c->cx.store, NOW + 5, 1000));
	assert_string_equal(
	    fixture_value(c->cx.store, "SELECT count(*) || '' FROM \"webauth_guess\""), "25");
	assert_ok(store_guess_sweep(c->cx.store, 0, 10));
	assert_string_equal(fixture_value(c->cx.store,
				"SELECT count(*) || ' ' || min(\"key\") FROM \"webauth_guess\""),
	    "10 key 20");
}

static void
who_must_wait_costs_no_kdf_and_even_the_right_password_waits(void **state)
{
	struct core *c = *state;

	assert_ok(wa_credential_set(&c->cx, "alice", "correct horse", true));
	kdf_reset(KDF_MISMATCH);
	for (int i = 0; i < 5; i++) {
		char wrong[16];

		(void)snprintf(wrong, sizeof(wrong), "wrong %d", i);
		assert_err(prove(c, &alice, wrong), WA_ERR_BAD_CREDENTIALS);
	}
	assert_int_equal(kdf_count(), 5);
	kdf_reset(KDF_REAL);
	assert_err(prove(c, &alice, "correct horse"), WA_ERR_THROTTLED);
	assert_int_equal(kdf_count(), 0);
	c->cx.now_ms += SECOND;
	assert_ok(prove(c, &alice, "correct horse"));
	assert_int_equal(waits(c, &alice), 0);
}

static void
a_stolen_session_cannot_try_passwords_freely(void **state)
{
	struct core *c = *state;
	const char *hash;

	assert_ok(wa_credential_set(&c->cx, "alice", "correct horse", true));
	kdf_reset(KDF_MISMATCH);
	for (int i = 0; i < 9; i++) {
		char wrong[16];

		(void)snprintf(wrong, sizeof(wrong), "wrong %d", i);
		assert_err(
		    wa_credential_confirm(&c->cx, "alice", wrong, WA_AUDIT_LOGIN_FAIL, &hash),
		    WA_ERR_PASSWORD_WRONG);
	}
	assert_int_equal(kdf_count(), 5);
}

static void
an_administrator_sees_and_resets(void **state)
{
	struct core *c = *state;
	struct wa_guess_state seen;
	char source[32];

	for (unsigned i = 0; i < 12; i++) {
		(void)snprintf(source, sizeof(source), "203.0.113.%u", i);
		c->cx.ip_address = source;
		c->cx.now_ms += waits(c, &alice);
		fail_once(c, &alice);
	}
	assert_ok(wa_guess_show(&c->cx, WA_GUESS_PASSWORD, &alice, NULL, &seen));
	assert_int_equal(seen.failures, 12);
	assert_int_equal(seen.wait_ms, 4 * SECOND);
	assert_ok(wa_guess_reset(&c->cx, &alice, NULL));
	assert_ok(wa_guess_show(&c->cx, WA_GUESS_PASSWORD, &alice, NULL, &seen));
	assert_int_equal(seen.failures, 0);
	c->cx.ip_address = THERE;
	assert_int_equal(waits(c, &alice), 0);
}

#define test_guess(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_guess(the_first_failures_are_free_and_then_waiting_doubles),
	    test_guess(a_success_forgives_the_account_and_the_pair),
	    test_guess(many_sources_together_are_slowed_by_the_account),
	    test_guess(one_source_is_slowed_over_many_accounts),
	    test_guess(one_networks_addresses_are_one_source),
	    test_guess(a_stranger_cannot_keep_the_owner_out),
	    test_guess(who_guesses_on_this_machine_makes_no_other_local_user_wait),
	    test_guess(an_address_decides_whosever_process_asks),
	    test_guess(a_local_user_is_no_source_of_failures_at_all_accounts),
	    test_guess(a_source_is_known_for_thirty_days),
	    test_guess(after_a_hundred_failures_a_day_must_pass),
	    test_guess(a_name_that_is_nobodys_waits_like_one_that_is_somebodys),
	    test_guess(the_same_wrong_secret_again_is_not_counted),
	    test_guess(passwords_tokens_and_mails_are_counted_apart),
	    test_guess(failures_are_forgotten_after_a_day),
	    test_guess(a_clock_that_went_back_makes_nobody_wait_longer),
	    test_guess(a_clock_that_goes_to_and_fro_gives_one_try_more),
	    test_guess(nobody_is_counted_where_nobody_is_named),
	    test_guess(the_table_tells_neither_names_nor_addresses),
	    test_guess(the_table_is_bounded_and_old_rows_go),
	    test_guess(who_must_wait_costs_no_kdf_and_even_the_right_password_waits),
	    test_guess(a_stolen_session_cannot_try_passwords_freely),
	    test_guess(an_administrator_sees_and_resets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
