/*
 * A PAM login decided: who it is, whether the password is theirs, and whether they may come in at
 * all. Names and passwords that cannot be anybody's are refused before anything costs time;
 * everything after that costs one KDF, whoever the name belongs to.
 */
#include "lib/core/login.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/base/random.h"
#include "lib/base/text.h"
#include "lib/core/app_password.h"
#include "lib/core/credential.h"
#include "lib/core/password.h"
#include "lib/core/role.h"
#include "lib/core/session.h"
#include "lib/core/user.h"
#include "lib/store/must_change.h"
#include "lib/store/session.h"

static const char *const proof_names[] = {
    [WA_PROOF_PASSWORD] = "password",
    [WA_PROOF_APP_PASSWORD] = "app_password",
    [WA_PROOF_TOKEN] = "token",
};

const char *
wa_login_proof_name(enum wa_proof proof)
{
	return proof_names[proof];
}

bool
wa_login_proof_parse(const char *text, enum wa_proof *ret)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(proof_names); i++)
		if (strcmp(proof_names[i], text) == 0) {
			*ret = (enum wa_proof)i;
			return true;
		}
	return false;
}

/* What no stored password can be equal to. Decided on the text alone, so that it tells nothing of
 * the name; nothing is ever cut to fit. */
enum wa_err
wa_login_check_text(const char *password)
{
	size_t n = strnlen(password, WA_PASSWORD_MAX + 1);

	if (n == 0)
		return wa_refuse(WA_ERR_BAD_CREDENTIALS, "the password is empty");
	if (n > WA_PASSWORD_MAX)
		return wa_refuse(WA_ERR_BAD_CREDENTIALS, "the password is longer than %d bytes",
		    WA_PASSWORD_MAX);
	if (!wa_text_is_utf8(password, n))
		return wa_refuse(WA_ERR_BAD_CREDENTIALS, "the password is not UTF-8");
	return WA_OK;
}

/* A session's token by its form; a password may have that form, too. */
static bool
may_be_token(const struct wa_context *cx, const struct wa_service *service, const char *text)
{
	/* Where a token counts only with its signature, there is nobody here to check it. */
	if (!service->tokens || cx->settings->bearer_require_signature)
		return false;
	return strnlen(text, WA_PAM_TOKEN_MAX + 1) == WA_ID_LEN &&
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") ==
	    WA_ID_LEN;
}

/* What policy has to say of a password's length, and of nothing else. */
static enum wa_err
check_length(const struct wa_context *cx, const struct wa_service *service, const char *text)
{
	if (wa_app_password_is_meant(text) || may_be_token(cx, service, text))
		return WA_OK;
	if (wa_password_check_given(cx->settings, text) != WA_OK)
		return wa_refuse(
		    WA_ERR_BAD_CREDENTIALS, "the password is longer than max_password_length");
	return WA_OK;
}

static bool
has_role(const struct user *user, const struct wa_strings *roles)
{
	for (size_t i = 0; i < roles->n; i++)
		if (wa_role_in(user->role, roles->v[i]))
			return true;
	return roles->n == 0;
}

static enum wa_err
refuse_banned(const struct user *user)
{
	bool has_reason = user->ban_reason != NULL && user->ban_reason[0] != '\0';
	char until[WA_ISO_SIZE] = "";

	if (user->ban_expires_ms != 0)
		wa_iso_format(user->ban_expires_ms, until);
	return wa_refuse(WA_ERR_BANNED, "the user is banned%s%s%s%s",
	    until[0] != '\0' ? " until " : "", until, has_reason ? ": " : "",
	    has_reason ? user->ban_reason : "");
}

/* May this user use the service now? Ask only once it is certain who is asking. */
static enum wa_err
check_user(const struct wa_context *cx, const struct wa_service *service, const struct user *user)
{
	if (wa_user_is_banned(user, cx->now_ms))
		return refuse_banned(user);
	if (cx->settings->require_email_verification && !user->email_verified)
		return wa_refuse(WA_ERR_EMAIL_NOT_VERIFIED,
		    "the e-mail address is not verified (require_email_verification)");
	if (!has_role(user, &service->require_roles))
		return wa_refuse(WA_ERR_NOT_PERMITTED,
		    "the user has no role that the service wants (require_role)");
	return WA_OK;
}

/* Who the name is; WA_ERR_USER_UNKNOWN too when it is nobody's from the start. */
static enum wa_err
find(struct wa_context *cx, const struct wa_login *login, struct wa_login_result *result)
{
	enum wa_err e;

	if (login->name == NULL)
		return wa_refuse(WA_ERR_USER_UNKNOWN, "no account of that name");

	e = wa_identity_find(cx, login->service, login->name, &result->user);
	result->known = e == WA_OK;
	return e;
}

