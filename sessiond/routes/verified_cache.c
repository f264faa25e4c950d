/*
 * Sets of four, found by a keyed hash of the signature as it is written. A guess fails at the hash,
 * of which nobody outside knows the key; what passes is compared in whole. The texts of an entry
 * are one block.
 */
#include "sessiond/routes/verified_cache.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"

#define WAYS	  4
#define BLOCK_MAX 2048 /* of a token and what it says; a session's take some 700 */

struct entry {
	char *block; /* NULL: nothing here */
	size_t len;
	uint64_t hash;
	size_t text_len;
	struct verified v; /* its texts are in the block */
};

struct verified_cache {
	struct entry (*sets)[WAYS];
	size_t mask;
	uint8_t key[crypto_shorthash_KEYBYTES];
};

struct verified_cache *
verified_cache_new(size_t tokens)
{
	struct verified_cache *c = calloc(1, sizeof(*c));
	size_t n = 1;

	if (c == NULL)
		return NULL;
	while (n * WAYS < tokens)
		n *= 2;
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
entry_clear(struct entry *e)
{
	if (e->block == NULL)
		return;
	sodium_memzero(e->block, e->len);
	free(e->block);
	*e = (struct entry){0};
}

void
verified_cache_free(struct verified_cache *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i <= c->mask; i++)
		for (size_t way = 0; way < WAYS; way++)
			entry_clear(&c->sets[i][way]);
	free(c->sets);
	sodium_memzero(c->key, sizeof(c->key));
	free(c);
}

static uint64_t
hash_of(const struct verified_cache *c, struct http_slice text)
{
	const char *dot = memrchr(text.p, '.', text.n);
	size_t before = dot == NULL ? 0 : (size_t)(dot - text.p);
	uint8_t bytes[crypto_shorthash_BYTES];
	uint64_t hash;

	(void)crypto_shorthash(bytes, (const uint8_t *)text.p + before, text.n - before, c->key);
	memcpy(&hash, bytes, sizeof(hash));
	return hash;
}

static bool
is_of(const struct entry *e, uint64_t hash, struct http_slice text)
{
	return e->block != NULL && e->hash == hash && e->text_len == text.n &&
	    memcmp(e->v.claims.text, text.p, text.n) == 0;
}

static struct entry *
find(const struct verified_cache *c, uint64_t hash, struct http_slice text)
{
	struct entry *set = c->sets[hash & c->mask];

	for (size_t way = 0; way < WAYS; way++)
		if (is_of(&set[way], hash, text))
			return &set[way];
	return NULL;
}

/* The rows may be the same and a key's time over: the set knows which verify. */
bool
verified_cache_get(const struct verified_cache *c, struct http_slice text,
    const struct wa_key_set *set, struct wa_claims *ret)
{
	const struct entry *e = find(c, hash_of(c, text), text);
	struct wa_claims claims;

	if (e == NULL || memcmp(e->v.keys, set->fingerprint, sizeof(e->v.keys)) != 0)
		return false;
	claims = e->v.claims;
	claims.key = wa_key_find(set, e->v.kid);
	if (claims.key == NULL)
		return false;
	*ret = claims;
	return true;
}

/* Which of a full set gives way is as good as chance. */
static struct entry *
place_for(struct verified_cache *c, uint64_t hash, struct http_slice text)
{
	struct entry *e = find(c, hash, text), *set = c->sets[hash & c->mask];

	if (e != NULL)
		return e;
	for (size_t way = 0; way < WAYS; way++)
		if (set[way].block == NULL)
			return &set[way];
	return &set[hash >> 62];
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

static void
fill(struct entry *e, char *block)
{
	const char **texts[] = {&e->v.claims.text, &e->v.claims.sub, &e->v.claims.sid,
	    &e->v.claims.iss, &e->v.claims.aud_json, &e->v.kid};

	for (size_t i = 0; i < WA_ARRAY_LEN(texts); i++)
		block = take_text(texts[i], block);
	e->v.claims.key = NULL;
	e->v.claims.signature = NULL;
	e->v.claims.signature_len = 0;
}

void
verified_cache_put(struct verified_cache *c, const struct verified *v)
{
	const struct wa_claims *claims = &v->claims;
	struct http_slice text = {claims->text, strlen(claims->text)};
	size_t len = text.n + strlen(claims->sub) + strlen(claims->sid) + strlen(claims->iss) +
	    strlen(claims->aud_json) + strlen(v->kid) + 6;
	uint64_t hash = hash_of(c, text);
	struct entry *e = place_for(c, hash, text);
	char *block = len <= BLOCK_MAX ? malloc(len) : NULL;

	if (block == NULL)
		return;
	entry_clear(e);
	*e = (struct entry){.block = block, .len = len, .hash = hash, .text_len = text.n, .v = *v};
	fill(e, block);
}
