/* setcred and sessions that nobody asked for: what has nothing to do says so, in any order. */
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
	};

	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
