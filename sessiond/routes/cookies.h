/* The session's cookies: reading, setting, deleting (contract.md 4). */
#ifndef SESSIOND_ROUTES_COOKIES_H
#define SESSIOND_ROUTES_COOKIES_H

#include "sessiond/routes/exchange.h"

/*
 * Reads Authorization and Cookie into x->session_input, x->session_token and x->dont_remember. A
 * usable bearer token takes the place of the cookie (contract.md 8).
 */
WA_OUTCOME cookies_read(struct exchange *x);

/* The trimmed token of "Authorization: Bearer <token>"; absent for any other scheme. */
struct http_slice cookies_bearer(const struct http_request *r);

/* The value of a cookie that we signed; NULL when absent or not ours. Arena memory. */
const char *cookies_signed(const struct exchange *x, enum site_cookie which);

/*
 * Sets session_token to this session, with set-auth-token for bearer clients; remember false makes
 * it a browser-session cookie and sets dont_remember, true deletes a dont_remember that the request
 * carries.
 */
WA_OUTCOME cookies_set_session(struct exchange *x, const struct session *s, bool remember);

/* Deletes session_token, session_data with its pieces, and dont_remember. */
WA_OUTCOME cookies_delete_session(struct exchange *x);

/* Deletes the session_data cookies that the request carries: Node's cookie cache, which is off
 * here. */
WA_OUTCOME cookies_delete_session_data(struct exchange *x);

#endif
