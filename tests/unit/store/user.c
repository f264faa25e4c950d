#include "lib/store/user.h"

#include <stdio.h>
#include <string.h>

#include "lib/store/account.h"
#include "lib/store/link.h"
#include "tests/unit/store/fixture.h"

static int
setup_plain(void **state)
{
	struct fixture *f;

	(void)fixture_setup(state);
	f = *state;
	fixture_node(f, fixture_plain_ddl);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	return 0;
}

static void
row_is_read_as_it_was_written(void **state)
{
	struct fixture *f = *state;
	struct user u;
	struct user in = {
	    .id = "u1",
	    .name = "Ünï",
	    .email = "a@example.com",
	    .email_verified = true,
	    .image = "https://example.com/a.png",
	    .created_ms = NOW,
	    .updated_ms = NOW + 1,
	    .role = "admin,user",
	    .banned = true,
	    .ban_reason = "spam",
	    .ban_expires_ms = NOW + DAY,
	    .username = "some.one",
	    .display_username = "Some.One",
	};

	assert_ok(store_user_insert(f->s, &in));
	assert_ok(store_user_by_id(f->s, f->a, "u1", &u));
	assert_string_equal(u.id, "u1");
	assert_string_equal(u.name, "Ünï");
	assert_string_equal(u.email, "a@example.com");
	assert_true(u.email_verified);
	assert_string_equal(u.image, in.image);
	assert_true(u.created_ms == NOW && u.updated_ms == NOW + 1);
	assert_string_equal(u.role, "admin,user");
	assert_true(u.banned_known && u.banned);
	assert_string_equal(u.ban_reason, "spam");
	assert_true(u.ban_expires_ms == NOW + DAY);
	assert_string_equal(u.username, "some.one");
	assert_string_equal(u.display_username, "Some.One");
	assert_false(u.two_factor_known);
}

static void
insert_fills_the_plugins_defaults(void **state)
{
	struct fixture *f = *state;
	struct user u;

	fixture_add_user(f->s, "u1", "a@example.com");
	assert_ok(store_user_by_id(f->s, f->a, "u1", &u));
	assert_null(u.image);
	assert_string_equal(u.role, "user");
	assert_true(u.banned_known);
	assert_false(u.banned);
	assert_null(u.ban_reason);
	assert_int_equal(u.ban_expires_ms, 0);
	assert_null(u.username);
	assert_string_equal(
	    fixture_value(f->s,
		"SELECT typeof(\"createdAt\") || length(\"createdAt\") || "
		"typeof(\"emailVerified\") ||"
		" \"emailVerified\" || typeof(\"banned\") || \"banned\" || typeof(\"banExpires\")"
		" FROM \"user\""),
	    "text24integer0integer0null");
}

static void
store_without_plugins_takes_the_same_rows(void **state)
{
	struct fixture *f = *state;
	struct user in = fixture_user("u1", "a@example.com");
	struct user u;

	in.username = "ignored";
	assert_ok(store_user_insert(f->s, &in));
	assert_ok(store_user_by_email(f->s, f->a, "a@example.com", &u));
	assert_null(u.role);
	assert_null(u.username);
	assert_false(u.banned);
	assert_false(u.two_factor_known);
	assert_err(store_user_by_username(f->s, f->a, "ignored", &u), WA_ERR_NOT_FOUND);
	assert_err(store_user_set_username(f->s, "u1", "x", "x", NOW), WA_ERR_INVALID);
	assert_err(store_user_set_role(f->s, "u1", "admin", NOW), WA_ERR_INVALID);
}

