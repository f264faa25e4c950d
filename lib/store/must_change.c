/* Rows of "webauth_must_change". */
#include "lib/store/must_change.h"

#include "lib/store/driver.h"

enum wa_err
store_must_change_get(struct store *s, const char *user_id, bool *ret)
{
	struct store_stmt *st =
	    store_prepare(s, "SELECT 1 FROM \"webauth_must_change\" WHERE \"userId\" = ?1");
	bool row = false;
	enum wa_err e;

	store_bind_text(st, 1, user_id);
	e = store_step(st, &row);
	store_done(st);
	if (e != WA_OK)
		return e;

	*ret = row;
	return WA_OK;
}

enum wa_err
store_must_change_set(struct store *s, const char *user_id, int64_t now_ms)
{
	struct store_stmt *st = store_prepare(s,
	    "INSERT INTO \"webauth_must_change\" (\"userId\", \"createdAt\") VALUES (?1, ?2)"
	    " ON CONFLICT (\"userId\") DO NOTHING");

	store_bind_text(st, 1, user_id);
	store_bind_time(st, 2, now_ms);
	return store_run(st, NULL);
}

enum wa_err
store_must_change_clear(struct store *s, const char *user_id)
{
	struct store_stmt *st =
	    store_prepare(s, "DELETE FROM \"webauth_must_change\" WHERE \"userId\" = ?1");

	store_bind_text(st, 1, user_id);
	return store_run(st, NULL);
}
