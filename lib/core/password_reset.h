/*
 * A new password through a link that was mailed (contract.md 5.7). The token is a row of Better
 * Auth's verification table, and so Node can consume ours, and we Node's.
 */
#ifndef LIB_CORE_PASSWORD_RESET_H
#define LIB_CORE_PASSWORD_RESET_H

#include "lib/core/context.h"

/*
 * Mails a link to whoever has this address, in any letter case. For an address that nobody has the
 * same is written, and taken away again in the same transaction: neither the answer nor its time
 * tells. base is the URL that routes are below; redirect_to may be NULL. Faults.
 */
WA_OUTCOME wa_password_reset_request(
    struct wa_context *cx, const char *base, const char *email, const char *redirect_to);

/*
 * A link for an administrator to hand over, good once and for reset_token_expires_in. It leads to
 * page, by way of the route that looks at the token. Nothing is mailed. Faults.
 */
WA_OUTCOME wa_password_reset_link(struct wa_context *cx, const char *base, const char *user_id,
    const char *page, const char **ret_url, int64_t *ret_expires_ms);

/* Would this token do now? WA_ERR_RESET_TOKEN_INVALID, faults. */
WA_OUTCOME wa_password_reset_check(struct wa_context *cx, const char *token);

/*
 * Consumes the token and writes the password, in one transaction: of two that try, one succeeds.
 * Other reset tokens of the user end with it, her sessions where revoke_sessions_on_password_reset
 * says so, and she is told by mail. No transaction may be open.
 * WA_ERR_PASSWORD_TOO_SHORT/_TOO_LONG/_COMPROMISED, WA_ERR_INVALID (not UTF-8), then
 * WA_ERR_RESET_TOKEN_INVALID, WA_ERR_RESET_USER_GONE, faults.
 */
WA_OUTCOME wa_password_reset_perform(
    struct wa_context *cx, const char *token, const char *password);

/* Ends the user's outstanding tokens: they were mailed to an address, or for a password, that she
 * has no more. */
WA_OUTCOME wa_password_reset_forget(struct wa_context *cx, const char *user_id);

#endif
