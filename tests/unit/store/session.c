#include "lib/store/session.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/store/fixture.h"

static int
setup_users(void **state)
{
	struct fixture *f;

	(void)fixture_setup(state);
	f = *state;
	fixture_add_user(f->s, "u1", "a@x");
	fixture_add_user(f->s, "u2", "b@x");
	return 0;
}

static void
session_and_user_come_in_one_read(void **state)
{
	struct fixture *f = *state;
	struct session row = {
	    .id = "s1",
	    .token = "tok",
	    .user_id = "u1",
	    .expires_ms = NOW + DAY,
	    .created_ms = NOW,
	    .updated_ms = NOW + 1,
	    .ip_address = "192.0.2.1",
	    .user_agent = "agent",
	    .impersonated_by = "u2",
	};
	struct session got;
	struct user u;

	assert_ok(store_session_insert(f->s, &row));
	assert_ok(store_session_by_token(f->s, f->a, "tok", &got, &u));
	assert_string_equal(got.id, "s1");
	assert_string_equal(got.token, "tok");
	assert_string_equal(got.user_id, "u1");
	assert_true(got.expires_ms == NOW + DAY);
	assert_true(got.created_ms == NOW && got.updated_ms == NOW + 1);
	assert_string_equal(got.ip_address, "192.0.2.1");
	assert_string_equal(got.user_agent, "agent");
	assert_string_equal(got.impersonated_by, "u2");
	assert_string_equal(u.id, "u1");
	assert_string_equal(u.email, "a@x");
	memset(&got, 0, sizeof(got));
	assert_ok(store_session_by_id(f->s, f->a, "s1", &got, &u));
	assert_string_equal(got.token, "tok");
	assert_string_equal(
	    fixture_value(f->s, "SELECT typeof(\"expiresAt\") || \"expiresAt\" FROM \"session\""),
	    "text2026-11-22T05:42:18.292Z");
}

static void
unknown_token_is_not_found(void **state)
{
	struct fixture *f = *state;
	struct session got = {.id = "untouched"};
	struct user u = {.id = "untouched"};

	fixture_add_session(f->s, "s1", "u1", NOW);
	assert_err(store_session_by_token(f->s, f->a, "TOKEN-s1", &got, &u), WA_ERR_NOT_FOUND);
	assert_err(store_session_by_token(f->s, f->a, "", &got, &u), WA_ERR_NOT_FOUND);
	assert_err(store_session_by_id(f->s, f->a, "token-s1", &got, &u), WA_ERR_NOT_FOUND);
	assert_string_equal(got.id, "untouched");
	assert_string_equal(u.id, "untouched");
}

static void
expired_session_is_returned(void **state)
{
	struct fixture *f = *state;
	struct session got;
	struct user u;

	fixture_add_session(f->s, "s1", "u1", NOW - DAY);
	assert_ok(store_session_by_token(f->s, f->a, "token-s1", &got, &u));
	assert_true(got.expires_ms == NOW - DAY);
}

static void
insert_refuses_a_taken_token_and_a_gone_user(void **state)
{
	struct fixture *f = *state;
	struct session row = {.id = "s2", .token = "token-s1", .user_id = "u1", .expires_ms = NOW};

	fixture_add_session(f->s, "s1", "u1", NOW);
	assert_err(store_session_insert(f->s, &row), WA_ERR_CONFLICT);
	row.token = "other";
	row.user_id = "gone";
	assert_err(store_session_insert(f->s, &row), WA_ERR_NOT_FOUND);
}

static void
of_two_that_extend_one_does(void **state)
{
	struct fixture *f = *state;
	struct store *other = fixture_open(f, STORE_WRITE, WA_OK);
	struct session got;
	struct user u;

	fixture_add_session(f->s, "s1", "u1", NOW + 1);
	assert_ok(store_session_extend(f->s, "token-s1", NOW + 1, NOW + DAY, NOW));
	assert_err(
	    store_session_extend(other, "token-s1", NOW + 1, NOW + 2 * DAY, NOW), WA_ERR_CONFLICT);
	assert_ok(store_session_by_token(f->s, f->a, "token-s1", &got, &u));
	assert_true(got.expires_ms == NOW + DAY);
	assert_true(got.updated_ms == NOW);
	store_close(other);
}

static void
extension_does_not_bring_back_what_was_revoked(void **state)
{
	struct fixture *f = *state;
	struct store *other = fixture_open(f, STORE_WRITE, WA_OK);
	struct session_end end;

	fixture_add_session(f->s, "s1", "u1", NOW + 1);
	assert_ok(store_session_delete(other, f->a, NULL, "token-s1", &end));
	assert_err(
	    store_session_extend(f->s, "token-s1", NOW + 1, NOW + DAY, NOW), WA_ERR_NOT_FOUND);
	store_close(other);
}

