/*
 * Rows of "session". Races between processes are settled by the conditions of each statement.
 */
#include "lib/store/session.h"

#include "lib/base/limits.h"
#include "lib/store/connection.h"
#include "lib/store/rows.h"
#include "lib/store/session_cache.h"
#include "lib/store/sweep.h"

enum wa_err
store_session_row(struct store_stmt *st, int first, struct wa_arena *a, struct session *ret)
{
	struct session row = {
	    .id = store_col_need_text(st, first, a),
	    .token = store_col_need_text(st, first + 1, a),
	    .user_id = store_col_need_text(st, first + 2, a),
	    .expires_ms = store_col_time(st, first + 3),
	    .created_ms = store_col_time(st, first + 4),
	    .updated_ms = store_col_time(st, first + 5),
	    .ip_address = store_col_text(st, first + 6, a),
	    .user_agent = store_col_text(st, first + 7, a),
	    .impersonated_by = store_col_text(st, first + 8, a),
	};
	enum wa_err e;

	e = store_row_check(st);
	if (e != WA_OK)
		return e;

	*ret = row;
	return WA_OK;
}

static enum wa_err
read_both(struct store_stmt *st, struct wa_arena *a, const char *key, struct session *ret,
    struct user *ret_user)
{
	struct session row;
	enum wa_err e;

	store_bind_text(st, 1, key);
	e = store_step_row(st);
	if (e == WA_OK)
		e = store_session_row(st, 0, a, &row);
	if (e == WA_OK)
		e = store_user_row(st, SESSION_COLUMNS_N, a, ret_user);
	store_done(st);
	if (e != WA_OK)
		return e;

	*ret = row;
	return WA_OK;
}

/*
 * The stamp is taken before the row is read: a row that changed in between is kept under the older
 * stamp, and so read once more, never once too little.
 */
static enum wa_err
find_both(struct store *s, struct wa_arena *a, enum session_key which, const char *sql,
    const char *key, struct session *ret, struct user *ret_user)
{
	int64_t stamp = 0;
	bool cached = s->sessions != NULL && s->in_turn && store_stamp(s, &stamp) == WA_OK;
	enum wa_err e;

	if (cached && session_cache_get(s->sessions, which, key, stamp, a, ret, ret_user))
		return WA_OK;

	e = read_both(store_prepare(s, sql), a, key, ret, ret_user);
	if (e == WA_OK && cached)
		session_cache_put(s->sessions, which, key, stamp, ret, ret_user);
	return e;
}

#define SELECT_BOTH                                                                       \
	"SELECT " SESSION_COLUMNS ", " USER_COLUMNS " FROM \"session\" s JOIN \"user\" u" \
	" ON u.\"id\" = s.\"userId\"" USER_BANS

enum wa_err
store_session_by_token(struct store *s, struct wa_arena *a, const char *token, struct session *ret,
    struct user *ret_user)
{
	static const char sql[] = SELECT_BOTH " WHERE s.\"token\" = ?1";

	return find_both(s, a, SESSION_KEY_TOKEN, sql, token, ret, ret_user);
}

enum wa_err
store_session_by_id(
    struct store *s, struct wa_arena *a, const char *id, struct session *ret, struct user *ret_user)
{
	static const char sql[] = SELECT_BOTH " WHERE s.\"id\" = ?1";

	return find_both(s, a, SESSION_KEY_ID, sql, id, ret, ret_user);
}

enum wa_err
store_session_insert(struct store *s, const struct session *row)
{
	struct store_stmt *st = store_prepare(s,
	    "INSERT INTO \"session\" (\"id\", \"expiresAt\", \"token\", \"createdAt\", "
	    "\"updatedAt\","
	    " \"ipAddress\", \"userAgent\", \"userId\"{impersonation:, \"impersonatedBy\"})"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8{impersonation:, ?9})");

	store_bind_text(st, 1, row->id);
	store_bind_time(st, 2, row->expires_ms);
	store_bind_text(st, 3, row->token);
	store_bind_time(st, 4, row->created_ms);
	store_bind_time(st, 5, row->updated_ms);
	store_bind_text(st, 6, row->ip_address);
	store_bind_text(st, 7, row->user_agent);
	store_bind_text(st, 8, row->user_id);
	if (store_shape(s)->has_impersonation)
		store_bind_text(st, 9, row->impersonated_by);
	return store_run(st, NULL);
}

/* The new one counts as the newest, whatever the clock did. */
static enum wa_err
keep_newest(struct store *s, const struct session *row, int64_t max, int64_t *ret_deleted)
{
	struct store_stmt *st = store_prepare(s,
	    "DELETE FROM \"session\" WHERE \"userId\" = ?1 AND \"id\" NOT IN"
	    " (SELECT \"id\" FROM \"session\" WHERE \"userId\" = ?1"
	    " ORDER BY \"id\" = ?2 DESC, \"createdAt\" DESC LIMIT ?3)");

	store_bind_text(st, 1, row->user_id);
	store_bind_text(st, 2, row->id);
	store_bind_int(st, 3, max);
	return store_run(st, ret_deleted);
}

enum wa_err
store_session_insert_newest(
    struct store *s, const struct session *row, int64_t max, int64_t *ret_deleted)
{
	enum wa_err e = store_session_insert(s, row);

	return e == WA_OK ? keep_newest(s, row, max, ret_deleted) : e;
}

static enum wa_err
token_exists(struct store *s, const char *token)
{
	struct store_stmt *st = store_prepare(s, "SELECT 1 FROM \"session\" WHERE \"token\" = ?1");
	enum wa_err e;

	store_bind_text(st, 1, token);
	e = store_step_row(st);
	store_done(st);
	return e;
}

