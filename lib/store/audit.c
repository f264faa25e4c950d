/*
 * Rows of "webauth_audit". There is no UPDATE here, and the one DELETE takes from the front alone:
 * a row in the middle that goes breaks the chain, whoever takes it.
 */
#include "lib/store/audit.h"

#include "lib/base/limits.h"
#include "lib/store/driver.h"

#define SWEEP_STEP 256

#define COLUMNS                                                                                 \
	"l.\"number\", l.\"createdAt\", l.\"event\", l.\"reason\", l.\"detail\", l.\"userId\"," \
	" l.\"name\", l.\"actor\", l.\"door\", l.\"service\", l.\"tty\", l.\"address\","        \
	" l.\"agent\", l.\"sessionId\", l.\"previous\", l.\"hash\""

enum wa_err
store_audit_last(struct store *s, struct wa_arena *a, int64_t *ret_number, const char **ret_hash)
{
	struct store_stmt *st = store_prepare(s,
	    "SELECT \"number\", \"hash\" FROM \"webauth_audit\" ORDER BY \"number\" DESC LIMIT 1");
	const char *hash = NULL;
	int64_t number = 0;
	enum wa_err e = store_step_row(st);

	if (e == WA_OK) {
		number = store_col_int(st, 0);
		hash = store_col_need_text(st, 1, a);
		e = store_row_check(st);
	}
	store_done(st);
	if (e != WA_OK)
		return e;

	*ret_number = number;
	*ret_hash = hash;
	return WA_OK;
}

enum wa_err
store_audit_insert(struct store *s, const struct audit_row *row)
{
	struct store_stmt *st = store_prepare(s,
	    "INSERT INTO \"webauth_audit\" (\"number\", \"createdAt\", \"event\", \"reason\","
	    " \"detail\", \"userId\", \"name\", \"actor\", \"door\", \"service\", \"tty\","
	    " \"address\", \"agent\", \"sessionId\", \"previous\", \"hash\")"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)");

	store_bind_int(st, 1, row->number);
	store_bind_time(st, 2, row->at_ms);
	store_bind_text(st, 3, row->event);
	store_bind_text(st, 4, row->reason);
	store_bind_text(st, 5, row->detail);
	store_bind_text(st, 6, row->user_id);
	store_bind_text(st, 7, row->name);
	store_bind_text(st, 8, row->actor);
	store_bind_text(st, 9, row->door);
	store_bind_text(st, 10, row->service);
	store_bind_text(st, 11, row->tty);
	store_bind_text(st, 12, row->address);
	store_bind_text(st, 13, row->agent);
	store_bind_text(st, 14, row->session_id);
	store_bind_text(st, 15, row->previous);
	store_bind_text(st, 16, row->hash);
	return store_run(st, NULL);
}

/*
 * Of the oldest few, those before the first that is young enough: a clock that went back must not
 * make a hole. Neither statement reads more than a step's rows, however many there are.
 */
static enum wa_err
sweep_old(struct store *s, int64_t before_ms, int64_t *ret_deleted)
{
	struct store_stmt *st = store_prepare(s,
	    "DELETE FROM \"webauth_audit\" WHERE"
	    " \"number\" < (SELECT max(\"number\") FROM \"webauth_audit\")"
	    " AND \"number\" < (SELECT min(\"number\") FROM \"webauth_audit\") + ?2"
	    " AND \"number\" < coalesce((SELECT min(\"number\") FROM (SELECT \"number\","
	    " \"createdAt\" FROM \"webauth_audit\" ORDER BY \"number\" LIMIT ?2) f"
	    " WHERE f.\"createdAt\" >= ?1), 9223372036854775807)");

	store_bind_time(st, 1, before_ms);
	store_bind_int(st, 2, SWEEP_STEP);
	return store_run(st, ret_deleted);
}