/* What is to be written of a secret that was right, be it good for this or not. */
struct grant {
	struct wa_guess guess;
	struct app_password_row app_password; /* id NULL: it was none */
};

static enum wa_err
prove_app_password(struct wa_context *cx, const struct wa_service *service, const struct user *user,
    const char *text, struct wa_login_result *result, struct grant *grant)
{
	enum wa_err e;

	result->proof = WA_PROOF_APP_PASSWORD;
	if (service->app_passwords == WA_APP_PASSWORDS_NO)
		return wa_refuse(WA_ERR_BAD_CREDENTIALS,
		    "an app password, and the service takes none (app_passwords = false)");
	e = wa_app_password_prove(cx, user, text, &grant->app_password, &grant->guess);
	if (e == WA_OK)
		result->proof_id = grant->app_password.id;
	return e;
}

/* WA_ERR_NOT_FOUND: not a token of this user's; then it may still be the password. */
static enum wa_err
prove_token(struct wa_context *cx, const struct user *user, const char *token,
    struct wa_login_result *result, struct grant *grant)
{
	struct session s;
	struct user owner;
	enum wa_err e;

	e = store_session_by_token(cx->store, cx->arena, token, &s, &owner);
	if (e != WA_OK)
		return e;
	/* An administrator in the user's place is not the user. */
	if (user == NULL || strcmp(owner.id, user->id) != 0 || wa_session_has_ended(cx, &s) ||
	    (s.impersonated_by != NULL && s.impersonated_by[0] != '\0'))
		return WA_ERR_NOT_FOUND;

	/* Only for whether this is news: who has a live session need not wait. */
	e = wa_guess_begin(cx, WA_GUESS_TOKEN, user, &grant->guess, NULL);
	if (wa_err_class(e) == WA_CLASS_FAULT)
		return e;
	result->proof = WA_PROOF_TOKEN;
	result->proof_id = s.id;
	return WA_OK;
}

static enum wa_err
prove_password(struct wa_context *cx, const struct wa_service *service, const struct user *user,
    const char *password, struct wa_login_result *result, struct grant *grant)
{
	struct wa_proven proof;
	enum wa_err e;

	if (service->app_passwords == WA_APP_PASSWORDS_ONLY)
		return wa_refuse(WA_ERR_BAD_CREDENTIALS,
		    "not an app password, and the service takes nothing else (app_passwords = "
		    "only)");
	e = wa_credential_prove(cx, user, password, WA_AUDIT_LOGIN_FAIL, &proof);
	if (e != WA_OK)
		return e;
	result->rehash_failed = proof.rehash_failed;
	grant->guess = proof.guess;
	return WA_OK;
}

/* Is it the user's (NULL: nobody's)? What kind of secret it is, its text alone says, so that known
 * and unknown names cost the same. */
static enum wa_err
prove(struct wa_context *cx, const struct wa_service *service, const struct user *user,
    const char *text, struct wa_login_result *result, struct grant *grant)
{
	enum wa_err e;

	*grant = (struct grant){0};
	if (wa_app_password_is_meant(text))
		return prove_app_password(cx, service, user, text, result, grant);
	if (may_be_token(cx, service, text)) {
		e = prove_token(cx, user, text, result, grant);
		if (e != WA_ERR_NOT_FOUND)
			return e;
	}
	return prove_password(cx, service, user, text, result, grant);
}

/* Spends what a known user's password costs, and lets nobody in; keeps why nobody was found. */
static enum wa_err
prove_nobody(struct wa_context *cx, const struct wa_service *service, const char *password,
    struct wa_login_result *result)
{
	struct grant grant;
	char why[160];
	enum wa_err e;

	(void)snprintf(why, sizeof(why), "%s", wa_err_detail(WA_ERR_USER_UNKNOWN));

	e = prove(cx, service, NULL, password, result, &grant);
	if (wa_err_class(e) == WA_CLASS_FAULT || e == WA_ERR_THROTTLED)
		return e;
	return wa_refuse(WA_ERR_USER_UNKNOWN, "%s", why);
}

/* May who has proven this use the service now? */
static enum wa_err
check_grant(const struct wa_context *cx, const struct wa_service *service,
    const struct grant *grant, const struct user *user)
{
	enum wa_err e = WA_OK;

	if (grant->app_password.id != NULL)
		e = wa_app_password_check_use(cx, service, &grant->app_password);
	return e == WA_OK ? check_user(cx, service, user) : e;
}

