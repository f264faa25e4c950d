/*
 * JWTs that have been minted, by session. Belongs to the loop thread.
 *
 * A JWT in here proves nothing: it is handed out only with a session that was just found alive.
 */
#ifndef SESSIOND_ROUTES_TOKEN_CACHE_H
#define SESSIOND_ROUTES_TOKEN_CACHE_H

#include "lib/base/cache.h"
#include "lib/core/session.h"
#include "sessiond/routes/exchange.h"

/* Room for at least that many. NULL when there is no memory. */
struct wa_cache *token_cache_new(size_t tokens);

/* The JWT of this session while it has at least half its life before it, the user is unchanged, kid
 * is what signed it, and it ends no later than the session; borrowed until the next put. */
const char *token_cache_get(const struct wa_cache *c, const struct session *s, const struct user *u,
    const char *kid, int64_t now_ms);

/* Keeps a copy; one longer than WA_JWT_MAX, or for which there is no memory, is simply not kept. */
void token_cache_put(struct wa_cache *c, const struct minted *m, int64_t now_ms);

#endif
