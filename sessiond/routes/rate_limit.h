/*
 * Better Auth's rate limiter (contract.md 11): so many requests of a client to a path in a window
 * of time. It is asked before routing, so that unknown paths count too. In memory, bounded, the
 * loop's alone.
 *
 * This slows programs down; guessing passwords is slowed by counters in the store, whoever asks.
 */
#ifndef SESSIOND_ROUTES_RATE_LIMIT_H
#define SESSIOND_ROUTES_RATE_LIMIT_H

#include "lib/base/arena.h"
#include "sessiond/http/request.h"
#include "sessiond/routes/site.h"

struct rate_limit;

/* NULL when there is no memory. */
struct rate_limit *rate_limit_new(void);
void rate_limit_free(struct rate_limit *rl);

/*
 * May this request go on? *ret_retry_s is 0, or the whole seconds after which it may. The client is
 * the address that its proxy gives; where there is none, the account the request names (its
 * session, or the e-mail it wants to sign in with); where there is neither, nobody is limited,
 * because one bucket for everybody would let anybody lock everybody out. Faults: WA_ERR_NOMEM.
 */
WA_OUTCOME rate_limit_check(struct rate_limit *rl, const struct site *site, struct wa_arena *arena,
    const struct http_request *r, int64_t now_ms, int64_t *ret_retry_s);

#endif
