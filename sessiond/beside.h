/*
 * A process beside the daemon, for what the daemon gives up the right to do itself: it is forked
 * before there is a secret in memory, a store open or a thread running, holds nothing but its end
 * of one socket, and ends when the daemon's end is closed, however the daemon ended.
 *
 * Each question goes with a socket of its own for the answer, so that threads may ask at once and
 * nobody reads another's answer.
 */
#ifndef SESSIOND_BESIDE_H
#define SESSIOND_BESIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

struct beside {
	const char *name; /* as the log and ps(1) have it */
	int fd;
	int pidfd; /* readable once it has ended, which it does not do by itself */
};

#define BESIDE_NONE ((struct beside){.fd = -1, .pidfd = -1})

/* What it does with a question; reply is the socket for the answer and file what came with it, or
 * -1. Both are closed by the caller. */
typedef void beside_answer(void *arg, int reply, int file, const void *question, size_t n);

/* Forks; the child answers until it is no longer needed, and does not return. name of at most 15
 * characters. */
WA_OUTCOME beside_start(
    const char *name, size_t question_max, beside_answer *answer, void *arg, struct beside *ret);

bool beside_has_ended(const struct beside *b);

/* Closes the socket and waits for the process to end, a bounded time. */
void beside_end(struct beside *b);

/* Asks; *ret_reply is a socket on which one answer comes, or its end. Any thread. file may be -1.
 */
WA_OUTCOME beside_ask(
    const struct beside *b, const void *question, size_t n, int file, int *ret_reply);

#endif