static void
two_factor_column_is_filled_and_read(void **state)
{
	struct fixture *f = *state;
	struct user u;

	assert_ok(store_exec(f->s, "ALTER TABLE \"user\" ADD COLUMN \"twoFactorEnabled\" integer"));
	fixture_close(f);
	f->s = fixture_open(f, STORE_WRITE, WA_OK);
	fixture_add_user(f->s, "u1", "a@example.com");
	assert_ok(store_user_by_id(f->s, f->a, "u1", &u));
	assert_true(u.two_factor_known);
	assert_false(u.two_factor_enabled);
	assert_ok(store_exec(f->s, "UPDATE \"user\" SET \"twoFactorEnabled\" = 1"));
	assert_ok(store_user_by_id(f->s, f->a, "u1", &u));
	assert_true(u.two_factor_enabled);
}

static void
what_is_taken_conflicts(void **state)
{
	struct fixture *f = *state;
	struct user in = fixture_user("u1", "a@example.com");

	in.username = "name";
	assert_ok(store_user_insert(f->s, &in));
	assert_err(store_user_insert(f->s, &in), WA_ERR_CONFLICT);
	in.id = "u2";
	assert_err(store_user_insert(f->s, &in), WA_ERR_CONFLICT);
	in.email = "b@example.com";
	assert_err(store_user_insert(f->s, &in), WA_ERR_CONFLICT);
	in.username = NULL;
	assert_ok(store_user_insert(f->s, &in));
	in.id = "u1";
	in.email = "c@example.com";
	assert_err(store_user_insert(f->s, &in), WA_ERR_CONFLICT);
	assert_err(store_user_set_username(f->s, "u2", "name", "Name", NOW), WA_ERR_CONFLICT);
}

static void
unknown_users_are_not_found(void **state)
{
	struct fixture *f = *state;
	struct user u = {.id = "untouched"};

	fixture_add_user(f->s, "u1", "a@example.com");
	assert_err(store_user_by_id(f->s, f->a, "U1", &u), WA_ERR_NOT_FOUND);
	assert_err(store_user_by_email(f->s, f->a, "A@example.com", &u), WA_ERR_NOT_FOUND);
	assert_err(store_user_by_username(f->s, f->a, "u1", &u), WA_ERR_NOT_FOUND);
	assert_string_equal(u.id, "untouched");
	assert_err(store_user_set_name(f->s, "u2", "n", NOW), WA_ERR_NOT_FOUND);
	assert_err(store_user_set_email_verified(f->s, "u2", true, NOW), WA_ERR_NOT_FOUND);
	assert_err(store_user_set_username(f->s, "u2", "n", "n", NOW), WA_ERR_NOT_FOUND);
	assert_err(store_user_set_role(f->s, "u2", "n", NOW), WA_ERR_NOT_FOUND);
	assert_err(store_user_ban(f->s, "u2", NULL, 0, NOW), WA_ERR_NOT_FOUND);
	assert_err(store_user_unban(f->s, "u2", NOW), WA_ERR_NOT_FOUND);
	assert_err(store_user_delete(f->s, "u2"), WA_ERR_NOT_FOUND);
	assert_false(store_in_transaction(f->s));
}

static void
every_change_sets_updated_at(void **state)
{
	struct fixture *f = *state;
	struct user u;

	fixture_add_user(f->s, "u1", "a@example.com");
	assert_ok(store_user_set_name(f->s, "u1", "New", NOW + 1));
	assert_ok(store_user_by_id(f->s, f->a, "u1", &u));
	assert_string_equal(u.name, "New");
	assert_true(u.updated_ms == NOW + 1 && u.created_ms == NOW - DAY);

	assert_ok(store_user_set_email_verified(f->s, "u1", true, NOW + 2));
	assert_ok(store_user_by_id(f->s, f->a, "u1", &u));
	assert_true(u.email_verified);
	assert_true(u.updated_ms == NOW + 2);

	assert_ok(store_user_set_username(f->s, "u1", "new", "New", NOW + 3));
	assert_ok(store_user_by_username(f->s, f->a, "new", &u));
	assert_string_equal(u.display_username, "New");
	assert_true(u.updated_ms == NOW + 3);

	assert_ok(store_user_set_role(f->s, "u1", "admin", NOW + 4));
	assert_ok(store_user_by_id(f->s, f->a, "u1", &u));
	assert_string_equal(u.role, "admin");
	assert_true(u.updated_ms == NOW + 4);
}

