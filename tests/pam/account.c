/* pam_sm_acct_mgmt, called as sshd does after a key, cron, and sudo without a password: alone. */
#include "tests/pam/fixture.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/base/compiler.h"

struct row {
	const char *claim;
	struct pam_case c;
	int code;
};

static void
check_rows(struct fixture *f, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct pam_seen seen = account(f, &rows[i].c);

		assert_code(seen, rows[i].code, rows[i].claim);
		assert_int_equal(seen.prompts, 0);
		assert_int_equal(seen.delay_us, 0);
		if (rows[i].code == PAM_USER_UNKNOWN)
			assert_not_logged(seen, rows[i].c.user);
	}
}
#define check(f, rows) check_rows(f, rows, WA_ARRAY_LEN(rows))

static void
accounts_are_judged_without_authenticate(void **state)
{
	static const struct row rows[] = {
	    {"good", {.user = "alice"}, PAM_SUCCESS},
	    {"good, by e-mail", {.user = "alice@example.org"}, PAM_SUCCESS},
	    {"no password is no matter here", {.user = "erin"}, PAM_SUCCESS},
	    {"unknown", {.user = "mallory"}, PAM_USER_UNKNOWN},
	    {"banned", {.user = "carol"}, PAM_ACCT_EXPIRED},
	    {"ban that has ended", {.user = "dave"}, PAM_SUCCESS},
	    {"not verified, not asked", {.user = "bob"}, PAM_SUCCESS},
	    {"not verified, asked", {.user = "bob", .conf = "verified"}, PAM_PERM_DENIED},
	    {"a ban is not softened", {.user = "carol", .words = "ignore_unknown_user"},
		PAM_ACCT_EXPIRED},
	};

	fixture_conf(*state, "verified", "require_email_verification = true\n");
	check(*state, rows);
}

static void
unix_accounts_are_judged_by_their_link(void **state)
{
	static const struct row rows[] = {
	    {"linked", {.user = "unixer", .words = "account=unix"}, PAM_SUCCESS},
	    {"linked, banned", {.user = "barred", .words = "account=unix"}, PAM_ACCT_EXPIRED},
	    {"not linked", {.user = "unlinked", .words = "account=unix"}, PAM_USER_UNKNOWN},
	    {"no account", {.user = "alice", .words = "account=unix"}, PAM_USER_UNKNOWN},
	};

	check(*state, rows);
}

static void
local_accounts_are_other_modules_business(void **state)
{
	/* There is no store: "account required" must not lock root or cron out with it. */
	static const struct pam_case cases[] = {
	    {.user = "root", .conf = "nostore"},
	    {.user = "root", .conf = "nostore", .words = "account=unix"},
	    {.user = "daemon", .conf = "nostore"},
	    {.user = "unixer", .conf = "nostore"},
	    {.user = "low", .conf = "nostore", .words = "account=unix"},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++)
		assert_account_ignored(*state, &cases[i]);
}

static void
unknown_users_are_ignored_when_asked(void **state)
{
	static const struct pam_case cases[] = {
	    {.user = "mallory", .words = "ignore_unknown_user"},
	    {.user = "unlinked", .words = "account=unix ignore_unknown_user"},
	    {.user = "nobodys", .words = "account=unix ignore_unknown_user"},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++)
		assert_account_ignored(*state, &cases[i]);
}

static void
doubt_is_a_refusal(void **state)
{
	static const struct row rows[] = {
	    {"no store", {.user = "alice", .conf = "nostore"}, PAM_AUTHINFO_UNAVAIL},
	    {"no store, ignoring",
		{.user = "alice", .conf = "nostore", .words = "ignore_unknown_user"},
		PAM_AUTHINFO_UNAVAIL},
	    {"store denied", {.user = "alice", .conf = "symlink"}, PAM_AUTHINFO_UNAVAIL},
	    {"NSS down", {.user = NSS_DOWN}, PAM_AUTHINFO_UNAVAIL},
	    {"NSS down, ignoring", {.user = NSS_DOWN, .words = "ignore_unknown_user"},
		PAM_AUTHINFO_UNAVAIL},
	    {"invalid name", {.user = "+alice"}, PAM_USER_UNKNOWN},
	    {"invalid name, ignoring", {.user = "al:ice", .words = "ignore_unknown_user"},
		PAM_USER_UNKNOWN},
	    {"bad option", {.user = "alice", .words = "nullok"}, PAM_SERVICE_ERR},
	    {"bad option, root", {.user = "root", .words = "nullok"}, PAM_SERVICE_ERR},
	};
	struct fixture *f = *state;
	char path[256], conf[512];

	fixture_path(f, "symlink.db", path, sizeof(path));
	assert_int_equal(symlink(f->store, path), 0);
	(void)snprintf(conf, sizeof(conf), "store = sqlite:%s\n", path);
	fixture_conf(f, "symlink", conf);
	check(f, rows);
}

static int
setup(void **state)
{
	if (fixture_setup(state) != 0)
		return -1;
	fixture_conf(*state, "nostore", "store = sqlite:/nonexistent/webauth.db\n");
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(accounts_are_judged_without_authenticate),
	    cmocka_unit_test(unix_accounts_are_judged_by_their_link),
	    cmocka_unit_test(local_accounts_are_other_modules_business),
	    cmocka_unit_test(unknown_users_are_ignored_when_asked),
	    cmocka_unit_test(doubt_is_a_refusal),
	};

	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
