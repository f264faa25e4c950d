/* The order of checks. */
#include "sessiond/routes/dispatch.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/encode.h"
#include "lib/base/json_write.h"
#include "lib/core/session.h"
#include "sessiond/routes/client.h"
#include "sessiond/routes/cookies.h"
#include "sessiond/routes/cors.h"
#include "sessiond/routes/origin_check.h"
#include "sessiond/routes/pam.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/session_state.h"

#define TYPE_JSON "application/json"
#define TYPE_FORM "application/x-www-form-urlencoded"

/* Later pairs of a name replace earlier ones, as Object.fromEntries does. */
static bool
is_replaced(const struct http_form *form, size_t i)
{
	for (size_t j = i + 1; j < form->n; j++)
		if (strcmp(form->fields[j].name, form->fields[i].name) == 0)
			return true;
	return false;
}

/* A form becomes the JSON object with the same members, all strings (contract.md 1.1). */
static enum wa_err
body_from_form(struct exchange *x)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT((size_t)8 * WA_BODY_MAX);
	struct http_form form;
	enum wa_err e;

	e = http_form_parse(x->cx.arena, x->request->body, &form);
	if (e == WA_ERR_INVALID || e == WA_ERR_TOO_LONG)
		return wa_refuse(WA_ERR_BAD_JSON, "Invalid form in request body");
	if (e != WA_OK)
		return e;
	wa_json_open(&b, '{');
	for (size_t i = 0; i < form.n; i++) {
		if (is_replaced(&form, i))
			continue;
		wa_json_string(&b, form.fields[i].name);
		wa_buf_char(&b, ':');
		wa_json_string(&b, form.fields[i].value);
	}
	wa_json_close(&b, '}');
	e = wa_buf_check(&b);
	return e == WA_OK ? wa_json_parse(b.data, b.len, &x->body) : e;
}

static enum wa_err
body_from_json(struct exchange *x)
{
	enum wa_err e = wa_json_parse(x->request->body.p, x->request->body.n, &x->body);

	/* Where the text went wrong is of no use to a client, and Better Auth does not say. */
	return e == WA_ERR_BAD_JSON ? wa_refuse(e, "%s", wa_err_message(e)) : e;
}

static struct http_slice
media_type(struct http_slice header)
{
	const char *semicolon = header.p == NULL ? NULL : memchr(header.p, ';', header.n);

	if (semicolon != NULL)
		header.n = (size_t)(semicolon - header.p);
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): what is not there has no length */
	while (header.n > 0 && (header.p[header.n - 1] == ' ' || header.p[header.n - 1] == '\t'))
		header.n--;
	return header;
}

static enum wa_err
read_body(struct exchange *x)
{
	struct http_slice header = x->request->content_type;
	struct http_slice type = media_type(header);
	const char *allowed = x->route->form ? TYPE_FORM ", " TYPE_JSON : TYPE_JSON;

	if (x->route->no_body || x->request->method != HTTP_POST || x->request->body.n == 0)
		return WA_OK;
	if (type.n == 0)
		return wa_refuse(
		    WA_ERR_MEDIA_TYPE, "Content-Type is required. Allowed types: %s", allowed);
	if (http_slice_is_nocase(type, TYPE_JSON))
		return body_from_json(x);
	if (x->route->form && http_slice_is_nocase(type, TYPE_FORM))
		return body_from_form(x);
	return wa_refuse(WA_ERR_MEDIA_TYPE,
	    "Content-Type \"%.*s\" is not allowed. Allowed types: %s",
	    (int)(header.n > 100 ? 100 : header.n), header.p, allowed);
}

static enum wa_err
read_query(struct exchange *x)
{
	enum wa_err e;

	if (x->request->query.n == 0)
		return WA_OK;
	e = http_form_parse(x->cx.arena, x->request->query, &x->query);
	if (e == WA_ERR_INVALID || e == WA_ERR_TOO_LONG)
		return wa_refuse(WA_ERR_VALIDATION, "[query] Invalid input");
	return e;
}

static enum wa_err
load_session(struct exchange *x)
{
	enum session_state state;
	enum wa_err e;

	if (x->route->session == ROUTE_SESSION_NONE)
		return WA_OK;
	/* Deferred, only POST /get-session extends a session (contract.md 6). */
	e = session_state_load(x, !x->site->settings->session_defer_refresh, &state);
	if (e != WA_OK)
		return e;
	x->has_session = state == SESSION_STATE_LIVE;
	if (x->route->session == ROUTE_SESSION_OPTIONAL)
		return WA_OK;
	if (!x->has_session)
		return WA_ERR_UNAUTHORIZED;
	if (x->route->session == ROUTE_SESSION_FRESH && !wa_session_is_fresh(&x->cx, &x->session))
		return WA_ERR_SESSION_NOT_FRESH;
	return WA_OK;
}

