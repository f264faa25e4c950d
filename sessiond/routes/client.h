/* The client's address, as far as a proxy we trust tells it (contract.md 6.1). */
#ifndef SESSIOND_ROUTES_CLIENT_H
#define SESSIOND_ROUTES_CLIENT_H

#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "sessiond/http/request.h"

/* Normalised text; "" when unknown. Never NULL but when there is no memory. */
const char *client_address(
    struct wa_arena *a, const struct wa_settings *s, const struct http_request *r);

/* The User-Agent header, "" when absent, cut at WA_USER_AGENT_MAX bytes (on a UTF-8 boundary). */
const char *client_user_agent(struct wa_arena *a, const struct http_request *r);

#endif
