/*
 * What sessiond answers the PAM module (pam_webauth/client.c) on the PAM socket: forms in, one
 * outcome out. Anybody on the host may connect; who they are, by the kernel's word, decides whom
 * they may ask about.
 *
 *	POST /pam/v1/authenticate	user, password
 *	POST /pam/v1/account		user
 *	POST /pam/v1/password-check	user, password, expired
 *	POST /pam/v1/password		user, password, new-password
 *	POST /pam/v1/session-open	user, ticket
 *	POST /pam/v1/session-close	user, session
 *
 * Each with service, policy (wa_service_policy), rhost and nonce. The answer is a 200 without a
 * body, whose headers are below; any other status means that nothing was decided.
 */
#ifndef SESSIOND_ROUTES_PAM_H
#define SESSIOND_ROUTES_PAM_H

#include "sessiond/routes/exchange.h"

/* The route, or NULL. */
const struct route *pam_route_find(enum http_method method, struct http_slice path);

/* Runs x->route, one of the above, and writes the answer; returns the outcome, for the log. */
WA_OUTCOME pam_dispatch(struct exchange *x);

/* Is this a peer that is asked for no patience (see pam_budget.h)? */
bool pam_is_unlimited(const struct site *site, const struct peer *peer);

#endif
