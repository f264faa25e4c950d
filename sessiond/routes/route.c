/* The routes. The most frequent stand first: the search is from the top. */
#include "sessiond/routes/route.h"

#include <string.h>

static const struct route routes[] = {
    {
	.method = HTTP_GET,
	.path = "/get-session",
	.lane = LANE_LOOP,
	.no_body = true,
	.no_store = true,
	.on_fault = WA_ERR_GET_SESSION_FAILED,
	.run = get_session_run,
    },
    {
	.method = HTTP_GET,
	.path = "/token",
	.lane = LANE_LOOP,
	.session = ROUTE_SESSION_REQUIRED,
	.run = token_run,
    },
    {
	.method = HTTP_POST,
	.path = "/sign-in/email",
	.lane = LANE_HASH,
	.form = true,
	.csrf = true,
	.schema = sign_in_schema,
	.run = sign_in_run,
    },
    {
	.method = HTTP_POST,
	.path = "/sign-up/email",
	.lane = LANE_HASH,
	.form = true,
	.csrf = true,
	.schema = sign_up_schema,
	.run = sign_up_run,
    },
    {
	.method = HTTP_POST,
	.path = "/sign-out",
	.lane = LANE_STORE,
	.run = sign_out_run,
    },
    {
	.method = HTTP_POST,
	.path = "/get-session",
	.lane = LANE_LOOP,
	.no_body = true,
	.no_store = true,
	.run = get_session_post_run,
    },
    {
	.method = HTTP_GET,
	.path = "/jwks",
	.lane = LANE_LOOP,
	.run = jwks_run,
    },
    {
	.method = HTTP_GET,
	.path = "/ok",
	.lane = LANE_LOOP,
	.run = ok_run,
    },
};

/* Exact and case-sensitive; a parameter takes a segment that is not empty. */
static bool
path_matches(const char *pattern, struct http_slice path, struct http_slice *ret_parameter)
{
	const char *colon = strchr(pattern, ':');
	size_t fixed = colon == NULL ? 0 : (size_t)(colon - pattern);

	if (colon == NULL)
		return http_slice_is(path, pattern);
	if (path.n <= fixed || memcmp(path.p, pattern, fixed) != 0 ||
	    memchr(path.p + fixed, '/', path.n - fixed) != NULL)
		return false;
	*ret_parameter = (struct http_slice){path.p + fixed, path.n - fixed};
	return true;
}

const struct route *
route_find(const struct site *site, enum http_method method, struct http_slice path,
    struct http_slice *ret_parameter)
{
	size_t base = strlen(site->base_path);

	*ret_parameter = (struct http_slice){NULL, 0};
	if (path.n <= base || memcmp(path.p, site->base_path, base) != 0)
		return NULL;
	path.p += base;
	path.n -= base;
	for (size_t i = 0; i < WA_ARRAY_LEN(routes); i++)
		if (routes[i].method == method && path_matches(routes[i].path, path, ret_parameter))
			return &routes[i];
	return NULL;
}
