/* The words on the line and the file: what is not understood lets nobody in, and says where it is.
 */
#include "tests/pam/fixture.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/compiler.h"
#include "lib/base/config.h"

static void
words_that_are_not_understood_are_errors(void **state)
{
	static const struct {
		const char *words, *logged, *not_logged;
	} rows[] = {
	    {"nullok", "unknown option \"nullok\"", NULL},
	    {"nodleay", "unknown option \"nodleay\"", NULL},
	    {"transport=socket", "one of: auto store daemon", NULL},
	    {"daemon_timeout=1ms", "daemon_timeout", NULL},
	    {"use_authtok=yes", "unknown option \"use_authtok\"", NULL},
	    {"passwd=s3cr3t", "unknown option \"passwd\"", "s3cr3t"},
	    {"Debug", "unknown option \"Debug\"", NULL},
	    {"=", "unknown option", NULL},
	    {"debug=maybe", "debug", NULL},
	    {"min_uid", "needs a value", NULL},
	    {"min_uid=", "min_uid", NULL},
	    {"min_uid=-1", "min_uid", NULL},
	    {"min_uid=0", "min_uid", NULL},
	    {"min_uid=4294967296", "min_uid", NULL},
	    {"account=local", "one of: web unix", NULL},
	    {"match=username,password", "one of: link username email", NULL},
	    {"match=link,,email", "match", NULL},
	    {"nodelay nodelay", "given twice", NULL},
	    {"min_uid=1000 min_uid=1", "given twice", NULL},
	    {"conf=/etc/passwd", "given twice", NULL},
	    {"store=sqlite:/tmp/x", "unknown option \"store\"", NULL},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(rows); i++) {
		struct pam_case c = {
		    .user = "alice", .words = rows[i].words, .answers = {PASSWORD}};
		struct pam_seen seen = authenticate(*state, &c);

		assert_code(seen, PAM_SERVICE_ERR, rows[i].words);
		assert_int_equal(seen.prompts, 0);
		assert_logged(seen, rows[i].logged);
		assert_logged(seen, "3 pam_webauth(webmail:auth): CONFIG: ");
		if (rows[i].not_logged != NULL)
			assert_not_logged(seen, rows[i].not_logged);
		assert_code(account(*state, &c), PAM_SERVICE_ERR, rows[i].words);
		assert_code(pam_run(*state, &c, pam_chauthtok), PAM_SERVICE_ERR, rows[i].words);
		assert_code(pam_run(*state, &c, pam_open_session), PAM_SERVICE_ERR, rows[i].words);
		assert_code(pam_run(*state, &c, pam_close_session), PAM_SERVICE_ERR, rows[i].words);
		assert_code(pam_run(*state, &c, pam_setcred), PAM_SUCCESS, rows[i].words);
	}
}

static void
one_line_fits_all_four_types(void **state)
{
	struct pam_case c = {.user = "alice",
	    .words = "debug try_first_pass use_authtok nodelay ignore_unknown_user "
		     "match=email,username account=web min_uid=500 no_pass_expiry "
		     "session session_required transport=store daemon_timeout=1s",
	    .answers = {PASSWORD}};

	assert_code(authenticate(*state, &c), PAM_SUCCESS, "auth");
	assert_code(account(*state, &c), PAM_SUCCESS, "account");
	assert_code(pam_run(*state, &c, pam_setcred), PAM_SUCCESS, "setcred");
	assert_code(pam_run(*state, &c, pam_open_session), PAM_SUCCESS, "open_session");
	assert_code(pam_run(*state, &c, pam_close_session), PAM_SUCCESS, "close_session");
	assert_code(pam_run(*state, &c, pam_chauthtok), PAM_AUTHTOK_ERR, "chauthtok");
}

static void
files_that_are_not_understood_are_errors(void **state)
{
	static const struct {
		const char *name, *text, *logged;
	} rows[] = {
	    {"key", "stroe = sqlite:/x\n", "key.conf:2: stroe: unknown key"},
	    {"syntax", "just words\n", "syntax.conf:2: "},
	    {"section", "[pma]\nnodelay = true\n", "section.conf:3: unknown section [pma]"},
	    {"value", "[pam]\n# why\nmin_uid = many\n", "value.conf:4: min_uid: "},
	    {"other", "[pam imap]\naccount = maybe\n", "other.conf:3: account: "},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(rows); i++) {
		struct pam_case c = {.user = "alice", .conf = rows[i].name, .answers = {PASSWORD}};
		struct pam_seen seen;

		fixture_conf(*state, rows[i].name, rows[i].text);
		seen = authenticate(*state, &c);
		assert_code(seen, PAM_SERVICE_ERR, rows[i].name);
		assert_logged(seen, rows[i].logged);
	}
}

