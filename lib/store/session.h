/* Rows of "session" (contract.md 2.1, 0.3). */
#ifndef LIB_STORE_SESSION_H
#define LIB_STORE_SESSION_H

#include "lib/base/arena.h"
#include "lib/store/store.h"
#include "lib/store/sweep.h"
#include "lib/store/user.h"

struct session {
	const char *id;
	const char *token;
	const char *user_id;
	int64_t expires_ms;
	int64_t created_ms;
	int64_t updated_ms;
	const char *ip_address; /* NULL or "" when unknown */
	const char *user_agent;
	const char *impersonated_by; /* NULL: nobody, or the store has no such column */
};

/* The session and its user in one read: the hot path. An expired row is returned too: expiry is
 * policy. WA_ERR_NOT_FOUND. */
WA_OUTCOME store_session_by_token(struct store *s, struct wa_arena *a, const char *token,
    struct session *ret, struct user *ret_user);
WA_OUTCOME store_session_by_id(struct store *s, struct wa_arena *a, const char *id,
    struct session *ret, struct user *ret_user);

WA_OUTCOME store_session_insert(struct store *s, const struct session *row);

/* Extends a session that still exists and has not been extended since it was read (expiresAt still
 * is old_expires_ms); WA_ERR_NOT_FOUND when it is gone, WA_ERR_CONFLICT when another extended it
 * first. */
WA_OUTCOME store_session_extend(
    struct store *s, const char *token, int64_t old_expires_ms, int64_t expires_ms, int64_t now_ms);

/* Deletes by token, or by row id, if it is that user's (NULL: whoever's it is); tells what it was.
 * WA_ERR_NOT_FOUND when there was none. */
struct session_end {
	const char *id;
	const char *user_id;
};

WA_OUTCOME store_session_delete(struct store *s, struct wa_arena *a, const char *user_id,
    const char *token, struct session_end *ret);
WA_OUTCOME store_session_delete_by_id(struct store *s, struct wa_arena *a, const char *user_id,
    const char *id, struct session_end *ret);

/* Deletes an expired row, but not one that was extended meanwhile. */
WA_OUTCOME store_session_delete_expired(struct store *s, const char *token, int64_t now_ms);

/* Of her sessions the user keeps the max newest, this one among them; *ret_deleted others end. In
 * the caller's transaction. */
WA_OUTCOME store_session_insert_newest(
    struct store *s, const struct session *row, int64_t max, int64_t *ret_deleted);

/* All of a user's sessions but keep_token (NULL: none kept). */
WA_OUTCOME store_session_delete_of_user(
    struct store *s, const char *user_id, const char *keep_token, int64_t *ret_deleted);

/* Every session of every user. */
WA_OUTCOME store_session_delete_all(struct store *s, int64_t *ret_deleted);

/* Live sessions (expiresAt > now) newest first, of one user or (NULL) of all; as store_user_each.
 */
WA_OUTCOME store_session_each(struct store *s, const char *user_id, int64_t now_ms, int64_t limit,
    bool (*fn)(void *arg, const struct session *row), void *arg);

/* One step through the rows that ended before now: see sweep.h. */
WA_OUTCOME store_session_sweep(struct store *s, int64_t now_ms, struct store_sweep *sweep);

#endif
