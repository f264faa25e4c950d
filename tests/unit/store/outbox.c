#include "lib/store/outbox.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/store/fixture.h"

#define MINUTE INT64_C(60000)

static bool
insert(struct store *s, const char *id, const char *recipient, int64_t next_ms, int64_t max,
    int64_t max_recipient)
{
	struct outbox_row row = {
	    .id = id,
	    .kind = "reset-password",
	    .recipient = recipient,
	    .name = "Ann",
	    .url = "https://auth.test/r/secret",
	    .created_ms = NOW,
	    .next_ms = next_ms,
	};
	bool inserted;

	assert_ok(store_outbox_insert(s, &row, max, max_recipient, &inserted));
	return inserted;
}

static void
what_is_put_in_comes_out(void **state)
{
	struct fixture *f = *state;
	struct outbox_row row;

	assert_true(insert(f->s, "m1", "a@x.co", NOW, 10, 10));
	assert_ok(store_outbox_claim(f->s, f->a, NOW, NOW + MINUTE, &row));
	assert_string_equal(row.id, "m1");
	assert_string_equal(row.kind, "reset-password");
	assert_string_equal(row.recipient, "a@x.co");
	assert_string_equal(row.name, "Ann");
	assert_string_equal(row.url, "https://auth.test/r/secret");
	assert_null(row.detail);
	assert_null(row.last_error);
	assert_true(row.created_ms == NOW && row.next_ms == NOW + MINUTE && row.attempts == 1);
}

static void
claimed_row_is_nobody_elses_until_the_claim_runs_out(void **state)
{
	struct fixture *f = *state;
	struct store *other = fixture_open(f, STORE_WRITE, WA_OK);
	struct outbox_row row, again = {.id = "untouched"};

	assert_true(insert(f->s, "m1", "a@x.co", NOW, 10, 10));
	assert_ok(store_outbox_claim(f->s, f->a, NOW, NOW + MINUTE, &row));
	assert_err(store_outbox_claim(other, f->a, NOW, NOW + MINUTE, &again), WA_ERR_NOT_FOUND);
	assert_string_equal(again.id, "untouched");
	assert_ok(store_outbox_claim(other, f->a, NOW + MINUTE, NOW + 2 * MINUTE, &again));
	assert_int_equal(again.attempts, 2);

	/* The first daemon comes back to life: the row is not its to postpone. */
	assert_err(store_outbox_postpone(f->s, "m1", row.next_ms, NOW, "late"), WA_ERR_NOT_FOUND);
	assert_ok(store_outbox_postpone(other, "m1", again.next_ms, NOW + 9 * MINUTE, "exit 75"));
	assert_ok(store_outbox_claim(other, f->a, NOW + 9 * MINUTE, NOW + 10 * MINUTE, &again));
	assert_string_equal(again.last_error, "exit 75");
	store_close(other);
}

static void
longest_due_goes_first_and_what_is_not_due_waits(void **state)
{
	struct fixture *f = *state;
	struct outbox_row row;
	int64_t next, last;

	assert_err(store_outbox_next(f->s, &next, &last), WA_ERR_NOT_FOUND);
	assert_true(insert(f->s, "late", "a@x.co", NOW + MINUTE, 10, 10));
	assert_true(insert(f->s, "first", "a@x.co", NOW - MINUTE, 10, 10));
	assert_true(insert(f->s, "second", "a@x.co", NOW, 10, 10));
	assert_ok(store_outbox_next(f->s, &next, &last));
	assert_true(next == NOW - MINUTE && last == NOW + MINUTE);
	assert_ok(store_outbox_claim(f->s, f->a, NOW, NOW + DAY, &row));
	assert_string_equal(row.id, "first");
	assert_ok(store_outbox_claim(f->s, f->a, NOW, NOW + DAY, &row));
	assert_string_equal(row.id, "second");
	assert_err(store_outbox_claim(f->s, f->a, NOW, NOW + DAY, &row), WA_ERR_NOT_FOUND);
	assert_ok(store_outbox_next(f->s, &next, &last));
	assert_true(next == NOW + MINUTE);
}

static void
a_clock_that_was_set_back_makes_no_mail_wait_for_it(void **state)
{
	struct fixture *f = *state;
	struct outbox_row row;
	int64_t next, last;

	assert_true(insert(f->s, "soon", "a@x.co", NOW + MINUTE, 10, 10));
	assert_true(insert(f->s, "tomorrow", "a@x.co", NOW + DAY, 10, 10));
	assert_ok(store_outbox_recall(f->s, NOW + MINUTE, NOW));
	assert_ok(store_outbox_next(f->s, &next, &last));
	assert_true(next == NOW && last == NOW + MINUTE);
	assert_ok(store_outbox_claim(f->s, f->a, NOW, NOW + MINUTE, &row));
	assert_string_equal(row.id, "tomorrow");
	assert_err(store_outbox_claim(f->s, f->a, NOW, NOW + MINUTE, &row), WA_ERR_NOT_FOUND);
}

static void
full_outbox_takes_no_more(void **state)
{
	struct fixture *f = *state;

	assert_true(insert(f->s, "m1", "a@x.co", NOW, 3, 2));
	assert_true(insert(f->s, "m2", "a@x.co", NOW, 3, 2));
	assert_false(insert(f->s, "m3", "a@x.co", NOW, 3, 2)); /* enough for one person */
	assert_true(insert(f->s, "m4", "b@x.co", NOW, 3, 2));
	assert_false(insert(f->s, "m5", "c@x.co", NOW, 3, 2)); /* enough */
	assert_ok(store_outbox_delete(f->s, "m1"));
	assert_true(insert(f->s, "m6", "c@x.co", NOW, 3, 2));
}

static void
sent_mail_leaves_nothing(void **state)
{
	struct fixture *f = *state;

	assert_true(insert(f->s, "m1", "a@x.co", NOW, 3, 2));
	assert_ok(store_outbox_delete(f->s, "m1"));
	assert_err(store_outbox_delete(f->s, "m1"), WA_ERR_NOT_FOUND);
	assert_string_equal(
	    fixture_value(f->s, "SELECT count(*) || '' FROM \"webauth_outbox\""), "0");
}

static void
mail_is_of_the_transaction_that_caused_it(void **state)
{
	struct fixture *f = *state;

	assert_ok(store_begin_write(f->s));
	assert_true(insert(f->s, "m1", "a@x.co", NOW, 3, 2));
	assert_err(store_end(f->s, WA_ERR_CONFLICT), WA_ERR_CONFLICT);
	assert_string_equal(
	    fixture_value(f->s, "SELECT count(*) || '' FROM \"webauth_outbox\""), "0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_store(what_is_put_in_comes_out),
	    test_with_store(claimed_row_is_nobody_elses_until_the_claim_runs_out),
	    test_with_store(longest_due_goes_first_and_what_is_not_due_waits),
	    test_with_store(a_clock_that_was_set_back_makes_no_mail_wait_for_it),
	    test_with_store(full_outbox_takes_no_more),
	    test_with_store(sent_mail_leaves_nothing),
	    test_with_store(mail_is_of_the_transaction_that_caused_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
