/* tests lib/core/password_policy.c */
#include "lib/core/password_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/limits.h"
#include "lib/core/common_passwords.h"

static enum wa_err
check(const struct wa_settings *s, const char *password)
{
	static const struct wa_password_owner owner = {.name = "Anna"};
	struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	enum wa_err e;

	assert_non_null(a);
	e = wa_password_policy_check(a, s, &owner, password);
	wa_arena_free(a);
	return e;
}

static const struct wa_settings defaults = {
    .min_password_length = 8,
    .max_password_length = 128,
    .password_blocklist_builtin = true,
    .password_context_words = true,
};

static void
each_rule_refuses_its_own(void **state WA_UNUSED)
{
	static const struct {
		const char *password;
		enum wa_err want;
	} cases[] = {
	    {"iloveyo", WA_ERR_PASSWORD_TOO_SHORT},
	    {"iloveyou", WA_ERR_PASSWORD_COMPROMISED},
	    {"ILoveYou", WA_ERR_PASSWORD_COMPROMISED},
	    {"\uff49loveyou", WA_ERR_PASSWORD_COMPROMISED},
	    /* an entry over and over, and anything of up to four characters */
	    {"iloveyouiloveyou", WA_ERR_PASSWORD_COMPROMISED},
	    {"iloveyouiloveyouILOVEYOU", WA_ERR_PASSWORD_COMPROMISED},
	    {"zzzzzzzzzzzzzzzzz", WA_ERR_PASSWORD_COMPROMISED},
	    {"q7$zq7$zq7$zq7$z", WA_ERR_PASSWORD_COMPROMISED},
	    {"q7$zxq7$zxq7$zx", WA_OK},
	    /* runs */
	    {"efghijklmnopqrst", WA_ERR_PASSWORD_COMPROMISED},
	    {"5678901234567890", WA_ERR_PASSWORD_COMPROMISED},
	    {"3210987654321098", WA_ERR_PASSWORD_COMPROMISED},
	    {"zyxwvutsrqponm", WA_ERR_PASSWORD_COMPROMISED},
	    {"efghijklmnopqrsu", WA_OK},
	    /* names */
	    {"anna-1987", WA_ERR_PASSWORD_COMPROMISED},
	    /* a part is not the whole (SP 800-63B-4: the entire password is compared) */
	    {"iloveyou, battery horse", WA_OK},
	    {"correct horse battery staple", WA_OK},
	    {"all lower case and no digit", WA_OK},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++)
		if (check(&defaults, cases[i].password) != cases[i].want)
			fail_msg("%s", cases[i].password);
}

/* OWASP ASVS 6.2.4 counts entries that fit the policy: under one of 15 characters each of the list
 * is refused typed twice. */
static void
list_counts_under_a_longer_minimum_too(void **state WA_UNUSED)
{
	struct wa_settings s = defaults;
	const char *p = wa_common_passwords, *end = p + wa_common_passwords_len;
	size_t refused = 0;
	char twice[128];

	s.min_password_length = 15;
	for (size_t len; p < end; p += len + 1) {
		len = (size_t)((const char *)memchr(p, '\n', (size_t)(end - p)) - p);
		(void)snprintf(twice, sizeof(twice), "%.*s%.*s", (int)len, p, (int)len, p);
		refused += check(&s, twice) == WA_ERR_PASSWORD_COMPROMISED;
	}
	assert_int_equal(refused, 17959);
}

static void
each_rule_has_its_key(void **state WA_UNUSED)
{
	struct wa_settings s = defaults;
	char path[] = "/tmp/password-policy-XXXXXX";
	const char *files[] = {path};
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "known to us\nseen before\n", 24), 24);
	s.password_blocklist_builtin = false;
	assert_int_equal(check(&s, "iloveyou"), WA_OK);
	assert_int_equal(check(&s, "anna-1987"), WA_ERR_PASSWORD_COMPROMISED);
	s.password_context_words = false;
	assert_int_equal(check(&s, "anna-1987"), WA_OK);
	assert_int_equal(check(&s, "Seen Before"), WA_OK);
	s.password_blocklist = (struct wa_strings){files, 1};
	assert_int_equal(wa_password_policy_check_lists(&s), WA_OK);
	assert_int_equal(check(&s, "Seen Before"), WA_ERR_PASSWORD_COMPROMISED);
	assert_int_equal(check(&s, "known to us"), WA_ERR_PASSWORD_COMPROMISED);
	assert_int_equal(check(&s, "known to us all"), WA_OK);

	/* A list that went away is no list that refuses nothing. */
	(void)close(fd);
	(void)unlink(path);
	assert_int_equal(wa_password_policy_check_lists(&s), WA_ERR_CONFIG);
	assert_int_equal(check(&s, "a good one, nobody's"), WA_ERR_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_rule_refuses_its_own),
	    cmocka_unit_test(list_counts_under_a_longer_minimum_too),
	    cmocka_unit_test(each_rule_has_its_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
