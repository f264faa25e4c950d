/* tests lib/core/audit.c, and what other operations of the core write with it. */
#include "lib/core/audit.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/limits.h"
#include "lib/core/account.h"
#include "lib/core/app_password.h"
#include "lib/core/credential.h"
#include "lib/core/deletion.h"
#include "lib/core/login_password.h"
#include "lib/core/login_session.h"
#include "lib/core/password_reset.h"
#include "lib/core/session.h"
#include "lib/core/user.h"
#include "lib/store/audit.h"
#include "lib/store/link.h"
#include "tests/unit/core/fixture.h"
#include "tests/unit/core/kdf.h"

#define EMAIL	 "alice@example.com"
#define PASSWORD "correct horse"
#define HERE	 "192.0.2.1"
#define SECOND	 ((int64_t)1000)

static const struct user alice = {.id = "alice", .email = EMAIL, .name = "Alice"};

static int
setup(void **state)
{
	struct core *c;

	(void)core_setup(state);
	c = *state;
	fixture_add_user(c->cx.store, "alice", EMAIL);
	c->cx.ip_address = HERE;
	c->cx.user_agent = "agent/1";
	kdf_reset(KDF_REAL);
	return 0;
}

static int
teardown(void **state)
{
	kdf_reset(KDF_REAL);
	return core_teardown(state);
}

/* Alice has a password, and the log is empty: what comes is the test's. */
static int
setup_with_password(void **state)
{
	struct core *c;

	(void)setup(state);
	c = *state;
	assert_ok(wa_credential_set(&c->cx, "alice", PASSWORD, true));
	assert_ok(store_user_set_email_verified(c->cx.store, "alice", true, NOW));
	assert_ok(store_exec(c->cx.store, "DELETE FROM \"webauth_audit\""));
	return 0;
}

/* The log from its first row on, one "event reason detail" a row, with "; " between them. */
static const char *
events(struct core *c)
{
	return fixture_value(c->cx.store,
	    "SELECT coalesce(group_concat(\"event\" || coalesce(' ' || \"reason\", '') ||"
	    " coalesce(' (' || \"detail\" || ')', ''), '; '), '') FROM"
	    " (SELECT * FROM \"webauth_audit\" ORDER BY \"number\")");
}

/* That column of the newest row. */
#define newest(c, column)            \
	fixture_value((c)->cx.store, \
	    "SELECT \"" column "\" FROM \"webauth_audit\" ORDER BY \"number\" DESC LIMIT 1")

static enum wa_err
sign_in(struct core *c, const struct user *user, const char *name, const char *password,
    struct session *ret)
{
	struct user u;

	c->cx.claimed_name = name;
	return wa_credential_sign_in(&c->cx, user, password, true, &u, ret);
}

static void
note(struct core *c, const char *detail)
{
	const struct wa_audit event = {
	    .event = WA_AUDIT_USER_UPDATED, .user_id = "alice", .detail = detail};

	assert_ok(wa_audit(&c->cx, &event));
}

/* ---- what is written ---- */

static void
a_sign_in_is_recorded_with_who_whence_and_which_session(void **state)
{
	struct core *c = *state;
	struct session s;

	assert_ok(sign_in(c, &alice, EMAIL, PASSWORD, &s));
	assert_string_equal(events(c), "authn_login_success");
	assert_string_equal(newest(c, "createdAt"), "2026-11-21T05:42:18.292Z");
	assert_string_equal(newest(c, "userId"), "alice");
	assert_string_equal(newest(c, "name"), EMAIL);
	assert_string_equal(newest(c, "address"), HERE);
	assert_string_equal(newest(c, "agent"), "agent/1");
	assert_string_equal(newest(c, "door"), "web");
	assert_string_equal(newest(c, "sessionId"), s.id);
	assert_null(newest(c, "actor"));
}

static void
failures_are_recorded_and_the_success_after_them_says_so(void **state)
{
	struct core *c = *state;
	struct session s;

	assert_err(sign_in(c, &alice, EMAIL, "wrong", &s), WA_ERR_BAD_CREDENTIALS);
	assert_ok(sign_in(c, &alice, EMAIL, PASSWORD, &s));
	assert_ok(sign_in(c, &alice, EMAIL, PASSWORD, &s));
	assert_string_equal(events(c),
	    "authn_login_fail BAD_CREDENTIALS; authn_login_successafterfail; "
	    "authn_login_success");
}

