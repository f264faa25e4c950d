/* What a session is worth: made, found, extended, ended. */
#include "lib/core/session.h"

#include <string.h>

#include "lib/base/random.h"
#include "lib/core/user.h"

/* A session made without remember-me lives this long (contract.md 6). */
#define SHORT_SESSION_MS ((int64_t)86400 * 1000)

/* Better Auth reads no more than this of any list (contract.md 2.5). */
#define LIST_MAX 100

static enum wa_err
session_fill(struct wa_context *cx, const struct user *user, bool remember, struct session *s)
{
	char *id = wa_arena_alloc(cx->arena, WA_ID_SIZE);
	char *token = wa_arena_alloc(cx->arena, WA_ID_SIZE);

	if (id == NULL || token == NULL)
		return wa_fault(WA_ERR_NOMEM, "new session");
	wa_random_text(id, WA_ID_LEN);
	wa_random_text(token, WA_ID_LEN);
	*s = (struct session){
	    .id = id,
	    .token = token,
	    .user_id = user->id,
	    .created_ms = cx->now_ms,
	    .updated_ms = cx->now_ms,
	    .expires_ms =
		cx->now_ms + (remember ? cx->settings->session_expires_in : SHORT_SESSION_MS),
	    .ip_address = cx->ip_address,
	    .user_agent = cx->user_agent,
	};
	return WA_OK;
}

enum wa_err
wa_session_create(
    struct wa_context *cx, const struct user *user, bool remember, struct session *ret)
{
	struct session s;
	enum wa_err e;

	if (wa_user_is_banned(user, cx->now_ms))
		return WA_ERR_BANNED;

	e = session_fill(cx, user, remember, &s);
	if (e != WA_OK)
		return e;

	e = store_session_insert_newest(
	    cx->store, &s, (int64_t)cx->settings->max_sessions_per_user);
	if (e != WA_OK)
		return e;

	*ret = s;
	return WA_OK;
}

enum wa_err
wa_session_find(
    struct wa_context *cx, const char *token, struct session *ret, struct user *ret_user)
{
	struct session s;
	struct user u;
	enum wa_err e;

	e = store_session_by_token(cx->store, cx->arena, token, &s, &u);
	if (e != WA_OK)
		return e;

	if (s.expires_ms <= cx->now_ms) {
		e = store_session_delete_expired(cx->store, token, cx->now_ms);
		return e == WA_OK ? WA_ERR_NOT_FOUND : e;
	}
	if (wa_user_is_banned(&u, cx->now_ms))
		return WA_ERR_NOT_FOUND;

	*ret = s;
	*ret_user = u;
	return WA_OK;
}

enum wa_err
wa_session_find_by_id(
    struct wa_context *cx, const char *id, struct session *ret, struct user *ret_user)
{
	struct session s;
	struct user u;
	enum wa_err e;

	e = store_session_by_id(cx->store, cx->arena, id, &s, &u);
	if (e != WA_OK)
		return e;
	if (s.expires_ms <= cx->now_ms || wa_user_is_banned(&u, cx->now_ms))
		return WA_ERR_NOT_FOUND;

	*ret = s;
	*ret_user = u;
	return WA_OK;
}

/*
 * Better Auth keeps "don't remember" in a cookie alone, and a session whose cookie was lost becomes
 * a long one. The row tells it as well: only a short session ends exactly a day after it began.
 * (When session_expires_in is itself a day, the two cannot be told apart, and it is the cookie that
 * counts.)
 */
static bool
is_short(const struct wa_context *cx, const struct session *s)
{
	return cx->settings->session_expires_in != SHORT_SESSION_MS &&
	    s->expires_ms - s->created_ms == SHORT_SESSION_MS;
}

bool
wa_session_is_due(const struct wa_context *cx, const struct session *s)
{
	if (!cx->settings->session_refresh || is_short(cx, s))
		return false;
	return s->expires_ms - cx->settings->session_expires_in +
	    cx->settings->session_update_age <=
	    cx->now_ms;
}

bool
wa_session_is_fresh(const struct wa_context *cx, const struct session *s)
{
	int64_t fresh = cx->settings->session_fresh_age, age = cx->now_ms - s->created_ms;

	/* One of the future is of before the clock was set back: how old it is, nobody knows. */
	return fresh == 0 || (age < fresh && age >= -WA_CLOCK_SKEW_MS);
}

enum wa_err
wa_session_extend(struct wa_context *cx, struct session *s)
{
	int64_t expires_ms = cx->now_ms + cx->settings->session_expires_in;
	enum wa_err e;

	e = store_session_extend(cx->store, s->token, s->expires_ms, expires_ms, cx->now_ms);
	if (e == WA_ERR_CONFLICT)
		return WA_OK; /* somebody extended it just now: it lives, that is all we wanted */
	if (e != WA_OK)
		return e;

	s->expires_ms = expires_ms;
	s->updated_ms = cx->now_ms;
	return WA_OK;
}

enum wa_err
wa_session_revoke(struct wa_context *cx, const char *token)
{
	return store_session_delete(cx->store, token, NULL);
}

enum wa_err
wa_session_revoke_own(struct wa_context *cx, const char *user_id, const char *token)
{
	struct session s;
	struct user u;
	enum wa_err e;

	e = store_session_by_token(cx->store, cx->arena, token, &s, &u);
	if (e == WA_ERR_NOT_FOUND || (e == WA_OK && strcmp(s.user_id, user_id) != 0))
		return WA_OK;
	return e == WA_OK ? wa_session_revoke(cx, token) : e;
}

enum wa_err
wa_session_revoke_all(struct wa_context *cx, const char *user_id, const char *keep_token)
{
	return store_session_delete_of_user(cx->store, user_id, keep_token, NULL);
}

enum wa_err
wa_session_each(struct wa_context *cx, const char *user_id,
    bool (*fn)(void *arg, const struct session *s), void *arg)
{
	return store_session_each(cx->store, user_id, cx->now_ms, LIST_MAX, fn, arg);
}
