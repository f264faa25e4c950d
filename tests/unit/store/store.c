#include "lib/store/store.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/store/fixture.h"

static void
writes_of_a_refused_operation_are_undone(void **state)
{
	struct fixture *f = *state;
	struct user u;

	assert_ok(store_begin_write(f->s));
	assert_true(store_in_transaction(f->s));
	fixture_add_user(f->s, "u1", "a@example.com");
	assert_err(store_end(f->s, WA_ERR_NOT_PERMITTED), WA_ERR_NOT_PERMITTED);
	assert_false(store_in_transaction(f->s));
	assert_err(store_user_by_id(f->s, f->a, "u1", &u), WA_ERR_NOT_FOUND);

	assert_ok(store_begin_write(f->s));
	fixture_add_user(f->s, "u1", "a@example.com");
	assert_ok(store_end(f->s, WA_OK));
	assert_ok(store_user_by_id(f->s, f->a, "u1", &u));
}

static void
transactions_do_not_nest(void **state)
{
	struct fixture *f = *state;

	assert_ok(store_begin_read(f->s));
	assert_err(store_begin_read(f->s), WA_ERR_STORE);
	assert_err(store_begin_write(f->s), WA_ERR_STORE);
	assert_ok(store_end(f->s, WA_OK));
}

static void
closing_rolls_back(void **state)
{
	struct fixture *f = *state;
	struct user u;

	assert_ok(store_begin_write(f->s));
	fixture_add_user(f->s, "u1", "a@example.com");
	fixture_close(f);
	f->s = fixture_open(f, STORE_READ, WA_OK);
	assert_err(store_user_by_id(f->s, f->a, "u1", &u), WA_ERR_NOT_FOUND);
}

static void
write_through_a_reader_is_in_the_wrong_lane(void **state)
{
	struct fixture *f = *state;
	struct store *reader = fixture_open(f, STORE_READ, WA_OK);
	struct user u = fixture_user("u1", "a@example.com");

	assert_err(store_user_insert(reader, &u), WA_ERR_WRONG_LANE);
	assert_err(store_begin_write(reader), WA_ERR_WRONG_LANE);
	assert_err(store_migrate(reader), WA_ERR_WRONG_LANE);
	assert_err(store_checkpoint(reader), WA_ERR_WRONG_LANE);
	assert_err(store_session_delete_all(reader, NULL), WA_ERR_WRONG_LANE);
	assert_ok(store_begin_read(reader));
	assert_err(store_user_insert(reader, &u), WA_ERR_WRONG_LANE);
	assert_err(store_end(reader, WA_ERR_WRONG_LANE), WA_ERR_WRONG_LANE);
	assert_err(store_user_by_id(reader, f->a, "u1", &u), WA_ERR_NOT_FOUND);
	store_close(reader);
}

static void
second_writer_finds_the_store_busy(void **state)
{
	struct fixture *f = *state;
	struct store *other = fixture_open(f, STORE_WRITE, WA_OK);
	struct user u = fixture_user("u1", "a@example.com");

	assert_ok(store_begin_write(f->s));
	assert_err(store_begin_write(other), WA_ERR_STORE_BUSY);
	fixture_assert_detail(f, WA_ERR_STORE_BUSY, "another process");
	assert_err(store_user_insert(other, &u), WA_ERR_STORE_BUSY);
	assert_ok(store_end(f->s, WA_OK));
	assert_ok(store_user_insert(other, &u));
	store_close(other);
}

static void
reader_that_may_not_wait_is_told_busy(void **state)
{
	struct fixture *f = *state;
	struct store *reader = fixture_open(f, STORE_READ, WA_OK);
	struct user u;

	/* Not in WAL mode, as an app may have it, a writer at its end shuts readers out. */
	store_close(reader);
	assert_ok(store_exec(f->s, "PRAGMA journal_mode=DELETE"));
	reader = fixture_open(f, STORE_READ, WA_OK);
	assert_ok(store_exec(f->s, "BEGIN EXCLUSIVE"));
	assert_err(store_user_by_id(reader, f->a, "u1", &u), WA_ERR_STORE_BUSY);
	(void)fixture_open(f, STORE_READ, WA_ERR_STORE_BUSY);
	assert_ok(store_exec(f->s, "COMMIT"));
	assert_err(store_user_by_id(reader, f->a, "u1", &u), WA_ERR_NOT_FOUND);
	store_close(reader);
}

static void
read_transaction_sees_one_moment(void **state)
{
	struct fixture *f = *state;
	struct store *reader = fixture_open(f, STORE_READ, WA_OK);
	int64_t n = 0;

	assert_ok(store_begin_read(reader));
	assert_ok(store_user_count(reader, &n));
	assert_int_equal(n, 0);
	fixture_add_user(f->s, "u1", "a@example.com");
	assert_ok(store_user_count(reader, &n));
	assert_int_equal(n, 0);
	assert_ok(store_end(reader, WA_OK));
	assert_ok(store_user_count(reader, &n));
	assert_int_equal(n, 1);
	store_close(reader);
}

static void
full_disk_is_named_and_rolls_back(void **state)
{
	struct fixture *f = *state;
	char image[20000];
	struct user u = fixture_user("u1", "a@example.com");
	int64_t n = -1;

	memset(image, 'x', sizeof(image));
	image[sizeof(image) - 1] = '\0';
	u.image = image;
	assert_ok(store_exec(f->s, "PRAGMA max_page_count=1"));
	assert_ok(store_begin_write(f->s));
	assert_err(store_user_insert(f->s, &u), WA_ERR_STORE_FULL);
	fixture_assert_detail(f, WA_ERR_STORE_FULL, "room");
	assert_err(store_end(f->s, WA_ERR_STORE_FULL), WA_ERR_STORE_FULL);
	assert_false(store_in_transaction(f->s));
	assert_ok(store_user_count(f->s, &n));
	assert_int_equal(n, 0);
}

