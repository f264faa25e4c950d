/* Password changes through PAM. */
#include "lib/core/login_password.h"

#include <string.h>

#include "lib/core/credential.h"
#include "lib/core/user.h"
#include "lib/store/must_change.h"

/* An unverified address or a missing role is no reason against a better password; a ban is. */
static enum wa_err
find(struct wa_context *cx, const struct wa_login *login, struct wa_login_result *result)
{
	enum wa_err e;

	*result = (struct wa_login_result){0};
	if (login->name == NULL)
		return WA_ERR_USER_UNKNOWN;
	cx->claimed_name = login->name;
	e = wa_identity_find(cx, login->service, login->name, &result->user);
	result->known = e == WA_OK;
	if (e != WA_OK)
		return e;
	if (wa_user_is_banned(&result->user, cx->now_ms))
		return wa_refuse(WA_ERR_BANNED, "the user is banned");
	/* Found out before anybody types a new password. */
	return store_may_write(cx->store) ? WA_OK : WA_ERR_WRONG_LANE;
}

/* Not a login: nothing but the failures before it changes. */
static enum wa_err
prove_current(struct wa_context *cx, const char *current, struct wa_login_result *result)
{
	struct wa_proven proof;
	enum wa_err e;

	e = wa_credential_prove(cx, &result->user, current, WA_AUDIT_PASSWORD_CHANGE_FAIL, &proof);
	if (e != WA_OK)
		return e;
	result->rehash_failed = proof.rehash_failed;
	return wa_guess_passed(cx, &proof.guess);
}

enum wa_err
wa_login_password_check(struct wa_context *cx, const struct wa_login *login, const char *current,
    bool expired, struct wa_login_result *result)
{
	bool must_change = false;
	enum wa_err e;

	e = find(cx, login, result);
	if (e == WA_OK && expired)
		e = store_must_change_get(cx->store, result->user.id, &must_change);
	if (e != WA_OK)
		return e;
	if (expired && !must_change)
		return WA_ERR_PASSWORD_NOT_EXPIRED;
	if (current == NULL)
		return WA_OK;

	e = wa_login_check_text(current);
	if (e != WA_OK)
		return e;
	return prove_current(cx, current, result);
}

static enum wa_err
change(struct wa_context *cx, const struct user *user, const char *current, const char *password)
{
	enum wa_err e = wa_login_check_text(current);

	if (e != WA_OK)
		return e;
	e = wa_credential_change(cx, user, current, password, true, NULL);
	return e == WA_ERR_PASSWORD_WRONG
	    ? wa_refuse(WA_ERR_BAD_CREDENTIALS, "the current password is wrong")
	    : e;
}

/* By root, who need not know it. */
static enum wa_err
set(struct wa_context *cx, const struct user *user, const char *password)
{
	cx->actor = "root";
	return wa_credential_set(cx, user->id, password, false);
}

enum wa_err
wa_login_password_change(struct wa_context *cx, const struct wa_login *login, const char *current,
    const char *password, struct wa_login_result *result)
{
	enum wa_err e;

	e = find(cx, login, result);
	if (e != WA_OK)
		return e;
	if (wa_login_check_text(password) != WA_OK)
		return wa_refuse(WA_ERR_INVALID, "not a password that could be typed elsewhere");
	/* A forced change must be one. */
	if (current != NULL && strcmp(current, password) == 0)
		return WA_ERR_PASSWORD_UNCHANGED;
	return current != NULL ? change(cx, &result->user, current, password)
			       : set(cx, &result->user, password);
}
