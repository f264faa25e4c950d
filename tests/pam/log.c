/* What the log shows, and what it never does. Every run of every test also looks for the password.
 */
#include "tests/pam/fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/compiler.h"

static void
a_failure_has_the_line_that_fail2ban_knows(void **state)
{
	struct pam_case c = {.user = "alice",
	    .answers = {"wrong horse"},
	    .rhost = "192.0.2.7",
	    .tty = "ssh",
	    .ruser = "carl"};
	char want[256];

	(void)snprintf(want, sizeof(want),
	    "5 pam_webauth(webmail:auth): authentication failure; logname= uid=%u euid=%u tty=ssh "
	    "ruser=carl rhost=192.0.2.7  user=alice\n",
	    (unsigned)getuid(), (unsigned)geteuid());
	assert_logged(authenticate(*state, &c), want);

	c.user = "mallory";
	(void)snprintf(want, sizeof(want),
	    "5 pam_webauth(webmail:auth): authentication failure; logname= uid=%u euid=%u tty=ssh "
	    "ruser= rhost=192.0.2.7\n",
	    (unsigned)getuid(), (unsigned)geteuid());
	assert_logged(authenticate(*state, &c), want);
}

static void
fields_cannot_be_forged(void **state)
{
	static const struct {
		const char *value, *logged, *not_logged;
	} rows[] = {
	    {"x rhost=192.0.2.9", "=x\\x20rhost=192.0.2.9", "x rhost"},
	    {"x\nfeb 30 sshd: root logged in", "x\\x0afeb", "\nfeb"},
	    {"\033]0;owned\a", "\\x1b]0;owned\\x07", "\033"},
	    {"back\\x20slash", "back\\x5cx20slash", NULL},
	    {"caf\xc3\xa9", "caf\xc3\xa9", NULL},
	    {"c1\xc2\x9bm", "c1\\xc2\\x9bm", "\xc2\x9b"},
	    {"latin\xe9", "latin\\xe9", "\xe9"},
	    {"%s%n", "%s%n", NULL},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(rows); i++) {
		struct pam_case c = {.user = "alice",
		    .answers = {"wrong horse"},
		    .rhost = rows[i].value,
		    .tty = rows[i].value,
		    .ruser = rows[i].value};
		struct pam_seen seen = authenticate(*state, &c);

		assert_code(seen, PAM_AUTH_ERR, rows[i].value);
		assert_logged(seen, rows[i].logged);
		if (rows[i].not_logged != NULL)
			assert_not_logged(seen, rows[i].not_logged);
	}
}

static void
long_fields_are_cut(void **state)
{
	char value[4096];
	struct pam_case c = {.user = "alice", .answers = {"wrong horse"}, .rhost = value};
	struct pam_seen seen;

	memset(value, 'a', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	seen = authenticate(*state, &c);
	assert_code(seen, PAM_AUTH_ERR, "long");
	assert_logged(seen, "  user=alice\n");
	assert_true(strlen(seen.log) < 600);
}

/* People type passwords where a name is asked for; mail servers repeat it as PAM_RUSER. */
static void
names_that_are_nobodys_are_never_logged(void **state)
{
	static const char *const names[] = {
	    "hunter2hunter2", "Tr0ub4dor&3", "my secret@example.org", "-dash3d", "s3cret:colon"};
	static const char *const words[] = {"debug", "debug account=unix", "debug match=email",
	    "debug ignore_unknown_user", "debug nonsense"};
	static const char *const confs[] = {"webauth", "nostore"};

	for (size_t n = 0; n < WA_ARRAY_LEN(names) * WA_ARRAY_LEN(words); n++)
		for (size_t i = 0; i < WA_ARRAY_LEN(confs); i++) {
			const char *name = names[n / WA_ARRAY_LEN(words)];
			struct pam_case c = {.user = name,
			    .ruser = name,
			    .conf = confs[i],
			    .words = words[n % WA_ARRAY_LEN(words)],
			    .answers = {PASSWORD}};

			assert_not_logged(authenticate(*state, &c), name);
			assert_not_logged(account(*state, &c), name);
			assert_not_logged(pam_run(*state, &c, pam_chauthtok), name);
			c.answers[0] = "";
			assert_not_logged(authenticate(*state, &c), name);
			c.answers[0] = "not utf-8 \xff";
			assert_not_logged(authenticate(*state, &c), name);
			c.answers[0] = ANSWER_FAILS;
			assert_not_logged(authenticate(*state, &c), name);
		}
}

static void
debug_is_quiet_unless_asked(void **state)
{
	struct pam_case c = {
	    .user = "heidi", .answers = {PASSWORD}}; /* alice has been guessed at */

	assert_not_logged(account(*state, &c), "7 ");
	c.words = "debug";
	assert_logged(account(*state, &c), "7 pam_webauth(webmail:account)");
	assert_logged(authenticate(*state, &c),
	    "6 pam_webauth(webmail:auth): authenticated "
	    "user=heidi id=");
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
	    cmocka_unit_test(a_failure_has_the_line_that_fail2ban_knows),
	    cmocka_unit_test(fields_cannot_be_forged),
	    cmocka_unit_test(long_fields_are_cut),
	    cmocka_unit_test(names_that_are_nobodys_are_never_logged),
	    cmocka_unit_test(debug_is_quiet_unless_asked),
	};

	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
