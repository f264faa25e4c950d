/* tests lib/core/app_password.c, and what lib/core/login.c makes of it and of session tokens */
#include "lib/core/app_password.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/limits.h"
#include "lib/base/random.h"
#include "lib/core/credential.h"
#include "lib/core/login.h"
#include "lib/core/session.h"
#include "lib/core/user.h"
#include "lib/store/link.h"
#include "tests/unit/core/fixture.h"
#include "tests/unit/core/kdf.h"

#define PASSWORD "correct horse"

struct app {
	struct core *c;
	struct wa_service service;
	char text[WA_APP_PASSWORD_SIZE]; /* alice's, for everything */
	const char *id;
};

static const struct wa_new_app_password any = {.name = "phone"};

static void
make(struct app *a, const struct wa_new_app_password *in, char text[static WA_APP_PASSWORD_SIZE])
{
	struct app_password_row row;

	assert_ok(wa_app_password_create(&a->c->cx, "alice", in, &row, text));
	a->id = row.id;
}

static void
make_for(struct app *a, const char *service, char text[static WA_APP_PASSWORD_SIZE])
{
	const char *services[] = {"other", service};
	struct wa_new_app_password in = {.name = "scoped", .services = services, .n_services = 2};

	make(a, &in, text);
}

static int
setup(void **state)
{
	struct link ann = {.account = "ann", .user_id = "alice", .created_ms = NOW};
	struct app *a = calloc(1, sizeof(*a));
	void *core = NULL;
	struct user u;

	assert_non_null(a);
	(void)core_setup(&core);
	a->c = core;
	wa_settings_service(a->c->settings, "mail", &a->service);

	u = fixture_user("alice", "alice@example.org");
	u.username = "alice";
	assert_ok(store_user_insert(a->c->cx.store, &u));
	u = fixture_user("bob", "bob@example.org");
	u.username = "bob";
	assert_ok(store_user_insert(a->c->cx.store, &u));
	assert_ok(store_link_insert(a->c->cx.store, &ann));
	assert_ok(wa_credential_set(&a->c->cx, "alice", PASSWORD, true));
	make(a, &any, a->text);
	kdf_reset(KDF_REAL);
	*state = a;
	return 0;
}

static int
teardown(void **state)
{
	struct app *a = *state;
	void *core = a->c;

	kdf_reset(KDF_REAL);
	free(a);
	return core_teardown(&core);
}

static struct wa_login_result
login(struct app *a, const char *name, const char *secret, enum wa_err want, size_t kdfs)
{
	struct wa_login l = {.service = &a->service, .name = name};
	struct wa_login_result result;

	memset(&result, 0xa5, sizeof(result));
	kdf_reset(KDF_REAL);
	assert_err(wa_login_authenticate(&a->c->cx, &l, secret, &result), want);
	assert_int_equal(kdf_count(), kdfs);
	assert_int_equal(result.unrecorded, WA_OK);
	return result;
}

/* ---- what one is ---- */

static void
it_fits_every_service_and_is_shown_once(void **state)
{
	struct app *a = *state;
	const char *stored;

	assert_int_equal(strlen(a->text), WA_APP_PASSWORD_LEN);
	assert_true(WA_APP_PASSWORD_LEN < 128); /* vsftpd */
	assert_true(wa_app_password_is_meant(a->text));
	assert_int_equal(strspn(a->text + 4, "0123456789abcdefghjkmnpqrstvwxyz"), 38);
	assert_memory_equal(a->text + 4, a->id, 8);
	stored = fixture_value(a->c->cx.store,
	    "SELECT \"id\" || ' ' || \"name\" || ' ' || \"hash\" || ' ' || \"services\""
	    " FROM \"webauth_app_password\"");
	assert_null(strstr(stored, a->text + 12));
	assert_int_equal(strlen(stored), 8 + 1 + 5 + 1 + 64 + 1);
}

