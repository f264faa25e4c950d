/*
 * What the host knows of a name, before the store is asked.
 */
#ifndef PAM_WEBAUTH_GUARD_H
#define PAM_WEBAUTH_GUARD_H

#include <stdbool.h>

#include "lib/base/error.h"

struct call;

/* Looks call->name up, fills call->local and asks wa_identity_admit: WA_OK or WA_ERR_USER_UNKNOWN
 * with the reason. Call it before anything else is done with the name. */
WA_OUTCOME guard_admit(struct call *call);

/* After a refusal: is it that the name is a local account's, and so other modules' business? True
 * for "root" even when the host cannot tell, so that our account line never stands in root's way.
 */
bool guard_is_local(const struct call *call);

#endif
