/* pam_sm_chauthtok: whose password is changed, by whom, and what is asked; by both ways. */
#include "tests/pam/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/compiler.h"
#include "lib/base/limits.h"
#include "lib/core/session.h"
#include "lib/core/user.h"
#include "tests/pam/daemon.h"

#define NEW   "a new horse 5 battery"
#define WRONG "wrong horse 4 battery"

static pid_t daemon_pid;
static const char *const ways[] = {"transport=store", "transport=daemon"};

/* ---- the store from outside ---- */

struct look {
	struct store *store;
	struct wa_context cx;
	struct wa_settings *settings;
};

static struct look
look_begin(struct fixture *f)
{
	struct wa_config_source source = {.file = "none"};
	struct look l = {.cx = {.ip_address = "", .user_agent = "", .now_ms = wa_clock_now_ms()}};
	char uri[256];
	struct store_options options = {.uri = uri, .mode = STORE_WRITE, .busy_ms = 1000};

	(void)snprintf(uri, sizeof(uri), "sqlite:%s", f->store);
	assert_int_equal(store_open(&options, &l.store), WA_OK);
	assert_int_equal(wa_settings_load(&source, &l.settings), WA_OK);
	l.cx.store = l.store;
	l.cx.settings = l.settings;
	l.cx.arena = wa_arena_new(WA_ARENA_MAX);
	return l;
}

static void
look_end(struct look *l)
{
	wa_arena_free(l->cx.arena);
	wa_settings_free(l->settings);
	store_close(l->store);
}

static bool
count(void *arg, const struct session *s WA_UNUSED)
{
	++*(size_t *)arg;
	return true;
}

/* A web session, and how many there are now. */
static size_t
sessions_of(struct fixture *f, const char *name, bool and_one_more)
{
	struct look l = look_begin(f);
	struct session s;
	struct user user;
	size_t n = 0;

	assert_int_equal(wa_user_find(&l.cx, name, &user), WA_OK);
	if (and_one_more)
		assert_int_equal(wa_session_create(&l.cx, &user, true, &s), WA_OK);
	assert_int_equal(wa_session_each(&l.cx, user.id, WA_SESSIONS_LISTED, count, &n), WA_OK);
	look_end(&l);
	return n;
}

static void
require_change(struct fixture *f, const char *name)
{
	struct look l = look_begin(f);
	struct user user;

	assert_int_equal(wa_user_find(&l.cx, name, &user), WA_OK);
	assert_int_equal(wa_user_require_change(&l.cx, user.id), WA_OK);
	look_end(&l);
}

/* ---- */

/* As /usr/bin/passwd runs it for a user: root by the effective uid alone. */
static int
as_user(struct fixture *f, const struct pam_case *c)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		pam_handle_t *pamh = pam_begin(f, c);
		int code;

		if (setresuid(65534, (uid_t)-1, (uid_t)-1) != 0)
			_exit(126);
		code = pam_chauthtok(pamh, 0);
		if (secure_getenv("PAM_TEST_LOUD") != NULL)
			(void)fprintf(stderr, "%s", pam_look().log);
		(void)pam_end(pamh, code);
		_exit(code);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static struct pam_case
change(const char *user, const char *way, const char *a, const char *b, const char *c)
{
	return (struct pam_case){.conf = "ways", .user = user, .words = way, .answers = {a, b, c}};
}

static void
assert_password(struct fixture *f, const char *user, const char *password, int code)
{
	struct pam_case c = {.conf = "ways", .user = user, .answers = {password}};

	assert_code(authenticate(f, &c), code, user);
}

static void
root_sets_a_password_and_ends_the_web_sessions(void **state)
{
	static const char *const passwords[] = {NEW, PASSWORD};

	if (getuid() != 0)
		skip();
	for (size_t w = 0; w < WA_ARRAY_LEN(ways); w++) {
		struct pam_case c = change("pat", ways[w], passwords[w], passwords[w], NULL);
		struct pam_seen seen;

		assert_in_range(sessions_of(*state, "pat", true), 1, 9);
		seen = pam_run(*state, &c, pam_chauthtok);
		assert_code(seen, PAM_SUCCESS, ways[w]);
		assert_int_equal(seen.prompts, 2);
		assert_logged(seen, "password changed for user=pat");
		assert_int_equal(sessions_of(*state, "pat", false), 0);
		assert_password(*state, "pat", passwords[w], PAM_SUCCESS);
		assert_password(*state, "pat", passwords[1 - w], PAM_AUTH_ERR);
	}
}

