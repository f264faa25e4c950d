/*
 * Rows of "user". Where bans live differs from store to store; that difference ends in this file.
 */
#include "lib/store/user.h"

#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/limits.h"
#include "lib/store/rows.h"

enum wa_err
store_user_row(struct store_stmt *st, int first, struct wa_arena *a, struct user *ret)
{
	struct user u = {
	    .id = store_col_need_text(st, first, a),
	    .name = store_col_need_text(st, first + 1, a),
	    .email = store_col_need_text(st, first + 2, a),
	    .email_verified = store_col_bool(st, first + 3),
	    .image = store_col_text(st, first + 4, a),
	    .created_ms = store_col_time(st, first + 5),
	    .updated_ms = store_col_time(st, first + 6),
	    .role = store_col_text(st, first + 7, a),
	    .banned_known = !store_col_is_null(st, first + 8),
	    .banned = store_col_bool(st, first + 8),
	    .ban_reason = store_col_text(st, first + 9, a),
	    .ban_expires_ms = store_col_time(st, first + 10),
	    .username = store_col_text(st, first + 11, a),
	    .display_username = store_col_text(st, first + 12, a),
	    .two_factor_known = !store_col_is_null(st, first + 13),
	    .two_factor_enabled = store_col_bool(st, first + 13),
	};
	enum wa_err e;

	e = store_row_check(st);
	if (e != WA_OK)
		return e;

	*ret = u;
	return WA_OK;
}

static enum wa_err
read_one(struct store_stmt *st, struct wa_arena *a, const char *key, struct user *ret)
{
	enum wa_err e;

	store_bind_text(st, 1, key);
	e = store_step_row(st);
	if (e == WA_OK)
		e = store_user_row(st, 0, a, ret);
	store_done(st);
	return e;
}

enum wa_err
store_user_by_id(struct store *s, struct wa_arena *a, const char *id, struct user *ret)
{
	struct store_stmt *st = store_prepare(
	    s, "SELECT " USER_COLUMNS " FROM \"user\" u" USER_BANS " WHERE u.\"id\" = ?1");

	return read_one(st, a, id, ret);
}

enum wa_err
store_user_by_email(struct store *s, struct wa_arena *a, const char *email, struct user *ret)
{
	struct store_stmt *st = store_prepare(
	    s, "SELECT " USER_COLUMNS " FROM \"user\" u" USER_BANS " WHERE u.\"email\" = ?1");

	return read_one(st, a, email, ret);
}

enum wa_err
store_user_by_username(struct store *s, struct wa_arena *a, const char *username, struct user *ret)
{
	struct store_stmt *st;

	if (!store_shape(s)->has_username)
		return WA_ERR_NOT_FOUND;

	st = store_prepare(
	    s, "SELECT " USER_COLUMNS " FROM \"user\" u" USER_BANS " WHERE u.\"username\" = ?1");
	return read_one(st, a, username, ret);
}

static void
bind_admin(struct store_stmt *st, const struct user *u)
{
	store_bind_text(st, 8, u->role == NULL ? "user" : u->role);
	store_bind_bool(st, 9, u->banned);
	store_bind_text(st, 10, u->ban_reason);
	store_bind_time_or_null(st, 11, u->ban_expires_ms);
}

static void
bind_username(struct store_stmt *st, const struct user *u)
{
	store_bind_text(st, 12, u->username);
	store_bind_text(st, 13, u->display_username);
}

enum wa_err
store_user_insert(struct store *s, const struct user *u)
{
	const struct store_shape *shape = store_shape(s);
	struct store_stmt *st = store_prepare(s,
	    "INSERT INTO \"user\" (\"id\", \"name\", \"email\", \"emailVerified\", \"image\","
	    " \"createdAt\", \"updatedAt\""
	    "{admin:, \"role\", \"banned\", \"banReason\", \"banExpires\"}"
	    "{username:, \"username\", \"displayUsername\"}{two_factor:, \"twoFactorEnabled\"})"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7"
	    "{admin:, ?8, ?9, ?10, ?11}{username:, ?12, ?13}{two_factor:, ?14})");

	store_bind_text(st, 1, u->id);
	store_bind_text(st, 2, u->name);
	store_bind_text(st, 3, u->email);
	store_bind_bool(st, 4, u->email_verified);
	store_bind_text(st, 5, u->image);
	store_bind_time(st, 6, u->created_ms);
	store_bind_time(st, 7, u->updated_ms);
	if (shape->has_admin)
		bind_admin(st, u);
	if (shape->has_username)
		bind_username(st, u);
	if (shape->has_two_factor)
		store_bind_bool(st, 14, u->two_factor_enabled);
	return store_run(st, NULL);
}

enum wa_err
store_user_set_name(struct store *s, const char *id, const char *name, int64_t now_ms)
{
	struct store_stmt *st = store_prepare(
	    s, "UPDATE \"user\" SET \"name\" = ?2, \"updatedAt\" = ?3 WHERE \"id\" = ?1");

	store_bind_text(st, 1, id);
	store_bind_text(st, 2, name);
	store_bind_time(st, 3, now_ms);
	return store_run_row(st);
}

