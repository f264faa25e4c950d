/* An entry is of a session, by its id. */
#include "sessiond/routes/token_cache.h"

#include <string.h>

#include "lib/core/claims.h"

#define KEY_TEXTS_MAX 256 /* bytes of the ids of a session and of a key */

struct kept {
	int64_t user_updated_ms;
	int64_t expires_ms;
	int64_t minted_ms;
	size_t token_size;
	char texts[]; /* the token, then the id of its key */
};

struct wa_cache *
token_cache_new(size_t tokens)
{
	return wa_cache_new(tokens, sizeof(struct kept) + WA_JWT_MAX + KEY_TEXTS_MAX);
}

const char *
token_cache_get(const struct wa_cache *c, const struct session *s, const struct user *u,
    const char *kid, int64_t now_ms)
{
	const struct kept *k = wa_cache_get(c, s->id, strlen(s->id));

	if (k == NULL)
		return NULL;
	if (k->user_updated_ms != u->updated_ms || now_ms < k->minted_ms)
		return NULL;
	if (strcmp(k->texts + k->token_size, kid) != 0 || k->expires_ms > s->expires_ms)
		return NULL;
	if (k->expires_ms - now_ms < (k->expires_ms - k->minted_ms) / 2)
		return NULL;
	return k->texts;
}

void
token_cache_put(struct wa_cache *c, const struct minted *m, int64_t now_ms)
{
	size_t token_size = strlen(m->token) + 1, kid_size = strlen(m->kid) + 1;
	struct kept *k = wa_cache_put(
	    c, m->session_id, strlen(m->session_id), sizeof(*k) + token_size + kid_size);

	if (k == NULL)
		return;
	k->user_updated_ms = m->user_updated_ms;
	k->expires_ms = m->expires_ms;
	k->minted_ms = now_ms;
	k->token_size = token_size;
	memcpy(k->texts, m->token, token_size);
	memcpy(k->texts + token_size, m->kid, kid_size);
}
