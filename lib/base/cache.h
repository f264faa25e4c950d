/*
 * A bounded table of what is worth remembering, found by the very bytes it is about: a cookie, a
 * token, an id. What it means, and until when, is its owner's business. One thread's.
 *
 * A key is found by a hash that is keyed anew in each process, so that nobody can aim keys at one
 * place, and then compared in whole. A guess fails at the hash: how long comparing takes tells
 * nothing about the key of somebody else.
 */
#ifndef LIB_BASE_CACHE_H
#define LIB_BASE_CACHE_H

#include <stddef.h>

struct wa_cache;

/* Room for at least that many entries, each of at most entry_max bytes, key and value together;
 * their memory is taken as they come. NULL: no memory. */
struct wa_cache *wa_cache_new(size_t entries, size_t entry_max);

/* Wipes what it held. NULL does nothing. */
void wa_cache_free(struct wa_cache *c);

/* The value kept for exactly this key, in memory of the cache that is good until the next put; NULL
 * when there is none. Counts as use, which changes nothing but what will give way. */
void *wa_cache_get(const struct wa_cache *c, const void *key, size_t n);

/*
 * A place for the value of this key, for the caller to fill, zeroed. What was kept for the key is
 * wiped, and so may be what was not used for longest. NULL when the entry would be too large or
 * finds no memory: then nothing is kept for the key.
 */
void *wa_cache_put(struct wa_cache *c, const void *key, size_t n, size_t value_size);

#endif