static void
no_two_are_alike(void **state)
{
	struct app *a = *state;
	char other[WA_APP_PASSWORD_SIZE];

	make(a, &any, other);
	assert_memory_not_equal(a->text + 4, other + 4, 8);
	assert_memory_not_equal(a->text + 12, other + 12, 26);
}

static void
assert_refused(struct app *a, const struct wa_new_app_password *in, enum wa_err want)
{
	struct app_password_row row = {.id = "untouched"};
	char text[WA_APP_PASSWORD_SIZE] = "untouched";

	assert_err(wa_app_password_create(&a->c->cx, "alice", in, &row, text), want);
	assert_string_equal(row.id, "untouched");
	assert_string_equal(text, "untouched");
}

static void
what_it_is_called_and_for_is_looked_at(void **state)
{
	static const char *const bad_names[] = {"", "a\nb", "\xff"};
	static const char *const bad_services[] = {"", "a b", "a/b", "../x", "\xc3\xa4"};
	struct app *a = *state;
	struct wa_new_app_password in = any;

	for (size_t i = 0; i < WA_ARRAY_LEN(bad_names); i++) {
		in.name = bad_names[i];
		assert_refused(a, &in, WA_ERR_INVALID);
	}
	in.name = "x";
	in.n_services = 1;
	for (size_t i = 0; i < WA_ARRAY_LEN(bad_services); i++) {
		in.services = &bad_services[i];
		assert_refused(a, &in, WA_ERR_INVALID);
	}
	in.n_services = 0;
	in.expires_ms = a->c->cx.now_ms;
	assert_refused(a, &in, WA_ERR_INVALID);
}

static void
limits_hold_at_and_one_past(void **state)
{
	const char *services[WA_APP_PASSWORD_SERVICES_MAX + 1];
	char name[WA_APP_PASSWORD_NAME_MAX + 2], service[WA_PAM_SERVICE_MAX + 2];
	struct app *a = *state;
	struct wa_new_app_password in = {.name = name, .services = services};
	char text[WA_APP_PASSWORD_SIZE];

	memset(name, 'n', sizeof(name));
	memset(service, 's', sizeof(service));
	name[WA_APP_PASSWORD_NAME_MAX] = '\0';
	service[WA_PAM_SERVICE_MAX] = '\0';
	for (size_t i = 0; i < WA_ARRAY_LEN(services); i++)
		services[i] = service;
	in.n_services = WA_APP_PASSWORD_SERVICES_MAX;
	make(a, &in, text);

	in.n_services++;
	assert_refused(a, &in, WA_ERR_TOO_LONG);
	in.n_services = 1;
	service[WA_PAM_SERVICE_MAX] = 's';
	service[WA_PAM_SERVICE_MAX + 1] = '\0';
	assert_refused(a, &in, WA_ERR_INVALID);
	in.n_services = 0;
	name[WA_APP_PASSWORD_NAME_MAX] = 'n';
	name[WA_APP_PASSWORD_NAME_MAX + 1] = '\0';
	assert_refused(a, &in, WA_ERR_TOO_LONG);

	for (int i = 2; i < WA_APP_PASSWORDS_MAX; i++)
		make(a, &any, text);
	assert_refused(a, &any, WA_ERR_CONFLICT);
}

/* ---- what one opens ---- */

static void
it_proves_its_owner_without_a_kdf(void **state)
{
	struct app *a = *state;
	struct wa_login_result r = login(a, "alice", a->text, WA_OK, 0);

	assert_int_equal(r.proof, WA_PROOF_APP_PASSWORD);
	assert_string_equal(r.proof_id, a->id);
	r = login(a, "alice", PASSWORD, WA_OK, 1);
	assert_int_equal(r.proof, WA_PROOF_PASSWORD);
}