static void
users_prove_the_current_one(void **state)
{
	static const char *const passwords[] = {PASSWORD, NEW, PASSWORD};

	if (getuid() != 0)
		skip();
	for (size_t w = 0; w < WA_ARRAY_LEN(ways); w++) {
		const char *old = passwords[w], *new = passwords[w + 1];
		struct pam_case c = change("quinn", ways[w], WRONG, new, new);

		assert_int_equal(as_user(*state, &c), PAM_AUTH_ERR);
		c = change("quinn", ways[w], "", new, new);
		assert_int_equal(as_user(*state, &c), PAM_AUTH_ERR);
		c = change("quinn", ways[w], ANSWER_FAILS, NULL, NULL);
		assert_int_equal(as_user(*state, &c), PAM_AUTHTOK_RECOVERY_ERR);
		assert_password(*state, "quinn", old, PAM_SUCCESS);

		(void)sessions_of(*state, "quinn", true);
		c = change("quinn", ways[w], old, new, new);
		assert_int_equal(as_user(*state, &c), PAM_SUCCESS);
		assert_int_equal(sessions_of(*state, "quinn", false), 0);
		assert_password(*state, "quinn", new, PAM_SUCCESS);
		assert_password(*state, "quinn", old, PAM_AUTH_ERR);
	}
}

static void
a_new_password_keeps_the_rules(void **state)
{
	static const struct {
		const char *first, *second;
		size_t infos;
	} rows[] = {
	    {"short", "short", 1},
	    {"", "", 1},
	    {NEW, WRONG, 1},
	    {"password123", "password123", 1},
	    {"Heidi-2024", "Heidi-2024", 1},
	    {"not utf-8 \xff at all", "not utf-8 \xff at all", 1},
	};

	if (getuid() != 0)
		skip();
	for (size_t w = 0; w < WA_ARRAY_LEN(ways); w++)
		for (size_t i = 0; i < WA_ARRAY_LEN(rows); i++) {
			struct pam_case c =
			    change("heidi", ways[w], rows[i].first, rows[i].second, NULL);
			struct pam_seen seen = pam_run(*state, &c, pam_chauthtok);

			/* It is asked again, and the conversation has no more to say. */
			assert_code(seen, PAM_AUTHTOK_ERR, rows[i].first);
			assert_int_equal(seen.infos, rows[i].infos);
		}
	assert_password(*state, "heidi", PASSWORD, PAM_SUCCESS);
}

static void
use_authtok_asks_for_nothing(void **state)
{
	struct pam_case c = change("alice", "use_authtok", NEW, NEW, NULL);
	struct pam_seen seen;

	if (getuid() != 0)
		skip();
	seen = pam_run(*state, &c, pam_chauthtok);
	assert_code(seen, PAM_AUTHTOK_ERR, "no earlier module");
	assert_int_equal(seen.prompts, 0);

	/* The first line stands for any module that asks for a new password. */
	c = change("dave", "", NEW, NEW, NULL);
	c.stack = "password optional %M %W\npassword required %M %W use_authtok\n";
	seen = pam_run(*state, &c, pam_chauthtok);
	assert_code(seen, PAM_SUCCESS, "an earlier module's");
	assert_int_equal(seen.prompts, 2);
	assert_password(*state, "dave", NEW, PAM_SUCCESS);
}