/* A program that was not told of a new password is not somebody who guesses, and must not fill the
 * log. */
static void
the_same_wrong_password_is_recorded_once(void **state)
{
	struct core *c = *state;
	struct session s;

	for (int i = 0; i < 4; i++)
		assert_err(sign_in(c, &alice, EMAIL, "an old one", &s), WA_ERR_BAD_CREDENTIALS);
	assert_string_equal(events(c), "authn_login_fail BAD_CREDENTIALS");
}

static void
the_start_of_waiting_is_recorded_and_no_refused_try(void **state)
{
	struct core *c = *state;
	char wrong[16];
	struct session s;

	for (int i = 0; i < 40; i++) {
		(void)snprintf(wrong, sizeof(wrong), "wrong %d", i);
		assert_int_not_equal(sign_in(c, &alice, EMAIL, wrong, &s), WA_OK);
	}
	assert_string_equal(events(c),
	    "authn_login_fail BAD_CREDENTIALS; authn_login_fail BAD_CREDENTIALS; "
	    "authn_login_fail BAD_CREDENTIALS; authn_login_fail BAD_CREDENTIALS; "
	    "authn_login_fail BAD_CREDENTIALS; authn_login_lock (maxretries: account from this "
	    "address)");
}

static void
people_type_passwords_where_a_name_is_asked_for(void **state)
{
	struct core *c = *state;
	struct session s;
	char first[64];

	assert_err(sign_in(c, NULL, "hunter2", "hunter3", &s), WA_ERR_BAD_CREDENTIALS);
	assert_null(newest(c, "userId"));
	assert_int_equal(strlen(newest(c, "name")), 1 + 32);
	assert_null(strstr(newest(c, "name"), "hunter2"));
	(void)snprintf(first, sizeof(first), "%s", newest(c, "name"));

	assert_err(sign_in(c, NULL, "HUNTER2", "hunter4", &s), WA_ERR_BAD_CREDENTIALS);
	assert_string_equal(newest(c, "name"), first);
	assert_err(sign_in(c, NULL, "hunter5", "hunter4", &s), WA_ERR_BAD_CREDENTIALS);
	assert_string_not_equal(newest(c, "name"), first);
}

static void
no_secret_is_ever_in_it(void **state)
{
	struct core *c = *state;
	struct session s;
	const char *all;

	assert_ok(sign_in(c, &alice, EMAIL, PASSWORD, &s));
	assert_err(sign_in(c, &alice, EMAIL, "a wrong secret", &s), WA_ERR_BAD_CREDENTIALS);
	assert_ok(wa_credential_change(&c->cx, &alice, PASSWORD, "a new secret", true, &s));
	assert_ok(wa_session_revoke(&c->cx, s.token));
	all = fixture_value(c->cx.store,
	    "SELECT group_concat(concat, ' ') FROM (SELECT coalesce(\"event\", '') ||"
	    " coalesce(\"reason\", '') || coalesce(\"detail\", '') || coalesce(\"name\", '') ||"
	    " coalesce(\"sessionId\", '') || coalesce(\"actor\", '') AS concat"
	    " FROM \"webauth_audit\")");
	assert_null(strstr(all, PASSWORD));
	assert_null(strstr(all, "secret"));
	assert_null(strstr(all, s.token));
}

static void
a_right_password_that_is_not_enough_is_a_failure_with_its_reason(void **state)
{
	struct core *c = *state;
	struct session s;

	c->settings->require_email_verification = true;
	assert_ok(store_user_set_email_verified(c->cx.store, "alice", false, NOW));
	assert_err(sign_in(c, &alice, EMAIL, PASSWORD, &s), WA_ERR_EMAIL_NOT_VERIFIED);
	c->settings->require_email_verification = false;
	assert_ok(wa_user_ban(&c->cx, "alice", "spam", 0));
	assert_err(sign_in(c, &alice, EMAIL, PASSWORD, &s), WA_ERR_BANNED);
	assert_ok(wa_user_unban(&c->cx, "alice"));
	assert_string_equal(events(c),
	    "authn_login_fail EMAIL_NOT_VERIFIED; user_updated (disabled); "
	    "authn_login_fail BANNED; user_updated (enabled)");
}

