/* Rows of "user" (contract.md 2.1, 0.2). Strings of a row live in the arena it was read with. */
#ifndef LIB_STORE_USER_H
#define LIB_STORE_USER_H

#include "lib/base/arena.h"
#include "lib/store/store.h"

struct user {
	const char *id;
	const char *name;
	const char *email; /* lower case */
	bool email_verified;
	const char *image; /* NULL: none */
	int64_t created_ms;
	int64_t updated_ms;
	/* Plugin columns; NULL or 0 where the store has none (store_shape) */
	const char *role;  /* comma-separated list */
	bool banned_known; /* banned is not NULL */
	bool banned;	   /* as stored: an expiry that has passed is policy, not storage */
	const char *ban_reason;
	int64_t ban_expires_ms;	      /* 0: never */
	const char *username;	      /* normalised */
	const char *display_username; /* as typed */
	bool two_factor_known;
	bool two_factor_enabled;
};

/* All single-row reads: WA_ERR_NOT_FOUND, or faults of store.h. */
WA_OUTCOME store_user_by_id(struct store *s, struct wa_arena *a, const char *id, struct user *ret);
/* email in lower case: an exact match (contract.md 2.5). */
WA_OUTCOME store_user_by_email(
    struct store *s, struct wa_arena *a, const char *email, struct user *ret);
/* The normalised user name; WA_ERR_NOT_FOUND in a store without such a column. */
WA_OUTCOME store_user_by_username(
    struct store *s, struct wa_arena *a, const char *username, struct user *ret);

/*
 * Writes every column the store has, plugin defaults included (role "user", banned false).
 * WA_ERR_CONFLICT when the e-mail, id or user name is taken.
 */
WA_OUTCOME store_user_insert(struct store *s, const struct user *u);

/* Each sets updatedAt to now. WA_ERR_NOT_FOUND when there is no such user; WA_ERR_CONFLICT on
 * unique columns. */
WA_OUTCOME store_user_set_name(struct store *s, const char *id, const char *name, int64_t now_ms);
/* name stays when NULL; image is written as it is, NULL too. */
WA_OUTCOME store_user_set_profile(
    struct store *s, const char *id, const char *name, const char *image, int64_t now_ms);
WA_OUTCOME store_user_set_email_verified(
    struct store *s, const char *id, bool verified, int64_t now_ms);
/* Only while the address is still old_email: WA_ERR_NOT_FOUND otherwise. */
WA_OUTCOME store_user_set_email(struct store *s, const char *id, const char *old_email,
    const char *email, bool verified, int64_t now_ms);
/* WA_ERR_INVALID in a store without user name columns. Either may be NULL. */
WA_OUTCOME store_user_set_username(struct store *s, const char *id, const char *username,
    const char *display_username, int64_t now_ms);
/* WA_ERR_INVALID in a store without a role column. */
WA_OUTCOME store_user_set_role(struct store *s, const char *id, const char *role, int64_t now_ms);

/*
 * Bans live in Better Auth's columns where the store has them, else in webauth_ban; reads above
 * fill banned, ban_reason and ban_expires_ms from whichever it is. reason may be NULL, expires_ms 0
 * = never.
 */
WA_OUTCOME store_user_ban(
    struct store *s, const char *id, const char *reason, int64_t expires_ms, int64_t now_ms);
WA_OUTCOME store_user_unban(struct store *s, const char *id, int64_t now_ms);

/* Deletes sessions, accounts, verification-independent rows of ours, then the user.
 * WA_ERR_NOT_FOUND. */
WA_OUTCOME store_user_delete(struct store *s, const char *id);

/*
 * Users in order of e-mail, after the e-mail `after` (NULL: from the start), whose e-mail, name or
 * user name contains `match` (NULL: all), at most limit. fn returns false to stop; the row's
 * strings live in an arena that is reset after each call.
 */
WA_OUTCOME store_user_each(struct store *s, const char *match, const char *after, int64_t limit,
    bool (*fn)(void *arg, const struct user *u), void *arg);

WA_OUTCOME store_user_count(struct store *s, int64_t *ret);

#endif
