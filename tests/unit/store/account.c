#include "lib/store/account.h"

#include "tests/unit/store/fixture.h"

static int
setup_user(void **state)
{
	struct fixture *f;

	(void)fixture_setup(state);
	f = *state;
	fixture_add_user(f->s, "u1", "a@x");
	return 0;
}

static void
assert_hash(struct fixture *f, const char *want)
{
	const char *hash = NULL;

	assert_ok(store_account_password(f->s, f->a, "u1", &hash));
	assert_string_equal(hash, want);
}

static void
password_is_found_by_its_user(void **state)
{
	struct fixture *f = *state;
	const char *hash = "untouched";

	assert_err(store_account_password(f->s, f->a, "u1", &hash), WA_ERR_NOT_FOUND);
	assert_string_equal(hash, "untouched");
	assert_ok(store_account_insert_password(f->s, "a1", "u1", "salt:key", NOW));
	assert_hash(f, "salt:key");
	assert_string_equal(
	    fixture_value(f->s,
		"SELECT \"id\" || \"accountId\" || \"providerId\" || \"userId\" ||"
		" \"createdAt\" || \"updatedAt\" FROM \"account\" WHERE \"scope\" IS NULL"),
	    "a1u1credentialu12026-11-21T05:42:18.292Z2026-11-21T05:42:18.292Z");
}

/* contract.md 2.7, rule 5 */
static void
account_of_another_kind_holds_no_password(void **state)
{
	static const char *const changes[] = {
	    "UPDATE \"account\" SET \"providerId\" = 'github'",
	    "UPDATE \"account\" SET \"providerId\" = 'credential', \"accountId\" = 'other'",
	    "UPDATE \"account\" SET \"accountId\" = 'u1', \"password\" = NULL",
	};
	struct fixture *f = *state;
	const char *hash;

	assert_ok(store_account_insert_password(f->s, "a1", "u1", "h", NOW));
	for (size_t i = 0; i < WA_ARRAY_LEN(changes); i++) {
		assert_ok(store_exec(f->s, changes[i]));
		assert_err(store_account_password(f->s, f->a, "u1", &hash), WA_ERR_NOT_FOUND);
	}
}

static void
insert_refuses_a_taken_id_and_a_gone_user(void **state)
{
	struct fixture *f = *state;

	assert_ok(store_account_insert_password(f->s, "a1", "u1", "h", NOW));
	assert_err(store_account_insert_password(f->s, "a1", "u1", "h", NOW), WA_ERR_CONFLICT);
	assert_err(store_account_insert_password(f->s, "a2", "gone", "h", NOW), WA_ERR_NOT_FOUND);
}

static void
set_password_needs_an_account(void **state)
{
	struct fixture *f = *state;

	assert_err(store_account_set_password(f->s, "u1", "h", NOW), WA_ERR_NOT_FOUND);
	assert_ok(store_account_insert_password(f->s, "a1", "u1", "old", NOW));
	assert_ok(store_account_set_password(f->s, "u1", "new", NOW + 1));
	assert_hash(f, "new");
	assert_string_equal(fixture_value(f->s, "SELECT \"updatedAt\" FROM \"account\""),
	    "2026-11-21T05:42:18.293Z");
}

static void
rehash_does_not_undo_a_change(void **state)
{
	struct fixture *f = *state;
	struct store *other = fixture_open(f, STORE_WRITE, WA_OK);

	assert_ok(store_account_insert_password(f->s, "a1", "u1", "old", NOW));
	assert_ok(store_account_rehash(f->s, "u1", "old", "old, better"));
	assert_hash(f, "old, better");
	assert_string_equal(fixture_value(f->s, "SELECT \"updatedAt\" FROM \"account\""),
	    "2026-11-21T05:42:18.292Z");

	assert_ok(store_account_set_password(other, "u1", "new", NOW));
	assert_err(store_account_rehash(f->s, "u1", "old, better", "old, best"), WA_ERR_CONFLICT);
	assert_hash(f, "new");
	store_close(other);
}

#define test_with_user(f) cmocka_unit_test_setup_teardown(f, setup_user, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_user(password_is_found_by_its_user),
	    test_with_user(account_of_another_kind_holds_no_password),
	    test_with_user(insert_refuses_a_taken_id_and_a_gone_user),
	    test_with_user(set_password_needs_an_account),
	    test_with_user(rehash_does_not_undo_a_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
