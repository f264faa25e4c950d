/*
 * Finished jobs whose answer must not go out yet (see job.c), by the time it may. The loop's.
 */
#ifndef SESSIOND_HELD_H
#define SESSIOND_HELD_H

#include <stdint.h>

#include "sessiond/job.h"

struct held {
	struct job *first; /* by release_ms, linked by work.next */
};

/* Keeps the job until job->release_ms, which the caller has set. */
void held_add(struct held *h, struct job *job);

/* The next job whose time has come; NULL when there is none. */
struct job *held_take(struct held *h, int64_t steady_ms);

/* When the next one's time comes; INT64_MAX when none is held. */
int64_t held_deadline(const struct held *h);

#endif
