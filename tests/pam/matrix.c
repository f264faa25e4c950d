/*
 * Every situation of pam.md 1.2 that can be made without breaking the store, through the entry
 * points, by both ways to the store. What an outcome is to PAM is not written here again: it is
 * read from the table that the module reads.
 */
#include "tests/pam/fixture.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "pam_webauth/codes.h"
#include "tests/pam/daemon.h"

#define WRONG "wrong horse 4 battery"

struct row {
	const char *service;
	const char *user;
	const char *password;
	enum wa_err authenticate;
	enum wa_err account;
};

static pid_t daemon_pid;

static const struct row rows[] = {
    {"webmail", "alice", PASSWORD, WA_OK, WA_OK},
    {"webmail", "alice@example.org", PASSWORD, WA_OK, WA_OK},
    {"webmail", "ALICE", PASSWORD, WA_OK, WA_OK},
    {"webmail", "alice", WRONG, WA_ERR_BAD_CREDENTIALS, WA_OK},
    {"webmail", "alice", "", WA_ERR_BAD_CREDENTIALS, WA_OK},
    {"webmail", "alice", "\xff", WA_ERR_BAD_CREDENTIALS, WA_OK},
    {"webmail", "alice", "a+b&c=d %41\n", WA_ERR_BAD_CREDENTIALS, WA_OK},
    {"webmail", "mallory", PASSWORD, WA_ERR_USER_UNKNOWN, WA_ERR_USER_UNKNOWN},
    {"webmail", "mal&user=alice", PASSWORD, WA_ERR_USER_UNKNOWN, WA_ERR_USER_UNKNOWN},
    {"webmail", "bob@example.org", PASSWORD, WA_ERR_USER_UNKNOWN, WA_ERR_USER_UNKNOWN},
    {"webmail", "carol", PASSWORD, WA_ERR_BANNED, WA_ERR_BANNED},
    {"webmail", "carol", WRONG, WA_ERR_BAD_CREDENTIALS, WA_ERR_BANNED},
    {"webmail", "dave", PASSWORD, WA_OK, WA_OK},
    {"webmail", "erin", PASSWORD, WA_ERR_BAD_CREDENTIALS, WA_OK},
    {"webmail", "frank", PASSWORD, WA_ERR_HASH_UNUSABLE, WA_OK},
    {"webmail", "grace", PASSWORD, WA_ERR_HASH_UNUSABLE, WA_OK},
    {"webmail", "heidi", PASSWORD, WA_OK, WA_OK},
    {"webmail", "-alice", PASSWORD, WA_ERR_USER_UNKNOWN, WA_ERR_USER_UNKNOWN},
    {"mailonly", "alice", PASSWORD, WA_ERR_USER_UNKNOWN, WA_ERR_USER_UNKNOWN},
    {"mailonly", "alice@example.org", PASSWORD, WA_OK, WA_OK},
    {"webmail", "mona", PASSWORD, WA_OK, WA_ERR_PASSWORD_EXPIRED},
    {"webmail", "mona", WRONG, WA_ERR_BAD_CREDENTIALS, WA_ERR_PASSWORD_EXPIRED},
    {"ftp", "mona", PASSWORD, WA_OK, WA_OK},
    {"staffonly", "olga", PASSWORD, WA_OK, WA_OK},
    {"staffonly", "dave", PASSWORD, WA_ERR_NOT_PERMITTED, WA_ERR_NOT_PERMITTED},
    {"staffonly", "dave", WRONG, WA_ERR_BAD_CREDENTIALS, WA_ERR_NOT_PERMITTED},
    {"staffonly", "mallory", PASSWORD, WA_ERR_USER_UNKNOWN, WA_ERR_USER_UNKNOWN},
    {"sshd", "unixer", PASSWORD, WA_OK, WA_OK},
    {"sshd", "unixer", WRONG, WA_ERR_BAD_CREDENTIALS, WA_OK},
    {"sshd", "unlinked", PASSWORD, WA_ERR_USER_UNKNOWN, WA_ERR_USER_UNKNOWN},
    {"sshd", "barred", PASSWORD, WA_ERR_BANNED, WA_ERR_BANNED},
    {"sshd", "nobodys", PASSWORD, WA_ERR_USER_UNKNOWN, WA_ERR_USER_UNKNOWN},
};

