/*
 * Rows of "verification" and the taking of one (contract.md 2.8).
 */
#include "lib/store/verification.h"

#include "lib/store/driver.h"
#include "lib/store/sweep.h"

#define COLUMNS "\"id\", \"identifier\", \"value\", \"expiresAt\", \"createdAt\", \"updatedAt\""

enum wa_err
store_verification_insert(struct store *s, const struct verification *row)
{
	struct store_stmt *st = store_prepare(
	    s, "INSERT INTO \"verification\" (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

	store_bind_text(st, 1, row->id);
	store_bind_text(st, 2, row->identifier);
	store_bind_text(st, 3, row->value);
	store_bind_time(st, 4, row->expires_ms);
	store_bind_time(st, 5, row->created_ms);
	store_bind_time(st, 6, row->updated_ms);
	return store_run(st, NULL);
}

static enum wa_err
read_one(
    struct store_stmt *st, struct wa_arena *a, const char *identifier, struct verification *ret)
{
	struct verification row;
	enum wa_err e;

	store_bind_text(st, 1, identifier);
	e = store_step_row(st);
	if (e == WA_OK) {
		row = (struct verification){
		    .id = store_col_need_text(st, 0, a),
		    .identifier = store_col_need_text(st, 1, a),
		    .value = store_col_need_text(st, 2, a),
		    .expires_ms = store_col_time(st, 3),
		    .created_ms = store_col_time(st, 4),
		    .updated_ms = store_col_time(st, 5),
		};
		e = store_row_check(st);
	}
	store_done(st);
	if (e != WA_OK)
		return e;

	*ret = row;
	return WA_OK;
}

enum wa_err
store_verification_find(
    struct store *s, struct wa_arena *a, const char *identifier, struct verification *ret)
{
	struct store_stmt *st = store_prepare(s,
	    "SELECT " COLUMNS " FROM \"verification\" WHERE \"identifier\" = ?1"
	    " ORDER BY \"createdAt\" DESC LIMIT 1");

	return read_one(st, a, identifier, ret);
}

static enum wa_err
take(struct store *s, struct wa_arena *a, const char *identifier, struct verification *ret)
{
	struct store_stmt *st = store_prepare(s,
	    "DELETE FROM \"verification\" WHERE \"id\" = (SELECT \"id\" FROM \"verification\""
	    " WHERE \"identifier\" = ?1 ORDER BY \"createdAt\" DESC LIMIT 1)"
	    " RETURNING " COLUMNS);
	enum wa_err e;

	e = read_one(st, a, identifier, ret);
	if (e != WA_OK)
		return e;

	/* With the newest gone, what is left under the name is older, and stale. */
	st = store_prepare(
	    s, "DELETE FROM \"verification\" WHERE \"identifier\" = ?1 AND \"createdAt\" <= ?2");
	store_bind_text(st, 1, identifier);
	store_bind_time(st, 2, ret->created_ms);
	return store_run(st, NULL);
}

enum wa_err
store_verification_consume(struct store *s, struct wa_arena *a, const char *identifier,
    int64_t now_ms, struct verification *ret)
{
	struct verification row;
	bool own = false;
	enum wa_err e;

	e = store_open_write(s, &own);
	if (e != WA_OK)
		return e;

	e = store_close_write(s, own, take(s, a, identifier, &row));
	if (e != WA_OK)
		return e;
	/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): e says it was read */
	if (row.expires_ms < now_ms)
		return WA_ERR_NOT_FOUND;

	*ret = row;
	return WA_OK;
}

enum wa_err
store_verification_delete_between(
    struct store *s, const char *from, const char *to, const char *value)
{
	struct store_stmt *st = store_prepare(s,
	    "DELETE FROM \"verification\" WHERE \"identifier\" >= ?1 AND \"identifier\" < ?2"
	    " AND \"value\" = ?3");

	store_bind_text(st, 1, from);
	store_bind_text(st, 2, to);
	store_bind_text(st, 3, value);
	return store_run(st, NULL);
}

enum wa_err
store_verification_sweep(struct store *s, int64_t now_ms, struct store_sweep *sweep)
{
	static const char find[] = "SELECT rowid, \"expiresAt\" < ?2, \"id\" FROM \"verification\""
				   " WHERE rowid > ?1 ORDER BY rowid LIMIT ?3";
	static const char delete[] =
	    "DELETE FROM \"verification\" WHERE \"id\" = ?1 AND \"expiresAt\" < ?2";

	return store_sweep_step(s, find, delete, now_ms, sweep);
}
