/*
 * See sweep.h. Looking is done before the write transaction begins, deleting alone within: another
 * writer waits for the deleting of a few rows at most. In between a session may have been extended,
 * which is why the condition is asked once more.
 */
#include "lib/store/sweep.h"

#include "lib/base/limits.h"
#include "lib/store/driver.h"

struct step {
	struct wa_arena *arena;
	const char *ids[STORE_SWEEP_TAKE];
	size_t n;
	int64_t looked;
	int64_t after;
};

static bool
is_full(const struct step *step)
{
	return step->n == STORE_SWEEP_TAKE || step->looked == STORE_SWEEP_LOOK;
}

static enum wa_err
look(struct step *step, struct store_stmt *st)
{
	bool row = false;
	enum wa_err e = WA_OK;

	while (e == WA_OK && !is_full(step)) {
		e = store_step(st, &row);
		if (e != WA_OK || !row)
			return e;

		step->looked++;
		step->after = store_col_int(st, 0);
		if (store_col_bool(st, 1))
			step->ids[step->n++] = store_col_need_text(st, 2, step->arena);
		e = store_row_check(st);
	}
	return e;
}

static enum wa_err
find_expired(struct store *s, const char *find, int64_t now_ms, struct step *step)
{
	struct store_stmt *st = store_prepare(s, find);
	enum wa_err e;

	store_bind_int(st, 1, step->after);
	store_bind_time(st, 2, now_ms);
	store_bind_int(st, 3, STORE_SWEEP_LOOK);
	e = look(step, st);
	store_done(st);
	return e;
}

static enum wa_err
take_expired(
    struct store *s, const char *take, int64_t now_ms, const struct step *step, int64_t *ret)
{
	int64_t total = 0, n = 0;

	for (size_t i = 0; i < step->n; i++) {
		struct store_stmt *st = store_prepare(s, take);
		enum wa_err e;

		store_bind_text(st, 1, step->ids[i]);
		store_bind_time(st, 2, now_ms);
		e = store_run(st, &n);
		if (e != WA_OK)
			return e;
		total += n;
	}
	*ret = total;
	return WA_OK;
}

enum wa_err
store_sweep_step(
    struct store *s, const char *find, const char *take, int64_t now_ms, struct store_sweep *sweep)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	struct step step = {.arena = a, .after = sweep->after};
	int64_t deleted = 0;
	bool own = false;
	enum wa_err e;

	if (a == NULL)
		return wa_fault(WA_ERR_NOMEM, "sweep");

	e = find_expired(s, find, now_ms, &step);
	if (e != WA_OK)
		return e;

	if (step.n > 0) {
		e = store_open_write(s, &own);
		if (e != WA_OK)
			return e;

		e = store_close_write(s, own, take_expired(s, take, now_ms, &step, &deleted));
		if (e != WA_OK)
			return e;
	}

	sweep->after = step.after;
	sweep->done = !is_full(&step);
	sweep->deleted += deleted;
	return WA_OK;
}
