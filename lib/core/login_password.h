/*
 * Changing a web user's password from a PAM stack (passwd, a forced change at login), in PAM's two
 * steps: first whether it can be done, then doing it. Other web sessions end with the old password.
 */
#ifndef LIB_CORE_LOGIN_PASSWORD_H
#define LIB_CORE_LOGIN_PASSWORD_H

#include "lib/core/login.h"

/*
 * May the password of this name be changed, by who knows the current one (NULL: root)? expired:
 * only one that must be changed. WA_OK; WA_ERR_USER_UNKNOWN; WA_ERR_PASSWORD_NOT_EXPIRED;
 * WA_ERR_BANNED; WA_ERR_BAD_CREDENTIALS, WA_ERR_HASH_UNUSABLE, WA_ERR_THROTTLED;
 * WA_ERR_WRONG_LANE when the store cannot be written; faults.
 */
WA_OUTCOME wa_login_password_check(struct wa_context *cx, const struct wa_login *login,
    const char *current, bool expired, struct wa_login_result *result);

/* Changes it; current is proven again against what is stored now. Further:
 * WA_ERR_PASSWORD_TOO_SHORT, _TOO_LONG, WA_ERR_PASSWORD_UNCHANGED, WA_ERR_INVALID,
 * WA_ERR_CREDENTIAL_MISSING. */
WA_OUTCOME wa_login_password_change(struct wa_context *cx, const struct wa_login *login,
    const char *current, const char *password, struct wa_login_result *result);

#endif
