/*
 * GET /jwks (contract.md 7.1), as Better Auth answers, and GET /.well-known/jwks.json for everybody
 * else. The first key is made when somebody asks, and so is the next when its time has come.
 */
#include "sessiond/routes/key_cache.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"

/* Shorter than any sensible jwt_publish_ahead: who obeys it has the next key before it signs. */
#define CACHE_CONTROL "public, max-age=300"

static enum wa_err
load(struct exchange *x, const struct wa_key_set **ret)
{
	enum wa_err e;

	e = key_cache_load(x->keys, &x->cx, ret);
	if (e != WA_OK || !key_cache_is_due(&x->cx, *ret))
		return e;
	if ((*ret)->signer == NULL && (*ret)->n > 0)
		return WA_OK; /* what there is can be published as it is */
	if (x->tokens != NULL)
		return WA_ERR_WRONG_LANE;
	return key_cache_signer(x->keys, &x->cx, ret);
}

enum wa_err
jwks_run(struct exchange *x)
{
	const struct wa_key_set *set;
	enum wa_err e;

	e = load(x, &set);
	if (e == WA_OK)
		e = wa_key_publish(set, &x->response->body);
	if (e != WA_OK)
		return e;
	reply_json(x, 200);
	return WA_OK;
}

enum wa_err
jwks_well_known_run(struct exchange *x)
{
	const struct wa_key_set *set;
	enum wa_err e;

	e = load(x, &set);
	if (e == WA_OK)
		e = wa_key_publish_with_use(set, &x->response->body);
	if (e != WA_OK)
		return e;
	http_response_header(x->response, "Cache-Control", CACHE_CONTROL);
	reply_json(x, 200);
	return WA_OK;
}
