/*
 * Cross-origin requests (contract.md 12): Better Auth leaves them to its host, and here we are the
 * host. Only trusted origins, echoed exactly, with credentials; never a wildcard.
 */
#ifndef SESSIOND_ROUTES_CORS_H
#define SESSIOND_ROUTES_CORS_H

#include "sessiond/routes/exchange.h"

/* Adds the headers that let a page of another trusted origin read the answer. Does nothing for
 * requests of our own origin, without one, or of one that is not trusted. */
WA_OUTCOME cors_allow(struct exchange *x);

/* Lets such a page read these headers too, "A, B". Without memory it reads the answer without them.
 */
void cors_expose(struct exchange *x, const char *names);

/* Is this a preflight of a trusted origin? Then it has been answered, with 204. */
WA_OUTCOME cors_preflight(struct exchange *x, bool *ret_answered);

#endif
