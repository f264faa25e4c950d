/* What a session is worth: made, found, extended, ended. */
#include "lib/core/session.h"

#include <string.h>

#include "lib/base/random.h"
#include "lib/core/audit.h"
#include "lib/core/user.h"

/* A session made without remember-me lives this long (contract.md 6). */
#define SHORT_SESSION_MS ((int64_t)86400 * 1000)

/* The end that use cannot move (session_max_age). The row's createdAt is its sign-in's, for good.
 */
static int64_t
last_moment(const struct wa_context *cx, const struct session *s)
{
	int64_t max_age = cx->settings->session_max_age;

	return max_age == 0 ? INT64_MAX : s->created_ms + max_age;
}

/* Nobody sees a later end than that: rows of before the key was set, and a Node app's, have one. */
static void
cap(const struct wa_context *cx, struct session *s)
{
	int64_t last = last_moment(cx, s);

	if (s->expires_ms > last)
		s->expires_ms = last;
}

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
	cap(cx, s);
	return WA_OK;
}

static enum wa_err
record(struct wa_context *cx, const char *user_id, const char *session_id, const char *why)
{
	const struct wa_audit event = {
	    .event = WA_AUDIT_SESSION_EXPIRED,
	    .user_id = user_id,
	    .session_id = session_id,
	    .detail = why,
	};

	return wa_audit(cx, &event);
}

static enum wa_err
insert(struct wa_context *cx, const struct session *s)
{
	int64_t ended = 0;
	enum wa_err e = store_session_insert_newest(
	    cx->store, s, (int64_t)cx->settings->max_sessions_per_user, &ended);

	if (e != WA_OK || ended == 0)
		return e;
	return record(cx, s->user_id, NULL, "max_sessions_per_user");
}

enum wa_err
wa_session_create(
    struct wa_context *cx, const struct user *user, bool remember, struct session *ret)
{
	struct session s;
	bool own;
	enum wa_err e;

	if (wa_user_is_banned(user, cx->now_ms))
		return WA_ERR_BANNED;

	e = session_fill(cx, user, remember, &s);
	if (e != WA_OK)
		return e;

	e = store_open_write(cx->store, &own);
	if (e != WA_OK)
		return e;
	e = store_close_write(cx->store, own, insert(cx, &s));
	if (e != WA_OK)
		return e;

	*ret = s;
	return WA_OK;
}

static enum wa_err
begin(struct wa_context *cx, const struct user *user, bool remember, struct session *ret)
{
	struct wa_audit event = {.event = WA_AUDIT_SESSION_CREATED, .user_id = user->id};
	enum wa_err e = wa_session_create(cx, user, remember, ret);

	if (e != WA_OK)
		return e;
	event.session_id = ret->id;
	return wa_audit(cx, &event);
}

