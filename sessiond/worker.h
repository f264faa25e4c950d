/*
 * Lanes: threads that may wait, for work that the loop may not do. The only file that locks.
 *
 * A piece of work owns all it needs, cannot fail (its result is in it) and is finished exactly
 * once: by workers_take_done on the loop thread.
 */
#ifndef SESSIOND_WORKER_H
#define SESSIOND_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

enum worker_lane {
	WORKER_STORE,  /* writes, one thread: SQLite has one writer */
	WORKER_HASH,   /* password hashes, lower priority */
	WORKER_MAIL,   /* sends mails: waits for another program */
	WORKER_UPKEEP, /* what nobody waits for */
	WORKER_LANES,
};

struct work {
	struct work *next;
	/* On a thread of the lane; state is what thread_open made for that thread. */
	void (*run)(struct work *w, void *state);
};

struct workers_config {
	struct {
		unsigned threads;
		size_t queue; /* work that may wait; more is refused */
		int nice;
	} lanes[WORKER_LANES];
	/* Each thread's own state; a failure of any ends workers_start with it. */
	enum wa_err (*thread_open)(void *arg, void **ret_state);
	void (*thread_close)(void *state);
	/* Once per spell, when a thread has had nothing to do for idle_ms. */
	void (*thread_idle)(void *state);
	int64_t idle_ms;
	void *arg;
};

struct workers;

/* Starts all threads; signals are blocked in them. */
WA_OUTCOME workers_start(const struct workers_config *config, struct workers **ret);

/* False when the lane's queue is full: the work is still the caller's. */
bool workers_submit(struct workers *ws, enum worker_lane lane, struct work *w);

/* Readable when there is finished work. */
int workers_fd(const struct workers *ws);

/* The finished work, oldest first, linked by next; NULL when there is none. Loop thread only. */
struct work *workers_take_done(struct workers *ws);

/* Waits for the running work, and gives back what has not been run: the caller frees it. */
struct work *workers_stop(struct workers *ws);

#endif
