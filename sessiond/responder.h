/*
 * From bytes that were read to an answer in the connection's output, or to a job on a lane. The
 * loop thread's; nothing is sent here.
 */
#ifndef SESSIOND_RESPONDER_H
#define SESSIOND_RESPONDER_H

#include "sessiond/conns.h"
#include "sessiond/http/request.h"
#include "sessiond/http/response.h"
#include "sessiond/job.h"
#include "sessiond/worker.h"

struct responder {
	const struct site *site;
	const struct wa_settings *settings;
	struct conns *conns;
	struct workers *workers;
	size_t n_busy; /* requests on lanes, or held */
	bool stopping; /* each answer is its connection's last */

	/* What this thread answers with */
	struct store *store;
	bool in_turn;
	bool several; /* connections are ready */
	struct wa_arena *arena;
	struct key_cache *keys;
	struct wa_cache *cookies;
	struct wa_cache *tokens;
	struct wa_cache *verified;
	struct rate_limit *limits;
	struct pam_budget *budget;
	struct http_request request; /* no local: clearing its two kilobytes costs a parse */
	struct http_response response;

	/* Of this turn */
	int64_t now_ms; /* wall clock */
	int64_t steady_ms;
	char date[HTTP_DATE_SIZE];
	int64_t date_s;
};

/* Opens the store to read from. responder_done takes what responder_init left half-built. */
WA_OUTCOME responder_init(
    struct responder *p, const struct site *site, struct conns *conns, struct workers *workers);
void responder_done(struct responder *p);

/* Reads the clocks: once per turn, before anything is answered in it. */
void responder_begin_turn(struct responder *p);

/* Answers the connection's whole requests, or hands one over; reads the store in a snapshot that
 * begins with the first that needs it. */
void responder_take_requests(struct responder *p, struct conn *c);

/* Lets go of that snapshot. */
void responder_end_reading(struct responder *p);

/* A job whose answer may go out: keeps what it has made, logs it, writes the answer if its
 * connection is still there (returned, or NULL), and frees it. */
struct conn *responder_finish(struct responder *p, struct job *job);

#endif
