/* tests lib/core/credential.c */
#include "lib/core/credential.h"

#include <string.h>

#include "lib/base/random.h"
#include "lib/core/password.h"
#include "lib/store/account.h"
#include "lib/store/verification.h"
#include "tests/unit/core/fixture.h"
#include "tests/unit/core/kdf.h"

#define PASSWORD "correct horse"
#define NAMES	 100
#define SALT	 "MDEyMzQ1Njc4OWFiY2RlZg"

static const char scrypt_hash[] =
    "36f6602985867d1c4cdd771c632a10ca:"
    "c0676540eb00a043090cfb27d3f0fb094b14ecf402b6b38edaac09b52e3f89c2"
    "f06bafbdcf5e0c48816f511a5c2faefb393f55a041de344c7556e99dced888a8"; /* "password123" */

/* Of today's cost; of which password is of no account. */
static const char argon2id[] =
    "$argon2id$v=19$m=19456,t=2,p=1$" SALT "$MjZP1+1U9JUbDWvDvtLyEsZiNXOKEUxfi6O2oe46uxA";
static const char weak_argon2id[] =
    "$argon2id$v=19$m=64,t=1,p=1$" SALT "$MjZP1+1U9JUbDWvDvtLyEsZiNXOKEUxfi6O2oe46uxA";
static const char argon2i[] =
    "$argon2i$v=19$m=256,t=3,p=1$" SALT "$fntpbPHiad0PvnByOF3girmKRl6s1sDsS9Cdv+4otJQ";
static const char unusable[] = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

static const enum wa_password_scheme schemes[] = {WA_SCHEME_ARGON2ID, WA_SCHEME_SCRYPT};

static int
setup(void **state)
{
	struct core *c;

	(void)core_setup(state);
	c = *state;
	fixture_add_user(c->cx.store, "alice", "alice@example.com");
	fixture_add_user(c->cx.store, "bob", "bob@example.com");
	kdf_reset(KDF_REAL);
	return 0;
}

static int
teardown(void **state)
{
	kdf_reset(KDF_REAL);
	return core_teardown(state);
}

static const struct user alice = {.id = "alice"};
static const struct user bob = {.id = "bob"}; /* has no account */

static void
give(struct core *c, const char *hash)
{
	assert_ok(store_account_insert_password(c->cx.store, "account-alice", "alice", hash, NOW));
}

static const char *
stored(struct core *c)
{
	const char *hash = NULL;

	assert_ok(store_account_password(c->cx.store, c->cx.arena, "alice", &hash));
	return hash;
}

/* Proves, and forgives as a login does. */
static enum wa_err
prove(struct core *c, const struct user *user, const char *password, enum wa_err *ret_rehash_failed)
{
	struct wa_proven proven;
	enum wa_err e;

	e = wa_credential_prove(&c->cx, user, password, WA_AUDIT_LOGIN_FAIL, &proven);
	if (e == WA_OK && ret_rehash_failed != NULL)
		*ret_rehash_failed = proven.rehash_failed;
	return e == WA_OK ? wa_guess_passed(&c->cx, &proven.guess) : e;
}

static void
right_password_is_proven_and_a_wrong_one_is_not(void **state)
{
	struct core *c = *state;
	enum wa_err rehash = WA_ERR_STORE;

	assert_ok(wa_credential_set(&c->cx, "alice", PASSWORD, true));
	assert_err(prove(c, &alice, "correct house", &rehash), WA_ERR_BAD_CREDENTIALS);
	assert_int_equal(rehash, WA_ERR_STORE); /* untouched by a refusal */
	assert_ok(prove(c, &alice, PASSWORD, &rehash));
	assert_int_equal(rehash, WA_OK);
	assert_ok(prove(c, &alice, PASSWORD, NULL));
}

/* What the last KDF was asked for, and that it was the only one. */
static struct kdf_call
only_kdf(void)
{
	struct kdf_call call = kdf_last();

	assert_int_equal(kdf_count(), 1);
	kdf_reset(KDF_REAL);
	return call;
}

