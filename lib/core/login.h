/*
 * The decision behind a PAM login: the same code whether the module runs it itself or asks the
 * daemon. Input is what the PAM stack knows, output is an outcome; PAM codes are pam_webauth's.
 */
#ifndef LIB_CORE_LOGIN_H
#define LIB_CORE_LOGIN_H

#include "lib/core/context.h"
#include "lib/core/identity.h"

struct wa_login {
	const struct wa_service *service;
	/* PAM_USER, admitted by wa_identity_admit. NULL: nobody's, for the cost alone. */
	const char *name;
};

/* What a login was proven with. */
enum wa_proof {
	WA_PROOF_PASSWORD,
	WA_PROOF_APP_PASSWORD,
	WA_PROOF_TOKEN, /* a session's, where the service allows it */
};

/* "password", "app_password", "token"; parse is false for other texts. */
const char *wa_login_proof_name(enum wa_proof proof);
bool wa_login_proof_parse(const char *text, enum wa_proof *ret);

/* Filled whatever the outcome, because what may be logged depends on it. */
struct wa_login_result {
	/* The name is a web user's, and user says whose. Only then may it be logged: people type
	 * passwords where a name is asked for. */
	bool known;
	struct user user;
	enum wa_proof proof;
	const char *proof_id; /* after WA_OK: the app password's id or the session's; or NULL */
	enum wa_err rehash_failed; /* as wa_credential_prove; WA_OK when there is nothing to tell */
	enum wa_err
	    unrecorded; /* why the login is not in the audit log; WA_OK: it is, or need not be */
};

/* Can this text be anybody's password? WA_OK, or WA_ERR_BAD_CREDENTIALS with the reason. */
WA_OUTCOME wa_login_check_text(const char *password);

/*
 * Does this password, or what the service takes in its place, prove this name? An empty, overlong
 * or malformed one is refused without a KDF. WA_OK; WA_ERR_USER_UNKNOWN after the cost of a KDF;
 * WA_ERR_BAD_CREDENTIALS; WA_ERR_HASH_UNUSABLE; WA_ERR_BANNED, WA_ERR_EMAIL_NOT_VERIFIED and
 * WA_ERR_NOT_PERMITTED only after a right password; WA_ERR_NOMEM; faults of the store. Details of
 * refusals are for the administrator.
 */
WA_OUTCOME wa_login_authenticate(struct wa_context *cx, const struct wa_login *login,
    const char *password, struct wa_login_result *result);

/* May this name, however it was proven (an ssh key, a cron job), use the service now?
 * WA_OK, WA_ERR_USER_UNKNOWN, WA_ERR_BANNED, WA_ERR_EMAIL_NOT_VERIFIED, WA_ERR_NOT_PERMITTED (no
 * role of require_role), WA_ERR_PASSWORD_EXPIRED (to be changed first), faults of the store. */
WA_OUTCOME wa_login_account(
    struct wa_context *cx, const struct wa_login *login, struct wa_login_result *result);

#endif
