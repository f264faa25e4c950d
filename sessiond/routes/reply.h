/* Answers: JSON bodies, and what an error looks like on the wire (contract.md 0.4). */
#ifndef SESSIOND_ROUTES_REPLY_H
#define SESSIOND_ROUTES_REPLY_H

#include "sessiond/routes/exchange.h"

/* Marks the body, which the handler has written, as JSON with this status. */
void reply_json(struct exchange *x, int status);

/* 302 to that URL, without a body (contract.md 0.4). */
void reply_redirect(struct exchange *x, const char *url);

/* 200 with {"status":true}, and nothing else. */
void reply_status_true(struct exchange *x);

/* The body and status of a refusal or a fault; keeps cookies and headers that are set already. */
void reply_error(struct http_response *response, enum wa_err e);

#endif