static void
passwords_tokens_and_sessions_leave_their_records(void **state)
{
	const struct wa_new_app_password in = {.name = "phone"};
	struct core *c = *state;
	char text[WA_APP_PASSWORD_SIZE], want[512];
	struct app_password_row row;
	struct session s, other;
	int64_t n;

	assert_err(wa_credential_change(&c->cx, &alice, "wrong", "a new secret", false, NULL),
	    WA_ERR_PASSWORD_WRONG);
	assert_ok(wa_credential_change(&c->cx, &alice, PASSWORD, "a new secret", false, NULL));
	assert_ok(wa_session_create(&c->cx, &alice, true, &s));
	assert_ok(wa_session_create(&c->cx, &alice, true, &other));
	assert_ok(wa_session_revoke(&c->cx, "no such token"));
	assert_ok(wa_session_revoke_own(&c->cx, "somebody else", s.token));
	assert_ok(wa_session_revoke_own(&c->cx, "alice", s.token));
	assert_ok(wa_session_revoke_all(&c->cx, "alice", NULL, &n));
	assert_ok(wa_session_revoke_all(&c->cx, "alice", NULL, NULL));
	assert_ok(wa_app_password_create(&c->cx, "alice", &in, &row, text));
	assert_ok(wa_app_password_revoke(&c->cx, "alice", row.id));
	assert_err(wa_app_password_revoke(&c->cx, "alice", row.id), WA_ERR_NOT_FOUND);
	assert_ok(wa_user_require_change(&c->cx, "alice"));
	assert_ok(wa_deletion_perform(&c->cx, "alice", NULL));
	(void)snprintf(want, sizeof(want),
	    "authn_password_change_fail PASSWORD_WRONG; authn_password_change; "
	    "session_expired (revoked); session_expired (revoked: all, 1); "
	    "authn_token_created (app password %s); authn_token_revoked (app password %s); "
	    "user_updated (password must be changed); user_deleted",
	    row.id, row.id);
	assert_string_equal(events(c), want);
}

static void
one_session_too_many_is_told_of(void **state)
{
	struct core *c = *state;
	struct session s;

	c->settings->max_sessions_per_user = 1;
	assert_ok(sign_in(c, &alice, EMAIL, PASSWORD, &s));
	assert_ok(sign_in(c, &alice, EMAIL, PASSWORD, &s));
	assert_string_equal(events(c),
	    "authn_login_success; session_expired (max_sessions_per_user); authn_login_success");
}

static void
a_reset_is_recorded_whoever_asked_for_it(void **state)
{
	struct core *c = *state;

	assert_ok(wa_password_reset_request(&c->cx, "http://x", EMAIL, NULL));
	assert_ok(wa_password_reset_request(&c->cx, "http://x", "nobody@example.com", NULL));
	assert_ok(store_exec(c->cx.store,
	    "UPDATE \"verification\" SET \"identifier\" = 'reset-password:the-token'"));
	assert_ok(wa_password_reset_perform(&c->cx, "the-token", "a new secret"));
	assert_string_equal(events(c),
	    "authn_token_created (reset link); authn_token_created USER_UNKNOWN (reset link); "
	    "authn_password_change (reset link)");
}

/* Anybody can ask for mails; past what may be sent nothing is written. */
static void
requests_past_the_limit_leave_no_record(void **state)
{
	struct core *c = *state;

	for (int i = 0; i < 50; i++)
		assert_ok(wa_password_reset_request(&c->cx, "http://x", EMAIL, NULL));
	assert_true(strcmp(fixture_value(c->cx.store,
			       "SELECT CASE WHEN count(*) <= 5 THEN 'few' ELSE count(*) END FROM"
			       " \"webauth_audit\""),
			"few") == 0);
}

static void
an_administrator_in_the_users_place_is_named(void **state)
{
	struct core *c = *state;

	c->cx.door = WA_DOOR_CTL;
	c->cx.actor = "uid 0";
	note(c, "x");
	assert_string_equal(newest(c, "door"), "ctl");
	assert_string_equal(newest(c, "actor"), "uid 0");
}

/* ---- PAM ---- */

