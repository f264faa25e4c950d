/* App passwords as rows. What one is worth is lib/core/app_password.c's to say. */
#include "lib/store/app_password.h"

#include "lib/base/limits.h"
#include "lib/store/driver.h"

#define COLUMNS                                                                            \
	"p.\"id\", p.\"userId\", p.\"name\", p.\"hash\", p.\"services\", p.\"createdAt\"," \
	" p.\"lastUsedAt\", p.\"expiresAt\""
#define COLUMNS_N 8

enum wa_err
store_app_password_insert(
    struct store *s, const struct app_password_row *row, int64_t max, bool *ret_inserted)
{
	struct store_stmt *st = store_prepare(s,
	    "INSERT INTO \"webauth_app_password\" (\"id\", \"userId\", \"name\", \"hash\","
	    " \"services\", \"createdAt\", \"expiresAt\") SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7"
	    " WHERE (SELECT count(*) FROM \"webauth_app_password\" WHERE \"userId\" = ?2) < ?8");
	int64_t n;
	enum wa_err e;

	store_bind_text(st, 1, row->id);
	store_bind_text(st, 2, row->user_id);
	store_bind_text(st, 3, row->name);
	store_bind_text(st, 4, row->hash);
	store_bind_text(st, 5, row->services);
	store_bind_time(st, 6, row->created_ms);
	store_bind_time_or_null(st, 7, row->expires_ms);
	store_bind_int(st, 8, max);
	e = store_run(st, &n);
	if (e != WA_OK)
		return e;
	*ret_inserted = n > 0;
	return WA_OK;
}

static enum wa_err
read_row(struct store_stmt *st, struct wa_arena *a, struct app_password_row *ret)
{
	struct app_password_row row = {
	    .id = store_col_need_text(st, 0, a),
	    .user_id = store_col_need_text(st, 1, a),
	    .name = store_col_need_text(st, 2, a),
	    .hash = store_col_need_text(st, 3, a),
	    .services = store_col_need_text(st, 4, a),
	    .created_ms = store_col_time(st, 5),
	    .last_used_ms = store_col_time(st, 6),
	    .expires_ms = store_col_time(st, 7),
	};
	enum wa_err e = store_row_check(st);

	if (e == WA_OK)
		*ret = row;
	return e;
}

enum wa_err
store_app_password_find(
    struct store *s, struct wa_arena *a, const char *id, struct app_password_row *ret)
{
	struct store_stmt *st = store_prepare(
	    s, "SELECT " COLUMNS " FROM \"webauth_app_password\" p WHERE p.\"id\" = ?1");
	enum wa_err e;

	store_bind_text(st, 1, id);
	e = store_step_row(st);
	if (e == WA_OK)
		e = read_row(st, a, ret);
	store_done(st);
	return e;
}

enum wa_err
store_app_password_used(struct store *s, const char *id, int64_t since_ms, int64_t now_ms)
{
	struct store_stmt *st = store_prepare(s,
	    "UPDATE \"webauth_app_password\" SET \"lastUsedAt\" = ?3"
	    " WHERE \"id\" = ?1 AND (\"lastUsedAt\" IS NULL OR \"lastUsedAt\" <= ?2)");

	store_bind_text(st, 1, id);
	store_bind_time(st, 2, since_ms);
	store_bind_time(st, 3, now_ms);
	return store_run(st, NULL);
}

enum wa_err
store_app_password_delete(struct store *s, struct wa_arena *a, const char *user_id, const char *id,
    const char **ret_user_id)
{
	struct store_stmt *st = store_prepare(s,
	    "DELETE FROM \"webauth_app_password\""
	    " WHERE \"id\" = ?1 AND (?2 IS NULL OR \"userId\" = ?2) RETURNING \"userId\"");

	store_bind_text(st, 1, id);
	store_bind_text(st, 2, user_id);
	return store_run_text(st, a, ret_user_id);
}

enum wa_err
store_app_password_delete_of_user(struct store *s, const char *user_id, int64_t *ret_deleted)
{
	struct store_stmt *st =
	    store_prepare(s, "DELETE FROM \"webauth_app_password\" WHERE \"userId\" = ?1");

	store_bind_text(st, 1, user_id);
	return store_run(st, ret_deleted);
}

static enum wa_err
each_row(struct store_stmt *st, struct wa_arena *a,
    bool (*fn)(void *arg, const struct app_password_row *row), void *arg)
{
	struct app_password_row row;
	bool more = false;
	enum wa_err e;

	for (;;) {
		e = store_step(st, &more);
		if (e != WA_OK || !more)
			return e;

		wa_arena_reset(a);
		e = read_row(st, a, &row);
		if (e != WA_OK)
			return e;
		row.user_email = store_col_need_text(st, COLUMNS_N, a);
		e = store_row_check(st);
		if (e != WA_OK)
			return e;
		if (!fn(arg, &row))
			return WA_OK;
	}
}

#define LISTED            \
	"SELECT " COLUMNS \
	", u.\"email\" FROM \"webauth_app_password\" p JOIN \"user\" u ON u.\"id\" = p.\"userId\""

enum wa_err
store_app_password_each(struct store *s, const char *user_id,
    bool (*fn)(void *arg, const struct app_password_row *row), void *arg)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	struct store_stmt *st;
	enum wa_err e;

	if (a == NULL)
		return wa_fault(WA_ERR_NOMEM, "list app passwords");

	if (user_id == NULL) {
		st = store_prepare(s, LISTED " ORDER BY u.\"email\", p.\"createdAt\", p.\"id\"");
	} else {
		st = store_prepare(
		    s, LISTED " WHERE p.\"userId\" = ?1 ORDER BY p.\"createdAt\", p.\"id\"");
		store_bind_text(st, 1, user_id);
	}
	e = each_row(st, a, fn, arg);
	store_done(st);
	return e;
}
