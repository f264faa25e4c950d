/* Requests on lanes. */
#include "sessiond/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "sessiond/kdf_memory.h"
#include "sessiond/routes/dispatch.h"
#include "sessiond/routes/key_cache.h"

/* A request and what its handler makes of it. */
#define JOB_ARENA_MAX (WA_ARENA_MAX + WA_HEAD_MAX + WA_BODY_MAX)

/* How long a lane waits for another process's write before it gives up. */
#define LANE_BUSY_MS 5000

struct job *
job_new(const char *bytes, size_t head_len, const struct http_request *request,
    const struct route *route, const struct peer *peer)
{
	size_t n = head_len + request->content_length, len;
	struct job *job = calloc(1, sizeof(*job));
	int status;

	if (job == NULL)
		return NULL;
	http_response_init(&job->response);
	job->arena = wa_arena_new(JOB_ARENA_MAX);
	job->bytes = job->arena == NULL ? NULL : wa_arena_alloc(job->arena, n);
	if (job->bytes == NULL) {
		job_free(job);
		return NULL;
	}
	memcpy(job->bytes, bytes, n); /* as bytes: a NUL in a body ends nothing */
	/* Parsed again rather than moved: slices into bytes that are about to go would outlive
	 * them. */
	if (http_request_parse(job->bytes, n, &job->request, &len, &status) != HTTP_PARSE_DONE) {
		job_free(job);
		return NULL;
	}
	job->request.body = (struct http_slice){job->bytes + len, request->content_length};
	job->route = route;
	job->peer = *peer;
	job->work.run = job_run;
	return job;
}

void
job_free(struct job *job)
{
	if (job == NULL)
		return;
	http_response_done(&job->response);
	wa_arena_free(job->arena);
	free(job);
}

/* What a sign-in takes these days, ms: the mean of the last few. Shared by the hash lane's threads.
 */
static _Atomic int64_t usual_ms;

/*
 * A throttled sign-in runs no KDF, and would be told from a wrong password by its speed. Its answer
 * is kept until a KDF would have been through.
 */
static void
level_time(struct job *job, int64_t took_ms)
{
	int64_t usual = usual_ms;

	if (job->outcome == WA_ERR_THROTTLED)
		job->hold_ms = usual > took_ms ? usual - took_ms : 0;
	else if (job->outcome == WA_OK || job->outcome == WA_ERR_BAD_CREDENTIALS)
		usual_ms = usual == 0 ? took_ms : (7 * usual + took_ms + 4) / 8;
}

void
job_run(struct work *work, void *state)
{
	struct lane_state *lane = state;
	struct job *job = (struct job *)work;
	int64_t started_ms;
	struct exchange x = {
	    .site = lane->site,
	    .request = &job->request,
	    .response = &job->response,
	    .route = job->route,
	    .keys = lane->keys,
	    .peer = &job->peer,
	    .cx =
		{
		    .store = lane->store,
		    .settings = lane->site->settings,
		    .keyring = lane->site->keyring,
		    .arena = job->arena,
		    .now_ms = wa_clock_now_ms(),
		},
	};

	started_ms = wa_clock_steady_ms();
	kdf_memory_begin();
	job->outcome = dispatch(&x);
	kdf_memory_end();
	if (job->route != NULL && job->route->csrf)
		level_time(job, wa_clock_steady_ms() - started_ms);
	if (job->outcome != WA_OK)
		(void)snprintf(job->detail, sizeof(job->detail), "%s", wa_err_detail(job->outcome));
	job->log_pages = store_log_pages(lane->store);
	job->minted = x.minted;
	job->mails = x.cx.mails;
	job->just_verified = x.just_verified;
}

enum wa_err
lane_open(void *arg, void **ret_state)
{
	const struct site *site = arg;
	struct store_options options = {.uri = site->settings->store,
	    .mode = STORE_WRITE,
	    .busy_ms = LANE_BUSY_MS,
	    .leaves_log = true};
	struct lane_state *lane = calloc(1, sizeof(*lane));
	enum wa_err e;

	if (lane == NULL)
		return wa_fault(WA_ERR_NOMEM, "lane");
	lane->site = site;
	lane->keys = key_cache_new();
	e = lane->keys == NULL ? wa_fault(WA_ERR_NOMEM, "lane")
			       : store_open(&options, &lane->store);
	if (e != WA_OK) {
		lane_close(lane);
		return e;
	}
	*ret_state = lane;
	return WA_OK;
}

void
lane_close(void *state)
{
	struct lane_state *lane = state;

	kdf_memory_release();
	key_cache_free(lane->keys);
	store_close(lane->store);
	free(lane);
}

void
lane_idle(void *state)
{
	(void)state;
	kdf_memory_release();
}
