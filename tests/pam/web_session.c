/*
 * Web sessions of logins: for whom, in which file, and that they end. In the order in which sshd
 * and sudo call, which is not the order of the manual.
 */
#include "tests/pam/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/compiler.h"
#include "lib/base/limits.h"
#include "lib/core/session.h"
#include "lib/core/user.h"
#include "tests/pam/daemon.h"

static pid_t daemon_pid;
static const char *const ways[] = {"transport=store", "transport=daemon"};

/* Is it the token of a live web session of linked's? */
static bool
is_live(struct fixture *f, const char *token)
{
	struct wa_config_source source = {.file = "none"};
	struct wa_settings *settings = NULL;
	char uri[256];
	struct store_options options = {.uri = uri, .mode = STORE_WRITE, .busy_ms = 1000};
	struct wa_context cx = {.now_ms = wa_clock_now_ms()};
	struct session s;
	struct user user;
	enum wa_err e;

	(void)snprintf(uri, sizeof(uri), "sqlite:%s", f->store);
	assert_int_equal(store_open(&options, &cx.store), WA_OK);
	assert_int_equal(wa_settings_load(&source, &settings), WA_OK);
	cx.settings = settings;
	cx.arena = wa_arena_new(WA_ARENA_MAX);
	e = wa_session_find(&cx, token, &s, &user);
	if (e == WA_OK)
		assert_string_equal(user.email, "linked@example.org");
	wa_arena_free(cx.arena);
	wa_settings_free(settings);
	store_close(cx.store);
	return e == WA_OK;
}

static void
read_token(const char *path, char *ret, size_t size)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_uid, 1000);
	n = read(fd, ret, size - 1);
	(void)close(fd);
	assert_true(n > 1 && ret[n - 1] == '\n');
	ret[n - 1] = '\0';
}

static bool
is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static struct pam_case
login(const char *way)
{
	return (struct pam_case){.conf = "ways",
	    .service = "sshd",
	    .user = "unixer",
	    .words = way,
	    .answers = {PASSWORD}};
}

static pam_handle_t *
opened(struct fixture *f, const struct pam_case *c, char *path, char *token, size_t size)
{
	pam_handle_t *pamh = pam_begin(f, c);

	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_non_null(pam_getenv(pamh, "WEBAUTH_SESSION_ID"));
	assert_non_null(pam_getenv(pamh, "WEBAUTH_SESSION_FILE"));
	assert_null(pam_getenv(pamh, "WEBAUTH_TICKET"));
	(void)snprintf(path, size, "%s", pam_getenv(pamh, "WEBAUTH_SESSION_FILE"));
	read_token(path, token, size);
	assert_null(strstr(pam_look().log, token));
	assert_true(is_live(f, token));
	return pamh;
}

static void
a_login_has_a_session_until_it_is_closed(void **state)
{
	for (size_t w = 0; w < WA_ARRAY_LEN(ways); w++) {
		struct pam_case c = login(ways[w]);
		char path[256], token[256];
		pam_handle_t *pamh = opened(*state, &c, path, token, sizeof(path));

		assert_int_equal(pam_close_session(pamh, PAM_SILENT), PAM_SUCCESS);
		assert_false(is_there(path));
		assert_false(is_live(*state, token));
		assert_null(pam_getenv(pamh, "WEBAUTH_SESSION_ID"));
		assert_null(pam_getenv(pamh, "WEBAUTH_SESSION_FILE"));
		/* Again, as some hosts do. */
		assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
		pam_finish(pamh, PAM_SUCCESS);
	}
}

