#include "lib/store/driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/store/fixture.h"

static struct store_stmt *
one_row(struct store *s, const char *sql)
{
	struct store_stmt *st = store_prepare(s, sql);

	assert_ok(store_step_row(st));
	return st;
}

static void
values_come_back_as_they_were_bound(void **state)
{
	struct fixture *f = *state;
	struct store_stmt *st = store_prepare(f->s, "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7");

	store_bind_text(st, 1, "täxt");
	store_bind_text(st, 2, NULL);
	store_bind_int(st, 3, INT64_MIN);
	store_bind_bool(st, 4, true);
	store_bind_time(st, 5, NOW);
	store_bind_null(st, 6);
	store_bind_time_or_null(st, 7, 0);
	assert_ok(store_step_row(st));
	assert_string_equal(store_col_text(st, 0, f->a), "täxt");
	assert_null(store_col_text(st, 1, f->a));
	assert_true(store_col_int(st, 2) == INT64_MIN);
	assert_true(store_col_bool(st, 3));
	assert_true(store_col_time(st, 4) == NOW);
	assert_string_equal(store_col_text(st, 4, f->a), "2026-11-21T05:42:18.292Z");
	assert_true(store_col_is_null(st, 5));
	assert_true(store_col_is_null(st, 6));
	assert_int_equal(store_col_time(st, 6), 0);
	assert_ok(store_row_check(st));
	store_done(st);
}

static void
bindings_do_not_outlive_done(void **state)
{
	static const char sql[] = "SELECT ?1";
	struct fixture *f = *state;
	struct store_stmt *st = store_prepare(f->s, sql);

	store_bind_text(st, 1, "x");
	assert_ok(store_step_row(st));
	store_done(st);
	assert_ptr_equal(store_prepare(f->s, sql), st);
	assert_ok(store_step_row(st));
	assert_true(store_col_is_null(st, 0));
	store_done(st);
}

static void
exactly_one_is_true(void **state)
{
	struct fixture *f = *state;
	struct store_stmt *st =
	    one_row(f->s, "SELECT 1, 1.0, 0, 2, -1, '1', 'true', NULL, x'01', 1.5");

	assert_true(store_col_bool(st, 0));
	assert_true(store_col_bool(st, 1));
	for (int i = 2; i < 10; i++)
		assert_false(store_col_bool(st, i));
	assert_ok(store_row_check(st));
	store_done(st);
}

static void
date_of_another_spelling_is_corrupt(void **state)
{
	static const char *const values[] = {"'2026-11-21 05:42:18'", "'2026-11-21T05:42:18Z'",
	    "'2026-02-30T05:42:18.292Z'", "1795239738292", "1795239738.5", "''", "x'32303236'",
	    "'+02026-11-21T05:42:18.292z'"};
	struct fixture *f = *state;

	assert_ok(store_exec(f->s, "CREATE TABLE \"dates\" (\"at\" date)"));
	for (size_t i = 0; i < WA_ARRAY_LEN(values); i++) {
		struct store_stmt *st;
		char sql[128];

		(void)snprintf(sql, sizeof(sql),
		    "DELETE FROM \"dates\"; INSERT INTO \"dates\" VALUES (%s)", values[i]);
		assert_ok(store_exec(f->s, sql));
		st = one_row(f->s, "SELECT \"at\" FROM \"dates\"");
		assert_int_equal(store_col_time(st, 0), 0);
		assert_err(store_row_check(st), WA_ERR_STORE_CORRUPT);
		fixture_assert_detail(f, WA_ERR_STORE_CORRUPT, "column at");
		assert_null(strstr(wa_err_detail(WA_ERR_STORE_CORRUPT), "05:42"));
		store_done(st);
	}
}

/* Date.prototype.toISOString beyond four digits of year. */
static void
date_past_four_digits_is_the_end_of_time(void **state)
{
	struct fixture *f = *state;
	struct store_stmt *st =
	    one_row(f->s, "SELECT '+010000-01-01T00:00:00.000Z', '-000001-01-01T00:00:00.000Z'");

	assert_true(store_col_time(st, 0) == INT64_C(253402300799999));
	assert_true(store_col_time(st, 1) == INT64_C(-62167219200000));
	assert_ok(store_row_check(st));
	store_done(st);
}

