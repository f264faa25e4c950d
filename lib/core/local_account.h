/*
 * What the host knows of a name or a uid: the core's only question to NSS, for the module and the
 * daemon. Decisions on the answer are identity.h's.
 */
#ifndef LIB_CORE_LOCAL_ACCOUNT_H
#define LIB_CORE_LOCAL_ACCOUNT_H

#include <sys/types.h>

#include "lib/base/arena.h"
#include "lib/core/identity.h"

/* The local account that a login of this name to this service would be; for account = web also
 * the one its lower case is, because services fold it. Only for a valid name: modules of NSS put
 * names into queries and paths. */
struct wa_local_account wa_local_account_find(
    struct wa_arena *a, const struct wa_service *service, const char *name);

/* The account of that very name. */
struct wa_local_account wa_local_account_by_name(struct wa_arena *a, const char *name);

/* The name of a uid. WA_ERR_NOT_FOUND, WA_ERR_SYSTEM when NSS cannot tell. */
WA_OUTCOME wa_local_account_name(struct wa_arena *a, uid_t uid, const char **ret);

/* A user as a configuration names one, by name or uid. WA_ERR_NOT_FOUND, WA_ERR_SYSTEM. */
WA_OUTCOME wa_local_account_uid(struct wa_arena *a, const char *text, uid_t *ret);

#endif