/* su's child ends the handle while the session is in use. */
static void
ending_the_handle_does_not_end_the_session(void **state)
{
	struct pam_case c = login(ways[0]);
	char path[256], token[256];
	pam_handle_t *pamh = opened(*state, &c, path, token, sizeof(path));
	pid_t pid = fork();

	if (pid == 0) {
		(void)pam_end(pamh, PAM_SUCCESS | PAM_DATA_SILENT);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(is_live(*state, token));
	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	assert_false(is_live(*state, token));
	pam_finish(pamh, PAM_SUCCESS);
}

/* sshd, keyboard-interactive: authenticate in a child whose data are lost; its PAM environment is
 * carried over. And close_session in a process that never opened one. */
static void
what_lies_between_may_be_another_process(void **state)
{
	for (size_t w = 0; w < WA_ARRAY_LEN(ways); w++) {
		struct pam_case c = login(ways[w]);
		pam_handle_t *child = pam_begin(*state, &c), *parent, *third;
		char text[256], path[256], token[256];

		assert_int_equal(pam_authenticate(child, 0), PAM_SUCCESS);
		(void)snprintf(
		    text, sizeof(text), "WEBAUTH_TICKET=%s", pam_getenv(child, "WEBAUTH_TICKET"));
		pam_finish(child, PAM_SUCCESS);

		parent = pam_begin(*state, &c);
		assert_int_equal(pam_putenv(parent, text), PAM_SUCCESS);
		assert_int_equal(pam_open_session(parent, 0), PAM_SUCCESS);
		(void)snprintf(
		    path, sizeof(path), "%s", pam_getenv(parent, "WEBAUTH_SESSION_FILE"));
		read_token(path, token, sizeof(token));
		(void)snprintf(text, sizeof(text), "WEBAUTH_SESSION_ID=%s",
		    pam_getenv(parent, "WEBAUTH_SESSION_ID"));
		pam_finish(parent, PAM_SUCCESS);
		assert_true(is_live(*state, token));

		third = pam_begin(*state, &c);
		assert_int_equal(pam_putenv(third, text), PAM_SUCCESS);
		assert_int_equal(pam_close_session(third, 0), PAM_SUCCESS);
		pam_finish(third, PAM_SUCCESS);
		assert_false(is_live(*state, token));
		assert_false(is_there(path));
	}
}

static void
assert_no_session(pam_handle_t *pamh, int code)
{
	assert_int_equal(pam_open_session(pamh, 0), code);
	assert_null(pam_getenv(pamh, "WEBAUTH_SESSION_ID"));
	assert_null(pam_getenv(pamh, "WEBAUTH_SESSION_FILE"));
	assert_null(pam_getenv(pamh, "WEBAUTH_TICKET"));
	pam_finish(pamh, PAM_SUCCESS);
}

static void
nobody_else_gets_one(void **state)
{
	static const char *const targets[] = {"root", "unlinked", "barred"};

	for (size_t w = 0; w < WA_ARRAY_LEN(ways); w++) {
		struct pam_case c = login(ways[w]);
		pam_handle_t *pamh;

		/* A key, cron: no authenticate. */
		assert_no_session(pam_begin(*state, &c), PAM_SUCCESS);
		/* A service that was not told to. */
		c.service = "login";
		pamh = pam_begin(*state, &c);
		assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
		assert_no_session(pamh, PAM_SUCCESS);
		/* sudo's target. */
		c.service = "sshd";
		for (size_t i = 0; i < WA_ARRAY_LEN(targets); i++) {
			pamh = pam_begin(*state, &c);
			assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
			assert_int_equal(pam_set_item(pamh, PAM_USER, targets[i]), PAM_SUCCESS);
			assert_no_session(pamh, PAM_SUCCESS);
		}
		/* A wrong password after a right one takes the ticket back. */
		pamh = pam_begin(*state, &c);
		assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
		assert_int_equal(pam_authenticate(pamh, 0), PAM_CONV_ERR);
		pam_finish(pamh, PAM_SUCCESS);
	}
}

/* ~/.pam_environment is the user's to write. */
static void
a_forged_environment_is_worth_nothing(void **state)
{
	static const char *const forged[] = {"WEBAUTH_TICKET=", "WEBAUTH_TICKET=unixer",
	    "WEBAUTH_TICKET=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
	struct pam_case c = login(ways[0]), other = login(ways[0]);
	char path[256], token[256], text[256];
	pam_handle_t *pamh, *thief;

	for (size_t i = 0; i < WA_ARRAY_LEN(forged); i++) {
		pamh = pam_begin(*state, &c);
		assert_int_equal(pam_putenv(pamh, forged[i]), PAM_SUCCESS);
		assert_no_session(pamh, PAM_SUCCESS);
	}
	c.service = "strict";
	pamh = pam_begin(*state, &c);
	assert_int_equal(pam_putenv(pamh, forged[2]), PAM_SUCCESS);
	assert_no_session(pamh, PAM_SESSION_ERR);

	/* Nor does another's handle end this session. */
	c = login(ways[0]);
	pamh = opened(*state, &c, path, token, sizeof(path));
	(void)snprintf(
	    text, sizeof(text), "WEBAUTH_SESSION_ID=%s", pam_getenv(pamh, "WEBAUTH_SESSION_ID"));
	other.user = "nobody";
	thief = pam_begin(*state, &other);
	assert_int_equal(pam_putenv(thief, text), PAM_SUCCESS);
	assert_int_equal(pam_close_session(thief, 0), PAM_SUCCESS);
	pam_finish(thief, PAM_SUCCESS);
	thief = pam_begin(*state, &other);
	assert_int_equal(pam_putenv(thief, "WEBAUTH_SESSION_ID=../1000/x"), PAM_SUCCESS);
	assert_int_equal(pam_close_session(thief, 0), PAM_SUCCESS);
	pam_finish(thief, PAM_SUCCESS);
	assert_true(is_live(*state, token));
	assert_true(is_there(path));
	pam_finish(pamh, PAM_SUCCESS);

	pamh = pam_begin(*state, &c);
	assert_int_equal(pam_putenv(pamh, text), PAM_SUCCESS);
	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	pam_finish(pamh, PAM_SUCCESS);
	assert_false(is_live(*state, token));
}

static void
a_ticket_works_once(void **state)
{
	struct pam_case c = login(ways[0]);
	pam_handle_t *pamh = pam_begin(*state, &c);
	char text[256];

	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	(void)snprintf(text, sizeof(text), "WEBAUTH_TICKET=%s", pam_getenv(pamh, "WEBAUTH_TICKET"));
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_putenv(pamh, text), PAM_SUCCESS);
	assert_no_session(pamh, PAM_SUCCESS);
}

static void
a_directory_that_others_can_change_holds_none(void **state)
{
	struct fixture *f = *state;
	struct pam_case c = login(ways[0]);
	char path[256], other[256];
	pam_handle_t *pamh;

	fixture_path(f, "sessions", path, sizeof(path));
	fixture_path(f, "elsewhere", other, sizeof(other));
	assert_int_equal(chmod(path, 0777), 0);
	pamh = pam_begin(f, &c);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_no_session(pamh, PAM_SUCCESS);
	assert_logged(pam_look(), "session_dir");

	c.service = "strict";
	pamh = pam_begin(f, &c);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_no_session(pamh, PAM_SESSION_ERR);
	assert_int_equal(chmod(path, 0711), 0);

	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink(other, path), 0);
	pamh = pam_begin(f, &c);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_no_session(pamh, PAM_SESSION_ERR);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rename(other, path), 0);
}

static int
setup(void **state)
{
	struct fixture *f;
	char conf[1024];

	if (geteuid() != 0)
		exit(77); /* a user's file is given away by root */
	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	(void)snprintf(conf, sizeof(conf),
	    "%ssession_dir = %s/sessions\n[pam sshd]\naccount = unix\nsession = true\n"
	    "[pam strict]\naccount = unix\nsession = true\nsession_required = true\n",
	    daemon_keys(f), f->dir);
	fixture_conf(f, "ways", conf);
	daemon_pid = daemon_start(f, "ways");
	(void)umask(077); /* a host's; passers-by must get through all the same */
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
	    cmocka_unit_test(a_login_has_a_session_until_it_is_closed),
	    cmocka_unit_test(ending_the_handle_does_not_end_the_session),
	    cmocka_unit_test(what_lies_between_may_be_another_process),
	    cmocka_unit_test(nobody_else_gets_one),
	    cmocka_unit_test(a_forged_environment_is_worth_nothing),
	    cmocka_unit_test(a_ticket_works_once),
	    cmocka_unit_test(a_directory_that_others_can_change_holds_none),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