/* A password is typed by somebody. App passwords and tokens are for programs, which come every
 * minute: of those a record is made once a day from each place, and after failures. */
static bool
is_news(const struct wa_login_result *result, const struct grant *grant)
{
	return result->proof == WA_PROOF_PASSWORD || grant->guess.pass_must_write;
}

/* Which is let in only. */
static bool
is_used_anew(const struct wa_context *cx, const struct grant *grant, enum wa_err reason)
{
	return reason == WA_OK && grant->app_password.id != NULL &&
	    wa_app_password_is_used_anew(cx, &grant->app_password);
}

static enum wa_err
record_login(struct wa_context *cx, const struct wa_login_result *result, const struct grant *grant,
    enum wa_err reason)
{
	const char *detail = NULL, *session_id = NULL;

	if (result->proof == WA_PROOF_APP_PASSWORD)
		detail = wa_arena_printf(cx->arena, "app password %s", result->proof_id);
	if (result->proof == WA_PROOF_TOKEN) {
		detail = "session token";
		session_id = result->proof_id;
	}
	if (result->proof != WA_PROOF_PASSWORD && detail == NULL)
		return wa_fault(WA_ERR_NOMEM, "login");
	return wa_credential_record(cx, &grant->guess, result->user.id, session_id, reason, detail);
}

static enum wa_err
write_login(struct wa_context *cx, const struct wa_login_result *result, const struct grant *grant,
    enum wa_err reason)
{
	enum wa_err e = is_news(result, grant) ? record_login(cx, result, grant, reason) : WA_OK;

	return e == WA_OK && is_used_anew(cx, grant, reason)
	    ? wa_app_password_used(cx, &grant->app_password)
	    : e;
}

/*
 * The secret was right, and e is what the service says to it. Where that cannot be written, no
 * wrong secret can be counted either: a right one must then not be told from them, or guessing
 * would be free. But who has signed in from here before, without a failure since, is let in: it may
 * be the administrator who comes to make room on the disk.
 *
 * Nobody waits for the disk to have it: no door depends on this row, no credential or session is in
 * it, and when the power fails counters of failures stay that the login would have cleared.
 */
static enum wa_err
conclude(
    struct wa_context *cx, struct wa_login_result *result, const struct grant *grant, enum wa_err e)
{
	enum wa_err written;

	if (!store_may_write(cx->store) || (!is_news(result, grant) && !is_used_anew(cx, grant, e)))
		return e;
	written = store_begin_write_unsynced(cx->store);
	if (written == WA_OK)
		written = store_end(cx->store, write_login(cx, result, grant, e));
	if (written != WA_OK && grant->guess.doubted)
		return written;
	result->unrecorded = written;
	return e;
}

enum wa_err
wa_login_authenticate(struct wa_context *cx, const struct wa_login *login, const char *password,
    struct wa_login_result *result)
{
	struct grant grant;
	enum wa_err e;

	*result = (struct wa_login_result){0};

	e = wa_login_check_text(password);
	if (e == WA_OK)
		e = check_length(cx, login->service, password);
	if (e != WA_OK)
		return e;

	cx->claimed_name = login->name;
	e = find(cx, login, result);
	if (e == WA_ERR_USER_UNKNOWN)
		return prove_nobody(cx, login->service, password, result);
	if (e != WA_OK)
		return e;

	e = prove(cx, login->service, &result->user, password, result, &grant);
	if (e != WA_OK)
		return e;
	return conclude(cx, result, &grant, check_grant(cx, login->service, &grant, &result->user));
}

/* Not asked by authenticate: sufficient and required take "to be changed" for success. */
static enum wa_err
check_age(struct wa_context *cx, const struct wa_service *service, const struct user *user)
{
	bool must_change = false;
	enum wa_err e;

	if (service->no_pass_expiry)
		return WA_OK;
	e = store_must_change_get(cx->store, user->id, &must_change);
	if (e != WA_OK)
		return e;
	return must_change ? wa_refuse(WA_ERR_PASSWORD_EXPIRED, "the password must be changed")
			   : WA_OK;
}

enum wa_err
wa_login_account(
    struct wa_context *cx, const struct wa_login *login, struct wa_login_result *result)
{
	enum wa_err e;

	*result = (struct wa_login_result){0};

	e = find(cx, login, result);
	if (e != WA_OK)
		return e;

	e = check_user(cx, login->service, &result->user);
	return e == WA_OK ? check_age(cx, login->service, &result->user) : e;
}
