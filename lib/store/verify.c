/* SQLite's own checks, as a list of findings. Another driver has none to offer and answers nothing.
 */
#include "lib/store/verify.h"

#include <string.h>

#include "lib/store/driver.h"

#define FINDING_MAX 65536

/* The statement's first column, one finding a row. */
static enum wa_err
each_finding(struct store_stmt *st, bool (*fn)(void *arg, const char *finding), void *arg)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(FINDING_MAX);
	bool row = false;
	enum wa_err e;

	if (a == NULL)
		return wa_fault(WA_ERR_NOMEM, "check the store");
	for (;;) {
		const char *text;

		e = store_step(st, &row);
		if (e != WA_OK || !row)
			return e;
		wa_arena_reset(a);
		text = store_col_need_text(st, 0, a);
		e = store_row_check(st);
		if (e != WA_OK)
			return e;
		if (!fn(arg, text))
			return WA_OK;
	}
}

static enum wa_err
run(struct store *s, const char *sql, int64_t limit, bool (*fn)(void *arg, const char *finding),
    void *arg)
{
	struct store_stmt *st = store_prepare(s, sql);
	enum wa_err e;

	store_bind_int(st, 1, limit);
	e = each_finding(st, fn, arg);
	store_done(st);
	return e;
}

enum wa_err
store_verify(struct store *s, int64_t limit, bool (*fn)(void *arg, const char *finding), void *arg)
{
	enum wa_err e;

	e = run(s,
	    "SELECT \"integrity_check\" FROM pragma_integrity_check(100)"
	    " WHERE \"integrity_check\" <> 'ok' LIMIT ?1",
	    limit, fn, arg);
	if (e != WA_OK)
		return e;
	return run(s,
	    "SELECT 'table ' || \"table\" || ': ' || count(*) || ' rows refer to rows of ' ||"
	    " \"parent\" || ' that are gone' FROM pragma_foreign_key_check"
	    " GROUP BY \"table\", \"parent\" LIMIT ?1",
	    limit, fn, arg);
}