static const char *const ways[] = {"transport=store", "transport=daemon"};

static void
check_row(struct fixture *f, const struct row *row, const char *way)
{
	struct pam_case c = {.conf = "ways",
	    .service = row->service,
	    .user = row->user,
	    .words = way,
	    .answers = {row->password}};
	char claim[256];
	struct pam_seen seen;

	(void)snprintf(claim, sizeof(claim), "%s: %s %s", way, row->service, row->user);
	seen = authenticate(f, &c);
	assert_code(seen, codes_pam(CODES_AUTHENTICATE, row->authenticate), claim);
	assert_int_equal(seen.prompts, 1 - (row->user[0] == '-'));
	if (row->authenticate == WA_ERR_USER_UNKNOWN && strcmp(row->user, "unlinked") != 0)
		assert_not_logged(seen, row->user);
	else if (row->authenticate == WA_OK)
		assert_logged(seen, row->user);
	assert_code(account(f, &c), codes_pam(CODES_ACCOUNT, row->account), claim);
	assert_code(pam_run(f, &c, pam_setcred), PAM_SUCCESS, claim);
	assert_code(pam_run(f, &c, pam_open_session), PAM_SUCCESS, claim);
	assert_code(pam_run(f, &c, pam_close_session), PAM_SUCCESS, claim);
}

static void
both_ways_answer_alike(void **state)
{
	for (size_t w = 0; w < WA_ARRAY_LEN(ways); w++)
		for (size_t i = 0; i < WA_ARRAY_LEN(rows); i++)
			check_row(*state, &rows[i], ways[w]);
}

/* What only stands on the line, or in another file, the daemon cannot know. */
static void
rules_that_the_daemon_does_not_have_let_nobody_in(void **state)
{
	static const char *const words[] = {"transport=daemon match=email",
	    "transport=daemon account=unix", "transport=daemon min_uid=2000"};

	for (size_t i = 0; i < WA_ARRAY_LEN(words); i++) {
		struct pam_case c = {.conf = "ways",
		    .user = i == 1 ? "unixer" : "alice@example.org",
		    .words = words[i],
		    .answers = {PASSWORD}};
		struct pam_seen seen = authenticate(*state, &c);

		assert_code(seen, PAM_SERVICE_ERR, words[i]);
		assert_logged(seen, "other rules than sessiond");
		assert_code(account(*state, &c), PAM_SERVICE_ERR, words[i]);
	}
}

static void
unverified_addresses_are_refused_by_both_ways(void **state)
{
	struct fixture *f = *state;
	char conf[1024];
	pid_t pid;

	daemon_stop(daemon_pid);
	(void)snprintf(conf, sizeof(conf), "%srequire_email_verification = true\n", daemon_keys(f));
	fixture_conf(f, "verified", conf);
	pid = daemon_start(f, "verified");
	for (size_t w = 0; w < WA_ARRAY_LEN(ways); w++) {
		struct pam_case c = {
		    .conf = "verified", .user = "bob", .words = ways[w], .answers = {PASSWORD}};

		assert_code(authenticate(f, &c),
		    codes_pam(CODES_AUTHENTICATE, WA_ERR_EMAIL_NOT_VERIFIED), ways[w]);
		assert_code(
		    account(f, &c), codes_pam(CODES_ACCOUNT, WA_ERR_EMAIL_NOT_VERIFIED), ways[w]);
	}
	daemon_stop(pid);
	daemon_pid = daemon_start(f, "ways");
}

static int
setup(void **state)
{
	char conf[1024];

	if (fixture_setup(state) != 0)
		return -1;
	(void)snprintf(conf, sizeof(conf),
	    "%s[pam mailonly]\nmatch = email\n[pam ftp]\nno_pass_expiry = true\n"
	    "[pam staffonly]\nrequire_role = staff\nrequire_role = boss\n",
	    daemon_keys(*state));
	fixture_conf(*state, "ways", conf);
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
	    cmocka_unit_test(both_ways_answer_alike),
	    cmocka_unit_test(rules_that_the_daemon_does_not_have_let_nobody_in),
	    cmocka_unit_test(unverified_addresses_are_refused_by_both_ways),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
