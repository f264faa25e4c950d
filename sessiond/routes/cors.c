/* Cross-origin headers. */
#include "sessiond/routes/cors.h"

#include "sessiond/routes/origin_check.h"

/* Browsers keep a preflight's answer no longer than two hours anyway. */
#define PREFLIGHT_SECONDS "7200"

/* The Origin header when it is another origin that we trust; NULL otherwise. */
static enum wa_err
trusted_origin(struct exchange *x, const char **ret)
{
	struct http_slice h = x->request->origin;
	const char *origin;

	*ret = NULL;
	if (h.n == 0 || http_slice_is(h, x->site->origin))
		return WA_OK;
	origin = wa_arena_strndup(x->cx.arena, h.p, h.n);
	if (origin == NULL)
		return wa_fault(WA_ERR_NOMEM, "origin");
	if (origin_is_trusted(x, origin, false))
		*ret = origin;
	return WA_OK;
}

static void
allow_origin(struct exchange *x, const char *origin)
{
	http_response_header(x->response, "Access-Control-Allow-Origin", origin);
	http_response_header(x->response, "Access-Control-Allow-Credentials", "true");
	http_response_header(x->response, "Vary", "Origin");
}

enum wa_err
cors_allow(struct exchange *x)
{
	const char *origin;
	enum wa_err e = trusted_origin(x, &origin);

	if (e == WA_OK && origin != NULL)
		allow_origin(x, origin);
	return e;
}

void
cors_expose(struct exchange *x, const char *names)
{
	const char *origin;

	if (trusted_origin(x, &origin) == WA_OK && origin != NULL)
		http_response_header_join(x->response, "Access-Control-Expose-Headers", names);
}

enum wa_err
cors_preflight(struct exchange *x, bool *ret_answered)
{
	const char *origin;
	enum wa_err e;

	*ret_answered = false;
	if (x->request->method != HTTP_OPTIONS ||
	    http_request_header(x->request, "access-control-request-method").n == 0)
		return WA_OK;
	e = trusted_origin(x, &origin);
	if (e != WA_OK || origin == NULL)
		return e;
	allow_origin(x, origin);
	http_response_header(x->response, "Access-Control-Allow-Methods", "GET, POST, OPTIONS");
	http_response_header(
	    x->response, "Access-Control-Allow-Headers", "content-type, authorization");
	http_response_header(x->response, "Access-Control-Max-Age", PREFLIGHT_SECONDS);
	x->response->status = 204;
	*ret_answered = true;
	return WA_OK;
}