static void
assert_same_cost(struct kdf_call a, struct kdf_call b)
{
	assert_int_equal(a.kind, b.kind);
	assert_int_equal(a.passes, b.passes);
	assert_int_equal(a.memory, b.memory);
	assert_int_equal(a.key_len, b.key_len);
}

static void
every_refusal_costs_the_kdf_of_a_wrong_password(void **state)
{
	struct core *c = *state;
	struct kdf_call wrong;

	for (size_t i = 0; i < WA_ARRAY_LEN(schemes); i++) {
		c->settings->password_scheme = schemes[i];
		assert_ok(wa_credential_set(&c->cx, "alice", PASSWORD, true));

		kdf_reset(KDF_REAL);
		assert_err(prove(c, &alice, "correct house", NULL), WA_ERR_BAD_CREDENTIALS);
		wrong = only_kdf();

		assert_err(prove(c, NULL, PASSWORD, NULL), WA_ERR_BAD_CREDENTIALS);
		assert_same_cost(only_kdf(), wrong);

		assert_err(prove(c, &bob, PASSWORD, NULL), WA_ERR_BAD_CREDENTIALS);
		assert_same_cost(only_kdf(), wrong);

		assert_ok(store_account_set_password(c->cx.store, "alice", unusable, NOW));
		assert_err(prove(c, &alice, PASSWORD, NULL), WA_ERR_HASH_UNUSABLE);
		assert_same_cost(only_kdf(), wrong);
		assert_non_null(strstr(wa_err_detail(WA_ERR_HASH_UNUSABLE), "new password"));
	}
}

/* Which KDF a wrong password for that name costs. */
static enum kdf_kind
kind_for_name(struct core *c, const char *name)
{
	kdf_reset(KDF_MISMATCH);
	c->cx.claimed_name = name;
	assert_err(prove(c, NULL, PASSWORD, NULL), WA_ERR_BAD_CREDENTIALS);
	c->cx.claimed_name = NULL;
	assert_int_equal(kdf_count(), 1);
	return kdf_last().kind;
}

static const char *
unknown_name(struct core *c, int i)
{
	return wa_arena_printf(c->cx.arena, "nobody-%d@example.com", i);
}

/* Of every so many users one has not signed in since the scheme was switched. */
static void
add_people(struct core *c, int n, int old_of)
{
	for (int i = 0; i < n; i++) {
		const char *id = wa_arena_printf(c->cx.arena, "person-%d", i);
		char row[WA_ID_SIZE];

		wa_random_text(row, WA_ID_LEN);
		fixture_add_user(c->cx.store, id, id);
		assert_ok(store_account_insert_password(
		    c->cx.store, row, id, i % old_of == 0 ? scrypt_hash : argon2id, NOW));
	}
}

static void
assert_scrypt_share(struct core *c, int least, int most)
{
	int n = 0;

	for (int i = 0; i < NAMES; i++)
		n += kind_for_name(c, unknown_name(c, i)) == KDF_SCRYPT;
	if (n < least || n > most)
		fail_msg("%d of %d unknown names cost scrypt", n, NAMES);
}

/* The bounds are far from the mean: six times what chance moves it by. */
static void
names_that_are_nobodys_cost_what_those_of_somebody_do(void **state)
{
	struct core *c = *state;

	c->settings->password_scheme = WA_SCHEME_ARGON2ID;
	add_people(c, 400, 2);
	assert_scrypt_share(c, NAMES / 8, NAMES * 7 / 8);
	assert_ok(store_exec(c->cx.store,
	    "UPDATE \"account\" SET \"password\" = (SELECT \"password\" FROM \"account\""
	    " WHERE \"password\" LIKE '$argon2id$%' LIMIT 1)"));
	assert_scrypt_share(c, 0, 0);
	assert_ok(store_exec(c->cx.store, "DELETE FROM \"account\""));
	assert_scrypt_share(c, 0, 0);
}

