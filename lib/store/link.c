/*
 * Rows of "webauth_link". Who may be linked is policy; that an account is linked once is the key's
 * work.
 */
#include "lib/store/link.h"

#include "lib/base/limits.h"
#include "lib/store/rows.h"

enum wa_err
store_link_insert(struct store *s, const struct link *row)
{
	struct store_stmt *st = store_prepare(s,
	    "INSERT INTO \"webauth_link\" (\"account\", \"userId\", \"createdAt\")"
	    " VALUES (?1, ?2, ?3)");

	store_bind_text(st, 1, row->account);
	store_bind_text(st, 2, row->user_id);
	store_bind_time(st, 3, row->created_ms);
	return store_run(st, NULL);
}

enum wa_err
store_link_delete(struct store *s, const char *account)
{
	struct store_stmt *st =
	    store_prepare(s, "DELETE FROM \"webauth_link\" WHERE \"account\" = ?1");

	store_bind_text(st, 1, account);
	return store_run_row(st);
}

/* Two steps: most names are no links, and to prepare the reading of a user costs as much as a
 * quarter of all else that a login asks. */
enum wa_err
store_link_user(struct store *s, struct wa_arena *a, const char *account, struct user *ret)
{
	struct store_stmt *st =
	    store_prepare(s, "SELECT \"userId\" FROM \"webauth_link\" WHERE \"account\" = ?1");
	const char *id = NULL;
	enum wa_err e;

	store_bind_text(st, 1, account);
	e = store_run_text(st, a, &id);
	return e == WA_OK ? store_user_by_id(s, a, id, ret) : e;
}

static enum wa_err
each_row(struct store_stmt *st, struct wa_arena *a, bool (*fn)(void *arg, const struct link *row),
    void *arg)
{
	struct link link;
	bool row = false;
	enum wa_err e;

	for (;;) {
		e = store_step(st, &row);
		if (e != WA_OK || !row)
			return e;

		wa_arena_reset(a);
		link = (struct link){
		    .account = store_col_need_text(st, 0, a),
		    .user_id = store_col_need_text(st, 1, a),
		    .created_ms = store_col_time(st, 2),
		    .user_email = store_col_need_text(st, 3, a),
		};
		e = store_row_check(st);
		if (e != WA_OK)
			return e;
		if (!fn(arg, &link))
			return WA_OK;
	}
}

#define LINKS                                                              \
	"SELECT l.\"account\", l.\"userId\", l.\"createdAt\", u.\"email\"" \
	" FROM \"webauth_link\" l JOIN \"user\" u ON u.\"id\" = l.\"userId\""

enum wa_err
store_link_each(
    struct store *s, const char *user_id, bool (*fn)(void *arg, const struct link *row), void *arg)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	struct store_stmt *st;
	enum wa_err e;

	if (a == NULL)
		return wa_fault(WA_ERR_NOMEM, "list links");

	if (user_id == NULL) {
		st = store_prepare(s, LINKS " ORDER BY l.\"account\"");
	} else {
		st = store_prepare(s, LINKS " WHERE l.\"userId\" = ?1 ORDER BY l.\"account\"");
		store_bind_text(st, 1, user_id);
	}
	e = each_row(st, a, fn, arg);
	store_done(st);
	return e;
}
