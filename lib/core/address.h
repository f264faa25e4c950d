/*
 * A user's e-mail address: proving it and changing it through links that are mailed (contract.md
 * 5.6, 5.8). base is the URL that routes are below; callback_url is where the browser goes from
 * the link, NULL or "" for the site's root.
 */
#ifndef LIB_CORE_ADDRESS_H
#define LIB_CORE_ADDRESS_H

#include <stdbool.h>

#include "lib/core/context.h"
#include "lib/store/user.h"

/* A link to the user's own address. Within the caller's transaction if one is open. Faults. */
WA_OUTCOME wa_address_mail_verification(
    struct wa_context *cx, const char *base, const struct user *u, const char *callback_url);

/* The same for whoever asks: to the user of this address if there is one who has not proven it.
 * For all others it costs the same. */
WA_OUTCOME wa_address_request_verification(
    struct wa_context *cx, const char *base, const char *email, const char *callback_url);

/*
 * Begins the change to new_email, in any letter case. *u, the user who is signed in, gets the new
 * address at once, and *ret_changed is true, where change_email_unverified says so. Otherwise a
 * link goes to the old address or to the new one. An address that is taken: the same, but nothing.
 * WA_ERR_EMAIL_CHANGE_DISABLED, WA_ERR_EMAIL_SAME, WA_ERR_EMAIL_UNCHANGEABLE,
 * WA_ERR_INVALID_EMAIL (too long), faults.
 */
WA_OUTCOME wa_address_request_change(struct wa_context *cx, const char *base, struct user *u,
    const char *new_email, const char *callback_url, bool *ret_changed);

struct wa_address_result {
	enum {
		WA_ADDRESS_PROVEN_BEFORE,
		WA_ADDRESS_PROVEN,    /* emailVerified is set now */
		WA_ADDRESS_CONFIRMED, /* the next link went to the new address */
		WA_ADDRESS_CHANGED,
	} what;
	struct user user; /* as it is now */
};

/*
 * What the token in a link is for. signed_in is who clicks, or NULL.
 * WA_ERR_VERIFY_TOKEN_EXPIRED, WA_ERR_VERIFY_TOKEN_INVALID, WA_ERR_VERIFY_USER_GONE,
 * WA_ERR_VERIFY_USER_OTHER, faults.
 */
WA_OUTCOME wa_address_verify(struct wa_context *cx, const char *base, const char *token,
    const struct user *signed_in, const char *callback_url, struct wa_address_result *ret);

#endif