/* Else a second look at the same name would tell. */
static void
a_name_that_is_nobodys_costs_the_same_each_time(void **state)
{
	struct core *c = *state;
	int changed = 0;
	enum kdf_kind before[NAMES];

	add_people(c, 400, 2);
	for (int i = 0; i < NAMES; i++)
		before[i] = kind_for_name(c, unknown_name(c, i));
	for (int i = 0; i < NAMES; i++)
		assert_int_equal(kind_for_name(c, unknown_name(c, i)), before[i]);

	/* Whoever comes meanwhile moves few of them. */
	fixture_add_user(c->cx.store, "newcomer", "newcomer@example.com");
	assert_ok(
	    store_account_insert_password(c->cx.store, "ZnewcomerZ", "newcomer", argon2id, NOW));
	for (int i = 0; i < NAMES; i++)
		changed += kind_for_name(c, unknown_name(c, i)) != before[i];
	assert_true(changed < NAMES / 8);
}

/* Its owner's password opens nothing under a name that is nobody's. */
static void
the_hash_that_is_borrowed_proves_nothing(void **state)
{
	struct core *c = *state;

	assert_ok(wa_credential_set(&c->cx, "alice", PASSWORD, true));
	c->cx.claimed_name = "nobody@example.com";
	kdf_reset(KDF_REAL);
	assert_err(prove(c, NULL, PASSWORD, NULL), WA_ERR_BAD_CREDENTIALS);
	assert_err(prove(c, &bob, PASSWORD, NULL), WA_ERR_BAD_CREDENTIALS);
	c->cx.claimed_name = NULL;
}

static void
account_without_a_password_is_refused_as_a_wrong_one(void **state)
{
	struct core *c = *state;

	give(c, scrypt_hash);
	assert_ok(store_exec(c->cx.store, "UPDATE \"account\" SET \"password\" = NULL"));
	assert_err(prove(c, &alice, PASSWORD, NULL), WA_ERR_BAD_CREDENTIALS);
	assert_int_equal(kdf_count(), 1);
}

static void
lack_of_memory_is_no_refusal(void **state)
{
	struct core *c = *state;

	give(c, scrypt_hash);
	kdf_reset(KDF_NO_MEMORY);
	assert_err(prove(c, &alice, PASSWORD, NULL), WA_ERR_NOMEM);
	assert_err(prove(c, NULL, PASSWORD, NULL), WA_ERR_NOMEM);
	assert_err(prove(c, &bob, PASSWORD, NULL), WA_ERR_NOMEM);
	assert_err(wa_credential_set(&c->cx, "alice", PASSWORD, true), WA_ERR_NOMEM);
	assert_string_equal(stored(c), scrypt_hash);
}

static void
outdated_hash_is_made_anew_once_and_a_good_one_is_kept(void **state)
{
	static const struct {
		const char *hash, *password;
		enum wa_password_scheme scheme;
		bool rehashed;
	} cases[] = {
	    {scrypt_hash, "password123", WA_SCHEME_ARGON2ID, true},
	    {scrypt_hash, "password123", WA_SCHEME_SCRYPT, false},
	    {weak_argon2id, PASSWORD, WA_SCHEME_ARGON2ID, true},
	    {weak_argon2id, PASSWORD, WA_SCHEME_SCRYPT, true},
	    {argon2i, PASSWORD, WA_SCHEME_ARGON2ID, true},
	};
	struct core *c = *state;
	const char *after;
	enum wa_err rehash;

	give(c, scrypt_hash);
	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++) {
		c->settings->password_scheme = cases[i].scheme;
		assert_ok(store_account_set_password(c->cx.store, "alice", cases[i].hash, NOW));
		c->cx.now_ms = NOW + DAY;

		assert_err(prove(c, &alice, "wrong", &rehash), WA_ERR_BAD_CREDENTIALS);
		assert_string_equal(stored(c), cases[i].hash);

		assert_ok(prove(c, &alice, cases[i].password, &rehash));
		assert_int_equal(rehash, WA_OK);
		after = stored(c);
		assert_int_equal(strcmp(after, cases[i].hash) != 0, cases[i].rehashed);
		assert_false(wa_password_is_outdated(after, cases[i].scheme));

		/* Not the user's doing: updatedAt stays. And once is enough. */
		assert_string_equal(
		    fixture_value(c->cx.store,
			"SELECT (\"updatedAt\" = \"createdAt\") || '' FROM \"account\""),
		    "1");
		assert_ok(prove(c, &alice, cases[i].password, &rehash));
		assert_string_equal(stored(c), after);
	}
}

