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
	.space = ROUTE_WEBAUTH,
	.path = "/verify",
	.lane = LANE_LOOP,
	.no_store = true,
	.run = verify_run,
    },
    {
	.method = HTTP_POST,
	.space = ROUTE_WEBAUTH,
	.path = "/introspect",
	.lane = LANE_LOOP,
	.form = true,
	.no_store = true,
	.schema = introspect_schema,
	.run = introspect_run,
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
	.no_store = true,
	.form = true,
	.csrf = true,
	.schema = sign_in_schema,
	.run = sign_in_run,
    },
    {
	.method = HTTP_POST,
	.path = "/sign-up/email",
	.lane = LANE_HASH,
	.no_store = true,
	.form = true,
	.csrf = true,
	.schema = sign_up_schema,
	.run = sign_up_run,
    },
    {
	.method = HTTP_POST,
	.path = "/sign-out",
	.lane = LANE_STORE,
	.no_store = true,
	.schema = sign_out_schema,
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
	.space = ROUTE_ROOT,
	.path = "/.well-known/jwks.json",
	.lane = LANE_LOOP,
	.run = jwks_well_known_run,
    },
    {
	.method = HTTP_GET,
	.path = "/ok",
	.lane = LANE_LOOP,
	.run = ok_run,
    },
    {
	.method = HTTP_GET,
	.path = "/list-sessions",
	.lane = LANE_LOOP,
	.session = ROUTE_SESSION_FRESH,
	.run = list_sessions_run,
    },
    {
	.method = HTTP_POST,
	.path = "/revoke-session",
	.lane = LANE_STORE,
	.session = ROUTE_SESSION_REQUIRED,
	.schema = revoke_session_schema,
	.run = revoke_session_run,
    },
    {
	.method = HTTP_POST,
	.path = "/revoke-sessions",
	.lane = LANE_STORE,
	.session = ROUTE_SESSION_REQUIRED,
	.run = revoke_sessions_run,
    },
    {
	.method = HTTP_POST,
	.path = "/revoke-other-sessions",
	.lane = LANE_STORE,
	.session = ROUTE_SESSION_REQUIRED,
	.run = revoke_other_sessions_run,
    },
    {
	.method = HTTP_POST,
	.path = "/update-user",
	.lane = LANE_STORE,
	.session = ROUTE_SESSION_REQUIRED,
	.schema = record_schema,
	.run = update_user_run,
    },
    {
	.method = HTTP_POST,
	.path = "/update-session",
	.lane = LANE_STORE,
	.session = ROUTE_SESSION_REQUIRED,
	.schema = record_schema,
	.run = update_session_run,
    },
    {
	.method = HTTP_POST,
	.path = "/change-password",
	.lane = LANE_HASH,
	.session = ROUTE_SESSION_REQUIRED,
	.schema = change_password_schema,
	.run = change_password_run,
    },
    {
	.method = HTTP_POST,
	.path = "/verify-password",
	.lane = LANE_HASH,
	.session = ROUTE_SESSION_REQUIRED,
	.schema = verify_password_schema,
	.run = verify_password_run,
    },
    {
	.method = HTTP_POST,
	.path = "/request-password-reset",
	.lane = LANE_STORE,
	.schema = request_password_reset_schema,
	.run = request_password_reset_run,
    },
    {
	.method = HTTP_GET,
	.path = "/reset-password/:token",
	.lane = LANE_LOOP,
	.no_store = true,
	.schema = reset_password_link_schema,
	.run = reset_password_link_run,
    },
    {
	.method = HTTP_POST,
	.path = "/reset-password",
	.lane = LANE_HASH,
	.schema = reset_password_schema,
	.run = reset_password_run,
    },
    {
	.method = HTTP_POST,
	.path = "/send-verification-email",
	.lane = LANE_STORE,
	.session = ROUTE_SESSION_OPTIONAL,
	.schema = send_verification_email_schema,
	.run = send_verification_email_run,
    },
    {
	.method = HTTP_GET,
	.path = "/verify-email",
	.lane = LANE_STORE,
	.session = ROUTE_SESSION_OPTIONAL,
	.schema = verify_email_schema,
	.run = verify_email_run,
    },
    {
	.method = HTTP_POST,
	.path = "/change-email",
	.lane = LANE_STORE,
	.session = ROUTE_SESSION_REQUIRED,
	.schema = change_email_schema,
	.run = change_email_run,
    },
    {
	.method = HTTP_POST,
	.path = "/delete-user",
	.lane = LANE_HASH,
	.session = ROUTE_SESSION_REQUIRED,
	.schema = delete_user_schema,
	.run = delete_user_run,
    },
    {
	.method = HTTP_GET,
	.path = "/delete-user/callback",
	.lane = LANE_STORE,
	.session = ROUTE_SESSION_OPTIONAL,
	.schema = delete_user_callback_schema,
	.run = delete_user_callback_run,
    },
    {
	.method = HTTP_GET,
	.path = "/list-accounts",
	.lane = LANE_LOOP,
	.session = ROUTE_SESSION_REQUIRED,
	.run = list_accounts_run,
    },
    {
	.method = HTTP_POST,
	.path = "/unlink-account",
	.lane = LANE_STORE,
	.session = ROUTE_SESSION_FRESH,
	.schema = unlink_account_schema,
	.run = unlink_account_run,
    },
    {
	.method = HTTP_GET,
	.path = "/account-info",
	.lane = LANE_LOOP,
	.session = ROUTE_SESSION_REQUIRED,
	.schema = account_info_schema,
	.run = account_info_run,
    },
    {
	.method = HTTP_POST,
	.path = "/get-access-token",
	.lane = LANE_LOOP,
	.session = ROUTE_SESSION_REQUIRED,
	.schema = account_token_schema,
	.run = account_token_run,
    },
    {
	.method = HTTP_POST,
	.path = "/refresh-token",
	.lane = LANE_LOOP,
	.session = ROUTE_SESSION_REQUIRED,
	.schema = account_token_schema,
	.run = account_token_run,
    },
    {
	.method = HTTP_POST,
	.path = "/sign-in/social",
	.lane = LANE_LOOP,
	.schema = social_schema,
	.run = social_run,
    },
    {
	.method = HTTP_POST,
	.path = "/link-social",
	.lane = LANE_LOOP,
	.session = ROUTE_SESSION_REQUIRED,
	.schema = social_schema,
	.run = social_run,
    },
    {
	.method = HTTP_GET,
	.path = "/callback/:id",
	.lane = LANE_LOOP,
	.run = social_callback_run,
    },
    {
	.method = HTTP_POST,
	.path = "/callback/:id",
	.lane = LANE_LOOP,
	.form = true,
	.run = social_callback_run,
    },
    {
	.method = HTTP_GET,
	.space = ROUTE_WEBAUTH,
	.path = "/app-passwords",
	.lane = LANE_LOOP,
	.session = ROUTE_SESSION_REQUIRED,
	.no_store = true,
	.run = app_password_list_run,
    },
    {
	.method = HTTP_POST,
	.space = ROUTE_WEBAUTH,
	.path = "/app-passwords",
	.lane = LANE_STORE,
	.session = ROUTE_SESSION_FRESH,
	.no_store = true,
	.schema = app_password_create_schema,
	.run = app_password_create_run,
    },
    {
	.method = HTTP_POST,
	.space = ROUTE_WEBAUTH,
	.path = "/app-passwords/revoke",
	.lane = LANE_STORE,
	.session = ROUTE_SESSION_REQUIRED,
	.no_store = true,
	.schema = app_password_revoke_schema,
	.run = app_password_revoke_run,
    },
    {
	.method = HTTP_GET,
	.path = "/error",
	.lane = LANE_LOOP,
	.run = error_page_run,
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

/* The path within a space; absent when it is outside. */
static struct http_slice
path_below(const char *prefix, struct http_slice path)
{
	size_t n = strlen(prefix);

	if (path.n <= n || memcmp(path.p, prefix, n) != 0)
		return (struct http_slice){NULL, 0};
	return (struct http_slice){path.p + n, path.n - n};
}

static const struct route *
find_among(const struct route *table, size_t n, enum http_method method,
    const struct http_slice *within, struct http_slice *ret_parameter)
{
	for (size_t i = 0; i < n; i++) {
		const struct route *r = &table[i];

		if (r->method == method && within[r->space].p != NULL &&
		    path_matches(r->path, within[r->space], ret_parameter))
			return r;
	}
	return NULL;
}

const struct route *
route_find(const struct site *site, enum http_method method, struct http_slice path,
    struct http_slice *ret_parameter)
{
	const struct http_slice none = {NULL, 0};
	const struct http_slice within[] = {
	    [ROUTE_BASE] = path_below(site->base_path, path),
	    [ROUTE_WEBAUTH] = path_below("/api/webauth", path),
	    [ROUTE_ROOT] = path,
	    [ROUTE_PAGES] = site->pages == NULL ? none : path_below(site->pages_path, path),
	};
	const struct route *r;

	*ret_parameter = none;
	r = find_among(routes, WA_ARRAY_LEN(routes), method, within, ret_parameter);
	if (r != NULL)
		return r;
	return find_among(site->page_routes, site->n_page_routes, method, within, ret_parameter);
}
