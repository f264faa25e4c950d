/* tests the chain of lib/core/audit.c, and how long it gets. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/core/audit.h"
#include "lib/store/audit.h"
#include "tests/unit/core/fixture.h"

static int
setup(void **state)
{
	struct core *c;

	(void)core_setup(state);
	c = *state;
	fixture_add_user(c->cx.store, "alice", "alice@example.com");
	c->cx.ip_address = "192.0.2.1";
	c->cx.user_agent = "agent/1";
	return 0;
}

/* That column of the newest row. */
#define newest(c, column)            \
	fixture_value((c)->cx.store, \
	    "SELECT \"" column "\" FROM \"webauth_audit\" ORDER BY \"number\" DESC LIMIT 1")

static void
note(struct core *c, const char *detail)
{
	const struct wa_audit event = {
	    .event = WA_AUDIT_USER_UPDATED, .user_id = "alice", .detail = detail};

	assert_ok(wa_audit(&c->cx, &event));
}

/* ---- the chain ---- */

struct finding {
	int n;
	int64_t number;
	char what[64];
};

static bool
find(void *arg, int64_t number, const char *what)
{
	struct finding *f = arg;

	if (f->n++ == 0) {
		f->number = number;
		(void)snprintf(f->what, sizeof(f->what), "%s", what);
	}
	return true;
}

static struct finding
verify(struct core *c, const char *known, struct wa_audit_chain *ret)
{
	struct wa_audit_chain chain;
	struct finding f = {0};

	assert_ok(wa_audit_verify(&c->cx, known, find, &f, ret != NULL ? ret : &chain));
	return f;
}

static void
write_many(struct core *c, int n)
{
	char detail[16];

	for (int i = 0; i < n; i++) {
		(void)snprintf(detail, sizeof(detail), "row %d", i);
		note(c, detail);
	}
}

static void
a_whole_chain_has_no_findings(void **state)
{
	struct wa_audit_chain chain;
	struct core *c = *state;

	assert_int_equal(verify(c, NULL, &chain).n, 0);
	assert_int_equal(chain.rows, 0);
	write_many(c, 5);
	assert_int_equal(verify(c, NULL, &chain).n, 0);
	assert_int_equal(chain.rows, 5);
	assert_int_equal(chain.first, 1);
	assert_int_equal(chain.last, 5);
	assert_string_equal(chain.head, newest(c, "hash"));
}

/* Each column in turn, one at a time. */
static void
a_changed_byte_is_found(void **state)
{
	static const char *const changes[] = {
	    "UPDATE \"webauth_audit\" SET \"detail\" = 'row X' WHERE \"number\" = 3",
	    "UPDATE \"webauth_audit\" SET \"createdAt\" = '2026-11-21T05:42:18.293Z' WHERE "
	    "\"number\" = 3",
	    "UPDATE \"webauth_audit\" SET \"event\" = 'user_updates' WHERE \"number\" = 3",
	    "UPDATE \"webauth_audit\" SET \"reason\" = '' WHERE \"number\" = 3",
	    "UPDATE \"webauth_audit\" SET \"userId\" = 'bob' WHERE \"number\" = 3",
	    "UPDATE \"webauth_audit\" SET \"name\" = 'x' WHERE \"number\" = 3",
	    "UPDATE \"webauth_audit\" SET \"actor\" = 'x' WHERE \"number\" = 3",
	    "UPDATE \"webauth_audit\" SET \"door\" = 'pam' WHERE \"number\" = 3",
	    "UPDATE \"webauth_audit\" SET \"service\" = 'x' WHERE \"number\" = 3",
	    "UPDATE \"webauth_audit\" SET \"tty\" = 'x' WHERE \"number\" = 3",
	    "UPDATE \"webauth_audit\" SET \"address\" = NULL WHERE \"number\" = 3",
	    "UPDATE \"webauth_audit\" SET \"agent\" = 'agent/2' WHERE \"number\" = 3",
	    "UPDATE \"webauth_audit\" SET \"sessionId\" = 'x' WHERE \"number\" = 3",
	    /* From one column into the next. */
	    "UPDATE \"webauth_audit\" SET \"address\" = \"address\" || \"agent\","
	    " \"agent\" = '' WHERE \"number\" = 3",
	};
	struct core *c = *state;
	struct finding f;

	write_many(c, 5);
	for (size_t i = 0; i < WA_ARRAY_LEN(changes); i++) {
		assert_ok(store_exec(c->cx.store, "BEGIN"));
		assert_ok(store_exec(c->cx.store, changes[i]));
		f = verify(c, NULL, NULL);
		assert_int_equal(f.n, 1);
		assert_int_equal(f.number, 3);
		assert_string_equal(f.what, "it is not as it was written");
		assert_ok(store_exec(c->cx.store, "ROLLBACK"));
	}
	assert_int_equal(verify(c, NULL, NULL).n, 0);
}

