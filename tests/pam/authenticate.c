/* pam_sm_authenticate: every row of pam.md 1.2 that can be provoked, by the code and by the log. */
#include "tests/pam/fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/compiler.h"
#include "lib/base/limits.h"
#include "lib/core/password.h"
#include "lib/store/account.h"
#include "lib/store/driver.h"
#include "lib/store/user.h"

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif

static char overlong[WA_PASSWORD_MAX + 2];

struct row {
	const char *claim;
	struct pam_case c;
	int code;
	const char *logged;
	bool name_logged;
	size_t prompts;
};

static void
check_row(struct fixture *f, const struct row *row)
{
	struct pam_seen seen = authenticate(f, &row->c);

	assert_code(seen, row->code, row->claim);
	if (seen.prompts != row->prompts)
		fail_msg("%s: %zu prompts, want %zu", row->claim, seen.prompts, row->prompts);
	if (row->logged != NULL)
		assert_logged(seen, row->logged);
	if (row->name_logged)
		assert_logged(seen, row->c.user);
	else if (row->c.user[0] != '\0')
		assert_not_logged(seen, row->c.user);
	if (row->code != PAM_SUCCESS && row->code != PAM_CONV_ERR) {
		assert_int_equal(seen.delay_us != 0, true);
		/* libpam spreads what was asked for, 2 s, by a half each way. */
		assert_in_range(seen.delay_us, 900000, 3100000);
	}
}

static void
check_rows(struct fixture *f, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_row(f, &rows[i]);
}
#define check(f, rows) check_rows(f, rows, WA_ARRAY_LEN(rows))

