/*
 * The host's accounts, as the PAM routes ask about them. The daemon answers from a process beside
 * it (sessiond/names.h); where there is none, as in tests, this process asks NSS itself.
 */
#ifndef SESSIOND_ROUTES_ACCOUNTS_H
#define SESSIOND_ROUTES_ACCOUNTS_H

#include "lib/core/local_account.h"

struct accounts {
	/* As wa_local_account_find and wa_local_account_name; on any thread. */
	struct wa_local_account (*find)(const struct accounts *self, struct wa_arena *a,
	    const struct wa_service *service, const char *name);
	enum wa_err (*name)(
	    const struct accounts *self, struct wa_arena *a, uid_t uid, const char **ret);
};

#endif
