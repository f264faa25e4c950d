/*
 * From a parsed request to an answer: the checks of contract.md 0.7 in their order, then the
 * handler.
 */
#ifndef SESSIOND_ROUTES_DISPATCH_H
#define SESSIOND_ROUTES_DISPATCH_H

#include "sessiond/routes/exchange.h"
#include "sessiond/routes/route.h"

/*
 * Answers x->request into x->response, on whatever thread x belongs to; x->route is set by the
 * caller (NULL is a 404). The return tells the caller what to log: WA_OK and refusals have been
 * answered, and so have faults, as 500 or 503. WA_ERR_WRONG_LANE alone has not: the response is
 * empty, and the same request is to be run again on the store lane.
 */
WA_OUTCOME dispatch(struct exchange *x);

/* The answer to a request that comes too often (contract.md 11). */
void dispatch_rate_limited(struct exchange *x, int64_t retry_s);

/* The answer to a request that found its lane's queue full. */
void dispatch_overloaded(struct exchange *x);

#endif
