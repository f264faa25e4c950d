/* tests lib/core/login.c */
#include "lib/core/login.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/limits.h"
#include "lib/core/credential.h"
#include "lib/store/account.h"
#include "lib/store/link.h"
#include "tests/unit/core/fixture.h"
#include "tests/unit/core/kdf.h"

#define PASSWORD "correct horse"

struct login_core {
	struct core *c;
	struct wa_service service;
};

static int
setup(void **state)
{
	struct link ann = {.account = "ann", .user_id = "alice", .created_ms = NOW};
	struct login_core *l = calloc(1, sizeof(*l));
	void *core = NULL;
	struct user u;

	assert_non_null(l);
	(void)core_setup(&core);
	l->c = core;
	wa_settings_service(l->c->settings, "test", &l->service);

	u = fixture_user("alice", "alice@example.org");
	u.username = "alice";
	u.email_verified = false;
	assert_ok(store_user_insert(l->c->cx.store, &u));
	u = fixture_user("bob", "bob@example.org"); /* without a password */
	u.username = "bob";
	assert_ok(store_user_insert(l->c->cx.store, &u));
	assert_ok(store_link_insert(l->c->cx.store, &ann));
	assert_ok(wa_credential_set(&l->c->cx, "alice", PASSWORD, true));
	kdf_reset(KDF_REAL);
	*state = l;
	return 0;
}

static int
teardown(void **state)
{
	struct login_core *l = *state;
	void *core = l->c;

	kdf_reset(KDF_REAL);
	free(l);
	return core_teardown(&core);
}

/* The outcome, how many KDFs it cost, and whether the name was said to be known. */
static void
assert_login(struct login_core *l, const char *name, const char *password, enum wa_err want,
    size_t kdfs, bool known)
{
	struct wa_login login = {.service = &l->service, .name = name};
	struct wa_login_result result;

	memset(&result, 0xa5, sizeof(result));
	kdf_reset(KDF_REAL);
	assert_err(wa_login_authenticate(&l->c->cx, &login, password, &result), want);
	assert_int_equal(kdf_count(), kdfs);
	assert_int_equal(result.known, known);
	if (known)
		assert_non_null(result.user.id);
	assert_int_equal(result.rehash_failed, WA_OK);
}

static void
assert_account(struct login_core *l, const char *name, enum wa_err want, bool known)
{
	struct wa_login login = {.service = &l->service, .name = name};
	struct wa_login_result result;

	memset(&result, 0xa5, sizeof(result));
	kdf_reset(KDF_REAL);
	assert_err(wa_login_account(&l->c->cx, &login, &result), want);
	assert_int_equal(kdf_count(), 0);
	assert_int_equal(result.known, known);
}

static void
a_password_proves_its_own_name(void **state)
{
	assert_login(*state, "alice", PASSWORD, WA_OK, 1, true);
	assert_login(*state, "alice", "wrong", WA_ERR_BAD_CREDENTIALS, 1, true);
	assert_login(*state, "bob", PASSWORD, WA_ERR_BAD_CREDENTIALS, 1, true);
}

static void
an_unknown_name_costs_what_a_known_one_does(void **state)
{
	assert_login(*state, "mallory", PASSWORD, WA_ERR_USER_UNKNOWN, 1, false);
	assert_login(*state, "alice@example.org", PASSWORD, WA_ERR_USER_UNKNOWN, 1, false);
	assert_login(*state, NULL, PASSWORD, WA_ERR_USER_UNKNOWN, 1, false);
}

static void
a_unix_service_takes_links_alone(void **state)
{
	struct login_core *l = *state;

	l->service.account = WA_ACCOUNT_UNIX;
	assert_login(l, "ann", PASSWORD, WA_OK, 1, true);
	assert_login(l, "alice", PASSWORD, WA_ERR_USER_UNKNOWN, 1, false);
	assert_account(l, "ann", WA_OK, true);
	assert_account(l, "alice", WA_ERR_USER_UNKNOWN, false);
}

static void
what_is_no_password_costs_nothing_and_tells_nothing(void **state)
{
	static const char *const names[] = {"alice", "mallory"};
	struct login_core *l = *state;
	char password[WA_PASSWORD_MAX + 2];

	memset(password, 'a', sizeof(password));
	password[WA_PASSWORD_MAX + 1] = '\0';
	for (size_t i = 0; i < WA_ARRAY_LEN(names); i++) {
		assert_login(l, names[i], "", WA_ERR_BAD_CREDENTIALS, 0, false);
		assert_login(l, names[i], "\xff", WA_ERR_BAD_CREDENTIALS, 0, false);
		assert_login(l, names[i], password, WA_ERR_BAD_CREDENTIALS, 0, false);
	}
}

