/*
 * Whom a process without privileges may ask about over the PAM socket. Needs root, to become other
 * users, and a module that they can reach.
 */
#include "tests/pam/fixture.h"

#include <grp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/compiler.h"
#include "tests/pam/daemon.h"

#define NOBODY	65534 /* an account of every Debian, and of people_make() */
#define TRUSTED 64999 /* no account: a service's user */
#define OTHER	64998 /* no account, nobody's friend */

static pid_t daemon_pid;

static bool
cannot_become(void)
{
	return geteuid() != 0;
}

/* In a process of that user, which may act for another: the code of one call. */
static int
as_for(uid_t real, uid_t uid, struct fixture *f, const struct pam_case *c,
    int (*function)(pam_handle_t *, int))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		pam_handle_t *pamh = pam_begin(f, c);
		int code;

		if (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 ||
		    setresuid(real, uid, uid) != 0)
			_exit(126);
		code = function(pamh, 0);
		if (secure_getenv("PAM_TEST_LOUD") != NULL)
			(void)fprintf(stderr, "%s", pam_look().log);
		_exit(code);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
as(uid_t uid, struct fixture *f, const struct pam_case *c, int (*function)(pam_handle_t *, int))
{
	return as_for(uid, uid, f, c, function);
}

static void
expect(int got, int want, const char *claim)
{
	if (got != want)
		fail_msg("%s: got %d %s, want %s", claim, got, code_name(got), code_name(want));
}

static void
trusted_peers_ask_about_anybody_for_their_service(void **state)
{
	static const struct {
		uid_t uid;
		const char *service, *user, *password;
		int authenticate, account;
	} rows[] = {
	    {TRUSTED, "postgresql", "alice", PASSWORD, PAM_SUCCESS, PAM_SUCCESS},
	    {TRUSTED, "postgresql", "alice", "wrong horse 4", PAM_AUTH_ERR, PAM_SUCCESS},
	    {TRUSTED, "postgresql", "mallory", PASSWORD, PAM_USER_UNKNOWN, PAM_USER_UNKNOWN},
	    {TRUSTED, "postgresql", "carol", PASSWORD, PAM_ACCT_EXPIRED, PAM_ACCT_EXPIRED},
	    {TRUSTED, "nginx", "alice", PASSWORD, PAM_CRED_INSUFFICIENT, PAM_AUTHINFO_UNAVAIL},
	    {OTHER, "postgresql", "mallory", PASSWORD, PAM_CRED_INSUFFICIENT, PAM_AUTHINFO_UNAVAIL},
	};

	if (cannot_become())
		skip();
	for (size_t i = 0; i < WA_ARRAY_LEN(rows); i++) {
		struct pam_case c = {.conf = "peers",
		    .service = rows[i].service,
		    .user = rows[i].user,
		    .answers = {rows[i].password}};

		expect(as(rows[i].uid, *state, &c, pam_authenticate), rows[i].authenticate,
		    rows[i].user);
		expect(as(rows[i].uid, *state, &c, pam_acct_mgmt), rows[i].account, rows[i].user);
	}
}

static void
everybody_asks_about_themselves(void **state)
{
	static const struct {
		const char *user, *password;
		int authenticate;
	} rows[] = {
	    {"nobody", PASSWORD, PAM_SUCCESS},
	    {"nobody", "wrong horse 4", PAM_AUTH_ERR},
	    {"unixer", PASSWORD, PAM_CRED_INSUFFICIENT},
	};

	if (cannot_become())
		skip();
	for (size_t i = 0; i < WA_ARRAY_LEN(rows); i++) {
		struct pam_case c = {.conf = "peers",
		    .service = "i3lock",
		    .user = rows[i].user,
		    .answers = {rows[i].password}};

		expect(
		    as(NOBODY, *state, &c, pam_authenticate), rows[i].authenticate, rows[i].user);
	}
}

/* Counters that stand at n. No time passes in them, which it does between a failure and the next
 * try. */
