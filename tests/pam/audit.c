/* What PAM calls leave in the audit log, by both ways to the store: the same. */
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/compiler.h"
#include "lib/store/audit.h"
#include "tests/pam/daemon.h"
#include "tests/pam/fixture.h"

static pid_t daemon_pid;

static const char *const ways[] = {"transport=store nodelay", "transport=daemon nodelay"};

/* "event reason name service tty address; " a row, oldest first. */
struct collected {
	char text[4096];
	size_t n;
};

static const char *
or_dash(const char *text)
{
	return text == NULL ? "-" : text[0] == '#' ? "#" : text;
}

static bool
collect(void *arg, const struct audit_row *row)
{
	struct collected *c = arg;
	int n;

	if (strcmp(row->door, "pam") != 0)
		return true;
	n = snprintf(c->text + c->n, sizeof(c->text) - c->n, "%s %s %s %s %s %s; ", row->event,
	    or_dash(row->reason), or_dash(row->name), or_dash(row->service), or_dash(row->tty),
	    or_dash(row->address));
	assert_in_range(n, 1, sizeof(c->text) - c->n - 1);
	c->n += (size_t)n;
	return true;
}

static struct collected
rows(struct fixture *f)
{
	struct collected c = {.n = 0};
	struct store_options o = {.mode = STORE_WRITE, .busy_ms = 5000};
	struct store *s = NULL;
	char uri[128];

	(void)snprintf(uri, sizeof(uri), "sqlite:%s", f->store);
	o.uri = uri;
	assert_int_equal(store_open(&o, &s), WA_OK);
	assert_int_equal(store_audit_walk(s, collect, &c), WA_OK);
	store_close(s);
	return c;
}

static void
try_as(struct fixture *f, const char *way, const char *user, const char *password, int code)
{
	const struct pam_case c = {.conf = "ways",
	    .words = way,
	    .user = user,
	    .tty = "pts/7",
	    .rhost = "192.0.2.9",
	    .answers = {password}};
	/* Once: the macro looks at its argument twice. */
	const struct pam_seen seen = authenticate(f, &c);

	assert_code(seen, code, user);
}

static void
logins_leave_service_terminal_and_host_by_both_ways(void **state)
{
	char want[1024];
	struct fixture *f = *state;
	size_t before;

	for (size_t i = 0; i < WA_ARRAY_LEN(ways); i++) {
		before = rows(f).n;
		(void)snprintf(want, sizeof(want), "wrong by way %zu", i);
		try_as(f, ways[i], "alice", want, PAM_AUTH_ERR);
		try_as(f, ways[i], "alice", PASSWORD, PAM_SUCCESS);
		try_as(f, ways[i], "carol", PASSWORD, PAM_ACCT_EXPIRED);
		try_as(f, ways[i], "hunter2", want, PAM_USER_UNKNOWN);
		assert_string_equal(rows(f).text + before,
		    "authn_login_fail BAD_CREDENTIALS alice webmail pts/7 192.0.2.9; "
		    "authn_login_successafterfail - alice webmail pts/7 192.0.2.9; "
		    "authn_login_fail BANNED carol webmail pts/7 192.0.2.9; "
		    "authn_login_fail BAD_CREDENTIALS # webmail pts/7 192.0.2.9; ");
	}
}

/* Asked without a proof, by cron every minute. */
static void
asking_for_an_account_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	size_t before = rows(f).n;

	for (size_t i = 0; i < WA_ARRAY_LEN(ways); i++) {
		const struct pam_case c = {.conf = "ways", .words = ways[i], .user = "carol"};

		assert_code(account(f, &c), PAM_ACCT_EXPIRED, ways[i]);
	}
	assert_int_equal(rows(f).n, before);
}

static int
setup(void **state)
{
	if (fixture_setup(state) != 0)
		return -1;
	fixture_conf(*state, "ways", daemon_keys(*state));
	daemon_pid = daemon_start(*state, "ways");
	return 0;
}

static int
teardown(void **state)
{
	daemon_stop(daemon_pid);
	return fixture_teardown(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(logins_leave_service_terminal_and_host_by_both_ways),
	    cmocka_unit_test(asking_for_an_account_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