static enum wa_err
read_parameter(struct exchange *x)
{
	struct http_slice segment;

	if (strchr(x->route->path, ':') == NULL)
		return WA_OK;
	(void)route_find(x->site, x->request->method, x->request->path, &segment);
	x->parameter = wa_percent_decode(x->cx.arena, segment.p, segment.n);
	return x->parameter != NULL ? WA_OK : WA_ERR_ROUTE_UNKNOWN;
}

static enum wa_err
fill_client(struct exchange *x)
{
	x->cx.ip_address = x->site->settings->ip_tracking
	    ? client_address(x->cx.arena, x->site->settings, x->request)
	    : "";
	x->cx.user_agent = client_user_agent(x->cx.arena, x->request);
	if (x->cx.ip_address == NULL || x->cx.user_agent == NULL)
		return wa_fault(WA_ERR_NOMEM, "client");
	if (x->has_session && x->session.impersonated_by != NULL &&
	    x->session.impersonated_by[0] != '\0')
		x->cx.actor = x->session.impersonated_by;
	return WA_OK;
}

static void
forbid_caching(const struct route *route, struct http_response *response)
{
	/* Pages say so themselves. */
	if (route == NULL ||
	    !(route->no_store ||
		(route->space == ROUTE_BASE && route->session != ROUTE_SESSION_NONE)))
		return;
	HTTP_RESPONSE_LINES(response, "Cache-Control: no-store\r\nPragma: no-cache\r\n");
}

/* contract.md 0.7, from the route on. */
static enum wa_err
answer(struct exchange *x)
{
	bool answered;
	enum wa_err e;

	e = cors_preflight(x, &answered);
	if (e != WA_OK || answered)
		return e;
	if (x->route == NULL)
		return WA_ERR_ROUTE_UNKNOWN;
	e = cors_allow(x);
	if (e != WA_OK)
		return e;
	forbid_caching(x->route, x->response);
	e = read_parameter(x);
	if (e == WA_OK)
		e = read_query(x);
	if (e == WA_OK)
		e = read_body(x);
	if (e == WA_OK && x->request->method == HTTP_POST)
		e = origin_check_request(x);
	if (e == WA_OK)
		e = cookies_read(x);
	if (e == WA_OK && x->route->schema != NULL)
		e = x->route->schema(x);
	if (e == WA_OK && x->route->csrf)
		e = origin_check_form(x);
	if (e == WA_OK)
		e = load_session(x);
	if (e == WA_OK && x->route->lane != LANE_LOOP)
		e = fill_client(x);
	if (e == WA_OK)
		e = x->route->run(x);
	if (e == WA_OK)
		e = wa_buf_check(&x->response->body);
	return e;
}

/* On the loop, a store that is busy is one to wait for elsewhere. */
static bool
belongs_elsewhere(const struct exchange *x, enum wa_err e)
{
	return e == WA_ERR_WRONG_LANE || (e == WA_ERR_STORE_BUSY && x->tokens != NULL);
}

static void
refuse(struct exchange *x, enum wa_err e)
{
	const struct route *route = x->route;

	if (route != NULL && route->refuse != NULL && route->refuse(x, e) == WA_OK)
		return;
	if (wa_err_class(e) == WA_CLASS_FAULT && route != NULL && route->on_fault != WA_OK)
		e = route->on_fault;
	reply_error(x->response, e);
}

enum wa_err
dispatch(struct exchange *x)
{
	enum wa_err e;

	if (x->route != NULL && x->route->pam != NULL)
		return pam_dispatch(x);
	wa_err_forget(); /* no detail of another request may end up in this answer */
	e = answer(x);
	wa_json_freep(&x->body);
	if (e == WA_OK)
		return e;
	if (belongs_elsewhere(x, e)) {
		http_response_clear(x->response);
		return WA_ERR_WRONG_LANE;
	}
	refuse(x, e);
	return e;
}

/* What answer() does to a response before it looks at the request, or the page that asked could not
 * read the refusal. */
static void
refuse_unread(struct exchange *x, enum wa_err e)
{
	if (x->route != NULL && cors_allow(x) != WA_OK)
		http_response_clear(x->response);
	forbid_caching(x->route, x->response);
	refuse(x, e);
}

void
dispatch_overloaded(struct exchange *x)
{
	refuse_unread(x, WA_ERR_OVERLOADED);
}

void
dispatch_rate_limited(struct exchange *x, int64_t retry_s)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", (long long)retry_s);
	refuse_unread(x, WA_ERR_RATE_LIMITED);
	http_response_header(
	    x->response, "X-Retry-After", text); /* what Better Auth's client reads */
	http_response_header(x->response, "Retry-After", text);
	cors_expose(x, "Retry-After, X-Retry-After");
}
