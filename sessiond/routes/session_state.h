/*
 * The session behind a request: the get-session logic that every route with a session runs first
 * (contract.md 5, 6): find it, extend it when due, keep the cookies in step.
 */
#ifndef SESSIOND_ROUTES_SESSION_STATE_H
#define SESSIOND_ROUTES_SESSION_STATE_H

#include "sessiond/routes/exchange.h"

enum session_state {
	SESSION_STATE_NONE, /* nothing signed was sent */
	SESSION_STATE_GONE, /* something was, but it names no live session: cookies are deleted */
	SESSION_STATE_LIVE, /* x->session and x->user are filled */
};

/* may_extend false reads only (disableRefresh). Faults, and WA_ERR_WRONG_LANE when a write is due.
 */
WA_OUTCOME session_state_load(struct exchange *x, bool may_extend, enum session_state *ret);

#endif
