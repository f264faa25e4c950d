/*
 * Tokens whose signature has been found right, so that it is computed once per token. Bounded: each
 * token has one place it can be in, and a newer one takes it over. Belongs to the loop thread.
 *
 * Kept is what was signed and the signature that was verified, not the token's text; and the key
 * set it was verified with, so that no entry outlives a key. All else about a token, its claims and
 * its session, is looked at each time anew.
 */
#ifndef SESSIOND_ROUTES_VERIFIED_CACHE_H
#define SESSIOND_ROUTES_VERIFIED_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/claims.h"
#include "lib/core/key.h"

struct verified_cache;

/* A signature that was verified while answering; the loop keeps it. */
struct verified {
	bool made;
	uint8_t signed_hash[32];
	uint8_t signature_hash[32];
	uint8_t keys[WA_KEY_FINGERPRINT_LEN];
};

struct verified verified_of(const struct wa_claims *c, const struct wa_key_set *set);

/* slots is rounded up to a power of two. NULL when there is no memory. */
struct verified_cache *verified_cache_new(size_t slots);
void verified_cache_free(struct verified_cache *c);

bool verified_cache_has(const struct verified_cache *c, const struct verified *v);
void verified_cache_put(struct verified_cache *c, const struct verified *v);

#endif
