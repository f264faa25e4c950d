/*
 * Deleting rows that have expired, in steps so small that nobody else notices them.
 *
 * There is no index on expiresAt in Better Auth's tables, so a sweep reads a table from end to end.
 * A step goes on where the last one stopped, looks at so many rows at most, and deletes so many at
 * most, in one transaction; between steps nothing is held. A VACUUM in between may number the rows
 * anew: what is passed over then is for the next sweep.
 */
#ifndef LIB_STORE_SWEEP_H
#define LIB_STORE_SWEEP_H

#include "lib/store/store.h"

#define STORE_SWEEP_LOOK 2000
#define STORE_SWEEP_TAKE 200

/* A sweep of one table, from STORE_SWEEP_BEGIN until done. */
struct store_sweep {
	int64_t after; /* the row that was looked at last */
	bool done;
	int64_t deleted; /* by all steps together */
};

#define STORE_SWEEP_BEGIN ((struct store_sweep){.after = INT64_MIN})

/*
 * One step. find selects the rows after one (?1: that row, ?2: now, ?3: how many) as row, whether
 * it has expired, id; take deletes one (?1: id, ?2: now) that still has.
 */
WA_OUTCOME store_sweep_step(
    struct store *s, const char *find, const char *take, int64_t now_ms, struct store_sweep *sweep);

#endif
