/* Digests in sets of four; which of a set gives way is as good as chance. */
#include "sessiond/routes/verified_cache.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define WAYS 4

struct verified_cache {
	struct verified (*sets)[WAYS];
	size_t mask;
};

struct verified_cache *
verified_cache_new(size_t slots)
{
	struct verified_cache *c = calloc(1, sizeof(*c));
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
	return c;
}

void
verified_cache_free(struct verified_cache *c)
{
	if (c == NULL)
		return;
	free(c->sets);
	free(c);
}

struct verified
verified_of(const struct wa_claims *c, const struct wa_key_set *set)
{
	struct verified v = {.made = true};

	(void)crypto_generichash(
	    v.signed_hash, sizeof(v.signed_hash), (const uint8_t *)c->text, c->signed_len, NULL, 0);
	(void)crypto_generichash(
	    v.signature_hash, sizeof(v.signature_hash), c->signature, c->signature_len, NULL, 0);
	memcpy(v.keys, set->fingerprint, sizeof(v.keys));
	return v;
}

/* A digest cannot be aimed: to take another's place one needs many tokens that are valid. */
static struct verified *
set_of(const struct verified_cache *c, const struct verified *v)
{
	size_t index;

	memcpy(&index, v->signed_hash, sizeof(index));
	return c->sets[index & c->mask];
}

static bool
is_same(const struct verified *slot, const struct verified *v)
{
	return slot->made &&
	    sodium_memcmp(slot->signed_hash, v->signed_hash, sizeof(v->signed_hash)) == 0 &&
	    sodium_memcmp(slot->signature_hash, v->signature_hash, sizeof(v->signature_hash)) ==
	    0 &&
	    memcmp(slot->keys, v->keys, sizeof(v->keys)) == 0;
}

bool
verified_cache_has(const struct verified_cache *c, const struct verified *v)
{
	const struct verified *set = set_of(c, v);

	for (size_t way = 0; way < WAYS; way++)
		if (is_same(&set[way], v))
			return true;
	return false;
}

void
verified_cache_put(struct verified_cache *c, const struct verified *v)
{
	struct verified *set = set_of(c, v), *to = &set[v->signature_hash[0] % WAYS];

	for (size_t way = 0; way < WAYS; way++)
		if (!set[way].made || is_same(&set[way], v))
			to = &set[way];
	*to = *v;
}