static void
change_password_elsewhere(void *arg)
{
	struct core *c = arg;
	struct store *other = fixture_open(c->store, STORE_WRITE, WA_OK);

	assert_ok(store_account_set_password(other, "alice", "changed meanwhile", NOW));
	store_close(other);
}

static void
rehash_does_not_undo_a_change_made_meanwhile(void **state)
{
	struct core *c = *state;
	enum wa_err rehash = WA_ERR_STORE;

	give(c, weak_argon2id);
	kdf_before(2, change_password_elsewhere, c);
	assert_ok(prove(c, &alice, PASSWORD, &rehash));
	assert_int_equal(rehash, WA_OK);
	assert_int_equal(kdf_count(), 2);
	assert_string_equal(stored(c), "changed meanwhile");
}

static void
failing_to_rehash_is_reported_beside_the_proof(void **state)
{
	struct core *c = *state;
	enum wa_err rehash = WA_OK;

	give(c, weak_argon2id);
	kdf_fail_from(2);
	assert_ok(prove(c, &alice, PASSWORD, &rehash));
	assert_int_equal(rehash, WA_ERR_NOMEM);
	assert_string_equal(stored(c), weak_argon2id);

	kdf_reset(KDF_REAL);
	assert_string_equal(stored(c), weak_argon2id);
}

static void
a_reader_does_not_try_to_rehash(void **state)
{
	struct core *c = *state;
	enum wa_err rehash = WA_ERR_NOMEM;

	give(c, weak_argon2id);
	core_reopen(c, STORE_READ);
	kdf_reset(KDF_REAL);
	assert_ok(prove(c, &alice, PASSWORD, &rehash));
	assert_int_equal(kdf_count(), 1);
	assert_int_equal(rehash, WA_OK);
	assert_string_equal(stored(c), weak_argon2id);
}

static void
set_makes_the_account_and_then_replaces_the_hash(void **state)
{
	struct core *c = *state;

	assert_ok(wa_credential_set(&c->cx, "alice", PASSWORD, true));
	assert_string_equal(fixture_value(c->cx.store,
				"SELECT length(\"id\") || ' ' || \"accountId\" || ' ' || "
				"\"providerId\" || ' ' || \"userId\" FROM \"account\""),
	    "32 alice credential alice");

	c->cx.now_ms = NOW + DAY;
	assert_ok(wa_credential_set(&c->cx, "alice", "another horse", true));
	assert_string_equal(
	    fixture_value(c->cx.store, "SELECT count(*) || '' FROM \"account\""), "1");
	assert_err(prove(c, &alice, PASSWORD, NULL), WA_ERR_BAD_CREDENTIALS);
	assert_ok(prove(c, &alice, "another horse", NULL));
}

static void
scheme_of_a_new_hash_follows_the_setting(void **state)
{
	struct core *c = *state;

	assert_ok(wa_credential_set(&c->cx, "alice", PASSWORD, true));
	assert_memory_equal(stored(c), "$argon2id$", 10);
	c->settings->password_scheme = WA_SCHEME_SCRYPT;
	assert_ok(wa_credential_set(&c->cx, "alice", PASSWORD, true));
	assert_int_equal(strlen(stored(c)), 161);
}

static void
unfit_password_is_refused_before_it_is_hashed(void **state)
{
	struct core *c = *state;
	char overlong[130] = {0};

	memset(overlong, 'x', 129);
	give(c, scrypt_hash);
	assert_err(wa_credential_set(&c->cx, "alice", "1234567", true), WA_ERR_PASSWORD_TOO_SHORT);
	assert_err(wa_credential_set(&c->cx, "alice", overlong, true), WA_ERR_PASSWORD_TOO_LONG);
	assert_err(wa_credential_set(&c->cx, "alice", "12345678\xff", true), WA_ERR_INVALID);
	assert_int_equal(kdf_count(), 0);
	assert_string_equal(stored(c), scrypt_hash);
}