enum wa_err
store_user_set_profile(
    struct store *s, const char *id, const char *name, const char *image, int64_t now_ms)
{
	struct store_stmt *st = store_prepare(s,
	    "UPDATE \"user\" SET \"name\" = coalesce(?2, \"name\"), \"image\" = ?3,"
	    " \"updatedAt\" = ?4 WHERE \"id\" = ?1");

	store_bind_text(st, 1, id);
	store_bind_text(st, 2, name);
	store_bind_text(st, 3, image);
	store_bind_time(st, 4, now_ms);
	return store_run_row(st);
}

enum wa_err
store_user_set_email_verified(struct store *s, const char *id, bool verified, int64_t now_ms)
{
	struct store_stmt *st = store_prepare(
	    s, "UPDATE \"user\" SET \"emailVerified\" = ?2, \"updatedAt\" = ?3 WHERE \"id\" = ?1");

	store_bind_text(st, 1, id);
	store_bind_bool(st, 2, verified);
	store_bind_time(st, 3, now_ms);
	return store_run_row(st);
}

enum wa_err
store_user_set_email(struct store *s, const char *id, const char *old_email, const char *email,
    bool verified, int64_t now_ms)
{
	struct store_stmt *st = store_prepare(s,
	    "UPDATE \"user\" SET \"email\" = ?3, \"emailVerified\" = ?4, \"updatedAt\" = ?5"
	    " WHERE \"id\" = ?1 AND \"email\" = ?2");

	store_bind_text(st, 1, id);
	store_bind_text(st, 2, old_email);
	store_bind_text(st, 3, email);
	store_bind_bool(st, 4, verified);
	store_bind_time(st, 5, now_ms);
	return store_run_row(st);
}

enum wa_err
store_user_set_username(struct store *s, const char *id, const char *username,
    const char *display_username, int64_t now_ms)
{
	struct store_stmt *st;

	if (!store_shape(s)->has_username)
		return WA_ERR_INVALID;

	st = store_prepare(s,
	    "UPDATE \"user\" SET \"username\" = ?2, \"displayUsername\" = ?3,"
	    " \"updatedAt\" = ?4 WHERE \"id\" = ?1");
	store_bind_text(st, 1, id);
	store_bind_text(st, 2, username);
	store_bind_text(st, 3, display_username);
	store_bind_time(st, 4, now_ms);
	return store_run_row(st);
}

enum wa_err
store_user_set_role(struct store *s, const char *id, const char *role, int64_t now_ms)
{
	struct store_stmt *st;

	if (!store_shape(s)->has_admin)
		return WA_ERR_INVALID;

	st = store_prepare(
	    s, "UPDATE \"user\" SET \"role\" = ?2, \"updatedAt\" = ?3 WHERE \"id\" = ?1");
	store_bind_text(st, 1, id);
	store_bind_text(st, 2, role);
	store_bind_time(st, 3, now_ms);
	return store_run_row(st);
}

static enum wa_err
set_ban_columns(struct store *s, const char *id, bool banned, const char *reason,
    int64_t expires_ms, int64_t now_ms)
{
	struct store_stmt *st = store_prepare(s,
	    "UPDATE \"user\" SET \"banned\" = ?2, \"banReason\" = ?3, \"banExpires\" = ?4,"
	    " \"updatedAt\" = ?5 WHERE \"id\" = ?1");

	store_bind_text(st, 1, id);
	store_bind_bool(st, 2, banned);
	store_bind_text(st, 3, reason);
	store_bind_time_or_null(st, 4, expires_ms);
	store_bind_time(st, 5, now_ms);
	return store_run_row(st);
}

enum wa_err
store_user_ban(
    struct store *s, const char *id, const char *reason, int64_t expires_ms, int64_t now_ms)
{
	struct store_stmt *st;

	if (store_shape(s)->has_admin)
		return set_ban_columns(s, id, true, reason, expires_ms, now_ms);

	st = store_prepare(s,
	    "INSERT INTO \"webauth_ban\" (\"userId\", \"reason\", \"expiresAt\", \"createdAt\")"
	    " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (\"userId\") DO UPDATE SET"
	    " \"reason\" = excluded.\"reason\", \"expiresAt\" = excluded.\"expiresAt\","
	    " \"createdAt\" = excluded.\"createdAt\"");
	store_bind_text(st, 1, id);
	store_bind_text(st, 2, reason);
	store_bind_time_or_null(st, 3, expires_ms);
	store_bind_time(st, 4, now_ms);
	return store_run(st, NULL);
}

static enum wa_err
exists(struct store *s, const char *id)
{
	struct store_stmt *st = store_prepare(s, "SELECT 1 FROM \"user\" WHERE \"id\" = ?1");
	enum wa_err e;

	store_bind_text(st, 1, id);
	e = store_step_row(st);
	store_done(st);
	return e;
}