static void
an_expired_password_is_changed_and_no_other(void **state)
{
	static const char *const passwords[] = {PASSWORD, NEW, PASSWORD};
	struct pam_seen seen;
	struct pam_case c;

	for (size_t w = 0; w < WA_ARRAY_LEN(ways); w++) {
		const char *old = passwords[w], *new = passwords[w + 1];

		require_change(*state, "mona");
		c = change("mona", ways[w], NULL, NULL, NULL);
		assert_code(account(*state, &c), PAM_NEW_AUTHTOK_REQD, "before");

		/* Even root proves the current one: it is login(1) who asks. */
		c = change("mona", ways[w], WRONG, new, new);
		c.flags = (int)PAM_CHANGE_EXPIRED_AUTHTOK;
		assert_code(pam_run(*state, &c, pam_chauthtok), PAM_AUTH_ERR, "wrong");
		c.answers[0] = old;
		c.answers[1] = c.answers[2] = old;
		assert_code(pam_run(*state, &c, pam_chauthtok), PAM_AUTHTOK_ERR, "unchanged");
		assert_code(account(*state, &c), PAM_NEW_AUTHTOK_REQD, "still");
		c.answers[1] = c.answers[2] = new;
		seen = pam_run(*state, &c, pam_chauthtok);
		assert_code(seen, PAM_SUCCESS, ways[w]);
		assert_code(account(*state, &c), PAM_SUCCESS, "after");
		assert_password(*state, "mona", new, PAM_SUCCESS);

		c = change("alice", ways[w], NULL, NULL, NULL);
		c.flags = (int)PAM_CHANGE_EXPIRED_AUTHTOK;
		c.stack = "password required %M %W\npassword required pam_permit.so\n";
		assert_code(pam_run(*state, &c, pam_chauthtok), PAM_SUCCESS, "not expired");
		assert_int_equal(pam_look().prompts, 0);
	}
}

static void
other_peoples_passwords_are_not_ours(void **state)
{
	for (size_t w = 0; w < WA_ARRAY_LEN(ways); w++) {
		struct pam_case c = change("mallory", ways[w], NEW, NEW, NULL);
		struct pam_seen seen = pam_run(*state, &c, pam_chauthtok);

		assert_code(seen, PAM_USER_UNKNOWN, "unknown");
		assert_string_equal(seen.log, "");
		assert_int_equal(seen.prompts, 0);
		c = change("root", ways[w], NEW, NEW, NULL);
		seen = pam_run(*state, &c, pam_chauthtok);
		assert_code(seen, PAM_USER_UNKNOWN, "root");
		assert_string_equal(seen.log, "");
		c = change("unixer", ways[w], NEW, NEW, NULL);
		assert_code(pam_run(*state, &c, pam_chauthtok), PAM_USER_UNKNOWN, "local");
		c = change("carol", ways[w], NEW, NEW, NULL);
		seen = pam_run(*state, &c, pam_chauthtok);
		assert_code(seen, PAM_PERM_DENIED, "banned");
		assert_int_equal(seen.prompts, 0);
	}
}

static void
what_cannot_be_written_is_refused_before_it_is_typed(void **state)
{
	struct pam_case c = change("alice", "transport=store", NEW, NEW, NULL);
	struct pam_seen seen;

	c.conf = "nostore";
	seen = pam_run(*state, &c, pam_chauthtok);
	assert_code(seen, PAM_TRY_AGAIN, "no store");
	assert_int_equal(seen.prompts, 0);
	c.words = "transport=daemon";
	seen = pam_run(*state, &c, pam_chauthtok);
	assert_code(seen, PAM_TRY_AGAIN, "no daemon");
	assert_int_equal(seen.prompts, 0);
}

static int
setup(void **state)
{
	if (fixture_setup(state) != 0)
		return -1;
	fixture_conf(*state, "ways", daemon_keys(*state));
	fixture_conf(*state, "nostore",
	    "store = sqlite:/nonexistent/webauth.db\nlisten = unix:/nonexistent/api.sock\n");
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
	    cmocka_unit_test(root_sets_a_password_and_ends_the_web_sessions),
	    cmocka_unit_test(users_prove_the_current_one),
	    cmocka_unit_test(a_new_password_keeps_the_rules),
	    cmocka_unit_test(use_authtok_asks_for_nothing),
	    cmocka_unit_test(an_expired_password_is_changed_and_no_other),
	    cmocka_unit_test(other_peoples_passwords_are_not_ours),
	    cmocka_unit_test(what_cannot_be_written_is_refused_before_it_is_typed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