static struct wa_service
service_of(struct core *c)
{
	struct wa_service s;

	wa_settings_service(c->settings, "dovecot", &s);
	s.account = WA_ACCOUNT_WEB;
	s.tokens = true;
	c->cx.door = WA_DOOR_PAM;
	c->cx.pam_service = "dovecot";
	c->cx.pam_tty = "pts/1";
	return s;
}

static enum wa_err
log_in(struct core *c, const struct wa_service *service, const char *secret)
{
	const struct wa_login login = {.service = service, .name = EMAIL};
	struct wa_login_result result;

	return wa_login_authenticate(&c->cx, &login, secret, &result);
}

static void
a_pam_login_is_recorded_with_service_and_terminal(void **state)
{
	struct core *c = *state;
	struct wa_service service = service_of(c);

	assert_err(log_in(c, &service, "wrong"), WA_ERR_BAD_CREDENTIALS);
	assert_ok(log_in(c, &service, PASSWORD));
	assert_ok(log_in(c, &service, PASSWORD));
	assert_string_equal(events(c),
	    "authn_login_fail BAD_CREDENTIALS; authn_login_successafterfail; "
	    "authn_login_success");
	assert_string_equal(newest(c, "door"), "pam");
	assert_string_equal(newest(c, "service"), "dovecot");
	assert_string_equal(newest(c, "tty"), "pts/1");
	assert_string_equal(newest(c, "address"), HERE);
	assert_string_equal(newest(c, "name"), EMAIL);
}

static void
what_the_service_refuses_is_a_failure(void **state)
{
	static const char *role = "admin";
	struct core *c = *state;
	struct wa_service service = service_of(c);

	service.require_roles = (struct wa_strings){&role, 1};
	assert_err(log_in(c, &service, PASSWORD), WA_ERR_NOT_PERMITTED);
	assert_string_equal(events(c), "authn_login_fail NOT_PERMITTED");
}

/* A mail client comes every minute: of app passwords and tokens the first success of a day is
 * recorded, from each place, and the first after failures. */
static void
programs_are_recorded_once_a_day_and_after_failures(void **state)
{
	const struct wa_new_app_password in = {.name = "phone"};
	struct core *c = *state;
	struct wa_service service = service_of(c);
	char text[WA_APP_PASSWORD_SIZE], want[512];
	struct app_password_row row;
	struct session s;

	assert_ok(wa_app_password_create(&c->cx, "alice", &in, &row, text));
	assert_ok(store_exec(c->cx.store, "DELETE FROM \"webauth_audit\""));
	for (int i = 0; i < 3; i++) {
		assert_ok(log_in(c, &service, text));
		c->cx.now_ms += 60 * SECOND;
	}
	c->cx.ip_address = "192.0.2.2";
	assert_ok(log_in(c, &service, text));
	c->cx.ip_address = HERE;
	assert_err(log_in(c, &service, "wap_wrong"), WA_ERR_BAD_CREDENTIALS);
	assert_ok(log_in(c, &service, text));
	(void)snprintf(want, sizeof(want),
	    "authn_login_success (app password %s); authn_login_success (app password %s); "
	    "authn_login_fail BAD_CREDENTIALS (app password); "
	    "authn_login_successafterfail (app password %s)",
	    row.id, row.id, row.id);
	assert_string_equal(events(c), want);

	assert_ok(store_exec(c->cx.store, "DELETE FROM \"webauth_audit\""));
	assert_ok(wa_session_create(&c->cx, &alice, true, &s));
	c->cx.ip_address = "192.0.2.3";
	assert_ok(log_in(c, &service, s.token));
	assert_ok(log_in(c, &service, s.token));
	assert_string_equal(events(c), "authn_login_success (session token)");
	assert_string_equal(newest(c, "sessionId"), s.id);
}

/* Whoever has it tries other doors. */
static void
an_app_password_at_the_wrong_service_is_a_failure_that_names_it(void **state)
{
	static const char *phone = "imap";
	struct wa_new_app_password in = {.name = "phone", .services = &phone, .n_services = 1};
	struct core *c = *state;
	struct wa_service service = service_of(c);
	char text[WA_APP_PASSWORD_SIZE], want[256];
	struct app_password_row row;

	assert_ok(wa_app_password_create(&c->cx, "alice", &in, &row, text));
	assert_ok(store_exec(c->cx.store, "DELETE FROM \"webauth_audit\""));
	for (int i = 0; i < 3; i++)
		assert_err(log_in(c, &service, text), WA_ERR_BAD_CREDENTIALS);
	(void)snprintf(
	    want, sizeof(want), "authn_login_fail BAD_CREDENTIALS (app password %s)", row.id);
	assert_string_equal(events(c), want);
	assert_string_equal(newest(c, "service"), "dovecot");
	assert_string_equal(
	    fixture_value(c->cx.store,
		"SELECT coalesce(\"lastUsedAt\", 'never') FROM \"webauth_app_password\""),
	    "never");
}