static void
a_file_that_others_can_change_is_refused(void **state)
{
	struct pam_case c = {.user = "alice", .conf = "open", .answers = {PASSWORD}};
	struct pam_seen seen;
	char path[256];

	fixture_conf(*state, "open", "");
	fixture_path(*state, "open.conf", path, sizeof(path));
	assert_code(authenticate(*state, &c), PAM_SUCCESS, "0644");

	assert_int_equal(chmod(path, 0664), 0);
	seen = authenticate(*state, &c);
	assert_code(seen, PAM_SERVICE_ERR, "0664");
	assert_logged(seen, "chmod go-w");
	assert_int_equal(chmod(path, 0646), 0);
	assert_code(authenticate(*state, &c), PAM_SERVICE_ERR, "0646");

	fixture_conf(*state, "open", "");
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		seen = authenticate(*state, &c);
		assert_code(seen, PAM_SERVICE_ERR, "owner");
		assert_logged(seen, "chown root");
	}
}

static void
a_named_file_must_be_there(void **state)
{
	static const char *const words[] = {"conf=/nonexistent/webauth.conf", "conf=/tmp",
	    "conf=webauth.conf", "conf=none", "conf=", "conf=/dev/null"};

	for (size_t i = 0; i < WA_ARRAY_LEN(words); i++) {
		struct pam_case c = {
		    .user = "alice", .conf = "", .words = words[i], .answers = {PASSWORD}};

		assert_code(authenticate(*state, &c), PAM_SERVICE_ERR, words[i]);
	}
}

static void
the_default_file_may_be_absent(void **state)
{
	struct pam_case c = {.user = "nobodys", .conf = "", .answers = {PASSWORD}};

	if (access(WA_CONFIG_FILE, F_OK) == 0)
		skip(); /* this host has one */
	assert_true(authenticate(*state, &c).code != PAM_SERVICE_ERR);
}

static void
the_line_is_stronger_than_the_file(void **state)
{
	struct pam_case c = {.user = "alice", .conf = "sections", .answers = {PASSWORD}};

	fixture_conf(*state, "sections",
	    "[pam webmail]\nmatch = email\n[pam]\naccount = unix\n[pam ftp]\naccount = web\n");
	assert_code(authenticate(*state, &c), PAM_USER_UNKNOWN, "[pam] is under [pam webmail]");
	c.words = "account=web";
	assert_code(authenticate(*state, &c), PAM_USER_UNKNOWN, "match = email");
	c.words = "account=web match=username";
	assert_code(authenticate(*state, &c), PAM_SUCCESS, "the line");
	c.words = NULL;
	c.service = "ftp";
	assert_code(authenticate(*state, &c), PAM_SUCCESS, "another section");
	c.service = "pop3";
	assert_code(authenticate(*state, &c), PAM_USER_UNKNOWN, "no section: [pam]");
}

static void
sshd_is_a_unix_service_unless_told(void **state)
{
	struct pam_case c = {.user = "alice", .service = "sshd", .answers = {PASSWORD}};

	assert_code(authenticate(*state, &c), PAM_USER_UNKNOWN, "sshd");
	c.words = "account=web";
	assert_code(authenticate(*state, &c), PAM_SUCCESS, "told");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_that_are_not_understood_are_errors),
	    cmocka_unit_test(one_line_fits_all_four_types),
	    cmocka_unit_test(files_that_are_not_understood_are_errors),
	    cmocka_unit_test(a_file_that_others_can_change_is_refused),
	    cmocka_unit_test(a_named_file_must_be_there),
	    cmocka_unit_test(the_default_file_may_be_absent),
	    cmocka_unit_test(the_line_is_stronger_than_the_file),
	    cmocka_unit_test(sshd_is_a_unix_service_unless_told),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
