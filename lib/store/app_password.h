/*
 * Rows of "webauth_app_password". The id stands in the app password itself, so that its row is
 * found without trying hashes; the secret part is there as a digest only.
 */
#ifndef LIB_STORE_APP_PASSWORD_H
#define LIB_STORE_APP_PASSWORD_H

#include "lib/base/arena.h"
#include "lib/store/store.h"
#include "lib/store/user.h"

struct app_password_row {
	const char *id;
	const char *user_id;
	const char *name;     /* what its user calls it */
	const char *hash;     /* hex */
	const char *services; /* PAM services it is for, blank-separated; "": all */
	int64_t created_ms;
	int64_t last_used_ms;	/* 0: never */
	int64_t expires_ms;	/* 0: never */
	const char *user_email; /* read only, and only by store_app_password_each */
};

/* WA_ERR_CONFLICT when the id is taken, WA_ERR_NOT_FOUND when the user is gone. Leaves the store as
 * it is, and *ret_inserted false, where the user has max of them. */
WA_OUTCOME store_app_password_insert(
    struct store *s, const struct app_password_row *row, int64_t max, bool *ret_inserted);

/* WA_ERR_NOT_FOUND. */
WA_OUTCOME store_app_password_find(
    struct store *s, struct wa_arena *a, const char *id, struct app_password_row *ret);

/* Records a use, unless one after since_ms is recorded already. Fine when the row is gone. */
WA_OUTCOME store_app_password_used(
    struct store *s, const char *id, int64_t since_ms, int64_t now_ms);

/* Of that user, or (NULL) of whoever has it; tells whose it was. WA_ERR_NOT_FOUND. */
WA_OUTCOME store_app_password_delete(struct store *s, struct wa_arena *a, const char *user_id,
    const char *id, const char **ret_user_id);

/* All of a user's. */
WA_OUTCOME store_app_password_delete_of_user(
    struct store *s, const char *user_id, int64_t *ret_deleted);

/* Oldest first, of one user or (NULL) of all, those in order of e-mail; as store_user_each. */
WA_OUTCOME store_app_password_each(struct store *s, const char *user_id,
    bool (*fn)(void *arg, const struct app_password_row *row), void *arg);

#endif