static void
setting_the_password_of_nobody_writes_nothing(void **state)
{
	struct core *c = *state;

	assert_int_not_equal(wa_credential_set(&c->cx, "nobody", PASSWORD, true), WA_OK);
	assert_false(store_in_transaction(c->cx.store));
	assert_string_equal(
	    fixture_value(c->cx.store, "SELECT count(*) || '' FROM \"account\""), "0");
}

static void
assert_no_transaction(void *arg)
{
	struct core *c = arg;

	assert_false(store_in_transaction(c->cx.store));
}

static void
no_kdf_runs_inside_a_transaction(void **state)
{
	struct core *c = *state;

	kdf_before(1, assert_no_transaction, c);
	assert_ok(wa_credential_set(&c->cx, "alice", PASSWORD, true));
	kdf_before(1, assert_no_transaction, c);
	assert_ok(prove(c, &alice, PASSWORD, NULL));

	kdf_reset(KDF_REAL);
	assert_ok(store_begin_write(c->cx.store));
	assert_err(prove(c, &alice, PASSWORD, NULL), WA_ERR_STORE);
	assert_err(wa_credential_set(&c->cx, "alice", PASSWORD, true), WA_ERR_STORE);
	assert_ok(store_end(c->cx.store, WA_OK));
	assert_int_equal(kdf_count(), 0);
}

static void
give_reset_token(struct core *c, const char *id, const char *identifier, const char *user_id)
{
	const struct verification row = {.id = id,
	    .identifier = identifier,
	    .value = user_id,
	    .expires_ms = NOW + DAY,
	    .created_ms = NOW,
	    .updated_ms = NOW};

	assert_ok(store_verification_insert(c->cx.store, &row));
}

static void
a_change_ends_the_reset_links_that_are_out(void **state)
{
	struct core *c = *state;
	struct verification row;

	assert_ok(wa_credential_set(&c->cx, "alice", PASSWORD, true));
	give_reset_token(c, "1", "reset-password:hers", "alice");
	give_reset_token(c, "2", "reset-password:his", "bob");
	assert_ok(wa_credential_change(&c->cx, &alice, PASSWORD, "another horse", false, NULL));
	assert_err(store_verification_find(c->cx.store, c->cx.arena, "reset-password:hers", &row),
	    WA_ERR_NOT_FOUND);
	assert_ok(store_verification_find(c->cx.store, c->cx.arena, "reset-password:his", &row));
}

#define credential_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    credential_test(right_password_is_proven_and_a_wrong_one_is_not),
	    credential_test(every_refusal_costs_the_kdf_of_a_wrong_password),
	    credential_test(names_that_are_nobodys_cost_what_those_of_somebody_do),
	    credential_test(a_name_that_is_nobodys_costs_the_same_each_time),
	    credential_test(the_hash_that_is_borrowed_proves_nothing),
	    credential_test(account_without_a_password_is_refused_as_a_wrong_one),
	    credential_test(lack_of_memory_is_no_refusal),
	    credential_test(outdated_hash_is_made_anew_once_and_a_good_one_is_kept),
	    credential_test(rehash_does_not_undo_a_change_made_meanwhile),
	    credential_test(failing_to_rehash_is_reported_beside_the_proof),
	    credential_test(a_reader_does_not_try_to_rehash),
	    credential_test(a_change_ends_the_reset_links_that_are_out),
	    credential_test(set_makes_the_account_and_then_replaces_the_hash),
	    credential_test(scheme_of_a_new_hash_follows_the_setting),
	    credential_test(unfit_password_is_refused_before_it_is_hashed),
	    credential_test(setting_the_password_of_nobody_writes_nothing),
	    credential_test(no_kdf_runs_inside_a_transaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
