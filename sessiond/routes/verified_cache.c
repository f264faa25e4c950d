/* A direct-mapped table of digests. */
#include "sessiond/routes/verified_cache.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct verified_cache {
	struct verified *slots;
	size_t mask;
};

struct verified_cache *
verified_cache_new(size_t slots)
{
	struct verified_cache *c = calloc(1, sizeof(*c));
	size_t n = 1;

	while (n < slots)
		n *= 2;
	if (c == NULL)
		return NULL;
	c->slots = calloc(n, sizeof(*c->slots));
	if (c->slots == NULL) {
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
	free(c->slots);
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
slot_of(const struct verified_cache *c, const struct verified *v)
{
	size_t index;

	memcpy(&index, v->signed_hash, sizeof(index));
	return &c->slots[index & c->mask];
}

bool
verified_cache_has(const struct verified_cache *c, const struct verified *v)
{
	const struct verified *slot = slot_of(c, v);

	return slot->made &&
	    sodium_memcmp(slot->signed_hash, v->signed_hash, sizeof(v->signed_hash)) == 0 &&
	    sodium_memcmp(slot->signature_hash, v->signature_hash, sizeof(v->signature_hash)) ==
	    0 &&
	    memcmp(slot->keys, v->keys, sizeof(v->keys)) == 0;
}

void
verified_cache_put(struct verified_cache *c, const struct verified *v)
{
	*slot_of(c, v) = *v;
}
