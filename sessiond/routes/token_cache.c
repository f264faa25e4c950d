/* JWTs in sets of four, of which the one that was minted first goes. */
#include "sessiond/routes/token_cache.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/claims.h"

#define WAYS 4

struct slot {
	char *session_id;
	char *kid;
	char *token;
	int64_t user_updated_ms;
	int64_t expires_ms;
	int64_t minted_ms;
};

struct token_cache {
	struct slot (*sets)[WAYS];
	size_t mask;
	uint8_t key[crypto_shorthash_KEYBYTES]; /* nobody can aim sessions at one slot */
};

struct token_cache *
token_cache_new(size_t slots)
{
	struct token_cache *c = calloc(1, sizeof(*c));
	size_t n = 1;

	while (n * WAYS < slots)
		n *= 2;
	if (c == NULL)
		return NULL;
	c->sets = calloc(n, sizeof(*c->sets));
	if (c->sets == NULL) {
		free(c);
		return NULL;
	}
	c->mask = n - 1;
	crypto_shorthash_keygen(c->key);
	return c;
}

static void
slot_clear(struct slot *slot)
{
	if (slot->token != NULL)
		sodium_memzero(slot->token, strlen(slot->token));
	free(slot->token);
	free(slot->kid);
	free(slot->session_id);
	*slot = (struct slot){0};
}

void
token_cache_free(struct token_cache *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i <= c->mask; i++)
		for (size_t way = 0; way < WAYS; way++)
			slot_clear(&c->sets[i][way]);
	free(c->sets);
	free(c);
}

static struct slot *
set_of(const struct token_cache *c, const char *session_id)
{
	uint8_t hash[crypto_shorthash_BYTES];
	size_t index;

	crypto_shorthash(hash, (const uint8_t *)session_id, strlen(session_id), c->key);
	memcpy(&index, hash, sizeof(index));
	return c->sets[index & c->mask];
}

static struct slot *
find(struct slot *set, const char *session_id)
{
	for (size_t way = 0; way < WAYS; way++)
		if (set[way].session_id != NULL && strcmp(set[way].session_id, session_id) == 0)
			return &set[way];
	return NULL;
}

/* Empty ones were minted at 0. */
static struct slot *
oldest(struct slot *set)
{
	struct slot *found = &set[0];

	for (size_t way = 1; way < WAYS; way++)
		if (set[way].minted_ms < found->minted_ms)
			found = &set[way];
	return found;
}

const char *
token_cache_get(const struct token_cache *c, const struct session *s, const struct user *u,
    const char *kid, int64_t now_ms)
{
	const struct slot *slot = find(set_of(c, s->id), s->id);

	if (slot == NULL)
		return NULL;
	if (slot->user_updated_ms != u->updated_ms || now_ms < slot->minted_ms)
		return NULL;
	if (strcmp(slot->kid, kid) != 0 || slot->expires_ms > s->expires_ms)
		return NULL;
	if (slot->expires_ms - now_ms < (slot->expires_ms - slot->minted_ms) / 2)
		return NULL;
	return slot->token;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored \
    "-Wanalyzer-malloc-leak" /* the slot is part of the cache, not lost */
void
token_cache_put(struct token_cache *c, const struct minted *m, int64_t now_ms)
{
	struct slot *set = set_of(c, m->session_id), *slot = find(set, m->session_id);

	if (slot == NULL)
		slot = oldest(set);
	slot_clear(slot);
	if (strlen(m->token) > WA_JWT_MAX)
		return;
	slot->session_id = strdup(m->session_id);
	slot->kid = strdup(m->kid);
	slot->token = strdup(m->token);
	if (slot->session_id == NULL || slot->kid == NULL || slot->token == NULL) {
		slot_clear(slot);
		return;
	}
	slot->user_updated_ms = m->user_updated_ms;
	slot->expires_ms = m->expires_ms;
	slot->minted_ms = now_ms;
}
#pragma GCC diagnostic pop
