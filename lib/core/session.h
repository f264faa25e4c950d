/*
 * Sessions: the row is the truth, a token names it, a signature carries the token in a cookie
 * (contract.md 4.2, 6). What a request does with one is sessiond/routes'.
 */
#ifndef LIB_CORE_SESSION_H
#define LIB_CORE_SESSION_H

#include <stdbool.h>

#include "lib/core/context.h"
#include "lib/store/session.h"
#include "lib/store/user.h"

/* A new session row for the user, written at once (inside the caller's transaction if one is open).
 * Remembered sessions live session_expires_in, others a day, none longer than session_max_age. Past
 * max_sessions_per_user the oldest ends. The user's ban is checked here: WA_ERR_BANNED. The caller
 * records what it is for. */
WA_OUTCOME wa_session_create(
    struct wa_context *cx, const struct user *user, bool remember, struct session *ret);

/* The same for a session that nobody signs in for, which is recorded as such. */
WA_OUTCOME wa_session_begin(
    struct wa_context *cx, const struct user *user, bool remember, struct session *ret);

/*
 * The live session of a token, and its user. WA_ERR_NOT_FOUND when there is none, it has ended, or
 * its user is banned; an ended row is deleted on the way (so: WA_ERR_WRONG_LANE on a reading
 * connection).
 */
WA_OUTCOME wa_session_find(
    struct wa_context *cx, const char *token, struct session *ret, struct user *ret_user);

/* The same by the row's id, as a JWT names it; deletes nothing. */
WA_OUTCOME wa_session_find_by_id(
    struct wa_context *cx, const char *id, struct session *ret, struct user *ret_user);

/* Of a row from the store: has it expired, or reached session_max_age? */
bool wa_session_has_ended(const struct wa_context *cx, const struct session *s);

/* Is it time to extend (contract.md 6)? A session made without remember-me never is: it is told by
 * its length, expiresAt - createdAt, so that losing a cookie cannot lengthen it. */
bool wa_session_is_due(const struct wa_context *cx, const struct session *s);

/* Was its sign-in recent enough for sensitive actions (contract.md 6)? Extending does not renew it.
 */
bool wa_session_is_fresh(const struct wa_context *cx, const struct session *s);

/* Extends a due session and updates *s. WA_ERR_NOT_FOUND when it was revoked meanwhile; another
 * process having extended it is fine. */
WA_OUTCOME wa_session_extend(struct wa_context *cx, struct session *s);

/* Signs out: ends it; an unknown token is fine. */
WA_OUTCOME wa_session_revoke(struct wa_context *cx, const char *token);

/* Ends it if it is this user's; anything else is left alone, and that is fine too. */
WA_OUTCOME wa_session_revoke_own(struct wa_context *cx, const char *user_id, const char *token);

/* The same by the row's id, of this user or (NULL) of whoever's it is. why is for the audit log;
 * *ret_ended (may be NULL) tells whether there was one. */
WA_OUTCOME wa_session_revoke_id(
    struct wa_context *cx, const char *user_id, const char *id, const char *why, bool *ret_ended);

/* Ends all of a user's sessions but that of keep_token (NULL: all); how many, may be NULL. */
WA_OUTCOME wa_session_revoke_all(
    struct wa_context *cx, const char *user_id, const char *keep_token, int64_t *ret_ended);

/* Every session of every user. */
WA_OUTCOME wa_session_revoke_everybody(struct wa_context *cx, int64_t *ret_ended);

/* Better Auth reads no more than this of any list (contract.md 2.5). */
#define WA_SESSIONS_LISTED ((int64_t)100)

/* The newest live sessions of a user or (NULL) of all, at most limit; fn returns false to stop. */
WA_OUTCOME wa_session_each(struct wa_context *cx, const char *user_id, int64_t limit,
    bool (*fn)(void *arg, const struct session *s), void *arg);

#endif
