/*
 * Rows of "jwks". Which key signs and which verify is policy, and core's.
 */
#include "lib/store/jwk.h"

#include "lib/store/driver.h"

#define ROWS_MAX 4096 /* whatever the caller asks */

static enum wa_err
read_rows(
    struct store_stmt *st, struct wa_arena *a, struct jwk_row *rows, size_t max, size_t *ret_n)
{
	bool row = false;
	enum wa_err e;

	for (*ret_n = 0; *ret_n < max; ++*ret_n) {
		e = store_step(st, &row);
		if (e != WA_OK || !row)
			return e;

		rows[*ret_n] = (struct jwk_row){
		    .id = store_col_need_text(st, 0, a),
		    .public_key = store_col_need_text(st, 1, a),
		    .private_key = store_col_need_text(st, 2, a),
		    .created_ms = store_col_time(st, 3),
		    .expires_ms = store_col_time(st, 4),
		    .alg = store_col_text(st, 5, a),
		    .crv = store_col_text(st, 6, a),
		};
		e = store_row_check(st);
		if (e != WA_OK)
			return e;
	}
	return WA_OK;
}

static enum wa_err
count(struct store *s, int64_t *ret)
{
	struct store_stmt *st = store_prepare(s, "SELECT count(*) FROM \"jwks\"");
	enum wa_err e;

	e = store_step_row(st);
	if (e == WA_OK)
		*ret = store_col_int(st, 0);
	store_done(st);
	return e;
}

enum wa_err
store_jwk_all(
    struct store *s, struct wa_arena *a, int64_t limit, struct jwk_row **ret, size_t *ret_n)
{
	struct store_stmt *st;
	struct jwk_row *rows;
	int64_t max = 0;
	size_t n = 0;
	enum wa_err e;

	e = count(s, &max);
	if (e != WA_OK)
		return e;

	/* One more may have come since; it is found the next time, for the stamp will have changed.
	 */
	max = max < limit ? max : limit;
	max = max < ROWS_MAX ? max : ROWS_MAX;
	max = max > 0 ? max : 0;
	rows = wa_arena_alloc(a, (size_t)max * sizeof(*rows));
	if (rows == NULL)
		return wa_fault(WA_ERR_NOMEM, "read keys");

	st = store_prepare(s,
	    "SELECT \"id\", \"publicKey\", \"privateKey\", \"createdAt\", \"expiresAt\","
	    " {jwks_alg:\"alg\", \"crv\"}{!jwks_alg:NULL, NULL} FROM \"jwks\""
	    " ORDER BY \"createdAt\" DESC, \"id\" LIMIT ?1");
	store_bind_int(st, 1, max);
	e = read_rows(st, a, rows, (size_t)max, &n);
	store_done(st);
	if (e != WA_OK)
		return e;

	*ret = rows;
	*ret_n = n;
	return WA_OK;
}

enum wa_err
store_jwk_insert(struct store *s, const struct jwk_row *row)
{
	struct store_stmt *st = store_prepare(s,
	    "INSERT INTO \"jwks\" (\"id\", \"publicKey\", \"privateKey\", \"createdAt\", "
	    "\"expiresAt\""
	    "{jwks_alg:, \"alg\", \"crv\"}) VALUES (?1, ?2, ?3, ?4, ?5{jwks_alg:, ?6, ?7})");

	store_bind_text(st, 1, row->id);
	store_bind_text(st, 2, row->public_key);
	store_bind_text(st, 3, row->private_key);
	store_bind_time(st, 4, row->created_ms);
	store_bind_time_or_null(st, 5, row->expires_ms);
	if (store_shape(s)->has_jwks_alg) {
		store_bind_text(st, 6, row->alg);
		store_bind_text(st, 7, row->crv);
	}
	return store_run(st, NULL);
}

enum wa_err
store_jwk_set_expiry(struct store *s, const char *id, int64_t expires_ms)
{
	struct store_stmt *st =
	    store_prepare(s, "UPDATE \"jwks\" SET \"expiresAt\" = ?2 WHERE \"id\" = ?1");

	store_bind_text(st, 1, id);
	store_bind_time_or_null(st, 2, expires_ms);
	return store_run_row(st);
}

enum wa_err
store_jwk_stamp(struct store *s, int64_t *ret)
{
	return store_stamp(s, ret);
}
