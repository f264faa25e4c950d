/*
 * Tokens that have been found right in every way, with what they say, so that each is parsed and
 * its signature computed once. Belongs to the loop thread.
 *
 * Kept is the token as it came, each character of which has been found to be the only way to write
 * what it says, with the key set it was verified with. A hit needs the very same characters, the
 * same rows of keys, and its key still to be among those that verify; the clock and the session are
 * asked each time anew.
 */
#ifndef SESSIOND_ROUTES_VERIFIED_CACHE_H
#define SESSIOND_ROUTES_VERIFIED_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cache.h"
#include "lib/core/claims.h"
#include "lib/core/key.h"
#include "sessiond/http/request.h"

/* A token that was verified while answering, in memory of that request; the loop keeps it. */
struct verified {
	bool made;
	struct wa_claims claims; /* key apart, which is the verifying thread's */
	const char *kid;
	uint8_t keys[WA_KEY_FINGERPRINT_LEN];
};

/* Room for at least that many; memory is taken as they come. NULL when there is none. */
struct wa_cache *verified_cache_new(size_t tokens);

/* Has a token of exactly this text been verified with these keys? Then what it says, without its
 * text and signature, in memory of the cache that is good until the next put. */
bool verified_cache_get(const struct wa_cache *c, struct http_slice text,
    const struct wa_key_set *set, struct wa_claims *ret);

/* What is larger than usual, or finds no memory, is not kept. */
void verified_cache_put(struct wa_cache *c, const struct verified *v);

#endif
