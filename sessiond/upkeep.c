/*
 * Like the mailer, one piece of work that the loop hands over again and again: its fields belong to
 * the loop while it is idle, and to the lane while it is busy.
 *
 * A sweep reads whole tables, of which there may be gigabytes. So it takes one part in REST of its
 * thread's time at most, and where the disk is slow its pauses grow with its steps.
 */
#include "sessiond/upkeep.h"

#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/store/session.h"
#include "lib/store/verification.h"
#include "sessiond/job.h"
#include "sessiond/log.h"

#define FIRST_MS     60000 /* after a start: others have more to do then */
#define PAUSE_MIN_MS 5
#define REST	     10
#define NEVER	     INT64_MAX

static const struct {
	const char *name;
	enum wa_err (*step)(struct store *s, int64_t now_ms, struct store_sweep *sweep);
} tables[] = {
    {"session", store_session_sweep},
    {"verification", store_verification_sweep},
};

struct upkeep {
	struct work work; /* first: a work is its upkeep */
	int64_t every_ms; /* NEVER: no sweeps */
	bool busy;
	bool stopping;
	bool log_is_long;
	int64_t due_ms; /* steady: the next step of a sweep */
	/* What the lane is to do, and how far it has come */
	bool copy_log;
	bool sweep;
	size_t table;
	struct store_sweep at;
	int64_t steps;
	int64_t wait_ms; /* until the next step */
};

/* ---- on the lane ---- */

static void
log_swept(const struct upkeep *u)
{
	enum wa_log_level level = u->at.deleted > 0 ? WA_LOG_INFO : WA_LOG_DEBUG;
	struct log_line line;

	if (!log_wants(level))
		return;
	log_begin(&line, level, "swept");
	log_str(&line, "table", tables[u->table].name);
	log_int(&line, "rows", u->at.deleted);
	log_int(&line, "steps", u->steps);
	log_end(&line);
}

static void
next_table(struct upkeep *u)
{
	u->at = STORE_SWEEP_BEGIN;
	u->steps = 0;
	u->table = (u->table + 1) % WA_ARRAY_LEN(tables);
}

/* True when the sweep has come to its end. */
static bool
step(struct upkeep *u, struct store *store)
{
	enum wa_err e = tables[u->table].step(store, wa_clock_now_ms(), &u->at);

	u->steps++;
	if (e != WA_OK) {
		log_note(WA_LOG_ERROR, "sweep", "%s: %s", tables[u->table].name, wa_err_detail(e));
		u->at.done = true; /* the rest is for the next sweep */
	}
	if (!u->at.done)
		return false;
	log_swept(u);
	next_table(u);
	return u->table == 0;
}

static void
upkeep_run(struct work *work, void *state)
{
	struct upkeep *u = (struct upkeep *)work;
	struct lane_state *lane = state;
	int64_t began_ms = wa_clock_steady_ms(), pause_ms;
	enum wa_err e = WA_OK;

	wa_err_forget();
	if (u->copy_log)
		e = store_checkpoint(lane->store);
	if (e != WA_OK)
		log_note(WA_LOG_ERROR, "store", "%s", wa_err_detail(e));
	if (!u->sweep)
		return;
	if (step(u, lane->store)) {
		u->wait_ms = u->every_ms;
		return;
	}
	pause_ms = (wa_clock_steady_ms() - began_ms) * (REST - 1);
	u->wait_ms = pause_ms < PAUSE_MIN_MS ? PAUSE_MIN_MS : pause_ms;
}

/* ---- on the loop ---- */

void
upkeep_note_log(struct upkeep *u, int pages)
{
	if (pages >= STORE_LOG_PAGES)
		u->log_is_long = true;
}

void
upkeep_run_due(struct upkeep *u, struct workers *ws, int64_t steady_ms)
{
	if (u->busy || u->stopping)
		return;
	if (u->due_ms == 0) /* the first turn */
		u->due_ms = u->every_ms == NEVER
		    ? NEVER
		    : steady_ms + (u->every_ms < FIRST_MS ? u->every_ms : FIRST_MS);
	u->copy_log = u->log_is_long;
	u->sweep = steady_ms >= u->due_ms;
	if (!u->copy_log && !u->sweep)
		return;
	u->log_is_long = false;
	u->busy = workers_submit(ws, WORKER_UPKEEP, &u->work);
}

int64_t
upkeep_deadline(const struct upkeep *u)
{
	return u->busy || u->stopping ? INT64_MAX : u->due_ms;
}

bool
upkeep_finish(struct upkeep *u, const struct work *w, int64_t steady_ms)
{
	if (w != &u->work)
		return false;
	u->busy = false;
	if (u->sweep)
		u->due_ms = steady_ms + u->wait_ms;
	return true;
}

void
upkeep_stop(struct upkeep *u)
{
	u->stopping = true;
}

/* ---- beginning and end ---- */

enum wa_err
upkeep_new(const struct wa_settings *settings, struct upkeep **ret)
{
	struct upkeep *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return wa_fault(WA_ERR_NOMEM, "upkeep");
	u->work.run = upkeep_run;
	u->every_ms = settings->sweep_every > 0 ? settings->sweep_every : NEVER;
	u->at = STORE_SWEEP_BEGIN;
	*ret = u;
	return WA_OK;
}

void
upkeep_free(struct upkeep *u)
{
	free(u);
}
