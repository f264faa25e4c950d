/*
 * Deleting one's own account, at once or through a link that was mailed (contract.md 5.6).
 */
#ifndef LIB_CORE_DELETION_H
#define LIB_CORE_DELETION_H

#include "lib/core/context.h"
#include "lib/store/user.h"

/*
 * Mails the link to the user: base, which is the URL that routes are below, and a token that lives
 * delete_token_expires_in. The browser then goes to callback_url; NULL or "": to the site's root.
 */
WA_OUTCOME wa_deletion_request(
    struct wa_context *cx, const char *base, const struct user *user, const char *callback_url);

/*
 * Deletes the user with her sessions, accounts and links, in one transaction. With a token only if
 * that is a live deletion token of hers, which is used up: WA_ERR_DELETE_TOKEN_INVALID otherwise.
 */
WA_OUTCOME wa_deletion_perform(struct wa_context *cx, const char *user_id, const char *token);

#endif
