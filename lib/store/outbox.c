/* Rows of "webauth_outbox". */
#include "lib/store/outbox.h"

#include "lib/store/driver.h"

#define COLUMNS                                                                          \
	"\"id\", \"kind\", \"recipient\", \"name\", \"url\", \"detail\", \"createdAt\"," \
	" \"nextAttemptAt\", \"attempts\", \"lastError\""

enum wa_err
store_outbox_insert(struct store *s, const struct outbox_row *row, int64_t max,
    int64_t max_recipient, bool *ret_inserted)
{
	struct store_stmt *st = store_prepare(s,
	    "INSERT INTO \"webauth_outbox\" (" COLUMNS ")"
	    " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10"
	    " WHERE (SELECT count(*) FROM \"webauth_outbox\") < ?11"
	    " AND (SELECT count(*) FROM \"webauth_outbox\" WHERE \"recipient\" = ?3) < ?12");
	int64_t n;
	enum wa_err e;

	store_bind_text(st, 1, row->id);
	store_bind_text(st, 2, row->kind);
	store_bind_text(st, 3, row->recipient);
	store_bind_text(st, 4, row->name);
	store_bind_text(st, 5, row->url);
	store_bind_text(st, 6, row->detail);
	store_bind_time(st, 7, row->created_ms);
	store_bind_time(st, 8, row->next_ms);
	store_bind_int(st, 9, row->attempts);
	store_bind_text(st, 10, row->last_error);
	store_bind_int(st, 11, max);
	store_bind_int(st, 12, max_recipient);
	e = store_run(st, &n);
	if (e != WA_OK)
		return e;
	*ret_inserted = n > 0;
	return WA_OK;
}

static enum wa_err
read_row(struct store_stmt *st, struct wa_arena *a, struct outbox_row *ret)
{
	struct outbox_row row = {
	    .id = store_col_need_text(st, 0, a),
	    .kind = store_col_need_text(st, 1, a),
	    .recipient = store_col_need_text(st, 2, a),
	    .name = store_col_need_text(st, 3, a),
	    .url = store_col_text(st, 4, a),
	    .detail = store_col_text(st, 5, a),
	    .created_ms = store_col_time(st, 6),
	    .next_ms = store_col_time(st, 7),
	    .attempts = store_col_int(st, 8),
	    .last_error = store_col_text(st, 9, a),
	};
	enum wa_err e = store_row_check(st);

	if (e == WA_OK)
		*ret = row;
	return e;
}

static enum wa_err
claim(struct store *s, struct wa_arena *a, int64_t now_ms, int64_t until_ms, struct outbox_row *ret)
{
	/* The condition stands twice: where readers do not wait for writers, two may choose the
	 * same row, and the second must then find it taken. */
	struct store_stmt *st = store_prepare(s,
	    "UPDATE \"webauth_outbox\" SET \"nextAttemptAt\" = ?2, \"attempts\" = \"attempts\" + 1"
	    " WHERE \"nextAttemptAt\" <= ?1 AND \"id\" = (SELECT \"id\" FROM \"webauth_outbox\""
	    " WHERE \"nextAttemptAt\" <= ?1 ORDER BY \"nextAttemptAt\" LIMIT 1)"
	    " RETURNING " COLUMNS);
	enum wa_err e;

	store_bind_time(st, 1, now_ms);
	store_bind_time(st, 2, until_ms);
	e = store_step_row(st);
	if (e == WA_OK)
		e = read_row(st, a, ret);
	store_done(st);
	return e;
}

enum wa_err
store_outbox_claim(
    struct store *s, struct wa_arena *a, int64_t now_ms, int64_t until_ms, struct outbox_row *ret)
{
	struct outbox_row row;
	enum wa_err e;

	/* A transaction of its own: what is handed out has been committed. */
	e = store_begin_write(s);
	if (e != WA_OK)
		return e;

	e = store_end(s, claim(s, a, now_ms, until_ms, &row));
	if (e == WA_OK)
		*ret = row;
	return e;
}

enum wa_err
store_outbox_postpone(
    struct store *s, const char *id, int64_t until_ms, int64_t next_ms, const char *error)
{
	struct store_stmt *st = store_prepare(s,
	    "UPDATE \"webauth_outbox\" SET \"nextAttemptAt\" = ?3, \"lastError\" = ?4"
	    " WHERE \"id\" = ?1 AND \"nextAttemptAt\" = ?2");

	store_bind_text(st, 1, id);
	store_bind_time(st, 2, until_ms);
	store_bind_time(st, 3, next_ms);
	store_bind_text(st, 4, error);
	return store_run_row(st);
}

enum wa_err
store_outbox_delete(struct store *s, const char *id)
{
	struct store_stmt *st =
	    store_prepare(s, "DELETE FROM \"webauth_outbox\" WHERE \"id\" = ?1");

	store_bind_text(st, 1, id);
	return store_run_row(st);
}

enum wa_err
store_outbox_next(struct store *s, int64_t *ret_ms, int64_t *ret_last_ms)
{
	/* Two looks at the ends of the index; min and max in one statement read all of it. */
	struct store_stmt *st = store_prepare(s,
	    "SELECT \"nextAttemptAt\", (SELECT \"nextAttemptAt\" FROM \"webauth_outbox\""
	    " ORDER BY \"nextAttemptAt\" DESC LIMIT 1) FROM \"webauth_outbox\""
	    " ORDER BY \"nextAttemptAt\" LIMIT 1");
	int64_t next, last;
	enum wa_err e;

	e = store_step_row(st);
	if (e == WA_OK) {
		next = store_col_time(st, 0);
		last = store_col_time(st, 1);
		e = store_row_check(st);
		if (e == WA_OK) {
			*ret_ms = next;
			*ret_last_ms = last;
		}
	}
	store_done(st);
	return e;
}

enum wa_err
store_outbox_recall(struct store *s, int64_t later_than_ms, int64_t now_ms)
{
	struct store_stmt *st = store_prepare(
	    s, "UPDATE \"webauth_outbox\" SET \"nextAttemptAt\" = ?2 WHERE \"nextAttemptAt\" > ?1");

	store_bind_time(st, 1, later_than_ms);
	store_bind_time(st, 2, now_ms);
	return store_run(st, NULL);
}
