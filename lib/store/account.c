/*
 * Rows of "account". A password counts only where providerId is "credential" and accountId is the
 * user's id: Better Auth refuses any other since 1.7.3 (contract.md 2.7, 3.3).
 */
#include "lib/store/account.h"

#include "lib/store/driver.h"

#define IS_CREDENTIAL "\"userId\" = ?1 AND \"accountId\" = ?1 AND \"providerId\" = 'credential'"

enum wa_err
store_account_password(
    struct store *s, struct wa_arena *a, const char *user_id, const char **ret_hash)
{
	struct store_stmt *st = store_prepare(s,
	    "SELECT \"password\" FROM \"account\" WHERE " IS_CREDENTIAL
	    " AND \"password\" IS NOT NULL LIMIT 1");

	store_bind_text(st, 1, user_id);
	return store_run_text(st, a, ret_hash);
}

#define LOOKED_AT "16" /* an account without a password is another provider's */

enum wa_err
store_account_some_password(
    struct store *s, struct wa_arena *a, const char *text, const char **ret_hash)
{
	struct store_stmt *st = store_prepare(s,
	    "SELECT \"password\" FROM (SELECT \"id\", \"password\" FROM \"account\" WHERE \"id\" "
	    ">= ?1"
	    " ORDER BY \"id\" LIMIT " LOOKED_AT
	    ") WHERE \"password\" IS NOT NULL ORDER BY \"id\" LIMIT 1");
	enum wa_err e;

	store_bind_text(st, 1, text);
	e = store_run_text(st, a, ret_hash);
	if (e != WA_ERR_NOT_FOUND)
		return e;

	/* After the last comes the first. */
	store_bind_text(st, 1, "");
	return store_run_text(st, a, ret_hash);
}

enum wa_err
store_account_insert_password(
    struct store *s, const char *id, const char *user_id, const char *hash, int64_t now_ms)
{
	struct store_stmt *st = store_prepare(s,
	    "INSERT INTO \"account\" (\"id\", \"accountId\", \"providerId\", \"userId\", "
	    "\"password\","
	    " \"createdAt\", \"updatedAt\"{issuer:, \"issuer\"})"
	    " VALUES (?1, ?2, 'credential', ?2, ?3, ?4, ?4{issuer:, 'local:credential'})");

	store_bind_text(st, 1, id);
	store_bind_text(st, 2, user_id);
	store_bind_text(st, 3, hash);
	store_bind_time(st, 4, now_ms);
	return store_run(st, NULL);
}

enum wa_err
store_account_set_password(struct store *s, const char *user_id, const char *hash, int64_t now_ms)
{
	struct store_stmt *st = store_prepare(
	    s, "UPDATE \"account\" SET \"password\" = ?2, \"updatedAt\" = ?3 WHERE " IS_CREDENTIAL);

	store_bind_text(st, 1, user_id);
	store_bind_text(st, 2, hash);
	store_bind_time(st, 3, now_ms);
	return store_run_row(st);
}

enum wa_err
store_account_change_password(struct store *s, const char *user_id, const char *old_hash,
    const char *new_hash, int64_t now_ms)
{
	struct store_stmt *st = store_prepare(s,
	    "UPDATE \"account\" SET \"password\" = ?3, \"updatedAt\" = ?4 WHERE " IS_CREDENTIAL
	    " AND \"password\" = ?2");
	enum wa_err e;

	store_bind_text(st, 1, user_id);
	store_bind_text(st, 2, old_hash);
	store_bind_text(st, 3, new_hash);
	store_bind_time(st, 4, now_ms);
	e = store_run_row(st);
	return e == WA_ERR_NOT_FOUND ? WA_ERR_CONFLICT : e;
}

enum wa_err
store_account_rehash(
    struct store *s, const char *user_id, const char *old_hash, const char *new_hash)
{
	struct store_stmt *st = store_prepare(s,
	    "UPDATE \"account\" SET \"password\" = ?3 WHERE " IS_CREDENTIAL
	    " AND \"password\" = ?2");
	enum wa_err e;

	store_bind_text(st, 1, user_id);
	store_bind_text(st, 2, old_hash);
	store_bind_text(st, 3, new_hash);
	e = store_run_row(st);
	return e == WA_ERR_NOT_FOUND ? WA_ERR_CONFLICT : e;
}

static enum wa_err
account_row(struct store_stmt *st, struct wa_arena *a, struct account *ret)
{
	*ret = (struct account){
	    .id = store_col_need_text(st, 0, a),
	    .account_id = store_col_need_text(st, 1, a),
	    .provider_id = store_col_need_text(st, 2, a),
	    .user_id = store_col_need_text(st, 3, a),
	    .scope = store_col_text(st, 4, a),
	    .created_ms = store_col_time(st, 5),
	    .updated_ms = store_col_time(st, 6),
	};
	return store_row_check(st);
}

enum wa_err
store_account_all(struct store *s, struct wa_arena *a, const char *user_id, int64_t limit,
    struct account **ret, size_t *ret_n)
{
	struct store_stmt *st = store_prepare(s,
	    "SELECT \"id\", \"accountId\", \"providerId\", \"userId\", \"scope\","
	    " \"createdAt\", \"updatedAt\" FROM \"account\" WHERE \"userId\" = ?1 LIMIT ?2");
	struct account *rows = wa_arena_alloc(a, (size_t)limit * sizeof(*rows));
	size_t n = 0;
	bool row = true;
	enum wa_err e = rows == NULL ? wa_fault(WA_ERR_NOMEM, "list accounts") : WA_OK;

	store_bind_text(st, 1, user_id);
	store_bind_int(st, 2, limit);
	while (e == WA_OK) {
		e = store_step(st, &row);
		if (e != WA_OK || !row)
			break;
		e = account_row(st, a, &rows[n++]);
	}
	store_done(st);
	if (e != WA_OK)
		return e;

	*ret = rows;
	*ret_n = n;
	return WA_OK;
}

enum wa_err
store_account_delete(struct store *s, const char *user_id, const char *id)
{
	struct store_stmt *st =
	    store_prepare(s, "DELETE FROM \"account\" WHERE \"id\" = ?1 AND \"userId\" = ?2");

	store_bind_text(st, 1, id);
	store_bind_text(st, 2, user_id);
	return store_run_row(st);
}