enum wa_err
store_session_extend(
    struct store *s, const char *token, int64_t old_expires_ms, int64_t expires_ms, int64_t now_ms)
{
	struct store_stmt *st = store_prepare(s,
	    "UPDATE \"session\" SET \"expiresAt\" = ?3, \"updatedAt\" = ?4"
	    " WHERE \"token\" = ?1 AND \"expiresAt\" = ?2");
	enum wa_err e;

	store_bind_text(st, 1, token);
	store_bind_time(st, 2, old_expires_ms);
	store_bind_time(st, 3, expires_ms);
	store_bind_time(st, 4, now_ms);
	e = store_run_row(st);
	if (e != WA_ERR_NOT_FOUND)
		return e;

	e = token_exists(s, token);
	return e == WA_OK ? WA_ERR_CONFLICT : e;
}

static enum wa_err
run_delete(struct store_stmt *st, struct wa_arena *a, const char *key, const char *user_id,
    struct session_end *ret)
{
	struct session_end end = {.id = NULL};
	enum wa_err e;

	store_bind_text(st, 1, key);
	store_bind_text(st, 2, user_id);
	e = store_step_row(st);
	if (e == WA_OK) {
		end.id = store_col_need_text(st, 0, a);
		end.user_id = store_col_need_text(st, 1, a);
		e = store_row_check(st);
	}
	store_done(st);
	if (e != WA_OK)
		return e;

	*ret = end;
	return WA_OK;
}

enum wa_err
store_session_delete(struct store *s, struct wa_arena *a, const char *user_id, const char *token,
    struct session_end *ret)
{
	struct store_stmt *st = store_prepare(s,
	    "DELETE FROM \"session\" WHERE \"token\" = ?1 AND (?2 IS NULL OR \"userId\" = ?2)"
	    " RETURNING \"id\", \"userId\"");

	return run_delete(st, a, token, user_id, ret);
}

enum wa_err
store_session_delete_by_id(struct store *s, struct wa_arena *a, const char *user_id, const char *id,
    struct session_end *ret)
{
	struct store_stmt *st = store_prepare(s,
	    "DELETE FROM \"session\" WHERE \"id\" = ?1 AND (?2 IS NULL OR \"userId\" = ?2)"
	    " RETURNING \"id\", \"userId\"");

	return run_delete(st, a, id, user_id, ret);
}

enum wa_err
store_session_delete_expired(struct store *s, const char *token, int64_t now_ms)
{
	struct store_stmt *st = store_prepare(
	    s, "DELETE FROM \"session\" WHERE \"token\" = ?1 AND \"expiresAt\" <= ?2");

	store_bind_text(st, 1, token);
	store_bind_time(st, 2, now_ms);
	return store_run(st, NULL);
}

enum wa_err
store_session_delete_of_user(
    struct store *s, const char *user_id, const char *keep_token, int64_t *ret_deleted)
{
	/* No token is empty, so "" keeps none. */
	struct store_stmt *st =
	    store_prepare(s, "DELETE FROM \"session\" WHERE \"userId\" = ?1 AND \"token\" <> ?2");

	store_bind_text(st, 1, user_id);
	store_bind_text(st, 2, keep_token == NULL ? "" : keep_token);
	return store_run(st, ret_deleted);
}

enum wa_err
store_session_delete_all(struct store *s, int64_t *ret_deleted)
{
	return store_run(store_prepare(s, "DELETE FROM \"session\""), ret_deleted);
}

static enum wa_err
each_row(struct store_stmt *st, struct wa_arena *a,
    bool (*fn)(void *arg, const struct session *row), void *arg)
{
	struct session session;
	bool row = false;
	enum wa_err e;

	for (;;) {
		e = store_step(st, &row);
		if (e != WA_OK || !row)
			return e;

		wa_arena_reset(a);
		e = store_session_row(st, 0, a, &session);
		if (e != WA_OK)
			return e;
		if (!fn(arg, &session))
			return WA_OK;
	}
}

static struct store_stmt *
prepare_each(struct store *s, const char *user_id)
{
	struct store_stmt *st;

	if (user_id == NULL)
		return store_prepare(s,
		    "SELECT " SESSION_COLUMNS " FROM \"session\" s"
		    " WHERE s.\"expiresAt\" > ?1 ORDER BY s.\"createdAt\" DESC LIMIT ?2");

	st = store_prepare(s,
	    "SELECT " SESSION_COLUMNS " FROM \"session\" s"
	    " WHERE s.\"expiresAt\" > ?1 AND s.\"userId\" = ?3"
	    " ORDER BY s.\"createdAt\" DESC LIMIT ?2");
	store_bind_text(st, 3, user_id);
	return st;
}

enum wa_err
store_session_each(struct store *s, const char *user_id, int64_t now_ms, int64_t limit,
    bool (*fn)(void *arg, const struct session *row), void *arg)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	struct store_stmt *st;
	enum wa_err e;

	if (a == NULL)
		return wa_fault(WA_ERR_NOMEM, "list sessions");

	st = prepare_each(s, user_id);
	store_bind_time(st, 1, now_ms);
	store_bind_int(st, 2, limit);
	e = each_row(st, a, fn, arg);
	store_done(st);
	return e;
}

/* rowid is SQLite's; another driver would walk by id. */
enum wa_err
store_session_sweep(struct store *s, int64_t now_ms, struct store_sweep *sweep)
{
	static const char find[] = "SELECT rowid, \"expiresAt\" < ?2, \"id\" FROM \"session\""
				   " WHERE rowid > ?1 ORDER BY rowid LIMIT ?3";
	static const char take[] =
	    "DELETE FROM \"session\" WHERE \"id\" = ?1 AND \"expiresAt\" < ?2";

	return store_sweep_step(s, find, take, now_ms, sweep);
}
