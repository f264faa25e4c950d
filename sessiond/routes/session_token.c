/* JWTs for sessions, from memory or made. */
#include "sessiond/routes/session_token.h"

#include "lib/core/jwt.h"
#include "sessiond/routes/key_cache.h"
#include "sessiond/routes/token_cache.h"

enum wa_err
session_token_jwt(struct exchange *x, const char **ret)
{
	const struct wa_key_set *set;
	const char *token;
	int64_t expires_ms;
	enum wa_err e;

	if (x->tokens != NULL) {
		token = token_cache_get(x->tokens, &x->session, &x->user, x->cx.now_ms);
		if (token == NULL)
			return WA_ERR_WRONG_LANE;
		*ret = token;
		return WA_OK;
	}
	e = key_cache_signer(x->keys, &x->cx, &set);
	if (e != WA_OK)
		return e;
	e = wa_jwt_mint(
	    &x->cx, set->signer, x->site->origin, &x->session, &x->user, &token, &expires_ms);
	if (e != WA_OK)
		return e;
	x->minted = (struct minted){
	    .session_id = x->session.id,
	    .user_updated_ms = x->user.updated_ms,
	    .token = token,
	    .expires_ms = expires_ms,
	};
	*ret = token;
	return WA_OK;
}
