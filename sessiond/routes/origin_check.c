/* Origin, Referer, Fetch Metadata and callback URLs. */
#include "sessiond/routes/origin_check.h"

#include <string.h>

#include "lib/base/limits.h"
#include "sessiond/http/origin.h"
#include "sessiond/routes/schema.h"

bool
origin_is_trusted(struct exchange *x, const char *url, bool allow_path)
{
	/* No page of ours has such an address, and mails that wait would be as long. */
	if (strlen(url) > WA_URL_MAX)
		return false;
	if (url[0] == '/')
		return allow_path && http_origin_is_safe_path(url);
	for (size_t i = 0; i < x->site->trusted.n; i++)
		if (http_origin_matches(x->cx.arena, x->site->trusted.v[i], url))
			return true;
	return false;
}

static bool
has_header(const struct exchange *x, const char *name)
{
	return http_request_header(x->request, name).n > 0;
}

static bool
header_is(const struct exchange *x, const char *name, const char *value)
{
	struct http_slice h = http_request_header(x->request, name);

	return h.p != NULL && http_slice_is(h, value);
}

/* Origin, else Referer; "null" counts as our own when the browser says that it is same-origin. */
static enum wa_err
check_origin(struct exchange *x)
{
	struct http_slice h = x->request->origin;
	const char *origin;

	if (h.p != NULL && http_slice_is(h, "null") &&
	    header_is(x, "sec-fetch-site", "same-origin"))
		return WA_OK;
	if (h.n == 0)
		h = http_request_header(x->request, "referer");
	if (h.n == 0 || http_slice_is(h, "null"))
		return WA_ERR_ORIGIN_MISSING;
	origin = wa_arena_strndup(x->cx.arena, h.p, h.n);
	if (origin == NULL)
		return wa_fault(WA_ERR_NOMEM, "origin");
	return origin_is_trusted(x, origin, false) ? WA_OK : WA_ERR_ORIGIN_INVALID;
}

/* Refusals call redirectTo "redirectURL", as their codes do. */
static enum wa_err
not_a_string(const char *name)
{
	return wa_refuse(WA_ERR_CALLBACK_NOT_STRING, "Invalid %s: expected a string",
	    strcmp(name, "redirectTo") == 0 ? "redirectURL" : name);
}

/* One URL member of the body (or, for callbackURL, else of the query). What JavaScript takes for
 * false counts as absent. */
static enum wa_err
check_url(struct exchange *x, const char *name, bool in_query, enum wa_err refusal)
{
	const struct wa_json *v = wa_json_get(x->body, name);
	const char *url = wa_json_get_string(v);

	if (schema_is_truthy(v)) {
		if (url == NULL)
			return not_a_string(name);
	} else if (in_query) {
		if (http_form_count(&x->query, name) > 1)
			return not_a_string(name);
		url = http_form_get(&x->query, name);
	}
	if (url == NULL || url[0] == '\0' || origin_is_trusted(x, url, true))
		return WA_OK;
	return refusal;
}

enum wa_err
origin_check_request(struct exchange *x)
{
	enum wa_err e = WA_OK;

	if (x->request->cookie.p != NULL)
		e = check_origin(x);
	if (e == WA_OK)
		e = check_url(x, "callbackURL", true, WA_ERR_CALLBACK_INVALID);
	if (e == WA_OK)
		e = check_url(x, "redirectTo", false, WA_ERR_REDIRECT_INVALID);
	if (e == WA_OK)
		e = check_url(x, "errorCallbackURL", false, WA_ERR_ERROR_CALLBACK_INVALID);
	if (e == WA_OK)
		e = check_url(x, "newUserCallbackURL", false, WA_ERR_NEW_USER_CALLBACK_INVALID);
	return e;
}

enum wa_err
origin_check_callback(struct exchange *x, const char *url)
{
	if (url == NULL || url[0] == '\0' || origin_is_trusted(x, url, true))
		return WA_OK;
	return WA_ERR_CALLBACK_INVALID;
}

enum wa_err
origin_check_form(struct exchange *x)
{
	bool metadata = has_header(x, "sec-fetch-site") || has_header(x, "sec-fetch-mode") ||
	    has_header(x, "sec-fetch-dest");

	if (x->request->cookie.p != NULL)
		return WA_OK; /* origin_check_request has looked */
	if (metadata && header_is(x, "sec-fetch-site", "cross-site") &&
	    header_is(x, "sec-fetch-mode", "navigate"))
		return WA_ERR_CROSS_SITE;
	if (metadata || has_header(x, "origin") || has_header(x, "referer"))
		return check_origin(x);
	return WA_OK; /* no browser: nothing to forge with */
}
