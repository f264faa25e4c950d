/*
 * See sweep.h. A step is bounded by STEP_MAX whatever the caller asks, so that its ids fit on an
 * arena.
 */
#include "lib/store/sweep.h"

#include "lib/base/limits.h"
#include "lib/store/driver.h"

#define STEP_MAX 4096

struct step {
	struct store *store;
	struct wa_arena *arena;
	const char **ids;
	size_t n;
	int64_t now_ms;
};

static enum wa_err
find_ids(struct step *step, struct store_stmt *st, int64_t limit)
{
	bool row = false;
	enum wa_err e;

	store_bind_time(st, 1, step->now_ms);
	store_bind_int(st, 2, limit);
	while (step->n < (size_t)limit) {
		e = store_step(st, &row);
		if (e != WA_OK || !row)
			return e;

		step->ids[step->n] = store_col_need_text(st, 0, step->arena);
		e = store_row_check(st);
		if (e != WA_OK)
			return e;
		step->n++;
	}
	return WA_OK;
}

static enum wa_err
take_ids(struct step *step, const char *take, int64_t *ret_deleted)
{
	int64_t total = 0;
	int64_t n = 0;
	enum wa_err e;

	for (size_t i = 0; i < step->n; i++) {
		struct store_stmt *st = store_prepare(step->store, take);

		store_bind_text(st, 1, step->ids[i]);
		store_bind_time(st, 2, step->now_ms);
		e = store_run(st, &n);
		if (e != WA_OK)
			return e;
		total += n;
	}
	*ret_deleted = total;
	return WA_OK;
}

enum wa_err
store_sweep(struct store *s, const char *find, const char *take, int64_t now_ms, int64_t limit,
    int64_t *ret_deleted)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	struct step step = {.store = s, .arena = a, .now_ms = now_ms};
	struct store_stmt *st;
	int64_t deleted = 0;
	bool own = false;
	enum wa_err e;

	if (limit <= 0 || limit > STEP_MAX)
		limit = STEP_MAX;
	step.ids = a == NULL ? NULL : wa_arena_alloc(a, (size_t)limit * sizeof(*step.ids));
	if (step.ids == NULL)
		return wa_fault(WA_ERR_NOMEM, "sweep");

	st = store_prepare(s, find);
	e = find_ids(&step, st, limit);
	store_done(st);
	if (e != WA_OK)
		return e;

	if (step.n > 0) {
		e = store_open_write(s, &own);
		if (e != WA_OK)
			return e;

		e = store_close_write(s, own, take_ids(&step, take, &deleted));
		if (e != WA_OK)
			return e;
	}

	if (ret_deleted != NULL)
		*ret_deleted = deleted;
	return WA_OK;
}