enum wa_err
store_user_unban(struct store *s, const char *id, int64_t now_ms)
{
	struct store_stmt *st;
	enum wa_err e;

	if (store_shape(s)->has_admin)
		return set_ban_columns(s, id, false, NULL, 0, now_ms);

	e = exists(s, id);
	if (e != WA_OK)
		return e;

	st = store_prepare(s, "DELETE FROM \"webauth_ban\" WHERE \"userId\" = ?1");
	store_bind_text(st, 1, id);
	return store_run(st, NULL);
}

static enum wa_err
run_with_id(struct store *s, const char *sql, const char *id)
{
	struct store_stmt *st = store_prepare(s, sql);

	store_bind_text(st, 1, id);
	return store_run(st, NULL);
}

/* Cascades do most of this where the app's tables have them; not every tool that makes them does.
 */
static enum wa_err
delete_rows(struct store *s, const char *id)
{
	static const char sql_session[] = "DELETE FROM \"session\" WHERE \"userId\" = ?1";
	static const char sql_account[] = "DELETE FROM \"account\" WHERE \"userId\" = ?1";
	static const char sql_link[] = "DELETE FROM \"webauth_link\" WHERE \"userId\" = ?1";
	static const char sql_ban[] = "DELETE FROM \"webauth_ban\" WHERE \"userId\" = ?1";
	static const char sql_app[] = "DELETE FROM \"webauth_app_password\" WHERE \"userId\" = ?1";
	static const char sql_must[] = "DELETE FROM \"webauth_must_change\" WHERE \"userId\" = ?1";
	static const char *const before[] = {
	    sql_session, sql_account, sql_link, sql_ban, sql_app, sql_must};
	struct store_stmt *st;
	enum wa_err e;

	for (size_t i = 0; i < WA_ARRAY_LEN(before); i++) {
		e = run_with_id(s, before[i], id);
		if (e != WA_OK)
			return e;
	}

	st = store_prepare(s, "DELETE FROM \"user\" WHERE \"id\" = ?1");
	store_bind_text(st, 1, id);
	return store_run_row(st);
}

enum wa_err
store_user_delete(struct store *s, const char *id)
{
	bool own = false;
	enum wa_err e;

	e = store_open_write(s, &own);
	if (e != WA_OK)
		return e;
	return store_close_write(s, own, delete_rows(s, id));
}

/* A LIKE pattern of "contains", in which the text stands for itself. Without a text it matches all.
 */
static const char *
pattern_of(struct wa_buf *b, const char *match)
{
	wa_buf_char(b, '%');
	for (const char *p = match == NULL ? "" : match; *p != '\0'; p++) {
		if (*p == '%' || *p == '_' || *p == '\\')
			wa_buf_char(b, '\\');
		wa_buf_char(b, *p);
	}
	if (match != NULL && *match != '\0')
		wa_buf_char(b, '%');
	return wa_buf_cstr(b);
}

static enum wa_err
each_row(struct store_stmt *st, struct wa_arena *a, bool (*fn)(void *arg, const struct user *u),
    void *arg)
{
	struct user u;
	bool row = false;
	enum wa_err e;

	for (;;) {
		e = store_step(st, &row);
		if (e != WA_OK || !row)
			return e;

		wa_arena_reset(a);
		e = store_user_row(st, 0, a, &u);
		if (e != WA_OK)
			return e;
		if (!fn(arg, &u))
			return WA_OK;
	}
}

enum wa_err
store_user_each(struct store *s, const char *match, const char *after, int64_t limit,
    bool (*fn)(void *arg, const struct user *u), void *arg)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	WA_CLEANUP(wa_buf_done) struct wa_buf pattern = WA_BUF_INIT(16384);
	const char *like = pattern_of(&pattern, match);
	struct store_stmt *st;
	enum wa_err e;

	if (a == NULL || like == NULL)
		return wa_fault(WA_ERR_NOMEM, "list users");

	/* "" comes before every e-mail: one text, which goes along the index either way. */
	st = store_prepare(s,
	    "SELECT " USER_COLUMNS " FROM \"user\" u" USER_BANS " WHERE u.\"email\" > ?1"
	    " AND (lower(u.\"email\") LIKE lower(?2) ESCAPE '\\'"
	    " OR lower(u.\"name\") LIKE lower(?2) ESCAPE '\\'"
	    "{username: OR lower(u.\"username\") LIKE lower(?2) ESCAPE '\\'})"
	    " ORDER BY u.\"email\" LIMIT ?3");
	store_bind_text(st, 1, after == NULL ? "" : after);
	store_bind_text(st, 2, like);
	store_bind_int(st, 3, limit);
	e = each_row(st, a, fn, arg);
	store_done(st);
	return e;
}

enum wa_err
store_user_count(struct store *s, int64_t *ret)
{
	struct store_stmt *st = store_prepare(s, "SELECT count(*) FROM \"user\"");
	enum wa_err e;

	e = store_step_row(st);
	if (e == WA_OK)
		*ret = store_col_int(st, 0);
	store_done(st);
	return e;
}
