/*
 * One thread's copy of the signing keys. Whether they have changed is asked before each use: first
 * a counter of all commits, and when that has moved, a fingerprint of the rows; only when that
 * differs are they decrypted and parsed again, which takes milliseconds.
 */
#ifndef SESSIOND_ROUTES_KEY_CACHE_H
#define SESSIOND_ROUTES_KEY_CACHE_H

#include <stdbool.h>

#include "lib/core/context.h"
#include "lib/core/key.h"

struct key_cache;

struct key_cache *key_cache_new(void);
void key_cache_free(struct key_cache *c);

/* The keys as they are in the store now; borrowed until the next call. */
WA_OUTCOME key_cache_load(
    struct key_cache *c, struct wa_context *cx, const struct wa_key_set **ret);

/* Must key_cache_signer write first: is there no key that signs, or none yet to come after it? */
bool key_cache_is_due(const struct wa_context *cx, const struct wa_key_set *set);

/* The same with a signer, making the first key where there is none, and the one after it in time.
 * Not on the loop: making a key takes long. */
WA_OUTCOME key_cache_signer(
    struct key_cache *c, struct wa_context *cx, const struct wa_key_set **ret);

#endif
