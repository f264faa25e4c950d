/* Passwords between modules, and conversations that go wrong: how often people are asked. */
#include "tests/pam/fixture.h"

#include <string.h>

#include "lib/base/compiler.h"

/* The first line stands for any module that asks for a password; that it fails is of no account. */
#define AFTER_ANOTHER(words) "auth optional %M %W\nauth required %M %W " words "\n"

struct row {
	const char *claim;
	struct pam_case c;
	int code;
	size_t prompts;
};

static void
check_rows(struct fixture *f, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct pam_seen seen = authenticate(f, &rows[i].c);

		assert_code(seen, rows[i].code, rows[i].claim);
		if (seen.prompts != rows[i].prompts)
			fail_msg("%s: %zu prompts, want %zu", rows[i].claim, seen.prompts,
			    rows[i].prompts);
	}
}
#define check(f, rows) check_rows(f, rows, WA_ARRAY_LEN(rows))

static void
passwords_are_shared_between_modules(void **state)
{
	static const struct row rows[] = {
	    {"an earlier password is used",
		{.user = "alice", .stack = AFTER_ANOTHER(""), .answers = {PASSWORD}}, PAM_SUCCESS,
		1},
	    {"and not asked for again when wrong",
		{.user = "alice", .stack = AFTER_ANOTHER(""), .answers = {"wrong horse", PASSWORD}},
		PAM_AUTH_ERR, 1},
	    {"use_first_pass",
		{.user = "alice", .stack = AFTER_ANOTHER("use_first_pass"), .answers = {PASSWORD}},
		PAM_SUCCESS, 1},
	    {"use_first_pass, wrong",
		{.user = "alice",
		    .stack = AFTER_ANOTHER("use_first_pass"),
		    .answers = {"wrong horse", PASSWORD}},
		PAM_AUTH_ERR, 1},
	    {"use_first_pass never asks",
		{.user = "alice", .words = "use_first_pass", .answers = {PASSWORD}}, PAM_AUTH_ERR,
		0},
	    {"use_first_pass in the file never asks",
		{.user = "alice", .conf = "first", .answers = {PASSWORD}}, PAM_AUTH_ERR, 0},
	    {"try_first_pass",
		{.user = "alice", .stack = AFTER_ANOTHER("try_first_pass"), .answers = {PASSWORD}},
		PAM_SUCCESS, 1},
	    {"try_first_pass asks when wrong",
		{.user = "alice",
		    .stack = AFTER_ANOTHER("try_first_pass"),
		    .answers = {"wrong horse", PASSWORD}},
		PAM_SUCCESS, 2},
	    {"but once",
		{.user = "alice",
		    .stack = AFTER_ANOTHER("try_first_pass"),
		    .answers = {"wrong horse", "wrong cow", PASSWORD}},
		PAM_AUTH_ERR, 2},
	    {"after an empty one too",
		{.user = "alice",
		    .stack = AFTER_ANOTHER("try_first_pass"),
		    .answers = {"", PASSWORD}},
		PAM_SUCCESS, 2},
	    {"and of a name that is nobody's",
		{.user = "mallory",
		    .stack = AFTER_ANOTHER("try_first_pass"),
		    .answers = {"wrong horse", PASSWORD}},
		PAM_USER_UNKNOWN, 2},
	    {"not after sshd's junk: it has no other",
		{.user = "alice",
		    .stack = AFTER_ANOTHER("try_first_pass"),
		    .answers = {"\b\n\r\177INCORRECT", PASSWORD}},
		PAM_AUTH_ERR, 1},
	    {"nor when it has just been asked for",
		{.user = "alice", .words = "try_first_pass", .answers = {"wrong horse", PASSWORD}},
		PAM_AUTH_ERR, 1},
	    {"both words: use_first_pass is the stricter",
		{.user = "alice",
		    .stack = AFTER_ANOTHER("try_first_pass use_first_pass"),
		    .answers = {"wrong horse", PASSWORD}},
		PAM_AUTH_ERR, 1},
	};

	fixture_conf(*state, "first", "[pam]\nuse_first_pass = true\n");
	check(*state, rows);
}

static void
the_first_failure_of_try_first_pass_leaves_no_trace(void **state)
{
	struct pam_case c = {.user = "alice",
	    .stack = AFTER_ANOTHER("try_first_pass"),
	    .answers = {"wrong horse", PASSWORD}};
	struct pam_seen seen = authenticate(*state, &c);
	const char *first = strstr(seen.log, "authentication failure");

	assert_code(seen, PAM_SUCCESS, "second");
	assert_non_null(first); /* the first line's own */
	assert_null(strstr(first + 1, "authentication failure"));
}

static void
a_failed_conversation_is_no_attempt(void **state)
{
	static const struct row rows[] = {
	    {"it fails", {.user = "alice", .answers = {ANSWER_FAILS}}, PAM_CONV_ERR, 1},
	    {"no text", {.user = "alice", .answers = {ANSWER_NULL}}, PAM_CONV_ERR, 1},
	    {"fails for an unknown name", {.user = "mallory", .answers = {ANSWER_FAILS}},
		PAM_CONV_ERR, 1},
	    {"silent", {.user = "alice", .answers = {PASSWORD}, .flags = (int)PAM_SILENT},
		PAM_SUCCESS, 1},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < WA_ARRAY_LEN(rows); i++) {
		struct pam_seen seen = authenticate(f, &rows[i].c);

		assert_code(seen, rows[i].code, rows[i].claim);
		assert_int_equal(seen.prompts, rows[i].prompts);
		assert_string_equal(seen.prompt, "Password: ");
		assert_not_logged(seen, "authentication failure");
	}
}

static void
a_conversation_may_come_later(void **state)
{
	struct pam_case c = {.user = "alice", .answers = {ANSWER_AGAIN, PASSWORD}};
	pam_handle_t *pamh = pam_begin(*state, &c);

	assert_int_equal(pam_authenticate(pamh, 0), PAM_INCOMPLETE);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	pam_finish(pamh, PAM_SUCCESS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(passwords_are_shared_between_modules),
	    cmocka_unit_test(the_first_failure_of_try_first_pass_leaves_no_trace),
	    cmocka_unit_test(a_failed_conversation_is_no_attempt),
	    cmocka_unit_test(a_conversation_may_come_later),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
