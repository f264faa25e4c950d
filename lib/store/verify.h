/* Reading everything in the store for damage: for an administrator's check, never for a service. */
#ifndef LIB_STORE_VERIFY_H
#define LIB_STORE_VERIFY_H

#include <stdbool.h>

#include "lib/store/store.h"

/*
 * Calls fn for each finding, at most limit of each kind, until it returns false: pages, indexes and
 * constraints, then rows that refer to rows that are gone. The text is valid during the call.
 */
WA_OUTCOME store_verify(
    struct store *s, int64_t limit, bool (*fn)(void *arg, const char *finding), void *arg);

#endif
