/*
 * Rows of "webauth_uid": the uid of each Unix account that this store brings to the host, because
 * the host has none of that name. A row stays when its link goes: a uid owns files, and is never
 * given to another name.
 */
#ifndef LIB_STORE_UID_H
#define LIB_STORE_UID_H

#include "lib/base/arena.h"
#include "lib/store/store.h"

struct uid_row {
	const char *account;
	int64_t uid;
	const char
	    *user_name; /* of the web user it is linked to; NULL: it is linked to nobody now */
};

/* WA_ERR_NOT_FOUND. */
WA_OUTCOME store_uid_find(struct store *s, const char *account, int64_t *ret_uid);

/* The lowest above all given ones of first to last. WA_ERR_NOT_FOUND when that is past the last. */
WA_OUTCOME store_uid_next(struct store *s, int64_t first, int64_t last, int64_t *ret_uid);

/* WA_ERR_CONFLICT when the account has one, or the uid is given. */
WA_OUTCOME store_uid_insert(struct store *s, const char *account, int64_t uid, int64_t now_ms);

/* All, in order of account; as store_user_each. */
WA_OUTCOME store_uid_each(
    struct store *s, bool (*fn)(void *arg, const struct uid_row *row), void *arg);

#endif