static void
a_row_that_is_gone_from_the_middle_is_found(void **state)
{
	struct core *c = *state;
	struct finding f;

	write_many(c, 5);
	assert_ok(store_exec(c->cx.store, "DELETE FROM \"webauth_audit\" WHERE \"number\" = 3"));
	f = verify(c, NULL, NULL);
	assert_int_equal(f.number, 4);
	assert_string_equal(f.what, "the rows before it are gone");

	/* The gap closed, too: the later rows do not fit. */
	assert_ok(store_exec(c->cx.store,
	    "UPDATE \"webauth_audit\" SET \"number\" = \"number\" - 1 WHERE \"number\" = 4;"
	    "UPDATE \"webauth_audit\" SET \"number\" = \"number\" - 1 WHERE \"number\" = 5"));
	f = verify(c, NULL, NULL);
	assert_int_equal(f.number, 3);
	assert_string_equal(f.what, "it does not follow the row before it");
}

/* What the chain alone cannot tell: a log that was written anew, or cut at its end. */
static void
a_hash_kept_elsewhere_binds_what_was_there(void **state)
{
	struct wa_audit_chain before, after;
	struct core *c = *state;

	write_many(c, 5);
	assert_int_equal(verify(c, NULL, &before).n, 0);
	write_many(c, 2);
	assert_int_equal(verify(c, before.head, &after).n, 0);
	assert_true(after.known);

	assert_ok(store_exec(c->cx.store, "DELETE FROM \"webauth_audit\" WHERE \"number\" > 4"));
	assert_int_equal(verify(c, before.head, &after).n, 0);
	assert_false(after.known);

	assert_ok(store_exec(c->cx.store, "DELETE FROM \"webauth_audit\""));
	c->cx.now_ms++;
	write_many(c, 5);
	assert_int_equal(verify(c, before.head, &after).n, 0);
	assert_false(after.known);
}

static void
the_chain_goes_on_over_a_sweep(void **state)
{
	struct wa_audit_chain chain;
	char head[65];
	struct core *c = *state;
	int64_t n;

	write_many(c, 10);
	assert_int_equal(verify(c, NULL, &chain).n, 0);
	memcpy(head, chain.head, sizeof(head));
	/* All of them are old, and one stays. */
	assert_ok(store_audit_sweep(c->cx.store, NOW + 1, 1000, &n));
	assert_int_equal(n, 9);
	write_many(c, 3);
	assert_int_equal(verify(c, head, &chain).n, 0);
	assert_true(chain.known);
	assert_int_equal(chain.first, 10);
	assert_int_equal(chain.last, 13);
}

/* Two processes, each with a connection of its own. */
static void
processes_that_write_at_once_make_one_chain(void **state)
{
	enum { PROCESSES = 3, ROWS = 60 };
	struct wa_audit_chain chain;
	struct core *c = *state;
	pid_t children[PROCESSES];
	int status;

	fixture_close(c->store);
	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0) {
			struct store_options o = {
			    .uri = c->store->uri, .mode = STORE_WRITE, .busy_ms = 60000};
			bool good = store_open(&o, &c->cx.store) == WA_OK;

			for (int j = 0; good && j < ROWS; j++) {
				const struct wa_audit event = {
				    .event = WA_AUDIT_USER_UPDATED, .user_id = "alice"};

				good = wa_audit(&c->cx, &event) == WA_OK;
			}
			_exit(good ? 0 : 1);
		}
	}
	for (int i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	c->store->s = fixture_open(c->store, STORE_WRITE, WA_OK);
	c->cx.store = c->store->s;
	assert_int_equal(verify(c, NULL, &chain).n, 0);
	assert_int_equal(chain.rows, PROCESSES * ROWS);
}

/* ---- bounds ---- */

static void
the_log_is_bounded_as_it_is_written(void **state)
{
	struct wa_audit_chain chain;
	struct core *c = *state;

	c->settings->audit_max_rows = 100;
	write_many(c, 3000);
	assert_int_equal(verify(c, NULL, &chain).n, 0);
	/* A sweep comes by chance, once in 64 rows: a thousand without one is no chance. */
	assert_true(chain.rows < 1100);
	assert_int_equal(chain.last, 3000);
}

static void
old_rows_go_as_new_ones_come(void **state)
{
	struct wa_audit_chain chain;
	struct core *c = *state;

	c->settings->audit_keep = DAY;
	write_many(c, 50);
	c->cx.now_ms += 2 * DAY;
	write_many(c, 1000);
	assert_int_equal(verify(c, NULL, &chain).n, 0);
	assert_int_equal(chain.first, 51);
}

static void
a_reader_records_nothing_and_says_so(void **state)
{
	const struct wa_audit event = {.event = WA_AUDIT_USER_UPDATED};
	struct core *c = *state;

	core_reopen(c, STORE_READ);
	assert_err(wa_audit(&c->cx, &event), WA_ERR_WRONG_LANE);
}

#define test_with_user(f) cmocka_unit_test_setup_teardown(f, setup, core_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_user(a_whole_chain_has_no_findings),
	    test_with_user(a_changed_byte_is_found),
	    test_with_user(a_row_that_is_gone_from_the_middle_is_found),
	    test_with_user(a_hash_kept_elsewhere_binds_what_was_there),
	    test_with_user(the_chain_goes_on_over_a_sweep),
	    test_with_user(processes_that_write_at_once_make_one_chain),
	    test_with_user(the_log_is_bounded_as_it_is_written),
	    test_with_user(old_rows_go_as_new_ones_come),
	    test_with_user(a_reader_records_nothing_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
