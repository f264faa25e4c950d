/*
 * One request being answered, as the checks and handlers see it. It belongs to one thread at a
 * time: the loop, or the lane that the request was handed to.
 */
#ifndef SESSIOND_ROUTES_EXCHANGE_H
#define SESSIOND_ROUTES_EXCHANGE_H

#include "lib/base/json.h"
#include "lib/core/context.h"
#include "lib/core/key.h"
#include "lib/core/session.h"
#include "sessiond/http/form.h"
#include "sessiond/http/request.h"
#include "sessiond/http/response.h"
#include "sessiond/routes/peer.h"
#include "sessiond/routes/site.h"
#include "sessiond/routes/verified_cache.h"

struct wa_cache;
struct key_cache;
struct route;

enum session_input {
	SESSION_INPUT_NONE,  /* nothing, or nothing that we signed */
	SESSION_INPUT_TOKEN, /* token names a session that may or may not exist */
};

/* A JWT made while answering; the loop keeps it for the session's next request. */
struct minted {
	const char *session_id; /* NULL: none was made */
	int64_t user_updated_ms;
	const char *kid; /* what signed it */
	const char *token;
	int64_t expires_ms;
};

struct exchange {
	/* Given */
	const struct site *site;
	const struct http_request *request;
	struct http_response *response;
	struct wa_context cx;
	struct key_cache *keys;	  /* this thread's */
	struct wa_cache *cookies; /* NULL but on the loop, as the next two */
	const struct wa_cache *tokens;
	const struct wa_cache *verified;
	const struct peer *peer;

	/* Worked out by the dispatcher, in this order */
	const struct route *route;
	const char *parameter; /* the path's, decoded; NULL when the route has none */
	struct http_form query;
	struct wa_json *body;			   /* NULL: there was none ("undefined") */
	const void *input;			   /* what the route's schema made of the body */
	struct http_slice sent[SITE_COOKIE_COUNT]; /* ours as they came; absent when not sent */
	enum session_input session_input;
	const char *session_token;
	bool dont_remember; /* the request carries a valid dont_remember cookie */
	bool has_session;   /* session and user are set, as route->session says */
	struct session session;
	struct user user;

	/* Left behind */
	struct minted minted;
	struct verified just_verified;
};

#endif
