/* Deleting rows that have expired, in steps that do not hold up writers. */
#ifndef LIB_STORE_SWEEP_H
#define LIB_STORE_SWEEP_H

#include "lib/store/store.h"

/*
 * find selects ids (?1: now, ?2: how many), take deletes one (?1: id, ?2: now) that is still due.
 * There is no index on expiresAt in Better Auth's tables, so finding reads them all: it is done
 * before the write transaction begins, and only the deleting is done within.
 */
WA_OUTCOME store_sweep(struct store *s, const char *find, const char *take, int64_t now_ms,
    int64_t limit, int64_t *ret_deleted);

#endif
