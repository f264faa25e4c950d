/* tests lib/store/audit.c; the chain is lib/core/audit.c's. */
#include "lib/store/audit.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "tests/unit/store/fixture.h"

static void
add(struct fixture *f, int64_t number, int64_t at_ms, const char *user_id, const char *event)
{
	const struct audit_row row = {
	    .number = number,
	    .at_ms = at_ms,
	    .event = event,
	    .user_id = user_id,
	    .name = user_id == NULL ? "#digest" : NULL,
	    .door = "web",
	    .previous = "",
	    .hash = "hash",
	};

	assert_ok(store_audit_insert(f->s, &row));
}

struct seen {
	char text[256];
	int n;
	int stop_after;
};

static bool
see(void *arg, const struct audit_row *row)
{
	struct seen *s = arg;
	char number[32];

	(void)snprintf(number, sizeof(number), "%lld%s%s ", (long long)row->number,
	    row->user_email != NULL ? "=" : "", row->user_email != NULL ? row->user_email : "");
	fixture_append(s->text, sizeof(s->text), number);
	return ++s->n != s->stop_after;
}

static void
assert_listed(struct fixture *f, const struct audit_filter *filter, const char *want)
{
	struct seen s = {.n = 0};

	assert_ok(store_audit_each(f->s, filter, see, &s));
	assert_string_equal(s.text, want);
}

static void
rows_come_back_as_they_were_written(void **state)
{
	const struct audit_row row = {
	    .number = 7,
	    .at_ms = NOW,
	    .event = "e",
	    .reason = "r",
	    .detail = "d",
	    .user_id = "u",
	    .name = "n",
	    .actor = "a",
	    .door = "pam",
	    .service = "s",
	    .tty = "t",
	    .address = "x",
	    .agent = "g",
	    .session_id = "i",
	    .previous = "p",
	    .hash = "h",
	};
	struct fixture *f = *state;
	const char *hash;
	int64_t number;

	assert_err(store_audit_last(f->s, f->a, &number, &hash), WA_ERR_NOT_FOUND);
	assert_ok(store_audit_insert(f->s, &row));
	assert_ok(store_audit_last(f->s, f->a, &number, &hash));
	assert_int_equal(number, 7);
	assert_string_equal(hash, "h");
	assert_string_equal(fixture_value(f->s,
				"SELECT \"number\" || \"createdAt\" || \"event\" || \"reason\" ||"
				" \"detail\" || \"userId\" || \"name\" || \"actor\" || \"door\" ||"
				" \"service\" || \"tty\" || \"address\" || \"agent\" ||"
				" \"sessionId\" || \"previous\" || \"hash\""
				" FROM \"webauth_audit\""),
	    "72026-11-21T05:42:18.292Zerdunapamstxgiph");
	/* A number is given once. */
	assert_err(store_audit_insert(f->s, &row), WA_ERR_CONFLICT);
}

static void
filters_narrow_the_list_which_begins_with_the_newest(void **state)
{
	struct fixture *f = *state;

	fixture_add_user(f->s, "u1", "a@x");
	add(f, 1, NOW, "u1", "in");
	add(f, 2, NOW + 1, NULL, "in");
	add(f, 3, NOW + 2, "gone", "out");
	add(f, 4, NOW + 3, "u1", "out");

	assert_listed(f, &(struct audit_filter){.limit = 10}, "4=a@x 3 2 1=a@x ");
	assert_listed(f, &(struct audit_filter){.limit = 2}, "4=a@x 3 ");
	assert_listed(f, &(struct audit_filter){.limit = 2, .before_number = 3}, "2 1=a@x ");
	assert_listed(f, &(struct audit_filter){.limit = 10, .user_id = "u1"}, "4=a@x 1=a@x ");
	assert_listed(f, &(struct audit_filter){.limit = 10, .name = "#digest"}, "2 ");
	assert_listed(
	    f, &(struct audit_filter){.limit = 10, .user_id = "gone", .name = "#digest"}, "3 2 ");
	assert_listed(f, &(struct audit_filter){.limit = 10, .event = "out"}, "4=a@x 3 ");
	assert_listed(f, &(struct audit_filter){.limit = 10, .since_ms = NOW + 2}, "4=a@x 3 ");
	assert_listed(f, &(struct audit_filter){.limit = 10, .event = "none"}, "");
}

static void
a_walk_begins_with_the_oldest_and_can_be_stopped(void **state)
{
	struct fixture *f = *state;
	struct seen s = {.n = 0}, two = {.stop_after = 2};

	for (int i = 1; i <= 4; i++)
		add(f, i, NOW, NULL, "e");
	assert_ok(store_audit_walk(f->s, see, &s));
	assert_string_equal(s.text, "1 2 3 4 ");
	assert_ok(store_audit_walk(f->s, see, &two));
	assert_string_equal(two.text, "1 2 ");
}

static const char *
range(struct fixture *f)
{
	return fixture_value(f->s,
	    "SELECT min(\"number\") || '-' || max(\"number\") || ' ' || count(*) FROM"
	    " \"webauth_audit\"");
}

static void
old_rows_are_swept_from_the_front_alone(void **state)
{
	struct fixture *f = *state;
	int64_t n = -1;

	assert_ok(store_audit_sweep(f->s, NOW, 100, &n));
	assert_int_equal(n, 0);

	/* The clock went back after the third. */
	add(f, 1, NOW, NULL, "e");
	add(f, 2, NOW, NULL, "e");
	add(f, 3, NOW + DAY, NULL, "e");
	add(f, 4, NOW, NULL, "e");
	add(f, 5, NOW + DAY, NULL, "e");
	assert_ok(store_audit_sweep(f->s, NOW + 1, 100, &n));
	assert_int_equal(n, 2);
	assert_string_equal(range(f), "3-5 3");
	assert_ok(store_audit_sweep(f->s, NOW + 2 * DAY, 100, &n));
	assert_int_equal(n, 2);
	assert_string_equal(range(f), "5-5 1");
}

static void
rows_past_the_bound_are_swept_in_steps(void **state)
{
	struct fixture *f = *state;
	int64_t n = -1;

	assert_ok(store_begin_write(f->s));
	for (int i = 1; i <= 600; i++)
		add(f, i, NOW, NULL, "e");
	assert_ok(store_end(f->s, WA_OK));
	assert_ok(store_audit_sweep(f->s, 0, 600, &n));
	assert_int_equal(n, 0);
	assert_ok(store_audit_sweep(f->s, 0, 100, &n));
	assert_int_equal(n, 256);
	assert_ok(store_audit_sweep(f->s, 0, 100, &n));
	assert_int_equal(n, 244);
	assert_string_equal(range(f), "501-600 100");
	/* The newest stays, whatever is asked: the chain goes on from it. */
	assert_ok(store_audit_sweep(f->s, NOW + DAY, 0, &n));
	assert_string_equal(range(f), "600-600 1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_store(rows_come_back_as_they_were_written),
	    test_with_store(filters_narrow_the_list_which_begins_with_the_newest),
	    test_with_store(a_walk_begins_with_the_oldest_and_can_be_stopped),
	    test_with_store(old_rows_are_swept_from_the_front_alone),
	    test_with_store(rows_past_the_bound_are_swept_in_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
