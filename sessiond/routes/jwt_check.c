/*
 * The order is by cost: what the token says, then the session's row, then the signature. A token of
 * a session that has ended is refused before anything is computed, and whoever makes tokens up has
 * to know a session's id to make us compute anything.
 */
#include "sessiond/routes/jwt_check.h"

#include <string.h>

#include "lib/core/jwt.h"
#include "sessiond/routes/key_cache.h"
#include "sessiond/routes/verified_cache.h"

bool
jwt_check_is_jwt(struct http_slice text)
{
	const char *dot = memchr(text.p, '.', text.n);

	return dot != NULL && memchr(dot + 1, '.', text.n - (size_t)(dot + 1 - text.p)) != NULL;
}

static enum wa_err
find_session(struct exchange *x, const struct wa_claims *c)
{
	enum wa_err e;

	e = wa_session_find_by_id(&x->cx, c->sid, &x->session, &x->user);
	if (e == WA_ERR_NOT_FOUND)
		return wa_refuse(WA_ERR_INVALID, "The token's session has ended");
	if (e != WA_OK)
		return e;
	if (strcmp(x->user.id, c->sub) != 0)
		return wa_refuse(WA_ERR_INVALID, "The token's session is somebody else's");
	return WA_OK;
}

/* Keeps what will be needed when this thread's keys are other ones. */
static enum wa_err
remember(struct exchange *x, const struct wa_key_set *set, const struct wa_claims *c)
{
	const char *kid = wa_arena_strdup(x->cx.arena, c->key->kid);

	if (kid == NULL)
		return wa_fault(WA_ERR_NOMEM, "token");
	x->just_verified = (struct verified){.made = true, .claims = *c, .kid = kid};
	memcpy(x->just_verified.keys, set->fingerprint, sizeof(x->just_verified.keys));
	return WA_OK;
}

static enum wa_err
check_signature(struct exchange *x, const struct wa_key_set *set, const struct wa_claims *c)
{
	enum wa_err e;

	if (x->verified != NULL && !wa_jwt_verifies_quickly(c->key))
		return WA_ERR_WRONG_LANE;
	e = wa_jwt_verify(c);
	return e == WA_OK ? remember(x, set, c) : e;
}

enum wa_err
jwt_check(struct exchange *x, struct http_slice text, struct wa_claims *ret)
{
	const struct wa_key_set *set;
	struct wa_claims c;
	bool known;
	enum wa_err e;

	e = key_cache_load(x->keys, &x->cx, &set);
	if (e != WA_OK)
		return e;

	known = x->verified != NULL && verified_cache_get(x->verified, text, set, &c);
	e = known ? wa_claims_check_times(&x->cx, &c)
		  : wa_claims_read(&x->cx, set, x->site->origin, text.p, text.n, &c);
	if (e == WA_OK)
		e = find_session(x, &c);
	if (e == WA_OK && !known)
		e = check_signature(x, set, &c);
	if (e != WA_OK)
		return e;
	*ret = c;
	return WA_OK;
}
