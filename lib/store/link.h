/* Rows of "webauth_link": an administrator's statement that a web user is a Unix account. */
#ifndef LIB_STORE_LINK_H
#define LIB_STORE_LINK_H

#include "lib/base/arena.h"
#include "lib/store/store.h"
#include "lib/store/user.h"

struct link {
	const char *account; /* the Unix account's name; unique: one account is one web user */
	const char *user_id; /* a web user may have several accounts */
	int64_t created_ms;
	const char *user_email; /* read only */
};

/* WA_ERR_CONFLICT when the account is linked already. */
WA_OUTCOME store_link_insert(struct store *s, const struct link *row);

/* WA_ERR_NOT_FOUND. */
WA_OUTCOME store_link_delete(struct store *s, const char *account);

/* The web user an account is linked to. WA_ERR_NOT_FOUND. */
WA_OUTCOME store_link_user(
    struct store *s, struct wa_arena *a, const char *account, struct user *ret);

/* Links in order of account, of one user or (NULL) of all; as store_user_each. */
WA_OUTCOME store_link_each(
    struct store *s, const char *user_id, bool (*fn)(void *arg, const struct link *row), void *arg);

#endif