static void
connection_is_guarded(void **state)
{
	struct fixture *f = *state;
	struct store *reader = fixture_open(f, STORE_READ, WA_OK);

	assert_string_equal(fixture_value(f->s,
				"SELECT CAST(journal_mode AS TEXT) FROM"
				" pragma_journal_mode"),
	    "wal");
	assert_string_equal(fixture_value(f->s,
				"SELECT (SELECT foreign_keys FROM pragma_foreign_keys) || ' ' ||"
				" (SELECT trusted_schema FROM pragma_trusted_schema) || ' ' ||"
				" (SELECT synchronous FROM pragma_synchronous) || ' ' ||"
				" (SELECT temp_store FROM pragma_temp_store) || ' ' ||"
				" (SELECT query_only FROM pragma_query_only)"),
	    "1 0 2 2 0");
	assert_string_equal(
	    fixture_value(reader, "SELECT CAST(query_only AS TEXT) FROM pragma_query_only"), "1");
	/* A misspelt column is an error, not a string. */
	assert_err(store_run(store_prepare(f->s, "SELECT \"nosuch\" FROM \"user\""), NULL),
	    WA_ERR_STORE_SCHEMA);
	store_close(reader);
}

static void
checkpoint_empties_the_log_as_far_as_readers_allow(void **state)
{
	struct fixture *f = *state;
	struct store *reader = fixture_open(f, STORE_READ, WA_OK);
	int64_t n = 0;

	fixture_add_user(f->s, "u1", "a@example.com");
	assert_ok(store_begin_read(reader));
	assert_ok(store_user_count(reader, &n));
	fixture_add_user(f->s, "u2", "b@example.com");
	assert_ok(store_checkpoint(f->s));
	assert_ok(store_end(reader, WA_OK));
	assert_ok(store_checkpoint(f->s));
	store_close(reader);
}

static int64_t
file_size(const struct fixture *f)
{
	struct stat st;

	assert_int_equal(stat(strchr(f->uri, ':') + 1, &st), 0);
	return st.st_size;
}

/* So many users that the log becomes longer than a commit by itself would leave it. */
static void
fill_log(struct store *s, const char *name)
{
	char id[32], address[64], image[3000];

	memset(image, 'x', sizeof(image) - 1);
	image[sizeof(image) - 1] = '\0';
	for (int i = 0; i < STORE_LOG_PAGES / 2; i++) {
		struct user u;

		(void)snprintf(id, sizeof(id), "%s%d", name, i);
		(void)snprintf(address, sizeof(address), "%s@example.com", id);
		u = fixture_user(id, address);
		u.image = image;
		assert_ok(store_user_insert(s, &u));
	}
}

static void
commit_copies_a_long_log_back_unless_told_to_leave_it(void **state)
{
	struct fixture *f = *state;
	struct store_options options = {.uri = f->uri, .mode = STORE_WRITE, .leaves_log = true};
	struct store *leaving = NULL;
	int64_t before;

	assert_ok(store_checkpoint(f->s));
	before = file_size(f);
	assert_ok(store_open(&options, &leaving));
	assert_int_equal(store_log_pages(leaving), 0);
	fill_log(leaving, "a");
	assert_true(store_log_pages(leaving) > STORE_LOG_PAGES);
	assert_int_equal(file_size(f), before);

	assert_ok(store_checkpoint(f->s));
	assert_true(file_size(f) > before);
	/* What was copied back is over: the log begins anew. */
	assert_ok(store_exec(leaving, "DELETE FROM \"user\" WHERE \"id\" = 'a1'"));
	assert_true(store_log_pages(leaving) < STORE_LOG_PAGES);
	store_close(leaving);

	before = file_size(f);
	fill_log(f->s, "b");
	assert_true(file_size(f) > before);
}

static void
changed_schema_asks_to_open_anew(void **state)
{
	struct fixture *f = *state;
	struct store *other = fixture_open(f, STORE_WRITE, WA_OK);

	assert_false(store_was_replaced(f->s));
	assert_ok(store_exec(other, "VACUUM"));
	assert_ok(store_exec(other, "CREATE TABLE \"rateLimit\" (\"id\" text)"));
	assert_false(store_was_replaced(f->s));
	assert_ok(
	    store_exec(other, "ALTER TABLE \"user\" ADD COLUMN \"twoFactorEnabled\" integer"));
	assert_true(store_was_replaced(f->s));
	store_close(other);
	other = fixture_open(f, STORE_WRITE, WA_OK);
	assert_true(store_shape(other)->has_two_factor);
	assert_false(store_was_replaced(other));
	store_close(other);
}

static void
close_of_nothing_does_nothing(void **state)
{
	struct store *s = NULL;

	(void)state;
	store_close(NULL);
	store_closep(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_store(writes_of_a_refused_operation_are_undone),
	    test_with_store(transactions_do_not_nest),
	    test_with_store(closing_rolls_back),
	    test_with_store(write_through_a_reader_is_in_the_wrong_lane),
	    test_with_store(second_writer_finds_the_store_busy),
	    test_with_store(reader_that_may_not_wait_is_told_busy),
	    test_with_store(read_transaction_sees_one_moment),
	    test_with_store(full_disk_is_named_and_rolls_back),
	    test_with_store(connection_is_guarded),
	    test_with_store(checkpoint_empties_the_log_as_far_as_readers_allow),
	    test_with_store(commit_copies_a_long_log_back_unless_told_to_leave_it),
	    test_with_store(changed_schema_asks_to_open_anew),
	    cmocka_unit_test(close_of_nothing_does_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
