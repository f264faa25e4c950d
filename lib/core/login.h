/*
 * The decision behind a PAM login: the same code whether the module runs it itself or asks the daemon.
 * Input is what the PAM stack knows, output is an outcome; PAM codes are pam_webauth's.
 */
#ifndef LIB_CORE_LOGIN_H
#define LIB_CORE_LOGIN_H

#include "lib/core/context.h"
#include "lib/core/identity.h"

struct wa_login {
	const struct wa_service *service;
	const char *name; /* PAM_USER, admitted by wa_identity_admit */
};

/*
 * Does this password prove this name? An empty, overlong or malformed one is refused without a KDF.
 * WA_OK: *ret_user is who; WA_ERR_USER_UNKNOWN after the cost of a KDF; WA_ERR_BAD_CREDENTIALS;
 * WA_ERR_HASH_UNUSABLE; WA_ERR_BANNED and WA_ERR_EMAIL_NOT_VERIFIED only after a right password;
 * WA_ERR_NOMEM; faults of the store. *ret_rehash_failed as wa_credential_prove.
 */
WA_OUTCOME wa_login_authenticate(struct wa_context *cx, const struct wa_login *login,
    const char *password, struct user *ret_user, enum wa_err *ret_rehash_failed);

/* May this name, however it was proven (an ssh key, a cron job), use the service now?
 * WA_OK, WA_ERR_USER_UNKNOWN, WA_ERR_BANNED, WA_ERR_EMAIL_NOT_VERIFIED, faults of the store. */
WA_OUTCOME wa_login_account(struct wa_context *cx, const struct wa_login *login, struct user *ret_user);

#endif
