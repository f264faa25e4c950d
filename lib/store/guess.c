/* Counting rows. Every change is one statement, so that doors and processes share them without a
 * lock. */
#include "lib/store/guess.h"

#include "lib/store/driver.h"

#define SWEEP_STEP 256

enum wa_err
store_guess_find(struct store *s, struct wa_arena *a, const char *key, struct guess_row *ret)
{
	struct store_stmt *st = store_prepare(s,
	    "SELECT \"failures\", \"updatedAt\", \"known\", \"last\" FROM \"webauth_guess\""
	    " WHERE \"key\" = ?1");
	struct guess_row row = {.key = key};
	enum wa_err e;

	store_bind_text(st, 1, key);
	e = store_step_row(st);
	if (e == WA_OK) {
		row.failures = store_col_int(st, 0);
		row.last_ms = store_col_time(st, 1);
		row.known = store_col_bool(st, 2);
		row.last = store_col_text(st, 3, a);
		e = store_row_check(st);
	}
	store_done(st);
	if (e != WA_OK)
		return e;

	*ret = row;
	return WA_OK;
}

enum wa_err
store_guess_fail(struct store *s, const char *key, const char *last, int64_t since_ms,
    int64_t now_ms, int64_t *ret_failures)
{
	struct store_stmt *st = store_prepare(s,
	    "INSERT INTO \"webauth_guess\" (\"key\", \"failures\", \"updatedAt\", \"known\", "
	    "\"last\")"
	    " VALUES (?1, 1, ?3, 0, ?2) ON CONFLICT (\"key\") DO UPDATE SET"
	    " \"failures\" = CASE WHEN \"updatedAt\" < ?4 THEN 1 ELSE \"failures\" + 1 END,"
	    " \"updatedAt\" = ?3, \"last\" = ?2 RETURNING \"failures\"");
	int64_t failures = 0;
	enum wa_err e;

	store_bind_text(st, 1, key);
	store_bind_text(st, 2, last);
	store_bind_time(st, 3, now_ms);
	store_bind_time(st, 4, since_ms);
	e = store_step_row(st);
	if (e == WA_OK) {
		failures = store_col_int(st, 0);
		e = store_row_check(st);
	}
	store_done(st);
	if (e != WA_OK)
		return e;

	*ret_failures = failures;
	return WA_OK;
}

enum wa_err
store_guess_pass(struct store *s, const char *key, int64_t now_ms)
{
	struct store_stmt *st = store_prepare(s,
	    "INSERT INTO \"webauth_guess\" (\"key\", \"failures\", \"updatedAt\", \"known\", "
	    "\"last\")"
	    " VALUES (?1, 0, ?2, 1, NULL) ON CONFLICT (\"key\") DO UPDATE SET"
	    " \"failures\" = 0, \"updatedAt\" = ?2, \"known\" = 1, \"last\" = NULL");

	store_bind_text(st, 1, key);
	store_bind_time(st, 2, now_ms);
	return store_run(st, NULL);
}

enum wa_err
store_guess_delete(struct store *s, const char *key)
{
	struct store_stmt *st =
	    store_prepare(s, "DELETE FROM \"webauth_guess\" WHERE \"key\" = ?1");

	store_bind_text(st, 1, key);
	return store_run(st, NULL);
}

enum wa_err
store_guess_delete_all(struct store *s, int64_t *ret_deleted)
{
	return store_run(store_prepare(s, "DELETE FROM \"webauth_guess\""), ret_deleted);
}

enum wa_err
store_guess_sweep(struct store *s, int64_t untouched_since_ms, int64_t max_rows)
{
	struct store_stmt *old = store_prepare(s,
	    "DELETE FROM \"webauth_guess\" WHERE \"key\" IN (SELECT \"key\" FROM \"webauth_guess\""
	    " WHERE \"updatedAt\" < ?1 ORDER BY \"updatedAt\" LIMIT ?2)");
	struct store_stmt *over;
	enum wa_err e;

	store_bind_time(old, 1, untouched_since_ms);
	store_bind_int(old, 2, SWEEP_STEP);
	e = store_run(old, NULL);
	if (e != WA_OK)
		return e;

	over = store_prepare(s,
	    "DELETE FROM \"webauth_guess\" WHERE \"key\" IN (SELECT \"key\" FROM \"webauth_guess\""
	    " ORDER BY \"updatedAt\" LIMIT min(?2, max(0,"
	    " (SELECT count(*) FROM \"webauth_guess\") - ?1)))");
	store_bind_int(over, 1, max_rows);
	store_bind_int(over, 2, SWEEP_STEP);
	return store_run(over, NULL);
}
