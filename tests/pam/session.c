/* setcred, sessions and password changes: what has nothing to do says so, in any order. */
#include "tests/pam/fixture.h"

#include "lib/base/compiler.h"

static void
setcred_never_fails(void **state)
{
	static const int flags[] = {0, (int)PAM_ESTABLISH_CRED, (int)PAM_DELETE_CRED,
	    (int)PAM_REINITIALIZE_CRED, (int)PAM_REFRESH_CRED,
	    (int)(PAM_ESTABLISH_CRED | PAM_SILENT)};
	static const char *const users[] = {"alice", "mallory", "root", "carol"};

	for (size_t u = 0; u < WA_ARRAY_LEN(users); u++)
		for (size_t i = 0; i < WA_ARRAY_LEN(flags); i++) {
			struct pam_case c = {
			    .user = users[u], .conf = "nostore", .flags = flags[i]};

			assert_code(pam_run(*state, &c, pam_setcred), PAM_SUCCESS, users[u]);
		}
}

/* sshd: setcred twice; sudo: PAM_USER is the target from here on. */
static void
a_session_runs_as_hosts_run_it(void **state)
{
	struct pam_case c = {.user = "alice", .answers = {PASSWORD}};
	pam_handle_t *pamh = pam_begin(*state, &c);

	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_set_item(pamh, PAM_USER, "root"), PAM_SUCCESS);
	assert_int_equal(pam_setcred(pamh, PAM_REINITIALIZE_CRED), PAM_SUCCESS);
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_setcred(pamh, PAM_DELETE_CRED), PAM_SUCCESS);
	assert_int_equal(pam_look().prompts, 1);
	pam_finish(pamh, PAM_SUCCESS);
}

static void
a_session_needs_no_authenticate(void **state)
{
	struct pam_case c = {.user = "root", .conf = "nostore"};
	pam_handle_t *pamh = pam_begin(*state, &c);

	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	pam_finish(pamh, PAM_SUCCESS);
}

static struct pam_seen
chauthtok(struct fixture *f, const char *user, const char *conf, unsigned flags)
{
	struct pam_case c = {.user = user, .conf = conf, .flags = (int)flags};

	return pam_run(f, &c, pam_chauthtok);
}

static void
passwords_are_changed_elsewhere(void **state)
{
	struct pam_seen seen = chauthtok(*state, "alice", NULL, 0);

	assert_code(seen, PAM_PERM_DENIED, "ours");
	assert_int_equal(seen.prompts, 0);
	assert_int_equal(seen.infos, 1);
	assert_logged(seen, "webauthctl user set-password");

	seen = chauthtok(*state, "alice", NULL, PAM_SILENT);
	assert_code(seen, PAM_PERM_DENIED, "silent");
	assert_int_equal(seen.infos, 0);
}

static void
other_peoples_passwords_are_not_ours(void **state)
{
	struct pam_seen seen;

	seen = chauthtok(*state, "mallory", NULL, 0);
	assert_code(seen, PAM_USER_UNKNOWN, "unknown");
	assert_string_equal(seen.log, "");
	seen = chauthtok(*state, "root", "nostore", 0);
	assert_code(seen, PAM_USER_UNKNOWN, "root");
	assert_string_equal(seen.log, "");
	assert_code(chauthtok(*state, "unixer", "nostore", 0), PAM_USER_UNKNOWN, "local");
	assert_code(chauthtok(*state, "alice", "nostore", 0), PAM_TRY_AGAIN, "no store");
}

static void
an_expired_password_is_never_ours(void **state)
{
	struct pam_case c = {.user = "alice",
	    .stack = "password required %M %W\npassword required pam_permit.so\n",
	    .flags = (int)PAM_CHANGE_EXPIRED_AUTHTOK};

	assert_code(pam_run(*state, &c, pam_chauthtok), PAM_SUCCESS, "ignored beside another");
	c.flags = 0;
	assert_code(pam_run(*state, &c, pam_chauthtok), PAM_PERM_DENIED, "not ignored else");
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
	    cmocka_unit_test(setcred_never_fails),
	    cmocka_unit_test(a_session_runs_as_hosts_run_it),
	    cmocka_unit_test(a_session_needs_no_authenticate),
	    cmocka_unit_test(passwords_are_changed_elsewhere),
	    cmocka_unit_test(other_peoples_passwords_are_not_ours),
	    cmocka_unit_test(an_expired_password_is_never_ours),
	};

	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
