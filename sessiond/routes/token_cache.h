/*
 * JWTs that have been minted, by session. Bounded: each session has a few places it can be in, and
 * a newer one takes over the oldest. Belongs to the loop thread.
 *
 * A JWT in here proves nothing: it is handed out only with a session that was just found alive.
 */
#ifndef SESSIOND_ROUTES_TOKEN_CACHE_H
#define SESSIOND_ROUTES_TOKEN_CACHE_H

#include "lib/core/session.h"
#include "sessiond/routes/exchange.h"

struct token_cache;

/* slots is rounded up to a power of two. NULL when there is no memory. */
struct token_cache *token_cache_new(size_t slots);
void token_cache_free(struct token_cache *c);

/* The JWT of this session while it has at least half its life before it, the user is unchanged, kid
 * is what signed it, and it ends no later than the session; borrowed until the next put. */
const char *token_cache_get(const struct token_cache *c, const struct session *s,
    const struct user *u, const char *kid, int64_t now_ms);

/* Keeps a copy; one longer than WA_JWT_MAX, or for which there is no memory, is simply not kept. */
void token_cache_put(struct token_cache *c, const struct minted *m, int64_t now_ms);

#endif
