/* Uids given to accounts. Which range they come from is configuration. */
#include "lib/store/uid.h"

#include "lib/base/limits.h"
#include "lib/store/driver.h"

static enum wa_err
read_uid(struct store_stmt *st, int64_t *ret_uid)
{
	int64_t uid = 0;
	enum wa_err e = store_step_row(st);

	if (e == WA_OK) {
		uid = store_col_int(st, 0);
		e = store_row_check(st);
	}
	store_done(st);
	if (e == WA_OK)
		*ret_uid = uid;
	return e;
}

enum wa_err
store_uid_find(struct store *s, const char *account, int64_t *ret_uid)
{
	struct store_stmt *st =
	    store_prepare(s, "SELECT \"uid\" FROM \"webauth_uid\" WHERE \"account\" = ?1");

	store_bind_text(st, 1, account);
	return read_uid(st, ret_uid);
}

enum wa_err
store_uid_next(struct store *s, int64_t first, int64_t last, int64_t *ret_uid)
{
	struct store_stmt *st = store_prepare(s,
	    "SELECT coalesce(max(\"uid\") + 1, ?1) FROM \"webauth_uid\""
	    " WHERE \"uid\" BETWEEN ?1 AND ?2");
	int64_t uid;
	enum wa_err e;

	store_bind_int(st, 1, first);
	store_bind_int(st, 2, last);
	e = read_uid(st, &uid);
	if (e != WA_OK)
		return e;
	if (uid > last)
		return WA_ERR_NOT_FOUND;
	*ret_uid = uid;
	return WA_OK;
}

enum wa_err
store_uid_insert(struct store *s, const char *account, int64_t uid, int64_t now_ms)
{
	struct store_stmt *st = store_prepare(s,
	    "INSERT INTO \"webauth_uid\" (\"account\", \"uid\", \"createdAt\")"
	    " VALUES (?1, ?2, ?3)");

	store_bind_text(st, 1, account);
	store_bind_int(st, 2, uid);
	store_bind_time(st, 3, now_ms);
	return store_run(st, NULL);
}

static enum wa_err
each_row(struct store_stmt *st, struct wa_arena *a,
    bool (*fn)(void *arg, const struct uid_row *row), void *arg)
{
	struct uid_row row;
	bool more = false;
	enum wa_err e;

	for (;;) {
		e = store_step(st, &more);
		if (e != WA_OK || !more)
			return e;

		wa_arena_reset(a);
		row = (struct uid_row){
		    .account = store_col_need_text(st, 0, a),
		    .uid = store_col_int(st, 1),
		    .user_name = store_col_text(st, 2, a),
		};
		e = store_row_check(st);
		if (e != WA_OK)
			return e;
		if (!fn(arg, &row))
			return WA_OK;
	}
}

enum wa_err
store_uid_each(struct store *s, bool (*fn)(void *arg, const struct uid_row *row), void *arg)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	struct store_stmt *st = store_prepare(s,
	    "SELECT i.\"account\", i.\"uid\", u.\"name\" FROM \"webauth_uid\" i"
	    " LEFT JOIN \"webauth_link\" l ON l.\"account\" = i.\"account\""
	    " LEFT JOIN \"user\" u ON u.\"id\" = l.\"userId\" ORDER BY i.\"account\"");
	enum wa_err e;

	if (a == NULL)
		return wa_fault(WA_ERR_NOMEM, "list uids");
	e = each_row(st, a, fn, arg);
	store_done(st);
	return e;
}