/* Runs in stores with ban columns and without. */
static void
ban_is_read_until_it_is_lifted(void **state)
{
	struct fixture *f = *state;
	struct session session;
	struct user u;

	fixture_add_user(f->s, "u1", "a@example.com");
	fixture_add_user(f->s, "u2", "b@example.com");
	fixture_add_session(f->s, "s1", "u1", NOW + DAY);
	assert_ok(store_user_ban(f->s, "u1", NULL, 0, NOW));
	assert_ok(store_user_ban(f->s, "u1", "spam", NOW + DAY, NOW));

	assert_ok(store_user_by_email(f->s, f->a, "a@example.com", &u));
	assert_true(u.banned_known && u.banned);
	assert_string_equal(u.ban_reason, "spam");
	assert_true(u.ban_expires_ms == NOW + DAY);
	assert_ok(store_session_by_token(f->s, f->a, "token-s1", &session, &u));
	assert_true(u.banned);
	assert_ok(store_user_by_id(f->s, f->a, "u2", &u));
	assert_false(u.banned);

	assert_ok(store_user_unban(f->s, "u1", NOW));
	assert_ok(store_user_unban(f->s, "u1", NOW));
	assert_ok(store_user_by_id(f->s, f->a, "u1", &u));
	assert_false(u.banned);
	assert_null(u.ban_reason);
	assert_int_equal(u.ban_expires_ms, 0);
}

static void
deleted_user_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct link link = {.account = "alice", .user_id = "u1", .created_ms = NOW};
	const char *hash;

	fixture_add_user(f->s, "u1", "a@example.com");
	fixture_add_user(f->s, "u2", "b@example.com");
	fixture_add_session(f->s, "s1", "u1", NOW + DAY);
	fixture_add_session(f->s, "s2", "u2", NOW + DAY);
	assert_ok(store_account_insert_password(f->s, "a1", "u1", "h", NOW));
	assert_ok(store_account_insert_password(f->s, "a2", "u2", "h", NOW));
	assert_ok(store_link_insert(f->s, &link));
	assert_ok(store_user_ban(f->s, "u1", NULL, 0, NOW));

	assert_ok(store_user_delete(f->s, "u1"));
	assert_string_equal(
	    fixture_value(f->s,
		"SELECT (SELECT count(*) FROM \"user\") || (SELECT count(*) FROM \"session\") ||"
		" (SELECT count(*) FROM \"account\") || (SELECT count(*) FROM \"webauth_link\") ||"
		" (SELECT count(*) FROM \"webauth_ban\")"),
	    "11100");
	assert_ok(store_account_password(f->s, f->a, "u2", &hash));
}

static void
delete_inside_a_transaction_is_part_of_it(void **state)
{
	struct fixture *f = *state;
	struct user u;

	fixture_add_user(f->s, "u1", "a@example.com");
	assert_ok(store_begin_write(f->s));
	assert_ok(store_user_delete(f->s, "u1"));
	assert_true(store_in_transaction(f->s));
	assert_err(store_end(f->s, WA_ERR_NOT_PERMITTED), WA_ERR_NOT_PERMITTED);
	assert_ok(store_user_by_id(f->s, f->a, "u1", &u));
}

struct listed {
	char emails[1024];
	size_t stop_after;
	size_t n;
};

static bool
list(void *arg, const struct user *u)
{
	struct listed *l = arg;

	fixture_append(l->emails, sizeof(l->emails), u->email);
	fixture_append(l->emails, sizeof(l->emails), " ");
	return ++l->n != l->stop_after;
}

static void
assert_list(struct store *s, const char *match, const char *after, int64_t limit, size_t stop,
    const char *want)
{
	struct listed l = {.stop_after = stop};

	assert_ok(store_user_each(s, match, after, limit, list, &l));
	assert_string_equal(l.emails, want);
}

