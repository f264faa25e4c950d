/* Whether a request may come from where it says it comes from (contract.md 10). */
#ifndef SESSIOND_ROUTES_ORIGIN_CHECK_H
#define SESSIOND_ROUTES_ORIGIN_CHECK_H

#include "sessiond/routes/exchange.h"

/* The check on every POST: Origin when there is a cookie, and URLs in the request (10.2). */
WA_OUTCOME origin_check_request(struct exchange *x);

/* The further step of sign-in and sign-up, for requests without a cookie (10.3). */
WA_OUTCOME origin_check_form(struct exchange *x);

/* For GET routes that send the browser on (10.4): WA_ERR_CALLBACK_INVALID; NULL and "" are fine. */
WA_OUTCOME origin_check_callback(struct exchange *x, const char *url);

/* Is url one we may send a browser to, or call us from? allow_path: also a safe path of our own. */
bool origin_is_trusted(struct exchange *x, const char *url, bool allow_path);

#endif
