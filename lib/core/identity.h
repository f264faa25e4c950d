/*
 * Which web user a PAM user name is. Names are untrusted text from the network until this file has
 * looked at them; local accounts are refused here unless an administrator linked them.
 */
#ifndef LIB_CORE_IDENTITY_H
#define LIB_CORE_IDENTITY_H

#include <stdbool.h>

#include "lib/core/context.h"
#include "lib/store/user.h"

/* What the host knows of the name, from local_account.h. */
struct wa_local_account {
	enum wa_local_known {
		WA_LOCAL_NONE,	  /* no local account of that name */
		WA_LOCAL_EXISTS,  /* uid is valid */
		WA_LOCAL_UNKNOWN, /* NSS could not tell: doubt, so a refusal */
	} known;
	uint64_t uid;
};

/* Acceptable as a PAM user name at all: 1 to WA_PAM_NAME_MAX bytes of UTF-8, no leading '-' or '+',
 * no control character, no ':' or '/' or blank at either end. */
bool wa_identity_name_is_valid(const char *name);

/*
 * May this name be a web user's at all, by this service's rules, before the store is touched?
 * WA_ERR_USER_UNKNOWN (detail: why, for the administrator) for an invalid name, "root", uid 0, a
 * uid below min_uid, NSS in doubt; for account = web also any other local name; for account = unix
 * also a name that is no local account.
 */
WA_OUTCOME wa_identity_admit(
    const struct wa_service *service, const char *name, const struct wa_local_account *local);

/*
 * The web user of an admitted name. account = unix: by link alone. Otherwise by the service's match
 * list in its order; an e-mail counts only when verified. WA_ERR_USER_UNKNOWN, faults of the store.
 */
WA_OUTCOME wa_identity_find(
    struct wa_context *cx, const struct wa_service *service, const char *name, struct user *ret);

#endif
