/*
 * Sets of four, found by a keyed hash of the text. A guess fails at the hash, of which nobody
 * outside knows the key: how long comparing the texts takes tells nothing about another's cookie.
 */
#include "sessiond/routes/cookie_cache.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WAYS 4

/* A session's is 78 characters, and two more for each of its signature that is percent-encoded. */
#define TEXT_MAX 118

struct kept {
	uint64_t hash;
	uint8_t len; /* 0: nothing here */
	uint8_t value_len;
	char text[TEXT_MAX];
};

struct cookie_cache {
	struct kept (*sets)[WAYS];
	size_t mask;
	uint8_t key[crypto_shorthash_KEYBYTES];
};

struct cookie_cache *
cookie_cache_new(size_t cookies)
{
	struct cookie_cache *c = calloc(1, sizeof(*c));
	size_t n = 1;

	if (c == NULL)
		return NULL;
	while (n * WAYS < cookies)
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

/* Only what was used: the rest has never been touched, and is to stay so. */
static void
wipe_set(struct kept set[static WAYS])
{
	for (size_t way = 0; way < WAYS; way++)
		if (set[way].len > 0)
			sodium_memzero(&set[way], sizeof(set[way]));
}

void
cookie_cache_free(struct cookie_cache *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i <= c->mask; i++)
		wipe_set(c->sets[i]);
	free(c->sets);
	sodium_memzero(c->key, sizeof(c->key));
	free(c);
}

static uint64_t
hash_of(const struct cookie_cache *c, struct http_slice text)
{
	uint8_t bytes[crypto_shorthash_BYTES];
	uint64_t hash;

	(void)crypto_shorthash(bytes, (const uint8_t *)text.p, text.n, c->key);
	memcpy(&hash, bytes, sizeof(hash));
	return hash;
}

static bool
is_kept(const struct kept *k, uint64_t hash, struct http_slice text)
{
	return k->hash == hash && k->len == text.n && memcmp(k->text, text.p, text.n) == 0;
}

struct http_slice
cookie_cache_get(const struct cookie_cache *c, struct http_slice text)
{
	uint64_t hash;
	const struct kept *set;

	if (text.n == 0 || text.n > TEXT_MAX)
		return (struct http_slice){NULL, 0};
	hash = hash_of(c, text);
	set = c->sets[hash & c->mask];
	for (size_t way = 0; way < WAYS; way++)
		if (is_kept(&set[way], hash, text))
			return (struct http_slice){text.p, set[way].value_len};
	return (struct http_slice){NULL, 0};
}

/* Which of a full set gives way is as good as chance. */
void
cookie_cache_put(struct cookie_cache *c, struct http_slice text, size_t value_len)
{
	uint64_t hash;
	struct kept *set, *to;

	if (text.n == 0 || text.n > TEXT_MAX || value_len >= text.n)
		return;
	hash = hash_of(c, text);
	set = c->sets[hash & c->mask];
	to = &set[hash >> 62];
	for (size_t way = 0; way < WAYS; way++)
		if (set[way].len == 0 || is_kept(&set[way], hash, text))
			to = &set[way];
	*to = (struct kept){
	    .hash = hash,
	    .len = (uint8_t)text.n,
	    .value_len = (uint8_t)value_len,
	};
	memcpy(to->text, text.p, text.n);
}
