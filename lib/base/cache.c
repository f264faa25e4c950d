/*
 * Sets of four places, the last used first. A place has the hash beside the pointer, so that a set
 * is 64 bytes, and a look at it one visit to memory: with thousands of entries in turn, visits to
 * memory are what a look costs.
 */
#include "lib/base/cache.h"

#include <sodium.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WAYS 4

/* Of a longer key its end is hashed: of a signed text the signature. */
#define HASHED_MAX 32

struct entry {
	size_t value_size;
	size_t key_len;
	alignas(max_align_t) char bytes[]; /* the value, then the key */
};

struct place {
	uint64_t hash;
	struct entry *entry; /* NULL: nothing here, nor in those after it */
};

struct wa_cache {
	struct place (*sets)[WAYS];
	size_t mask;
	size_t entry_max;
	uint8_t key[crypto_shorthash_KEYBYTES];
};

struct wa_cache *
wa_cache_new(size_t entries, size_t entry_max)
{
	struct wa_cache *c = calloc(1, sizeof(*c));
	size_t n = 1;

	if (c == NULL)
		return NULL;
	while (n * WAYS < entries)
		n *= 2;
	c->sets = calloc(n, sizeof(*c->sets));
	if (c->sets == NULL) {
		free(c);
		return NULL;
	}
	c->mask = n - 1;
	c->entry_max = entry_max;
	crypto_shorthash_keygen(c->key);
	return c;
}

static void
entry_free(struct entry *e)
{
	if (e == NULL)
		return;
	sodium_memzero(e, sizeof(*e) + e->value_size + e->key_len);
	free(e);
}

void
wa_cache_free(struct wa_cache *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i <= c->mask; i++)
		for (size_t way = 0; way < WAYS; way++)
			entry_free(c->sets[i][way].entry);
	free(c->sets);
	sodium_memzero(c->key, sizeof(c->key));
	free(c);
}

static uint64_t
hash_of(const struct wa_cache *c, const char *key, size_t n)
{
	size_t hashed = n < HASHED_MAX ? n : HASHED_MAX;
	uint8_t bytes[crypto_shorthash_BYTES];
	uint64_t hash;

	(void)crypto_shorthash(bytes, (const uint8_t *)key + n - hashed, hashed, c->key);
	memcpy(&hash, bytes, sizeof(hash));
	return hash;
}

static bool
is_of(const struct place *p, uint64_t hash, const char *key, size_t n)
{
	const struct entry *e = p->entry;

	return p->hash == hash && e != NULL && e->key_len == n &&
	    memcmp(e->bytes + e->value_size, key, n) == 0;
}

/* In which way of the set the key is; WAYS when in none. */
static size_t
way_of(const struct place set[static WAYS], uint64_t hash, const char *key, size_t n)
{
	size_t way = 0;

	while (way < WAYS && !is_of(&set[way], hash, key, n))
		way++;
	return way;
}

/* Puts it first; those that were before it make room, up to the place that it leaves. */
static void
put_first(struct place set[static WAYS], size_t leaves, struct place p)
{
	memmove(&set[1], &set[0], leaves * sizeof(set[0]));
	set[0] = p;
}

void *
wa_cache_get(const struct wa_cache *c, const void *key, size_t n)
{
	uint64_t hash = hash_of(c, key, n);
	struct place *set = c->sets[hash & c->mask];
	size_t way = way_of(set, hash, key, n);

	if (way == WAYS)
		return NULL;
	if (way > 0)
		put_first(set, way, set[way]);
	return set[0].entry->bytes;
}

/* Wipes it; those that were after it close the gap. */
static void
drop(struct place set[static WAYS], size_t way)
{
	entry_free(set[way].entry);
	memmove(&set[way], &set[way + 1], (WAYS - 1 - way) * sizeof(set[0]));
	set[WAYS - 1] = (struct place){0};
}

static struct entry *
entry_new(const char *key, size_t n, size_t value_size)
{
	struct entry *e = calloc(1, sizeof(*e) + value_size + n);

	if (e == NULL)
		return NULL;
	e->value_size = value_size;
	e->key_len = n;
	memcpy(e->bytes + value_size, key, n);
	return e;
}

void *
wa_cache_put(struct wa_cache *c, const void *key, size_t n, size_t value_size)
{
	uint64_t hash = hash_of(c, key, n);
	struct place *set = c->sets[hash & c->mask];
	size_t way = way_of(set, hash, key, n);
	struct entry *e;

	if (way < WAYS)
		drop(set, way);
	if (value_size > c->entry_max || n > c->entry_max - value_size)
		return NULL;
	e = entry_new(key, n, value_size);
	if (e == NULL)
		return NULL;
	entry_free(set[WAYS - 1].entry);
	put_first(set, WAYS - 1, (struct place){hash, e});
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* the set has it now */
	return e->bytes;
#pragma GCC diagnostic pop
}
