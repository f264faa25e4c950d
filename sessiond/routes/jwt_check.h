/* A JWT that a request presents, checked down to its session's row. */
#ifndef SESSIOND_ROUTES_JWT_CHECK_H
#define SESSIOND_ROUTES_JWT_CHECK_H

#include "lib/core/claims.h"
#include "sessiond/routes/exchange.h"

/* Has the text two dots or more? No session token has, signed or not. */
bool jwt_check_is_jwt(struct http_slice text);

/*
 * Fills x->session, x->user and *ret when the token is good and its session lives. WA_ERR_INVALID,
 * whose detail is fit for the client; WA_ERR_WRONG_LANE on the loop when the signature would take
 * long; faults.
 */
WA_OUTCOME jwt_check(struct exchange *x, struct http_slice text, struct wa_claims *ret);

#endif
