/* GET /jwks (contract.md 7.1): the public keys; the first is made when somebody asks. */
#include "sessiond/routes/key_cache.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"

enum wa_err
jwks_run(struct exchange *x)
{
	const struct wa_key_set *set;
	enum wa_err e;

	e = key_cache_load(x->keys, &x->cx, &set);
	if (e == WA_OK && set->n == 0)
		e = key_cache_signer(x->keys, &x->cx, &set);
	if (e != WA_OK)
		return e;

	e = wa_key_publish(set, &x->response->body);
	if (e != WA_OK)
		return e;
	reply_json(x, 200);
	return WA_OK;
}
