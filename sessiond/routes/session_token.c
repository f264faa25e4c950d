/* JWTs for sessions, from memory or made. */
#include "sessiond/routes/session_token.h"

#include "lib/core/jwt.h"
#include "sessiond/routes/key_cache.h"
#include "sessiond/routes/token_cache.h"

/* On the loop: only what is there, and only while the key that signed it is still the one that
 * signs. */
static enum wa_err
from_memory(struct exchange *x, const char **ret)
{
	const struct wa_key_set *set;
	const char *token;
	enum wa_err e;

	e = key_cache_load(x->keys, &x->cx, &set);
	if (e != WA_OK)
		return e;
	token = key_cache_is_due(&x->cx, set)
	    ? NULL
	    : token_cache_get(x->tokens, &x->session, &x->user, set->signer->kid, x->cx.now_ms);
	if (token == NULL)
		return WA_ERR_WRONG_LANE;
	*ret = token;
	return WA_OK;
}

enum wa_err
session_token_jwt(struct exchange *x, const char **ret)
{
	const struct wa_key_set *set;
	const char *token, *kid;
	int64_t expires_ms;
	enum wa_err e;

	if (x->tokens != NULL)
		return from_memory(x, ret);
	e = key_cache_signer(x->keys, &x->cx, &set);
	if (e != WA_OK)
		return e;
	e = wa_jwt_mint(
	    &x->cx, set->signer, x->site->origin, &x->session, &x->user, &token, &expires_ms);
	if (e != WA_OK)
		return e;
	/* The set is this thread's: what the loop will read is copied. */
	kid = wa_arena_strdup(x->cx.arena, set->signer->kid);
	if (kid == NULL)
		return wa_fault(WA_ERR_NOMEM, "token");
	x->minted = (struct minted){
	    .session_id = x->session.id,
	    .user_updated_ms = x->user.updated_ms,
	    .kid = kid,
	    .token = token,
	    .expires_ms = expires_ms,
	};
	*ret = token;
	return WA_OK;
}