enum wa_err
wa_session_begin(struct wa_context *cx, const struct user *user, bool remember, struct session *ret)
{
	struct session s;
	bool own;
	enum wa_err e;

	e = store_open_write(cx->store, &own);
	if (e != WA_OK)
		return e;
	e = store_close_write(cx->store, own, begin(cx, user, remember, &s));
	if (e == WA_OK)
		*ret = s;
	return e;
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
	cap(cx, &s);
	if (s.expires_ms <= cx->now_ms) {
		struct session_end end;

		e = store_session_delete(cx->store, cx->arena, NULL, token, &end);
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
	cap(cx, &s);
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
	if (!cx->settings->session_refresh || is_short(cx, s) ||
	    s->expires_ms >= last_moment(cx, s))
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
	struct session longer = *s;
	enum wa_err e;

	longer.expires_ms = cx->now_ms + cx->settings->session_expires_in;
	cap(cx, &longer);
	e = store_session_extend(cx->store, s->token, s->expires_ms, longer.expires_ms, cx->now_ms);
	if (e == WA_ERR_CONFLICT)
		return WA_OK; /* somebody extended it just now: it lives, that is all we wanted */
	if (e != WA_OK)
		return e;

	s->expires_ms = longer.expires_ms;
	s->updated_ms = cx->now_ms;
	return WA_OK;
}

/* What was not there has not ended. */
static enum wa_err
end_one(struct wa_context *cx, enum wa_err deleted, const struct session_end *end, const char *why)
{
	if (deleted == WA_ERR_NOT_FOUND)
		return WA_OK;
	return deleted == WA_OK ? record(cx, end->user_id, end->id, why) : deleted;
}

static enum wa_err
end_by_token(struct wa_context *cx, const char *user_id, const char *token, const char *why)
{
	struct session_end end;
	enum wa_err e = store_begin_write(cx->store);

	if (e != WA_OK)
		return e;
	e = store_session_delete(cx->store, cx->arena, user_id, token, &end);
	return store_end(cx->store, end_one(cx, e, &end, why));
}

enum wa_err
wa_session_revoke(struct wa_context *cx, const char *token)
{
	return end_by_token(cx, NULL, token, "sign-out");
}

enum wa_err
wa_session_revoke_own(struct wa_context *cx, const char *user_id, const char *token)
{
	return end_by_token(cx, user_id, token, "revoked");
}

enum wa_err
wa_session_revoke_id(
    struct wa_context *cx, const char *user_id, const char *id, const char *why, bool *ret_ended)
{
	struct session_end end;
	enum wa_err e = store_begin_write(cx->store), deleted;

	if (e != WA_OK)
		return e;
	deleted = store_session_delete_by_id(cx->store, cx->arena, user_id, id, &end);
	e = store_end(cx->store, end_one(cx, deleted, &end, why));
	if (e == WA_OK && ret_ended != NULL)
		*ret_ended = deleted == WA_OK;
	return e;
}

/* user_id NULL: everybody's. */
static enum wa_err
end_many(struct wa_context *cx, const char *user_id, const char *keep_token, int64_t *ret_ended)
{
	const char *why;
	enum wa_err e;

	e = user_id != NULL
	    ? store_session_delete_of_user(cx->store, user_id, keep_token, ret_ended)
	    : store_session_delete_all(cx->store, ret_ended);
	if (e != WA_OK || *ret_ended == 0)
		return e;
	why = wa_arena_printf(cx->arena, "revoked: %s%lld",
	    user_id == NULL	     ? "of all users, "
		: keep_token != NULL ? "all others, "
				     : "all, ",
	    (long long)*ret_ended);
	return why != NULL ? record(cx, user_id, NULL, why) : wa_fault(WA_ERR_NOMEM, "sessions");
}

static enum wa_err
revoke_many(struct wa_context *cx, const char *user_id, const char *keep_token, int64_t *ret_ended)
{
	int64_t ended = 0;
	enum wa_err e = store_begin_write(cx->store);

	if (e != WA_OK)
		return e;
	e = store_end(cx->store, end_many(cx, user_id, keep_token, &ended));
	if (e == WA_OK && ret_ended != NULL)
		*ret_ended = ended;
	return e;
}

enum wa_err
wa_session_revoke_all(
    struct wa_context *cx, const char *user_id, const char *keep_token, int64_t *ret_ended)
{
	return revoke_many(cx, user_id, keep_token, ret_ended);
}

enum wa_err
wa_session_revoke_everybody(struct wa_context *cx, int64_t *ret_ended)
{
	return revoke_many(cx, NULL, NULL, ret_ended);
}

struct living {
	const struct wa_context *cx;
	bool (*fn)(void *arg, const struct session *s);
	void *arg;
};

static bool
hand_on_living(void *arg, const struct session *row)
{
	const struct living *l = arg;
	struct session s = *row;

	cap(l->cx, &s);
	return s.expires_ms <= l->cx->now_ms || l->fn(l->arg, &s);
}

bool
wa_session_has_ended(const struct wa_context *cx, const struct session *s)
{
	return s->expires_ms <= cx->now_ms || last_moment(cx, s) <= cx->now_ms;
}

enum wa_err
wa_session_each(struct wa_context *cx, const char *user_id, int64_t limit,
    bool (*fn)(void *arg, const struct session *s), void *arg)
{
	struct living living = {cx, fn, arg};

	return store_session_each(cx->store, user_id, cx->now_ms, limit, hand_on_living, &living);
}