static void
list_is_in_order_bounded_and_continued(void **state)
{
	struct fixture *f = *state;

	fixture_add_user(f->s, "u3", "c@x");
	fixture_add_user(f->s, "u1", "a@x");
	fixture_add_user(f->s, "u2", "b@x");
	assert_list(f->s, NULL, NULL, 10, 0, "a@x b@x c@x ");
	assert_list(f->s, NULL, NULL, 2, 0, "a@x b@x ");
	assert_list(f->s, NULL, "b@x", 2, 0, "c@x ");
	assert_list(f->s, NULL, "c@x", 2, 0, "");
	assert_list(f->s, NULL, NULL, 10, 1, "a@x ");
	assert_list(f->s, "", NULL, 10, 0, "a@x b@x c@x ");
}

static void
list_matches_parts_of_names_literally(void **state)
{
	struct fixture *f = *state;
	struct user u = fixture_user("u1", "a_1@x");

	u.name = "100% Sure";
	u.username = "needle";
	assert_ok(store_user_insert(f->s, &u));
	u = fixture_user("u2", "ab1@x");
	u.name = "back\\slash";
	assert_ok(store_user_insert(f->s, &u));
	assert_list(f->s, "a_1", NULL, 10, 0, "a_1@x ");
	assert_list(f->s, "0% s", NULL, 10, 0, "a_1@x ");
	assert_list(f->s, "EEDL", NULL, 10, 0, "a_1@x ");
	assert_list(f->s, "k\\s", NULL, 10, 0, "ab1@x ");
	assert_list(f->s, "1@X", NULL, 10, 0, "a_1@x ab1@x ");
	assert_list(f->s, "'; DROP TABLE \"user\"; --", NULL, 10, 0, "");
}

static void
count_counts(void **state)
{
	struct fixture *f = *state;
	int64_t n = -1;

	assert_ok(store_user_count(f->s, &n));
	assert_int_equal(n, 0);
	fixture_add_user(f->s, "u1", "a@x");
	assert_ok(store_user_count(f->s, &n));
	assert_int_equal(n, 1);
}

static void
corrupt_row_is_a_fault_that_names_the_column(void **state)
{
	struct fixture *f = *state;
	struct user u = {.id = "untouched"};

	fixture_add_user(f->s, "u1", "a@x");
	assert_ok(store_exec(f->s, "UPDATE \"user\" SET \"createdAt\" = 1795239738292"));
	assert_err(store_user_by_id(f->s, f->a, "u1", &u), WA_ERR_STORE_CORRUPT);
	fixture_assert_detail(f, WA_ERR_STORE_CORRUPT, "createdAt");
	assert_string_equal(u.id, "untouched");
}

#define test_plain(f)                                                 \
	{                                                             \
#f " (plain)", f, setup_plain, fixture_teardown, NULL \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_store(row_is_read_as_it_was_written),
	    test_with_store(insert_fills_the_plugins_defaults),
	    test_plain(store_without_plugins_takes_the_same_rows),
	    test_with_store(two_factor_column_is_filled_and_read),
	    test_with_store(what_is_taken_conflicts),
	    test_with_store(unknown_users_are_not_found),
	    test_with_store(every_change_sets_updated_at),
	    test_with_store(ban_is_read_until_it_is_lifted),
	    test_plain(ban_is_read_until_it_is_lifted),
	    test_with_store(deleted_user_leaves_nothing),
	    test_plain(deleted_user_leaves_nothing),
	    test_with_store(delete_inside_a_transaction_is_part_of_it),
	    test_with_store(list_is_in_order_bounded_and_continued),
	    test_plain(list_is_in_order_bounded_and_continued),
	    test_with_store(list_matches_parts_of_names_literally),
	    test_with_store(count_counts),
	    test_with_store(corrupt_row_is_a_fault_that_names_the_column),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
