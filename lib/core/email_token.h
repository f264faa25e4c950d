/*
 * The token in a link that proves an e-mail address (contract.md 5.8): a JWT, HS256 with the
 * current secret, not stored anywhere. Node's are accepted here, and ours there.
 */
#ifndef LIB_CORE_EMAIL_TOKEN_H
#define LIB_CORE_EMAIL_TOKEN_H

#include "lib/core/context.h"

struct wa_email_token {
	const char *email;     /* the address that the user has, in lower case */
	const char *update_to; /* the one to have, in lower case; NULL: none */
	enum wa_email_request {
		WA_EMAIL_REQUEST_NONE,
		WA_EMAIL_REQUEST_CONFIRM, /* "change-email-confirmation" */
		WA_EMAIL_REQUEST_VERIFY,  /* "change-email-verification" */
	} request;
	const char *user_id; /* NULL in tokens of Better Auth before 1.7.16 */
};

/* Lives verification_expires_in. Addresses in any letter case. Arena memory; faults. */
WA_OUTCOME wa_email_token_make(
    struct wa_context *cx, const struct wa_email_token *t, const char **ret);

/* WA_ERR_VERIFY_TOKEN_EXPIRED for one that was ours and good; WA_ERR_VERIFY_TOKEN_INVALID for
 * anything else; faults. Arena memory. */
WA_OUTCOME wa_email_token_open(struct wa_context *cx, const char *text, struct wa_email_token *ret);

#endif
