/*
 * The JWT of the exchange's session. Signing costs more than everything else in a session check
 * together (libjwt parses its key each time), so a JWT made once serves until half its life is
 * over, the user changes, or the session ends; it is kept by the loop alone.
 */
#ifndef SESSIOND_ROUTES_SESSION_TOKEN_H
#define SESSIOND_ROUTES_SESSION_TOKEN_H

#include "sessiond/routes/exchange.h"

/* x->session and x->user are set. WA_ERR_WRONG_LANE on the loop when none is at hand;
 * WA_ERR_CRYPTO. */
WA_OUTCOME session_token_jwt(struct exchange *x, const char **ret);

#endif