static void
only_that_users_is_deleted_where_one_is_named(void **state)
{
	struct fixture *f = *state;
	struct session_end end;

	fixture_add_session(f->s, "s1", "u1", NOW);
	assert_err(store_session_delete(f->s, f->a, "u2", "token-s1", &end), WA_ERR_NOT_FOUND);
	assert_err(store_session_delete_by_id(f->s, f->a, "u2", "s1", &end), WA_ERR_NOT_FOUND);
	assert_ok(store_session_delete(f->s, f->a, "u1", "token-s1", &end));
}

static void
of_two_that_delete_one_did(void **state)
{
	struct fixture *f = *state;
	struct store *other = fixture_open(f, STORE_WRITE, WA_OK);
	struct session_end end = {.id = NULL};

	fixture_add_session(f->s, "s1", "u1", NOW);
	fixture_add_session(f->s, "s2", "u1", NOW);
	assert_ok(store_session_delete(f->s, f->a, NULL, "token-s1", &end));
	assert_string_equal(end.id, "s1");
	assert_string_equal(end.user_id, "u1");
	assert_err(store_session_delete(other, f->a, NULL, "token-s1", &end), WA_ERR_NOT_FOUND);
	assert_ok(store_session_delete_by_id(other, f->a, NULL, "s2", &end));
	assert_string_equal(end.id, "s2");
	assert_err(store_session_delete_by_id(f->s, f->a, NULL, "s2", &end), WA_ERR_NOT_FOUND);
	store_close(other);
}

static void
expired_row_goes_but_not_one_that_was_extended(void **state)
{
	struct fixture *f = *state;
	struct session got;
	struct user u;

	fixture_add_session(f->s, "s1", "u1", NOW - 1);
	fixture_add_session(f->s, "s2", "u1", NOW - 1);
	assert_ok(store_session_extend(f->s, "token-s2", NOW - 1, NOW + DAY, NOW));
	assert_ok(store_session_delete_expired(f->s, "token-s1", NOW));
	assert_ok(store_session_delete_expired(f->s, "token-s2", NOW));
	assert_ok(store_session_delete_expired(f->s, "none", NOW));
	assert_err(store_session_by_token(f->s, f->a, "token-s1", &got, &u), WA_ERR_NOT_FOUND);
	assert_ok(store_session_by_token(f->s, f->a, "token-s2", &got, &u));
}

static void
all_sessions_of_a_user_go_but_the_kept_one(void **state)
{
	struct fixture *f = *state;
	int64_t n = -1;

	fixture_add_session(f->s, "s1", "u1", NOW);
	fixture_add_session(f->s, "s2", "u1", NOW);
	fixture_add_session(f->s, "s3", "u1", NOW);
	fixture_add_session(f->s, "s4", "u2", NOW);
	assert_ok(store_session_delete_of_user(f->s, "u1", "token-s2", &n));
	assert_int_equal(n, 2);
	assert_ok(store_session_delete_of_user(f->s, "u1", NULL, &n));
	assert_int_equal(n, 1);
	assert_ok(store_session_delete_of_user(f->s, "u1", NULL, NULL));
	assert_ok(store_session_delete_all(f->s, &n));
	assert_int_equal(n, 1);
}

struct listed {
	char ids[256];
	size_t stop_after;
	size_t n;
};

static bool
list(void *arg, const struct session *row)
{
	struct listed *l = arg;

	fixture_append(l->ids, sizeof(l->ids), row->id);
	return ++l->n != l->stop_after;
}

static void
assert_list(struct store *s, const char *user_id, int64_t limit, size_t stop, const char *want)
{
	struct listed l = {.stop_after = stop};

	assert_ok(store_session_each(s, user_id, NOW, limit, list, &l));
	assert_string_equal(l.ids, want);
}

static void
live_sessions_are_listed_newest_first(void **state)
{
	static const char *const ids[] = {"a", "b", "c", "d", "e"};
	struct fixture *f = *state;

	for (size_t i = 0; i < WA_ARRAY_LEN(ids); i++) {
		struct session row = {
		    .id = ids[i],
		    .token = ids[i],
		    .user_id = i == 2 ? "u2" : "u1",
		    .expires_ms = i == 4 ? NOW : NOW + 1,
		    .created_ms = NOW + (int64_t)i,
		    .updated_ms = NOW,
		};

		assert_ok(store_session_insert(f->s, &row));
	}
	assert_list(f->s, NULL, 10, 0, "dcba");
	assert_list(f->s, "u1", 10, 0, "dba");
	assert_list(f->s, "u1", 2, 0, "db");
	assert_list(f->s, "u1", 10, 1, "d");
	assert_list(f->s, "none", 10, 0, "");
}

#define COUNT_SESSIONS "SELECT CAST(count(*) AS text) FROM \"session\""

