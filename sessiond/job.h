/*
 * A request that left the loop: its own copy of the bytes, its own memory, its own answer. Made on
 * the loop, run on a lane, finished on the loop.
 */
#ifndef SESSIOND_JOB_H
#define SESSIOND_JOB_H

#include "sessiond/routes/exchange.h"
#include "sessiond/routes/route.h"
#include "sessiond/worker.h"

/* What each lane's thread has of its own. */
struct lane_state {
	const struct site *site;
	struct store *store;
	struct key_cache *keys;
};

struct job {
	struct work work; /* first: a work is its job */
	uint64_t conn_id;
	bool keep_alive;
	bool repeated; /* the loop tried it first and found that it must write */
	struct wa_arena *arena;
	char *bytes; /* the request as it came, in the arena */
	struct http_request request;
	const struct route *route;
	struct peer peer;
	struct http_response response;
	int64_t received_ms;
	int64_t hold_ms;    /* keep the answer for this long: it must not come sooner than others */
	int64_t release_ms; /* steady; the loop's */
	/* Results */
	enum wa_err outcome;
	char detail[256];
	int log_pages; /* store.h */
	struct minted minted;
	struct wa_mail_tally mails;
	struct verified just_verified;
};

/* Copies head and body (head_len + request->content_length bytes). NULL without memory. */
struct job *job_new(const char *bytes, size_t head_len, const struct http_request *request,
    const struct route *route, const struct peer *peer);
void job_free(struct job *job);

/* The run function of job->work; state is a struct lane_state. */
void job_run(struct work *work, void *state);

/* workers_config's hooks; arg is the struct site. */
enum wa_err lane_open(void *site, void **ret_state);
void lane_close(void *state);
void lane_idle(void *state);

#endif