static void
upper_case_is_the_same(void **state)
{
	struct app *a = *state;

	for (char *p = a->text; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	(void)login(a, "alice", a->text, WA_OK, 0);
}

static void
it_proves_nobody_else(void **state)
{
	struct app *a = *state;

	(void)login(a, "bob", a->text, WA_ERR_BAD_CREDENTIALS, 0);
	(void)login(a, "mallory", a->text, WA_ERR_USER_UNKNOWN, 0);
	(void)login(a, NULL, a->text, WA_ERR_USER_UNKNOWN, 0);
}

static void
each_character_counts(void **state)
{
	struct app *a = *state;
	char text[WA_APP_PASSWORD_SIZE];

	for (size_t i = 4; i < WA_APP_PASSWORD_LEN; i++) {
		memcpy(text, a->text, sizeof(text));
		text[i] = text[i] == 'x' ? 'y' : 'x';
		assert_ok(store_exec(a->c->cx.store, "DELETE FROM \"webauth_guess\""));
		(void)login(a, "alice", text, WA_ERR_BAD_CREDENTIALS, 0);
	}
}

static void
what_looks_like_one_is_never_tried_as_a_password(void **state)
{
	static const char *const texts[] = {"wap_", "wap_correct horse", "WAP_x", "wap_\xc3\xa4"};
	struct app *a = *state;
	char longer[WA_APP_PASSWORD_SIZE + 1];

	assert_ok(wa_credential_set(&a->c->cx, "alice", "wap_correct horse", true));
	for (size_t i = 0; i < WA_ARRAY_LEN(texts); i++)
		(void)login(a, "alice", texts[i], WA_ERR_BAD_CREDENTIALS, 0);
	memcpy(longer, a->text, WA_APP_PASSWORD_LEN);
	memcpy(longer + WA_APP_PASSWORD_LEN, "x", 2);
	(void)login(a, "alice", longer, WA_ERR_BAD_CREDENTIALS, 0);
}

static void
it_is_for_its_services_alone(void **state)
{
	struct app *a = *state;
	char text[WA_APP_PASSWORD_SIZE];

	make_for(a, "mail", text);
	(void)login(a, "alice", text, WA_OK, 0);
	make_for(a, "mai", text);
	(void)login(a, "alice", text, WA_ERR_BAD_CREDENTIALS, 0);
}

static void
a_unix_account_must_be_named(void **state)
{
	struct app *a = *state;
	char text[WA_APP_PASSWORD_SIZE];

	wa_settings_service(a->c->settings, "sshd", &a->service);
	(void)login(a, "ann", a->text, WA_ERR_BAD_CREDENTIALS, 0);
	make_for(a, "sshd", text);
	(void)login(a, "ann", text, WA_OK, 0);
}

static void
it_ends_when_it_was_to(void **state)
{
	struct app *a = *state;
	struct wa_new_app_password in = {.name = "x", .expires_ms = a->c->cx.now_ms + 1000};
	char text[WA_APP_PASSWORD_SIZE];

	make(a, &in, text);
	a->c->cx.now_ms += 999;
	(void)login(a, "alice", text, WA_OK, 0);
	a->c->cx.now_ms++;
	(void)login(a, "alice", text, WA_ERR_BAD_CREDENTIALS, 0);
}

static void
revoked_is_gone(void **state)
{
	struct app *a = *state;

	assert_ok(wa_app_password_revoke(&a->c->cx, "alice", a->id));
	(void)login(a, "alice", a->text, WA_ERR_BAD_CREDENTIALS, 0);
}

static void
a_ban_beats_it(void **state)
{
	struct app *a = *state;

	assert_ok(wa_user_ban(&a->c->cx, "alice", NULL, 0));
	(void)login(a, "alice", a->text, WA_ERR_BANNED, 0);
}

static void
a_digest_moved_to_another_row_proves_nothing(void **state)
{
	struct app *a = *state;

	assert_ok(
	    store_exec(a->c->cx.store, "UPDATE \"webauth_app_password\" SET \"userId\" = 'bob'"));
	(void)login(a, "bob", a->text, WA_ERR_BAD_CREDENTIALS, 0);
}

static void
the_service_decides(void **state)
{
	struct app *a = *state;

	a->service.app_passwords = WA_APP_PASSWORDS_NO;
	(void)login(a, "alice", a->text, WA_ERR_BAD_CREDENTIALS, 0);
	(void)login(a, "mallory", a->text, WA_ERR_USER_UNKNOWN, 0);
	(void)login(a, "alice", PASSWORD, WA_OK, 1);
	a->service.app_passwords = WA_APP_PASSWORDS_ONLY;
	(void)login(a, "alice", a->text, WA_OK, 0);
	(void)login(a, "alice", PASSWORD, WA_ERR_BAD_CREDENTIALS, 0);
	(void)login(a, "mallory", PASSWORD, WA_ERR_USER_UNKNOWN, 0);
}

static void
max_password_length_is_not_its_bound(void **state)
{
	struct app *a = *state;

	a->c->settings->max_password_length = 8;
	(void)login(a, "alice", a->text, WA_OK, 0);
}

/* ---- its use ---- */

static const char *
last_used(struct app *a)
{
	return fixture_value(a->c->cx.store, "SELECT \"lastUsedAt\" FROM \"webauth_app_password\"");
}

static void
its_use_is_recorded_once_a_minute(void **state)
{
	struct app *a = *state;
	char first[32];

	assert_null(last_used(a));
	(void)login(a, "alice", "wap_wrong", WA_ERR_BAD_CREDENTIALS, 0);
	assert_null(last_used(a));
	(void)login(a, "alice", a->text, WA_OK, 0);
	assert_non_null(last_used(a));
	(void)snprintf(first, sizeof(first), "%s", last_used(a));
	a->c->cx.now_ms += 59999;
	(void)login(a, "alice", a->text, WA_OK, 0);
	assert_string_equal(last_used(a), first);
	a->c->cx.now_ms++;
	(void)login(a, "alice", a->text, WA_OK, 0);
	assert_string_not_equal(last_used(a), first);
}

static void
a_reader_lets_in_and_records_nothing(void **state)
{
	struct app *a = *state;

	core_reopen(a->c, STORE_READ);
	(void)login(a, "alice", a->text, WA_OK, 0);
	assert_null(last_used(a));
}

static void
wrong_ones_have_a_budget_of_their_own(void **state)
{
	struct app *a = *state;
	char text[WA_APP_PASSWORD_SIZE];
	enum wa_err e = WA_ERR_BAD_CREDENTIALS;

	a->c->cx.ip_address = "192.0.2.1";
	for (int i = 0; i < 20 && e == WA_ERR_BAD_CREDENTIALS; i++) {
		struct wa_login l = {.service = &a->service, .name = "alice"};
		struct wa_login_result result;

		(void)snprintf(text, sizeof(text), "wap_guess%d", i);
		e = wa_login_authenticate(&a->c->cx, &l, text, &result);
	}
	assert_int_equal(e, WA_ERR_THROTTLED);
	(void)login(a, "alice", PASSWORD, WA_OK, 1);
	/* A client that was not told of a new one is not somebody guessing. */
	assert_ok(store_exec(a->c->cx.store, "DELETE FROM \"webauth_guess\""));
	for (int i = 0; i < 20; i++)
		(void)login(a, "alice", "wap_revoked", WA_ERR_BAD_CREDENTIALS, 0);
	(void)login(a, "alice", a->text, WA_OK, 0);
}

/* ---- tokens ---- */

static void
a_live_session_token_counts_where_it_is_allowed(void **state)
{
	struct app *a = *state;
	struct user alice;
	struct session s;
	struct wa_login_result r;

	assert_ok(store_user_by_id(a->c->cx.store, a->c->cx.arena, "alice", &alice));
	assert_ok(wa_session_create(&a->c->cx, &alice, true, &s));
	(void)login(a, "alice", s.token, WA_ERR_BAD_CREDENTIALS, 1);
	a->service.tokens = true;
	r = login(a, "alice", s.token, WA_OK, 0);
	assert_int_equal(r.proof, WA_PROOF_TOKEN);
	assert_string_equal(r.proof_id, s.id);
	(void)login(a, "bob", s.token, WA_ERR_BAD_CREDENTIALS, 1);
	(void)login(a, "mallory", s.token, WA_ERR_USER_UNKNOWN, 1);
	a->service.app_passwords = WA_APP_PASSWORDS_ONLY;
	(void)login(a, "alice", s.token, WA_OK, 0);
	a->service.app_passwords = WA_APP_PASSWORDS_YES;

	a->c->settings->bearer_require_signature = true;
	(void)login(a, "alice", s.token, WA_ERR_BAD_CREDENTIALS, 1);
	a->c->settings->bearer_require_signature = false;
	a->c->settings->session_max_age = 3600 * 1000;
	a->c->cx.now_ms = s.created_ms + 3600 * 1000;
	(void)login(a, "alice", s.token, WA_ERR_BAD_CREDENTIALS, 1);
	a->c->settings->session_max_age = 0;
	(void)login(a, "alice", s.token, WA_OK, 0);
	a->c->cx.now_ms = s.expires_ms;
	(void)login(a, "alice", s.token, WA_ERR_BAD_CREDENTIALS, 1);
}

static void
a_session_in_the_users_place_is_not_the_user(void **state)
{
	struct app *a = *state;
	struct user alice;
	struct session s;

	a->service.tokens = true;
	assert_ok(store_user_by_id(a->c->cx.store, a->c->cx.arena, "alice", &alice));
	assert_ok(wa_session_create(&a->c->cx, &alice, true, &s));
	assert_ok(store_exec(a->c->cx.store, "UPDATE \"session\" SET \"impersonatedBy\" = 'bob'"));
	(void)login(a, "alice", s.token, WA_ERR_BAD_CREDENTIALS, 1);
}

static void
a_password_in_a_tokens_form_stays_one(void **state)
{
	static const char password[] = "abcdefghijklmnopqrstuvwxyz012345";
	struct app *a = *state;

	a->service.tokens = true;
	assert_int_equal(strlen(password), WA_ID_LEN);
	assert_ok(wa_credential_set(&a->c->cx, "alice", password, true));
	(void)login(a, "alice", password, WA_OK, 1);
}

static void
what_is_longer_than_511_bytes_is_no_token(void **state)
{
	struct app *a = *state;
	char text[WA_PAM_TOKEN_MAX + 2];

	a->service.tokens = true;
	a->c->settings->max_password_length = 1024;
	memset(text, 'a', sizeof(text));
	text[WA_PAM_TOKEN_MAX + 1] = '\0';
	(void)login(a, "alice", text, WA_ERR_BAD_CREDENTIALS, 1);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test(it_fits_every_service_and_is_shown_once),
	    test(no_two_are_alike),
	    test(what_it_is_called_and_for_is_looked_at),
	    test(limits_hold_at_and_one_past),
	    test(it_proves_its_owner_without_a_kdf),
	    test(upper_case_is_the_same),
	    test(it_proves_nobody_else),
	    test(each_character_counts),
	    test(what_looks_like_one_is_never_tried_as_a_password),
	    test(it_is_for_its_services_alone),
	    test(a_unix_account_must_be_named),
	    test(it_ends_when_it_was_to),
	    test(revoked_is_gone),
	    test(a_ban_beats_it),
	    test(a_digest_moved_to_another_row_proves_nothing),
	    test(the_service_decides),
	    test(max_password_length_is_not_its_bound),
	    test(its_use_is_recorded_once_a_minute),
	    test(a_reader_lets_in_and_records_nothing),
	    test(wrong_ones_have_a_budget_of_their_own),
	    test(a_live_session_token_counts_where_it_is_allowed),
	    test(a_session_in_the_users_place_is_not_the_user),
	    test(a_password_in_a_tokens_form_stays_one),
	    test(what_is_longer_than_511_bytes_is_no_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