static void
pam_changes_of_a_password_are_recorded(void **state)
{
	struct core *c = *state;
	struct wa_service service = service_of(c);
	const struct wa_login login = {.service = &service, .name = EMAIL};
	struct wa_login_result r;

	assert_err(
	    wa_login_password_check(&c->cx, &login, "wrong", false, &r), WA_ERR_BAD_CREDENTIALS);
	assert_ok(wa_login_password_check(&c->cx, &login, PASSWORD, false, &r));
	assert_ok(wa_login_password_change(&c->cx, &login, PASSWORD, "a new secret", &r));
	assert_ok(wa_login_password_change(&c->cx, &login, NULL, "a newer secret", &r));
	assert_string_equal(events(c),
	    "authn_password_change_fail BAD_CREDENTIALS; authn_password_change (sessions "
	    "ended); authn_password_change (set)");
	assert_string_equal(newest(c, "actor"), "root");
}

static void
a_pam_session_is_recorded(void **state)
{
	struct core *c = *state;
	struct wa_service service = service_of(c);
	const struct wa_login login = {.service = &service, .name = EMAIL};
	struct wa_login_result r;
	const char *ticket;
	struct session s;

	assert_ok(wa_login_authenticate(&c->cx, &login, PASSWORD, &r));
	assert_ok(wa_login_ticket(&c->cx, &login, &r, &ticket));
	assert_ok(wa_login_session_open(&c->cx, &login, ticket, &r, &s));
	assert_ok(wa_login_session_close(&c->cx, &login, s.id, &r));
	assert_string_equal(
	    events(c), "authn_login_success; session_created; session_expired (logout)");
	assert_string_equal(newest(c, "sessionId"), s.id);
}

/* ---- nothing without its record ---- */

#define NO_RECORDS                                                                  \
	"CREATE TRIGGER no_records BEFORE INSERT ON \"webauth_audit\" BEGIN SELECT" \
	" RAISE(ABORT, 'full'); END"

static void
what_cannot_be_recorded_does_not_happen(void **state)
{
	struct core *c = *state;
	struct session s, other;

	assert_ok(wa_session_create(&c->cx, &alice, true, &s));
	assert_ok(store_exec(c->cx.store, NO_RECORDS));
	assert_int_equal(wa_err_class(sign_in(c, &alice, EMAIL, PASSWORD, &other)), WA_CLASS_FAULT);
	assert_int_equal(wa_err_class(wa_session_revoke(&c->cx, s.token)), WA_CLASS_FAULT);
	assert_int_equal(wa_err_class(wa_credential_set(&c->cx, "alice", "a new secret", false)),
	    WA_CLASS_FAULT);
	assert_int_equal(wa_err_class(wa_user_ban(&c->cx, "alice", NULL, 0)), WA_CLASS_FAULT);
	assert_int_equal(wa_err_class(wa_deletion_perform(&c->cx, "alice", NULL)), WA_CLASS_FAULT);

	assert_ok(store_exec(c->cx.store, "DROP TRIGGER no_records"));
	assert_string_equal(fixture_value(c->cx.store,
				"SELECT (SELECT count(*) FROM \"session\") || ' ' ||"
				" (SELECT coalesce(\"banned\", 0) FROM \"user\")"),
	    "1 0");
	assert_ok(sign_in(c, &alice, EMAIL, PASSWORD, &other));
}

/* Where nothing can be counted, a right password must not be told from a wrong one; but who was let
 * in from here before is let in, and it is said that there is no record. */