static void
passwords_are_proven_or_refused(void **state)
{
	static const struct row rows[] = {
	    {"right", {.user = "alice", .answers = {PASSWORD}}, PAM_SUCCESS, "authenticated", true,
		1},
	    {"upper case", {.user = "ALICE", .answers = {PASSWORD}}, PAM_SUCCESS, NULL, true, 1},
	    {"by e-mail", {.user = "alice@example.org", .answers = {PASSWORD}}, PAM_SUCCESS, NULL,
		true, 1},
	    {"E-mail has no case", {.user = "Alice@Example.ORG", .answers = {PASSWORD}},
		PAM_SUCCESS, NULL, true, 1},
	    {"wrong", {.user = "alice", .answers = {"wrong horse"}}, PAM_AUTH_ERR,
		"authentication failure; logname= uid=", true, 1},
	    {"one more byte", {.user = "alice", .answers = {PASSWORD "x"}}, PAM_AUTH_ERR, NULL,
		true, 1},
	    {"unknown", {.user = "mallory", .answers = {PASSWORD}}, PAM_USER_UNKNOWN,
		"authentication failure; logname= uid=", false, 1},
	    {"unknown e-mail", {.user = "mallory@example.org", .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, NULL, false, 1},
	    {"e-mail not verified is no name", {.user = "bob@example.org", .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, NULL, false, 1},
	    {"user name of one whose e-mail is not", {.user = "bob", .answers = {PASSWORD}},
		PAM_SUCCESS, NULL, true, 1},
	    {"banned, wrong: no word of the ban", {.user = "carol", .answers = {"wrong horse"}},
		PAM_AUTH_ERR, NULL, true, 1},
	    {"banned, right", {.user = "carol", .answers = {PASSWORD}}, PAM_ACCT_EXPIRED, "BANNED",
		true, 1},
	    {"ban that has ended", {.user = "dave", .answers = {PASSWORD}}, PAM_SUCCESS, NULL, true,
		1},
	    {"no password", {.user = "erin", .answers = {PASSWORD}}, PAM_AUTH_ERR, NULL, true, 1},
	    {"no password, empty given", {.user = "erin", .answers = {""}}, PAM_AUTH_ERR, NULL,
		false, 1},
	    {"malformed hash", {.user = "frank", .answers = {PASSWORD}}, PAM_AUTH_ERR,
		"3 pam_webauth(webmail:auth): HASH_UNUSABLE", true, 1},
	    {"malformed hash is no password",
		{.user = "frank", .answers = {"5f4dcc3b5aa765d61d8327deb882cf99"}}, PAM_AUTH_ERR,
		NULL, true, 1},
	    {"hash above the ceiling", {.user = "grace", .answers = {PASSWORD}}, PAM_AUTH_ERR,
		"HASH_UNUSABLE", true, 1},
	};

	check(*state, rows);
}

static void
passwords_that_are_none_are_refused(void **state)
{
	static const struct row rows[] = {
	    {"empty", {.user = "alice", .answers = {""}}, PAM_AUTH_ERR, "empty", false, 1},
	    {"empty, unknown", {.user = "mallory", .answers = {""}}, PAM_AUTH_ERR, "empty", false,
		1},
	    {"empty with null allowed",
		{.user = "alice", .answers = {""}, .flags = PAM_DISALLOW_NULL_AUTHTOK},
		PAM_AUTH_ERR, NULL, false, 1},
	    {"overlong", {.user = "alice", .answers = {overlong}}, PAM_AUTH_ERR, "longer", false,
		1},
	    {"overlong, unknown", {.user = "mallory", .answers = {overlong}}, PAM_AUTH_ERR,
		"longer", false, 1},
	    {"not UTF-8", {.user = "alice", .answers = {"correct\xff"}}, PAM_AUTH_ERR, "UTF-8",
		false, 1},
	    {"sshd's junk", {.user = "alice", .answers = {"\b\n\r\177INCORRECT\b\n\r\177INC"}},
		PAM_AUTH_ERR, "sshd refused this login before PAM", true, 1},
	    {"sshd's junk, short", {.user = "alice", .answers = {"\b\n\r"}}, PAM_AUTH_ERR,
		"sshd refused", true, 1},
	    {"sshd's junk, unknown", {.user = "mallory", .answers = {"\b\n\r\177INCORRECT"}},
		PAM_USER_UNKNOWN, "sshd refused", false, 1},
	};

	memset(overlong, 'a', WA_PASSWORD_MAX + 1);
	check(*state, rows);
}

static void
an_overlong_password_is_not_cut(void **state)
{
	struct pam_case c = {.user = "alice", .answers = {overlong}};

	memset(overlong, ' ', WA_PASSWORD_MAX + 1);
	memcpy(overlong, PASSWORD, strlen(PASSWORD));
	assert_code(authenticate(*state, &c), PAM_AUTH_ERR, "right, then blanks");
}

static void
local_names_are_refused_before_the_store(void **state)
{
	/* There is no store here: who gets PAM_USER_UNKNOWN was refused without it. */
	static const struct row rows[] = {
	    {"root", {.user = "root", .conf = "nostore", .answers = {PASSWORD}}, PAM_USER_UNKNOWN,
		"root is never", true, 0},
	    {"root by another case", {.user = "Root", .conf = "nostore", .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, "root is never", true, 0},
	    {"root, unix",
		{.user = "root", .conf = "nostore", .words = "account=unix", .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, NULL, true, 0},
	    {"root, unix, min_uid 1",
		{.user = "root",
		    .conf = "nostore",
		    .words = "account=unix min_uid=1",
		    .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, NULL, true, 0},
	    {"system account", {.user = "daemon", .conf = "nostore", .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, "system account", true, 0},
	    {"system account by another case",
		{.user = "Daemon", .conf = "nostore", .answers = {PASSWORD}}, PAM_USER_UNKNOWN,
		"system account", true, 0},
	    {"uid 999",
		{.user = "low", .conf = "nostore", .words = "account=unix", .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, "min_uid", true, 0},
	    {"local name, web", {.user = "unixer", .conf = "nostore", .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, "account = web", true, 0},
	    {"long entry", {.user = NSS_LONG, .conf = "nostore", .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, "account = web", true, 0},
	    {"NSS in doubt", {.user = NSS_DOWN, .conf = "nostore", .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, "could not tell", false, 0},
	    {"NSS in doubt, unix",
		{.user = NSS_DOWN,
		    .conf = "nostore",
		    .words = "account=unix",
		    .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, "could not tell", false, 0},
	    {"NSS without end", {.user = NSS_ENDLESS, .conf = "nostore", .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, "could not tell", false, 0},
	};

	check(*state, rows);
}

static void
invalid_names_reach_neither_nss_nor_store(void **state)
{
	static const char *const names[] = {"-alice", "+alice", "+@netgroup", " alice", "alice ",
	    "al:ice", "../alice", "alice\n", "al\033[1mice", "al\x7fice", "alice\xff",
	    "al\xc2\x85ice", "\xc0\xafroot"};
	char name[WA_PAM_NAME_MAX + 2];
	struct pam_case c = {.conf = "nostore", .answers = {PASSWORD}};
	struct pam_seen seen;

	for (size_t i = 0; i < WA_ARRAY_LEN(names); i++) {
		c.user = names[i];
		seen = authenticate(*state, &c);
		assert_code(seen, PAM_USER_UNKNOWN, names[i]);
		assert_not_logged(seen, names[i]);
		assert_int_equal(nss_calls, 0);
	}
	memset(name, 'a', sizeof(name));
	name[WA_PAM_NAME_MAX] = '\0';
	c.user = name;
	assert_code(authenticate(*state, &c), PAM_AUTHINFO_UNAVAIL, "255 bytes are a name");
	name[WA_PAM_NAME_MAX] = 'a';
	name[WA_PAM_NAME_MAX + 1] = '\0';
	assert_code(authenticate(*state, &c), PAM_USER_UNKNOWN, "256 bytes are none");
	assert_int_equal(nss_calls, 0);
}

static void
a_unix_service_wants_a_link(void **state)
{
	static const struct row rows[] = {
	    {"linked", {.user = "unixer", .words = "account=unix", .answers = {PASSWORD}},
		PAM_SUCCESS, NULL, true, 1},
	    {"linked, wrong",
		{.user = "unixer", .words = "account=unix", .answers = {"wrong horse"}},
		PAM_AUTH_ERR, NULL, true, 1},
	    {"linked, banned", {.user = "barred", .words = "account=unix", .answers = {PASSWORD}},
		PAM_ACCT_EXPIRED, NULL, true, 1},
	    {"account without link",
		{.user = "unlinked", .words = "account=unix", .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, "no link", true, 1},
	    {"no account, but a web user",
		{.user = "alice", .words = "account=unix", .answers = {PASSWORD}}, PAM_USER_UNKNOWN,
		NULL, false, 1},
	    {"no account, but an e-mail",
		{.user = "alice@example.org", .words = "account=unix", .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, NULL, false, 1},
	    {"match cannot weaken it",
		{.user = "alice",
		    .words = "account=unix match=username,email",
		    .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, NULL, false, 1},
	    {"the user behind the link is no account",
		{.user = "linked", .words = "account=unix", .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, NULL, false, 1},
	    {"sshd is such a service by itself",
		{.user = "alice", .service = "sshd", .answers = {PASSWORD}}, PAM_USER_UNKNOWN, NULL,
		false, 1},
	    {"sudo, linked", {.user = "unixer", .service = "sudo", .answers = {PASSWORD}},
		PAM_SUCCESS, NULL, true, 1},
	    {"su", {.user = "unlinked", .service = "su", .answers = {PASSWORD}}, PAM_USER_UNKNOWN,
		NULL, true, 1},
	    {"junk for an unknown account",
		{.user = "mallory", .service = "sshd", .answers = {"\b\n\r\177INC"}},
		PAM_USER_UNKNOWN, "sshd refused", false, 1},
	};

	check(*state, rows);
}

static void
match_decides_which_names_count(void **state)
{
	static const struct row rows[] = {
	    {"only e-mail", {.user = "alice", .words = "match=email", .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, NULL, false, 1},
	    {"only user name",
		{.user = "alice@example.org", .words = "match=username", .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, NULL, false, 1},
	    {"both", {.user = "alice", .words = "match=email,username", .answers = {PASSWORD}},
		PAM_SUCCESS, NULL, true, 1},
	    {"only link", {.user = "alice", .words = "match=link", .answers = {PASSWORD}},
		PAM_USER_UNKNOWN, NULL, false, 1},
	};

	check(*state, rows);
}

static void
unverified_addresses_are_refused_when_asked(void **state)
{
	static const struct row rows[] = {
	    {"right", {.user = "bob", .conf = "verified", .answers = {PASSWORD}}, PAM_PERM_DENIED,
		"EMAIL_NOT_VERIFIED", true, 1},
	    {"wrong tells nothing", {.user = "bob", .conf = "verified", .answers = {"wrong horse"}},
		PAM_AUTH_ERR, NULL, true, 1},
	    {"verified", {.user = "alice", .conf = "verified", .answers = {PASSWORD}}, PAM_SUCCESS,
		NULL, true, 1},
	};

	fixture_conf(*state, "verified", "require_email_verification = true\n");
	check(*state, rows);
}

static void
a_store_that_fails_lets_nobody_in(void **state)
{
	static const struct row rows[] = {
	    {"missing", {.user = "alice", .conf = "nostore", .answers = {PASSWORD}},
		PAM_AUTHINFO_UNAVAIL, "3 pam_webauth(webmail:auth): STORE_MISSING", false, 1},
	    {"no database", {.user = "alice", .conf = "garbage", .answers = {PASSWORD}},
		PAM_AUTHINFO_UNAVAIL, "2 pam_webauth(webmail:auth): STORE_CORRUPT", false, 1},
	    {"a link", {.user = "alice", .conf = "symlink", .answers = {PASSWORD}},
		PAM_CRED_INSUFFICIENT, "3 pam_webauth(webmail:auth): STORE_DENIED", false, 1},
	    {"a directory", {.user = "alice", .conf = "directory", .answers = {PASSWORD}},
		PAM_CRED_INSUFFICIENT, NULL, false, 1},
	    {"no tables", {.user = "alice", .conf = "empty", .answers = {PASSWORD}},
		PAM_AUTHINFO_UNAVAIL, "2 pam_webauth(webmail:auth): STORE_", false, 1},
	    {"not a uri", {.user = "alice", .conf = "uri", .answers = {PASSWORD}}, PAM_SERVICE_ERR,
		"CONFIG", false, 0},
	};
	struct fixture *f = *state;
	char path[256], conf[512];
	FILE *out;

	fixture_path(f, "garbage.db", path, sizeof(path));
	out = fopen(path, "we");
	assert_non_null(out);
	for (int i = 0; i < 1024; i++)
		(void)fputs("not a database. ", out);
	assert_int_equal(fclose(out), 0);
	(void)snprintf(conf, sizeof(conf), "store = sqlite:%s\n", path);
	fixture_conf(f, "garbage", conf);

	fixture_path(f, "symlink.db", path, sizeof(path));
	assert_int_equal(symlink(f->store, path), 0);
	(void)snprintf(conf, sizeof(conf), "store = sqlite:%s\n", path);
	fixture_conf(f, "symlink", conf);

	fixture_path(f, "directory.db", path, sizeof(path));
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(conf, sizeof(conf), "store = sqlite:%s\n", path);
	fixture_conf(f, "directory", conf);

	fixture_path(f, "empty.db", path, sizeof(path));
	out = fopen(path, "we");
	assert_non_null(out);
	assert_int_equal(fclose(out), 0);
	(void)snprintf(conf, sizeof(conf), "store = sqlite:%s\n", path);
	fixture_conf(f, "empty", conf);
	fixture_conf(f, "uri", "store = postgresql://localhost/web\n");

	check(f, rows);
}

static void
a_locked_store_lets_nobody_in(void **state)
{
	struct fixture *f = *state;
	struct pam_case c = {.user = "alice", .answers = {PASSWORD}};
	char uri[128];
	struct store_options options = {.uri = uri, .mode = STORE_WRITE, .busy_ms = 1000};
	struct store *s = NULL;
	struct store_stmt *st;
	struct pam_seen seen;
	bool row;

	(void)snprintf(uri, sizeof(uri), "sqlite:%s", f->store);
	assert_int_equal(store_open(&options, &s), WA_OK);
	st = store_prepare(s, "PRAGMA locking_mode = EXCLUSIVE");
	assert_int_equal(store_step(st, &row), WA_OK);
	store_done(st);
	assert_int_equal(store_begin_write(s), WA_OK);

	seen = authenticate(f, &c);
	assert_int_equal(store_end(s, WA_ERR_CONFLICT), WA_ERR_CONFLICT);
	store_close(s);
	assert_code(seen, PAM_AUTHINFO_UNAVAIL, "locked");
	assert_logged(seen, "STORE_BUSY");
	assert_code(authenticate(f, &c), PAM_SUCCESS, "no longer locked");
}

/* What the store says of heidi's hash. */
static bool
is_outdated(struct fixture *f)
{
	char uri[128];
	struct store_options options = {.uri = uri, .mode = STORE_READ, .busy_ms = 1000};
	struct store *s = NULL;
	struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	struct user user;
	const char *hash = NULL;
	bool outdated;

	(void)snprintf(uri, sizeof(uri), "sqlite:%s", f->store);
	assert_int_equal(store_open(&options, &s), WA_OK);
	assert_int_equal(store_user_by_username(s, a, "heidi", &user), WA_OK);
	assert_int_equal(store_account_password(s, a, user.id, &hash), WA_OK);
	outdated = wa_password_is_outdated(hash, WA_SCHEME_ARGON2ID);
	wa_arena_free(a);
	store_close(s);
	return outdated;
}

static void
an_outdated_hash_is_renewed_by_root_alone(void **state)
{
	struct pam_case wrong = {.user = "heidi", .answers = {"wrong horse"}};
	struct pam_case right = {.user = "heidi", .answers = {PASSWORD}};

	assert_true(is_outdated(*state));
	assert_code(authenticate(*state, &wrong), PAM_AUTH_ERR, "wrong");
	assert_true(is_outdated(*state));
	assert_code(authenticate(*state, &right), PAM_SUCCESS, "right");
	assert_int_equal(is_outdated(*state), geteuid() != 0);
	assert_code(authenticate(*state, &right), PAM_SUCCESS, "right again");
}

static void
no_memory_for_the_kdf_is_said(void **state)
{
#ifdef UNDER_ASAN
	(void)state;
	skip(); /* ASan needs terabytes of address space */
#else
	struct pam_case c = {.user = "alice", .answers = {PASSWORD}};
	struct rlimit old, small;
	struct pam_seen seen;

	assert_code(authenticate(*state, &c), PAM_SUCCESS, "enough memory");
	assert_int_equal(getrlimit(RLIMIT_AS, &old), 0);
	small = old;
	small.rlim_cur = (memory_now().mapped + 10 * 1024) * 1024;
	assert_int_equal(setrlimit(RLIMIT_AS, &small), 0);
	seen = authenticate(*state, &c);
	assert_int_equal(setrlimit(RLIMIT_AS, &old), 0);

	assert_code(seen, PAM_BUF_ERR, "no memory");
	assert_logged(seen, "2 pam_webauth(webmail:auth): out of memory");
	assert_logged(seen, "MiB of address space");
#endif
}

static void
each_call_on_a_handle_stands_alone(void **state)
{
	struct pam_case c = {.user = "alice", .answers = {"wrong horse", PASSWORD, PASSWORD}};
	pam_handle_t *pamh = pam_begin(*state, &c);

	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_look().prompts, 3);
	pam_finish(pamh, PAM_SUCCESS);
}

static void
a_name_that_is_not_set_is_asked_for(void **state)
{
	struct pam_case c = {.answers = {"alice", PASSWORD}};
	pam_handle_t *pamh = pam_begin(*state, &c);

	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_look().prompts, 2);
	pam_finish(pamh, PAM_SUCCESS);

	c.answers[0] = ANSWER_FAILS;
	pamh = pam_begin(*state, &c);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_CONV_ERR);
	pam_finish(pamh, PAM_CONV_ERR);
}

static void
closed_descriptors_stay_closed(void **state)
{
	struct pam_case c = {.user = "alice", .answers = {PASSWORD}};
	pam_handle_t *pamh;
	int saved[3], code;
	bool open_after = false;

	pamh = pam_begin(*state, &c);
	for (int fd = 0; fd < 3; fd++) {
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
		(void)close(fd);
	}
	code = pam_authenticate(pamh, 0);
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;

		open_after = open_after || fstat(fd, &st) == 0;
		(void)dup2(saved[fd], fd);
		(void)close(saved[fd]);
	}
	assert_int_equal(code, PAM_SUCCESS);
	assert_false(open_after);
	pam_finish(pamh, code);
}

static void
nodelay_asks_for_no_delay(void **state)
{
	struct pam_case line = {.user = "alice", .words = "nodelay", .answers = {"wrong horse"}};
	struct pam_case file = {.user = "alice", .conf = "nodelay", .answers = {"wrong horse"}};
	struct pam_case bad = {.user = "alice", .words = "nodelay nonsense"};

	fixture_conf(*state, "nodelay", "[pam webmail]\nnodelay = true\n");
	assert_int_equal(authenticate(*state, &line).delay_us, 0);
	assert_int_equal(authenticate(*state, &file).delay_us, 0);
	assert_int_equal(authenticate(*state, &bad).delay_us, 0);
	bad.words = "nonsense";
	assert_true(authenticate(*state, &bad).delay_us > 0);
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
	    cmocka_unit_test(passwords_are_proven_or_refused),
	    cmocka_unit_test(passwords_that_are_none_are_refused),
	    cmocka_unit_test(an_overlong_password_is_not_cut),
	    cmocka_unit_test(local_names_are_refused_before_the_store),
	    cmocka_unit_test(invalid_names_reach_neither_nss_nor_store),
	    cmocka_unit_test(a_unix_service_wants_a_link),
	    cmocka_unit_test(match_decides_which_names_count),
	    cmocka_unit_test(unverified_addresses_are_refused_when_asked),
	    cmocka_unit_test(a_store_that_fails_lets_nobody_in),
	    cmocka_unit_test(a_locked_store_lets_nobody_in),
	    cmocka_unit_test(an_outdated_hash_is_renewed_by_root_alone),
	    cmocka_unit_test(no_memory_for_the_kdf_is_said),
	    cmocka_unit_test(each_call_on_a_handle_stands_alone),
	    cmocka_unit_test(a_name_that_is_not_set_is_asked_for),
	    cmocka_unit_test(closed_descriptors_stay_closed),
	    cmocka_unit_test(nodelay_asks_for_no_delay),
	};

	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