static void
other_type_than_text_is_corrupt(void **state)
{
	struct fixture *f = *state;
	struct store_stmt *st = one_row(f->s, "SELECT 12, x'00', NULL AS \"empty\", 'a'");

	assert_null(store_col_text(st, 0, f->a));
	assert_err(store_row_check(st), WA_ERR_STORE_CORRUPT);
	store_done(st);
	st = one_row(f->s, "SELECT NULL AS \"empty\"");
	assert_string_equal(store_col_need_text(st, 0, f->a), "");
	assert_err(store_row_check(st), WA_ERR_STORE_CORRUPT);
	fixture_assert_detail(f, WA_ERR_STORE_CORRUPT, "column empty: is NULL");
	store_done(st);
	st = one_row(f->s, "SELECT 'a'");
	assert_int_equal(store_col_int(st, 0), 0);
	assert_err(store_row_check(st), WA_ERR_STORE_CORRUPT);
	store_done(st);
}

static void
nul_inside_a_text_does_not_cut_it(void **state)
{
	struct fixture *f = *state;
	struct store_stmt *st = one_row(f->s, "SELECT 'root' || char(0) || 'x' || char(0)");

	assert_string_equal(store_col_text(st, 0, f->a), "root\xef\xbf\xbdx\xef\xbf\xbd");
	assert_ok(store_row_check(st));
	store_done(st);
}

static void
text_over_the_arena_is_a_fault(void **state)
{
	struct fixture *f = *state;
	struct wa_arena *small = wa_arena_new(16);
	struct store_stmt *st = one_row(f->s, "SELECT 'a text of more than sixteen bytes'");

	assert_null(store_col_text(st, 0, small));
	assert_err(store_row_check(st), WA_ERR_NOMEM);
	store_done(st);
	wa_arena_free(small);
}

static void
failure_to_bind_is_told_by_step(void **state)
{
	struct fixture *f = *state;
	struct store_stmt *st = store_prepare(f->s, "SELECT ?1 AS \"bound\"");
	bool row = true;

	store_bind_text(st, 1, "x");
	store_bind_text(st, 2, "there is no second");
	assert_err(store_step(st, &row), WA_ERR_STORE);
	assert_true(row);
	fixture_assert_detail(f, WA_ERR_STORE, "SELECT ?1");
	assert_null(strstr(wa_err_detail(WA_ERR_STORE), "second"));
	store_done(st);
}

static void
statement_that_fits_no_table_is_a_schema_fault(void **state)
{
	static const char sql[] = "SELECT \"x\" FROM \"later\"";
	struct fixture *f = *state;

	assert_err(store_run(store_prepare(f->s, sql), NULL), WA_ERR_STORE_SCHEMA);
	assert_err(store_run_row(store_prepare(f->s, sql)), WA_ERR_STORE_SCHEMA);
	assert_ok(store_exec(f->s, "CREATE TABLE \"later\" (\"x\" text)"));
	assert_ok(store_run(store_prepare(f->s, sql), NULL));
}

static void
step_says_not_found_and_run_counts(void **state)
{
	struct fixture *f = *state;
	int64_t n = -1;

	assert_ok(store_exec(f->s, "CREATE TABLE \"n\" (\"x\" integer)"));
	assert_err(
	    store_step_row(store_prepare(f->s, "SELECT \"x\" FROM \"n\"")), WA_ERR_NOT_FOUND);
	assert_ok(store_run(store_prepare(f->s, "INSERT INTO \"n\" VALUES (1), (2), (3)"), &n));
	assert_int_equal(n, 3);
	assert_err(store_run_row(store_prepare(f->s, "DELETE FROM \"n\" WHERE \"x\" = 9")),
	    WA_ERR_NOT_FOUND);
}

static void
broken_constraints_have_their_outcomes(void **state)
{
	struct fixture *f = *state;

	assert_ok(store_exec(f->s,
	    "CREATE TABLE \"c\" (\"id\" text primary key, \"u\" text unique,"
	    " \"n\" text not null, \"r\" text references \"user\" (\"id\"),"
	    " \"k\" integer check (\"k\" > 0));"
	    "INSERT INTO \"c\" VALUES ('1', 'u', 'n', NULL, 1)"));
	assert_err(
	    store_exec(f->s, "INSERT INTO \"c\" VALUES ('1', 'v', 'n', NULL, 1)"), WA_ERR_CONFLICT);
	assert_err(
	    store_exec(f->s, "INSERT INTO \"c\" VALUES ('2', 'u', 'n', NULL, 1)"), WA_ERR_CONFLICT);
	assert_err(store_exec(f->s, "INSERT INTO \"c\" VALUES ('2', 'v', 'n', 'none', 1)"),
	    WA_ERR_NOT_FOUND);
	assert_err(store_exec(f->s, "INSERT INTO \"c\" VALUES ('2', 'v', NULL, NULL, 1)"),
	    WA_ERR_STORE_SCHEMA);
	assert_err(
	    store_exec(f->s, "INSERT INTO \"c\" VALUES ('2', 'v', 'n', NULL, 0)"), WA_ERR_STORE);
}

