/*
 * A PAM login decided: who it is, whether the password is theirs, and whether they may come in at
 * all. Names and passwords that cannot be anybody's are refused before anything costs time;
 * everything after that costs one KDF, whoever the name belongs to.
 */
#include "lib/core/login.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/core/credential.h"
#include "lib/core/password.h"
#include "lib/core/user.h"

/* What no stored password can be equal to. Decided on the text alone, so that it tells nothing of
 * the name; nothing is ever cut to fit. */
static enum wa_err
check_text(const struct wa_settings *settings, const char *password)
{
	size_t n = strnlen(password, WA_PASSWORD_MAX + 1);

	if (n == 0)
		return wa_refuse(WA_ERR_BAD_CREDENTIALS, "the password is empty");
	if (n > WA_PASSWORD_MAX)
		return wa_refuse(WA_ERR_BAD_CREDENTIALS, "the password is longer than %d bytes",
		    WA_PASSWORD_MAX);
	if (!wa_text_is_utf8(password, n))
		return wa_refuse(WA_ERR_BAD_CREDENTIALS, "the password is not UTF-8");
	if (wa_password_check_given(settings, password) != WA_OK)
		return wa_refuse(
		    WA_ERR_BAD_CREDENTIALS, "the password is longer than max_password_length");
	return WA_OK;
}

/* May this user use any service now? Ask only once it is certain who is asking. */
static enum wa_err
check_user(const struct wa_context *cx, const struct user *user)
{
	if (wa_user_is_banned(user, cx->now_ms))
		return wa_refuse(WA_ERR_BANNED, "the user is banned");
	if (cx->settings->require_email_verification && !user->email_verified)
		return wa_refuse(WA_ERR_EMAIL_NOT_VERIFIED,
		    "the e-mail address is not verified (require_email_verification)");
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

/* Spends what a known user's password costs, and lets nobody in; keeps why nobody was found. */
static enum wa_err
prove_nobody(struct wa_context *cx, const char *password)
{
	char why[160];
	enum wa_err e;

	(void)snprintf(why, sizeof(why), "%s", wa_err_detail(WA_ERR_USER_UNKNOWN));

	e = wa_credential_prove(cx, NULL, password, NULL);
	if (wa_err_class(e) == WA_CLASS_FAULT || e == WA_ERR_THROTTLED)
		return e;
	return wa_refuse(WA_ERR_USER_UNKNOWN, "%s", why);
}

enum wa_err
wa_login_authenticate(struct wa_context *cx, const struct wa_login *login, const char *password,
    struct wa_login_result *result)
{
	enum wa_err e;

	*result = (struct wa_login_result){0};

	e = check_text(cx->settings, password);
	if (e != WA_OK)
		return e;

	cx->claimed_name = login->name;
	e = find(cx, login, result);
	if (e == WA_ERR_USER_UNKNOWN)
		return prove_nobody(cx, password);
	if (e != WA_OK)
		return e;

	e = wa_credential_prove(cx, &result->user, password, &result->rehash_failed);
	if (e != WA_OK)
		return e;
	return check_user(cx, &result->user);
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
	return check_user(cx, &result->user);
}
