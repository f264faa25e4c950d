/*
 * Deleting one's own account, at once or through a link that was mailed (contract.md 5.6).
 */
#ifndef LIB_CORE_DELETION_H
#define LIB_CORE_DELETION_H

#include "lib/core/context.h"

/*
 * Deletes the user with her sessions, accounts and links, in one transaction. With a token only if
 * that is a live deletion token of hers, which is used up: WA_ERR_DELETE_TOKEN_INVALID otherwise.
 */
WA_OUTCOME wa_deletion_perform(struct wa_context *cx, const char *user_id, const char *token);

#endif