static void
guarded_parts_follow_the_shape(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(fixture_value(f->s,
				"SELECT 'a'{admin: || 'b'}{!admin: || 'c'}{two_factor: || 'd'}"
				"{!two_factor: || 'e'}{username:}"),
	    "abe");
	assert_err(store_run(store_prepare(f->s, "SELECT 1{nosuch:, 2}"), NULL), WA_ERR_STORE);
	assert_err(store_run(store_prepare(f->s, "SELECT 1{admin:, 2"), NULL), WA_ERR_STORE);
	assert_err(store_run(store_prepare(f->s, "SELECT 1{admin"), NULL), WA_ERR_STORE);
}

static void
statements_are_bounded(void **state)
{
	struct fixture *f = *state;
	char *texts = calloc(1024, 16);
	enum wa_err e = WA_OK;
	size_t n;

	assert_non_null(texts);
	for (n = 0; n < 1024 && e == WA_OK; n++) {
		(void)snprintf(texts + n * 16, 16, "SELECT %zu", n);
		e = store_run(store_prepare(f->s, texts + n * 16), NULL);
	}
	assert_err(e, WA_ERR_NOMEM);
	assert_in_range(n, 100, 256);
	for (size_t i = 0; i + 1 < n; i++)
		assert_ok(store_run(store_prepare(f->s, texts + i * 16), NULL));
	fixture_close(f);
	free(texts);
}

static void
columns_of_a_table_are_told_and_a_view_is_none(void **state)
{
	struct fixture *f = *state;
	struct store_columns columns;

	assert_ok(store_exec(f->s, "CREATE VIEW \"people\" AS SELECT \"id\" FROM \"user\""));
	assert_ok(store_columns(f->s, f->a, "people", &columns));
	assert_int_equal(columns.n, 0);
	assert_ok(store_columns(f->s, f->a, "nosuch", &columns));
	assert_int_equal(columns.n, 0);
	assert_ok(store_columns(f->s, f->a, "verification", &columns));
	assert_int_equal(columns.n, 6);
	assert_string_equal(columns.at[0].name, "id");
	assert_string_equal(columns.at[0].type, "TEXT");
	assert_true(columns.at[0].is_key);
	assert_true(columns.at[3].not_null);
	assert_false(columns.at[3].is_key);
	assert_string_equal(columns.at[3].type, "date");
}

static void
stamp_changes_with_every_commit_of_anybody(void **state)
{
	struct fixture *f = *state;
	struct store *other = fixture_open(f, STORE_WRITE, WA_OK);
	int64_t first = 0;
	int64_t second = 0;
	int64_t third = 0;

	assert_ok(store_stamp(f->s, &first));
	assert_ok(store_stamp(f->s, &second));
	assert_true(first == second);
	fixture_add_user(f->s, "u1", "a@example.com");
	assert_ok(store_stamp(f->s, &second));
	assert_true(second != first);
	fixture_add_user(other, "u2", "b@example.com");
	assert_ok(store_stamp(f->s, &third));
	assert_true(third != second && third != first);
	store_close(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_store(values_come_back_as_they_were_bound),
	    test_with_store(bindings_do_not_outlive_done),
	    test_with_store(exactly_one_is_true),
	    test_with_store(date_of_another_spelling_is_corrupt),
	    test_with_store(date_past_four_digits_is_the_end_of_time),
	    test_with_store(other_type_than_text_is_corrupt),
	    test_with_store(nul_inside_a_text_does_not_cut_it),
	    test_with_store(text_over_the_arena_is_a_fault),
	    test_with_store(failure_to_bind_is_told_by_step),
	    test_with_store(statement_that_fits_no_table_is_a_schema_fault),
	    test_with_store(step_says_not_found_and_run_counts),
	    test_with_store(broken_constraints_have_their_outcomes),
	    test_with_store(guarded_parts_follow_the_shape),
	    test_with_store(statements_are_bounded),
	    test_with_store(columns_of_a_table_are_told_and_a_view_is_none),
	    test_with_store(stamp_changes_with_every_commit_of_anybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
