#include "lib/core/user.h"

#include <string.h>

#include "lib/base/compiler.h"
#include "tests/unit/core/fixture.h"

static const struct wa_new_user ann = {
    .name = "Ann", .email = "Ann@Example.COM", .password = "correct horse"};

static void
assert_rows(struct core *c, const char *want)
{
	assert_string_equal(fixture_value(c->cx.store,
				"SELECT (SELECT count(*) FROM \"user\") || (SELECT count(*) FROM"
				" \"account\") || (SELECT count(*) FROM \"session\")"),
	    want);
}

static void
a_user_comes_with_account_and_session(void **state)
{
	struct core *c = *state;
	struct session s;
	struct user u;

	assert_ok(wa_user_create(&c->cx, &ann, true, &u, &s));
	assert_string_equal(u.email, "ann@example.com");
	assert_string_equal(s.user_id, u.id);
	assert_rows(c, "111");
}

static void
without_a_password_there_is_no_account(void **state)
{
	struct wa_new_user plain = ann;
	struct core *c = *state;
	struct user u;

	plain.password = NULL;
	assert_ok(wa_user_create(&c->cx, &plain, true, &u, NULL));
	assert_rows(c, "100");
}

static void
what_cannot_be_is_refused_and_leaves_nothing(void **state)
{
	static const struct {
		const char *email, *password, *username;
		enum wa_err want;
	} cases[] = {
	    {"ann", "correct horse", NULL, WA_ERR_INVALID_EMAIL},
	    {"ann", "short", NULL, WA_ERR_INVALID_EMAIL},
	    {"ann@example.com", "seven77", NULL, WA_ERR_PASSWORD_TOO_SHORT},
	    {"ann@example.com", "correct horse", "ab", WA_ERR_USERNAME_TOO_SHORT},
	    {"ann@example.com", "correct horse", "a b", WA_ERR_USERNAME_INVALID},
	    {"ann@example.com", "correct horse",
		"a\xff"
		"b",
		WA_ERR_USERNAME_INVALID},
	    {"ann@example.com", "correct horse", "x123456789x123456789x123456789x",
		WA_ERR_USERNAME_TOO_LONG},
	};
	struct core *c = *state;

	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++) {
		struct wa_new_user bad = ann;
		struct user u = {.id = "untouched"};
		struct session s;

		bad.email = cases[i].email;
		bad.password = cases[i].password;
		bad.username = cases[i].username;
		assert_err(wa_user_create(&c->cx, &bad, true, &u, &s), cases[i].want);
		assert_string_equal(u.id, "untouched");
	}
	assert_rows(c, "000");
}

static void
a_taken_address_or_name_is_told_apart(void **state)
{
	struct wa_new_user first = ann, second = ann;
	struct core *c = *state;
	struct session s;
	struct user u;

	first.username = "Ann_1";
	assert_ok(wa_user_create(&c->cx, &first, true, &u, &s));
	second.email = "ANN@example.com";
	assert_err(wa_user_create(&c->cx, &second, true, &u, &s), WA_ERR_USER_EXISTS);
	second.email = "eve@example.com";
	second.username = "aNN_1";
	assert_err(wa_user_create(&c->cx, &second, true, &u, &s), WA_ERR_USERNAME_TAKEN);
	assert_rows(c, "111");
}

static void
a_ban_counts_until_its_end(void **state)
{
	struct user u = {.banned = true};

	(void)state;
	assert_true(wa_user_is_banned(&u, NOW));
	u.ban_expires_ms = NOW + 1;
	assert_true(wa_user_is_banned(&u, NOW));
	assert_false(wa_user_is_banned(&u, NOW + 1));
	u.banned = false;
	assert_false(wa_user_is_banned(&u, NOW));
}

static void
a_ban_ends_all_sessions(void **state)
{
	struct core *c = *state;
	struct session s;
	struct user u;

	assert_ok(wa_user_create(&c->cx, &ann, true, &u, &s));
	assert_ok(wa_user_ban(&c->cx, u.id, "why", 0));
	assert_rows(c, "110");
	assert_err(wa_user_ban(&c->cx, "nobody", "why", 0), WA_ERR_NOT_FOUND);
}

static void
a_user_is_found_by_id_address_or_name(void **state)
{
	struct wa_new_user with_name = ann;
	struct core *c = *state;
	struct user u, found;

	with_name.username = "Ann_1";
	assert_ok(wa_user_create(&c->cx, &with_name, true, &u, NULL));
	for (size_t i = 0; i < 3; i++) {
		const char *texts[] = {u.id, "ANN@example.com", "aNN_1"};

		assert_ok(wa_user_find(&c->cx, texts[i], &found));
		assert_string_equal(found.id, u.id);
	}
	assert_err(wa_user_find(&c->cx, "eve", &found), WA_ERR_NOT_FOUND);
	assert_err(wa_user_find(&c->cx, "\xff", &found), WA_ERR_NOT_FOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_core(a_user_comes_with_account_and_session),
	    test_with_core(without_a_password_there_is_no_account),
	    test_with_core(what_cannot_be_is_refused_and_leaves_nothing),
	    test_with_core(a_taken_address_or_name_is_told_apart),
	    cmocka_unit_test(a_ban_counts_until_its_end),
	    test_with_core(a_ban_ends_all_sessions),
	    test_with_core(a_user_is_found_by_id_address_or_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
