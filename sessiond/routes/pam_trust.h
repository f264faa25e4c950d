/*
 * Which local users may ask about anybody, for which PAM services (trusted_peer), as uids. Worked
 * out once at start: no request waits for NSS, and no account that comes later is trusted by
 * surprise.
 */
#ifndef SESSIOND_ROUTES_PAM_TRUST_H
#define SESSIOND_ROUTES_PAM_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/error.h"

struct pam_trusted {
	const char *service; /* "" for all that have no section */
	const uid_t *uids;
	size_t n;
};

struct pam_trust {
	const struct pam_trusted *services;
	size_t n;
};

/* Memory from a. WA_ERR_CONFIG: no such user. */
WA_OUTCOME pam_trust_init(struct wa_arena *a, const struct wa_settings *s, struct pam_trust *ret);

/* May it ask about anybody for this service? */
bool pam_trust_has(const struct pam_trust *t, const char *service, uid_t uid);

/* For any service at all? */
bool pam_trust_knows(const struct pam_trust *t, uid_t uid);

#endif
