/*
 * The event loop: connections, deadlines, and the answers that need no lane. One thread.
 */
#ifndef SESSIOND_LOOP_H
#define SESSIOND_LOOP_H

#include "sessiond/listen.h"
#include "sessiond/routes/site.h"
#include "sessiond/worker.h"

struct beside;
struct mailer;
struct upkeep;

#define LOOP_BESIDES_MAX 2

struct loop_config {
	const struct site *site;
	const struct listeners *listeners;
	struct workers *workers;
	struct mailer *mailer; /* NULL: none */
	struct upkeep *upkeep;
	int stop_fd; /* readable: stop; a signalfd for SIGTERM and SIGINT */
	/* Processes that must not end before the daemon; NULL: none. */
	const struct beside *besides[LOOP_BESIDES_MAX];
};

/*
 * Serves until stop_fd is readable; then no new connection is taken, requests in flight are
 * answered (at most stop_timeout), idle connections are closed. WA_OK, or what kept it from
 * serving.
 */
WA_OUTCOME loop_run(const struct loop_config *config);

#endif
