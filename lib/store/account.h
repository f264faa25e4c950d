/* Rows of "account", as far as passwords go (contract.md 2.1, 3.3). */
#ifndef LIB_STORE_ACCOUNT_H
#define LIB_STORE_ACCOUNT_H

#include <stddef.h>

#include "lib/base/arena.h"
#include "lib/store/store.h"

/* The password hash of the credential account whose accountId is the user's id; WA_ERR_NOT_FOUND
 * when there is no such account or its password is NULL. */
WA_OUTCOME store_account_password(
    struct store *s, struct wa_arena *a, const char *user_id, const char **ret_hash);

/*
 * Some account's password hash: always the same for a text while the accounts stay as they are, and
 * for most of them while others come and go. Row ids are random, so it is that of the first row
 * after the text. WA_ERR_NOT_FOUND when neither that nor the few after it have one.
 */
WA_OUTCOME store_account_some_password(
    struct store *s, struct wa_arena *a, const char *text, const char **ret_hash);

/* A credential account (providerId "credential", accountId = userId). id is the new row's. */
WA_OUTCOME store_account_insert_password(
    struct store *s, const char *id, const char *user_id, const char *hash, int64_t now_ms);

/* WA_ERR_NOT_FOUND when the user has no credential account. */
WA_OUTCOME store_account_set_password(
    struct store *s, const char *user_id, const char *hash, int64_t now_ms);

/* Sets it only while the stored hash still is old_hash: WA_ERR_CONFLICT when somebody changed it
 * since the old password was proven. */
WA_OUTCOME store_account_change_password(struct store *s, const char *user_id, const char *old_hash,
    const char *new_hash, int64_t now_ms);

/* The same, only while the stored hash is still old_hash (WA_ERR_CONFLICT otherwise): a rehash must
 * not undo a password change that happened while it was being computed. updatedAt stays. */
WA_OUTCOME store_account_rehash(
    struct store *s, const char *user_id, const char *old_hash, const char *new_hash);

/* What may be told of an account: no tokens, no password. */
struct account {
	const char *id;
	const char *account_id;
	const char *provider_id;
	const char *user_id;
	const char *scope; /* comma-separated, NULL: none */
	int64_t created_ms;
	int64_t updated_ms;
};

/* A user's accounts, at most limit. The array is arena memory. */
WA_OUTCOME store_account_all(struct store *s, struct wa_arena *a, const char *user_id,
    int64_t limit, struct account **ret, size_t *ret_n);

/* Deletes the account of that row id, if it is this user's. WA_ERR_NOT_FOUND. */
WA_OUTCOME store_account_delete(struct store *s, const char *user_id, const char *id);

#endif