static void
add_sessions(struct fixture *f, const char *name, int n, int64_t expires_ms)
{
	char id[32];

	assert_ok(store_begin_write(f->s));
	for (int i = 0; i < n; i++) {
		(void)snprintf(id, sizeof(id), "%s%d", name, i);
		fixture_add_session(f->s, id, "u1", expires_ms);
	}
	assert_ok(store_end(f->s, WA_OK));
}

static void
sweep_takes_the_expired_in_steps(void **state)
{
	struct fixture *f = *state;
	struct store_sweep sweep = STORE_SWEEP_BEGIN;

	add_sessions(f, "ended", STORE_SWEEP_TAKE + 1, NOW - 1);
	add_sessions(f, "live", 3, NOW);
	assert_ok(store_session_sweep(f->s, NOW, &sweep));
	assert_int_equal(sweep.deleted, STORE_SWEEP_TAKE);
	assert_false(sweep.done);
	assert_ok(store_begin_write(f->s));
	assert_ok(store_session_sweep(f->s, NOW, &sweep));
	assert_true(store_in_transaction(f->s));
	assert_ok(store_end(f->s, WA_OK));
	assert_int_equal(sweep.deleted, STORE_SWEEP_TAKE + 1);
	assert_true(sweep.done);
	assert_string_equal(fixture_value(f->s, COUNT_SESSIONS), "3");
}

static void
sweep_looks_at_so_many_rows_a_step_and_passes_none_over(void **state)
{
	struct fixture *f = *state;
	struct store_sweep sweep = STORE_SWEEP_BEGIN;

	/* Rows may have negative numbers too. */
	add_sessions(f, "live", STORE_SWEEP_LOOK, NOW + 1);
	assert_ok(store_exec(f->s, "UPDATE \"session\" SET rowid = rowid - 1000000"));
	add_sessions(f, "ended", 2, NOW - 1);
	assert_ok(store_session_sweep(f->s, NOW, &sweep));
	assert_int_equal(sweep.deleted, 0);
	assert_false(sweep.done);
	assert_ok(store_session_sweep(f->s, NOW, &sweep));
	assert_int_equal(sweep.deleted, 2);
	assert_true(sweep.done);
}

static void
session_extended_while_a_sweep_is_under_way_stays(void **state)
{
	struct fixture *f = *state;
	struct store *other = fixture_open(f, STORE_WRITE, WA_OK);
	struct store_sweep sweep = STORE_SWEEP_BEGIN;

	add_sessions(f, "ended", STORE_SWEEP_TAKE + 2, NOW - 1);
	assert_ok(store_session_sweep(f->s, NOW, &sweep));
	assert_ok(store_exec(other,
	    "UPDATE \"session\" SET \"expiresAt\" = '2999-01-01T00:00:00.000Z'"
	    " WHERE rowid = (SELECT max(rowid) FROM \"session\")"));
	assert_ok(store_session_sweep(f->s, NOW, &sweep));
	assert_true(sweep.done);
	assert_string_equal(fixture_value(f->s, COUNT_SESSIONS), "1");
	store_close(other);
}

static void
user_deleted_by_another_takes_sessions_along(void **state)
{
	struct fixture *f = *state;
	struct store *other = fixture_open(f, STORE_WRITE, WA_OK);
	struct session got;
	struct user u;

	fixture_add_session(f->s, "s1", "u1", NOW);
	assert_ok(store_session_by_token(f->s, f->a, "token-s1", &got, &u));
	assert_ok(store_exec(other, "DELETE FROM \"user\" WHERE \"id\" = 'u1'"));
	assert_err(store_session_by_token(f->s, f->a, "token-s1", &got, &u), WA_ERR_NOT_FOUND);
	store_close(other);
}

#define test_with_users(f) cmocka_unit_test_setup_teardown(f, setup_users, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_users(session_and_user_come_in_one_read),
	    test_with_users(unknown_token_is_not_found),
	    test_with_users(expired_session_is_returned),
	    test_with_users(insert_refuses_a_taken_token_and_a_gone_user),
	    test_with_users(of_two_that_extend_one_does),
	    test_with_users(extension_does_not_bring_back_what_was_revoked),
	    test_with_users(only_that_users_is_deleted_where_one_is_named),
	    test_with_users(of_two_that_delete_one_did),
	    test_with_users(expired_row_goes_but_not_one_that_was_extended),
	    test_with_users(all_sessions_of_a_user_go_but_the_kept_one),
	    test_with_users(live_sessions_are_listed_newest_first),
	    test_with_users(sweep_takes_the_expired_in_steps),
	    test_with_users(sweep_looks_at_so_many_rows_a_step_and_passes_none_over),
	    test_with_users(session_extended_while_a_sweep_is_under_way_stays),
	    test_with_users(user_deleted_by_another_takes_sessions_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