static void
unrecorded_logins_are_for_known_places_alone(void **state)
{
	struct core *c = *state;
	struct wa_service service = service_of(c);
	const struct wa_login login = {.service = &service, .name = EMAIL};
	struct wa_login_result r;

	assert_ok(store_exec(c->cx.store, NO_RECORDS));
	assert_int_equal(
	    wa_err_class(wa_login_authenticate(&c->cx, &login, PASSWORD, &r)), WA_CLASS_FAULT);
	assert_int_equal(
	    wa_err_class(wa_login_authenticate(&c->cx, &login, "wrong", &r)), WA_CLASS_FAULT);

	assert_ok(store_exec(c->cx.store, "DROP TRIGGER no_records"));
	assert_ok(wa_login_authenticate(&c->cx, &login, PASSWORD, &r));
	assert_int_equal(r.unrecorded, WA_OK);
	assert_ok(store_exec(c->cx.store, NO_RECORDS));
	assert_ok(wa_login_authenticate(&c->cx, &login, PASSWORD, &r));
	assert_int_not_equal(r.unrecorded, WA_OK);
}

/* ---- texts from outside ---- */

static void
texts_are_cut_between_characters_and_are_text(void **state)
{
	struct core *c = *state;
	char agent[WA_AUDIT_TEXT_MAX + 8];

	memset(agent, 'a', sizeof(agent));
	memcpy(agent + WA_AUDIT_TEXT_MAX - 1, "\xc3\xa4", 2);
	agent[sizeof(agent) - 1] = '\0';
	c->cx.user_agent = agent;
	note(c, "\x1b[31m\n\xe2\x80\xae");
	assert_int_equal(strlen(newest(c, "agent")), WA_AUDIT_TEXT_MAX - 1);
	assert_string_equal(newest(c, "detail"), "\x1b[31m\n\xe2\x80\xae");

	agent[WA_AUDIT_TEXT_MAX - 1] = '\0';
	agent[3] = '\xff';
	note(c, "");
	assert_string_equal(newest(c, "agent"), "(not text)");
	assert_null(newest(c, "detail"));
}

/* ---- what an event is called ---- */

static void
every_event_has_its_own_name_and_a_level(void **state)
{
	enum wa_audit_event found;

	(void)state;
	for (unsigned i = 0; i < WA_AUDIT_EVENTS; i++) {
		const char *name = wa_audit_event_name((enum wa_audit_event)i);

		assert_true(wa_audit_event_find(name, &found));
		assert_int_equal(found, i);
		assert_non_null(wa_audit_level(name));
	}
	assert_false(wa_audit_event_find("authn_login", &found));
	assert_null(wa_audit_level("authn_login"));
}

#define test_with_user(f)     cmocka_unit_test_setup_teardown(f, setup, teardown)
#define test_with_password(f) cmocka_unit_test_setup_teardown(f, setup_with_password, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_password(a_sign_in_is_recorded_with_who_whence_and_which_session),
	    test_with_password(failures_are_recorded_and_the_success_after_them_says_so),
	    test_with_password(the_same_wrong_password_is_recorded_once),
	    test_with_password(the_start_of_waiting_is_recorded_and_no_refused_try),
	    test_with_password(people_type_passwords_where_a_name_is_asked_for),
	    test_with_password(no_secret_is_ever_in_it),
	    test_with_password(a_right_password_that_is_not_enough_is_a_failure_with_its_reason),
	    test_with_password(passwords_tokens_and_sessions_leave_their_records),
	    test_with_password(one_session_too_many_is_told_of),
	    test_with_password(a_reset_is_recorded_whoever_asked_for_it),
	    test_with_password(requests_past_the_limit_leave_no_record),
	    test_with_user(an_administrator_in_the_users_place_is_named),
	    test_with_password(a_pam_login_is_recorded_with_service_and_terminal),
	    test_with_password(what_the_service_refuses_is_a_failure),
	    test_with_password(programs_are_recorded_once_a_day_and_after_failures),
	    test_with_password(an_app_password_at_the_wrong_service_is_a_failure_that_names_it),
	    test_with_password(pam_changes_of_a_password_are_recorded),
	    test_with_password(a_pam_session_is_recorded),
	    test_with_password(what_cannot_be_recorded_does_not_happen),
	    test_with_password(unrecorded_logins_are_for_known_places_alone),
	    test_with_user(texts_are_cut_between_characters_and_are_text),
	    cmocka_unit_test(every_event_has_its_own_name_and_a_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
