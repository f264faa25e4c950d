/* An entry is of a token, as it came; the other texts of what it says are one block. */
#include "sessiond/routes/verified_cache.h"

#include <string.h>

#define ENTRY_MAX 2048 /* a session's takes some 900 */

struct kept {
	struct verified v; /* its texts are those below */
	char texts[];
};

struct wa_cache *
verified_cache_new(size_t tokens)
{
	return wa_cache_new(tokens, ENTRY_MAX);
}

/* The rows may be the same and a key's time over: the set knows which verify. */
bool
verified_cache_get(const struct wa_cache *c, struct http_slice text, const struct wa_key_set *set,
    struct wa_claims *ret)
{
	const struct kept *k = wa_cache_get(c, text.p, text.n);
	struct wa_claims claims;

	if (k == NULL || memcmp(k->v.keys, set->fingerprint, sizeof(k->v.keys)) != 0)
		return false;
	claims = k->v.claims;
	claims.key = wa_key_find(set, k->v.kid);
	if (claims.key == NULL)
		return false;
	*ret = claims;
	return true;
}

/* Copies the text to p, lets the pointer point there, and returns where the next goes. */
static char *
take_text(const char **text, char *p)
{
	size_t size = strlen(*text) + 1;

	memcpy(p, *text, size);
	*text = p;
	return p + size;
}

void
verified_cache_put(struct wa_cache *c, const struct verified *v)
{
	const struct wa_claims *claims = &v->claims;
	size_t len = strlen(claims->sub) + strlen(claims->sid) + strlen(claims->iss) +
	    strlen(claims->aud_json) + strlen(v->kid) + 5;
	struct kept *k = wa_cache_put(c, claims->text, strlen(claims->text), sizeof(*k) + len);
	char *p;

	if (k == NULL)
		return;
	k->v = *v;
	k->v.claims.text = NULL;
	k->v.claims.key = NULL;
	k->v.claims.signature = NULL;
	k->v.claims.signature_len = 0;
	p = take_text(&k->v.claims.sub, k->texts);
	p = take_text(&k->v.claims.sid, p);
	p = take_text(&k->v.claims.iss, p);
	p = take_text(&k->v.claims.aud_json, p);
	(void)take_text(&k->v.kid, p);
}