static enum wa_err
sweep_over(struct store *s, int64_t max_rows, int64_t *ret_deleted)
{
	struct store_stmt *st = store_prepare(s,
	    "DELETE FROM \"webauth_audit\" WHERE"
	    " \"number\" <= (SELECT max(\"number\") FROM \"webauth_audit\") - ?1"
	    " AND \"number\" < (SELECT min(\"number\") FROM \"webauth_audit\") + ?2");

	store_bind_int(st, 1, max_rows > 0 ? max_rows : 1);
	store_bind_int(st, 2, SWEEP_STEP);
	return store_run(st, ret_deleted);
}

enum wa_err
store_audit_sweep(struct store *s, int64_t before_ms, int64_t max_rows, int64_t *ret_deleted)
{
	int64_t old = 0, over = 0;
	enum wa_err e = sweep_old(s, before_ms, &old);

	if (e == WA_OK)
		e = sweep_over(s, max_rows, &over);
	if (e == WA_OK && ret_deleted != NULL)
		*ret_deleted = old + over;
	return e;
}

static enum wa_err
read_row(struct store_stmt *st, struct wa_arena *a, bool with_email, struct audit_row *ret)
{
	*ret = (struct audit_row){
	    .number = store_col_int(st, 0),
	    .at_ms = store_col_time(st, 1),
	    .event = store_col_need_text(st, 2, a),
	    .reason = store_col_text(st, 3, a),
	    .detail = store_col_text(st, 4, a),
	    .user_id = store_col_text(st, 5, a),
	    .name = store_col_text(st, 6, a),
	    .actor = store_col_text(st, 7, a),
	    .door = store_col_need_text(st, 8, a),
	    .service = store_col_text(st, 9, a),
	    .tty = store_col_text(st, 10, a),
	    .address = store_col_text(st, 11, a),
	    .agent = store_col_text(st, 12, a),
	    .session_id = store_col_text(st, 13, a),
	    .previous = store_col_need_text(st, 14, a),
	    .hash = store_col_need_text(st, 15, a),
	    .user_email = with_email ? store_col_text(st, 16, a) : NULL,
	};
	return store_row_check(st);
}

static enum wa_err
each_row(struct store_stmt *st, bool with_email, bool (*fn)(void *arg, const struct audit_row *row),
    void *arg)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	bool more = a != NULL;
	enum wa_err e = more ? WA_OK : wa_fault(WA_ERR_NOMEM, "audit log");

	while (more) {
		struct audit_row row;

		e = store_step(st, &more);
		if (e != WA_OK || !more)
			break;
		wa_arena_reset(a);
		e = read_row(st, a, with_email, &row);
		more = e == WA_OK && fn(arg, &row);
	}
	store_done(st);
	return e;
}

enum wa_err
store_audit_each(struct store *s, const struct audit_filter *filter,
    bool (*fn)(void *arg, const struct audit_row *row), void *arg)
{
	struct store_stmt *st = store_prepare(s,
	    "SELECT " COLUMNS ", u.\"email\" FROM \"webauth_audit\" l"
	    " LEFT JOIN \"user\" u ON u.\"id\" = l.\"userId\""
	    " WHERE l.\"number\" < ?1 AND l.\"createdAt\" >= ?2"
	    " AND (?3 IS NULL OR l.\"event\" = ?3)"
	    " AND (?4 IS NULL AND ?5 IS NULL OR l.\"userId\" = ?4 OR l.\"name\" = ?5)"
	    " ORDER BY l.\"number\" DESC LIMIT ?6");

	store_bind_int(st, 1, filter->before_number > 0 ? filter->before_number : INT64_MAX);
	store_bind_time(st, 2, filter->since_ms);
	store_bind_text(st, 3, filter->event);
	store_bind_text(st, 4, filter->user_id);
	store_bind_text(st, 5, filter->name);
	store_bind_int(st, 6, filter->limit);
	return each_row(st, true, fn, arg);
}

enum wa_err
store_audit_walk(struct store *s, bool (*fn)(void *arg, const struct audit_row *row), void *arg)
{
	return each_row(
	    store_prepare(s, "SELECT " COLUMNS " FROM \"webauth_audit\" l ORDER BY l.\"number\""),
	    false, fn, arg);
}