static int
counters_at(const struct fixture *f, int n)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	int found;

	assert_int_equal(sqlite3_open_v2(f->store, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db, "SELECT count(*) FROM \"webauth_guess\" WHERE \"failures\" = ?1",
		-1, &st, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_bind_int(st, 1, n), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	found = sqlite3_column_int(st, 0);
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(db);
	return found;
}

/* A screen lock and sudo are one place: the wrong password of above is counted with these. */
static void
they_are_the_same_user_to_a_program_that_is_root(void **state)
{
	struct pam_case c = {
	    .conf = "peers", .service = "i3lock", .user = "nobody", .words = "transport=daemon"};
	char wrong[32];

	if (cannot_become())
		skip();
	assert_int_equal(counters_at(*state, 5), 0);
	c.answers[0] = wrong;
	for (int n = 0; n < 4; n++) {
		(void)snprintf(wrong, sizeof(wrong), "wrong horse 9%d", n);
		expect(as_for(NOBODY, 0, *state, &c, pam_authenticate), PAM_AUTH_ERR, "guess");
	}
	assert_int_equal(counters_at(*state, 5), 2); /* the account's and theirs */
	c.answers[0] = PASSWORD;
	expect(as(0, *state, &c, pam_authenticate), PAM_SUCCESS, "somebody at a terminal");
}

static void
and_not_for_long_without_a_pause(void **state)
{
	struct pam_case c = {
	    .conf = "peers", .service = "i3lock", .user = "unixer", .answers = {PASSWORD}};
	int code = PAM_CRED_INSUFFICIENT;

	if (cannot_become())
		skip();
	for (unsigned i = 0; i < 20 && code == PAM_CRED_INSUFFICIENT; i++)
		code = as(NOBODY, *state, &c, pam_authenticate);
	expect(code, PAM_MAXTRIES, "budget");
	/* Nobody else waits with them. */
	c = (struct pam_case){
	    .conf = "peers", .service = "postgresql", .user = "alice", .answers = {PASSWORD}};
	expect(as(TRUSTED, *state, &c, pam_authenticate), PAM_SUCCESS, "trusted");
}

/* Both call su, which is root and acts for whoever called it. */
static void
who_guesses_by_su_makes_nobody_else_wait(void **state)
{
	static const struct {
		const char *way, *user;
	} rows[] = {{"transport=store", "alice"}, {"transport=daemon", "dave"}};

	if (cannot_become())
		skip();
	for (size_t i = 0; i < WA_ARRAY_LEN(rows); i++) {
		struct pam_case c = {.conf = "peers",
		    .words = rows[i].way,
		    .user = rows[i].user,
		    .answers = {PASSWORD}};
		char wrong[32];

		expect(as_for(TRUSTED, 0, *state, &c, pam_authenticate), PAM_SUCCESS, "the owner");
		c.answers[0] = wrong;
		/* Where a try takes longer than the first waits, later ones are long enough. */
		for (int n = 0, code = PAM_AUTH_ERR; code != PAM_MAXTRIES; n++) {
			(void)snprintf(wrong, sizeof(wrong), "wrong horse %d", n);
			code = as_for(OTHER, 0, *state, &c, pam_authenticate);
			if (code != PAM_MAXTRIES || n < 5)
				expect(code, PAM_AUTH_ERR, "guess");
			assert_true(n < 20);
		}
		c.answers[0] = PASSWORD;
		expect(as_for(TRUSTED, 0, *state, &c, pam_authenticate), PAM_SUCCESS, rows[i].way);
	}
}

static void
the_store_is_closed_to_them(void **state)
{
	struct pam_case c = {.conf = "peers",
	    .service = "postgresql",
	    .user = "alice",
	    .words = "transport=store",
	    .answers = {PASSWORD}};

	if (cannot_become())
		skip();
	expect(as(TRUSTED, *state, &c, pam_authenticate), PAM_CRED_INSUFFICIENT, "store");
}

static int
setup(void **state)
{
	struct fixture *f;
	char conf[1024];

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	assert_int_equal(chmod(f->dir, 0711), 0);
	(void)snprintf(conf, sizeof(conf),
	    "%s[pam postgresql]\ntrusted_peer = %d\n[pam i3lock]\naccount = unix\n", daemon_keys(f),
	    TRUSTED);
	fixture_conf(f, "peers", conf);
	daemon_pid = daemon_start(f, "peers");
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
	    cmocka_unit_test(trusted_peers_ask_about_anybody_for_their_service),
	    cmocka_unit_test(everybody_asks_about_themselves),
	    cmocka_unit_test(they_are_the_same_user_to_a_program_that_is_root),
	    cmocka_unit_test(and_not_for_long_without_a_pause),
	    cmocka_unit_test(who_guesses_by_su_makes_nobody_else_wait),
	    cmocka_unit_test(the_store_is_closed_to_them),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