static void
max_password_length_is_the_bound(void **state)
{
	struct login_core *l = *state;
	char password[WA_PASSWORD_MAX];
	size_t max = (size_t)l->c->settings->max_password_length;

	memset(password, 'a', sizeof(password));
	password[max] = '\0';
	assert_login(l, "alice", password, WA_ERR_BAD_CREDENTIALS, 1, true);
	password[max] = 'a';
	password[max + 1] = '\0';
	assert_login(l, "alice", password, WA_ERR_BAD_CREDENTIALS, 0, false);
}

static void
a_ban_shows_only_after_the_right_password(void **state)
{
	struct login_core *l = *state;

	assert_ok(store_user_ban(l->c->cx.store, "alice", "spam", 0, NOW));
	assert_login(l, "alice", PASSWORD, WA_ERR_BANNED, 1, true);
	assert_login(l, "alice", "wrong", WA_ERR_BAD_CREDENTIALS, 1, true);
	assert_account(l, "alice", WA_ERR_BANNED, true);
}

static void
a_ban_ends_at_its_time(void **state)
{
	struct login_core *l = *state;

	assert_ok(store_user_ban(l->c->cx.store, "alice", NULL, NOW + 1000, NOW));
	assert_account(l, "alice", WA_ERR_BANNED, true);
	l->c->cx.now_ms = NOW + 1001;
	assert_account(l, "alice", WA_OK, true);
	assert_login(l, "alice", PASSWORD, WA_OK, 1, true);
}

static void
an_unverified_address_is_refused_when_configured(void **state)
{
	struct login_core *l = *state;

	assert_account(l, "alice", WA_OK, true);
	l->c->settings->require_email_verification = true;
	assert_login(l, "alice", PASSWORD, WA_ERR_EMAIL_NOT_VERIFIED, 1, true);
	assert_login(l, "alice", "wrong", WA_ERR_BAD_CREDENTIALS, 1, true);
	assert_account(l, "alice", WA_ERR_EMAIL_NOT_VERIFIED, true);
	assert_ok(store_user_set_email_verified(l->c->cx.store, "alice", true, NOW));
	assert_login(l, "alice", PASSWORD, WA_OK, 1, true);
	assert_account(l, "alice", WA_OK, true);
}

static void
a_ban_comes_before_the_address(void **state)
{
	struct login_core *l = *state;

	l->c->settings->require_email_verification = true;
	assert_ok(store_user_ban(l->c->cx.store, "alice", NULL, 0, NOW));
	assert_login(l, "alice", PASSWORD, WA_ERR_BANNED, 1, true);
}

static void
an_account_needs_no_password(void **state)
{
	assert_account(*state, "alice", WA_OK, true);
	assert_account(*state, "bob", WA_OK, true);
	assert_account(*state, "mallory", WA_ERR_USER_UNKNOWN, false);
	assert_account(*state, NULL, WA_ERR_USER_UNKNOWN, false);
}

static void
a_kdf_without_memory_is_a_fault_for_any_name(void **state)
{
	struct login_core *l = *state;
	struct wa_login login = {.service = &l->service, .name = "alice"};
	struct wa_login_result result;

	kdf_reset(KDF_NO_MEMORY);
	assert_err(wa_login_authenticate(&l->c->cx, &login, PASSWORD, &result), WA_ERR_NOMEM);
	login.name = "mallory";
	assert_err(wa_login_authenticate(&l->c->cx, &login, PASSWORD, &result), WA_ERR_NOMEM);
}

static void
a_failed_rehash_is_told_and_is_no_refusal(void **state)
{
	struct login_core *l = *state;
	struct wa_login login = {.service = &l->service, .name = "alice"};
	struct wa_login_result result;

	l->c->settings->password_scheme = WA_SCHEME_SCRYPT;
	kdf_fail_from(2);
	assert_ok(wa_login_authenticate(&l->c->cx, &login, PASSWORD, &result));
	assert_int_equal(result.rehash_failed, WA_ERR_NOMEM);
	kdf_reset(KDF_REAL);
	assert_ok(wa_login_authenticate(&l->c->cx, &login, PASSWORD, &result));
	assert_int_equal(result.rehash_failed, WA_OK);
}

#define test_login(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_login(a_password_proves_its_own_name),
	    test_login(an_unknown_name_costs_what_a_known_one_does),
	    test_login(a_unix_service_takes_links_alone),
	    test_login(what_is_no_password_costs_nothing_and_tells_nothing),
	    test_login(max_password_length_is_the_bound),
	    test_login(a_ban_shows_only_after_the_right_password),
	    test_login(a_ban_ends_at_its_time),
	    test_login(an_unverified_address_is_refused_when_configured),
	    test_login(a_ban_comes_before_the_address),
	    test_login(an_account_needs_no_password),
	    test_login(a_kdf_without_memory_is_a_fault_for_any_name),
	    test_login(a_failed_rehash_is_told_and_is_no_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
