/*
 * One thread's copy of the signing keys, read anew when the store has changed: decrypting and
 * parsing them costs a millisecond.
 */
#ifndef SESSIOND_ROUTES_KEY_CACHE_H
#define SESSIOND_ROUTES_KEY_CACHE_H

#include "lib/core/context.h"
#include "lib/core/key.h"

struct key_cache;

struct key_cache *key_cache_new(void);
void key_cache_free(struct key_cache *c);

/* The keys as they are in the store now; borrowed until the next call. */
WA_OUTCOME key_cache_load(
    struct key_cache *c, struct wa_context *cx, const struct wa_key_set **ret);

/* The same with a signer, making the first key where there is none: WA_ERR_WRONG_LANE on the loop.
 */
WA_OUTCOME key_cache_signer(
    struct key_cache *c, struct wa_context *cx, const struct wa_key_set **ret);

#endif
