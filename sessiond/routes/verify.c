/*
 * GET /api/webauth/verify, for proxies that ask before they let a request through: nginx's
 * auth_request, Caddy's forward_auth, Traefik's ForwardAuth. Who it is stands in headers, which the
 * proxy passes on; no body.
 */
#include <string.h>

#include "lib/base/limits.h"
#include "lib/base/parse.h"
#include "lib/core/role.h"
#include "lib/core/signed_value.h"
#include "sessiond/routes/cookies.h"
#include "sessiond/routes/jwt_check.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"
#include "sessiond/routes/session_state.h"

#define CHALLENGE "Bearer realm=\"webauth\""

/* What the location demands, beyond a session. */
struct demand {
	bool verified;	   /* the e-mail address */
	bool has_role;	   /* one of the roles that the query names */
	int64_t max_age_s; /* of the sign-in; -1: any */
};

/* Unknown options and bad values are errors: a demand that is not understood must not be dropped.
 */
static enum wa_err
read_option(const struct http_form_field *f, struct demand *d)
{
	uint64_t seconds;

	if (strcmp(f->name, "verified") == 0) {
		if (!wa_parse_bool(f->value, &d->verified))
			return wa_refuse(WA_ERR_VALIDATION, "[query.verified] true or false");
		return WA_OK;
	}
	if (strcmp(f->name, "role") == 0) {
		if (f->value[0] == '\0')
			return wa_refuse(WA_ERR_VALIDATION, "[query.role] must not be empty");
		d->has_role = true;
		return WA_OK;
	}
	if (strcmp(f->name, "max_age") == 0) {
		if (!wa_parse_uint(f->value, strlen(f->value), INT32_MAX, &seconds))
			return wa_refuse(WA_ERR_VALIDATION, "[query.max_age] seconds");
		d->max_age_s = (int64_t)seconds;
		return WA_OK;
	}
	return wa_refuse(WA_ERR_VALIDATION, "[query] verified, role and max_age are all there is");
}

static enum wa_err
read_demand(const struct exchange *x, struct demand *ret)
{
	struct demand d = {.max_age_s = -1};
	enum wa_err e = WA_OK;

	for (size_t i = 0; e == WA_OK && i < x->query.n; i++)
		e = read_option(&x->query.fields[i], &d);
	if (e == WA_OK &&
	    (http_form_count(&x->query, "verified") > 1 ||
		http_form_count(&x->query, "max_age") > 1))
		e = wa_refuse(WA_ERR_VALIDATION, "[query] verified and max_age stand once");
	if (e != WA_OK)
		return e;
	*ret = d;
	return WA_OK;
}

/* 401. Only who sent a bearer token is told what was wrong with it (RFC 6750, 3.1). */
static enum wa_err
refuse_nobody(struct exchange *x, const char *why)
{
	const char *challenge = why == NULL
	    ? CHALLENGE
	    : wa_arena_printf(x->cx.arena,
		  CHALLENGE ", error=\"invalid_token\", error_description=\"%s\"", why);

	if (challenge == NULL)
		return wa_fault(WA_ERR_NOMEM, "challenge");
	http_response_header(x->response, "WWW-Authenticate", challenge);
	return WA_ERR_UNAUTHORIZED;
}

/* A session token, from the cookie or as a bearer; x->session_token names it. */
static enum wa_err
by_session(struct exchange *x, const char *why)
{
	enum session_state state;
	enum wa_err e;

	e = session_state_load(x, !x->site->settings->session_defer_refresh, &state);
	if (e != WA_OK)
		return e;
	return state == SESSION_STATE_LIVE ? WA_OK : refuse_nobody(x, why);
}

/*
 * A JWT proves a session but is not one: it neither extends it nor is it given the session's
 * cookie, which would turn fifteen minutes into a week.
 */
static enum wa_err
by_jwt(struct exchange *x, struct http_slice text)
{
	struct wa_claims c;
	enum wa_err e;

	e = jwt_check(x, text, &c);
	return e == WA_ERR_INVALID ? refuse_nobody(x, wa_err_detail(e)) : e;
}

/* A bearer token decides alone, a bad one too: unlike get-session, where Better Auth then takes the
 * cookie, nobody is let in here for something else than they presented. */
static enum wa_err
by_bearer(struct exchange *x, struct http_slice text)
{
	bool cookie_form;

	if (jwt_check_is_jwt(text))
		return by_jwt(x, text);
	x->session_token = wa_signed_value_bearer(x->cx.arena, x->site->keyring, text.p, text.n,
	    x->site->settings->bearer_require_signature, &cookie_form);
	x->session_input = x->session_token == NULL ? SESSION_INPUT_NONE : SESSION_INPUT_TOKEN;
	return by_session(x, "The token names no session");
}

static bool
has_demanded_role(const struct exchange *x)
{
	for (size_t i = 0; i < x->query.n; i++)
		if (strcmp(x->query.fields[i].name, "role") == 0 &&
		    wa_role_in(x->user.role, x->query.fields[i].value))
			return true;
	return false;
}

/* 403. Error codes of RFC 6750 and, for a sign-in that is too old, RFC 9470. */
static enum wa_err
check_demand(struct exchange *x, const struct demand *d)
{
	int64_t age_ms = x->cx.now_ms - x->session.created_ms;
	const char *challenge = CHALLENGE ", error=\"insufficient_scope\"";
	enum wa_err e = WA_OK;

	if (d->verified && !x->user.email_verified) {
		e = WA_ERR_EMAIL_NOT_VERIFIED;
	} else if (d->has_role && !has_demanded_role(x)) {
		e = WA_ERR_NOT_PERMITTED;
	} else if (d->max_age_s >= 0 && age_ms > d->max_age_s * 1000) {
		e = WA_ERR_SESSION_NOT_FRESH;
		challenge = wa_arena_printf(x->cx.arena,
		    CHALLENGE ", error=\"insufficient_user_authentication\", max_age=%lld",
		    (long long)d->max_age_s);
		if (challenge == NULL)
			return wa_fault(WA_ERR_NOMEM, "challenge");
	}
	if (e != WA_OK)
		http_response_header(x->response, "WWW-Authenticate", challenge);
	return e;
}

static const char hex_digits[] = "0123456789ABCDEF";

static bool
stays(char c, char also)
{
	return c > 0x20 && c < 0x7f && c != '%' && c != also;
}

/* Printing ASCII stays, but for '%' and what the caller adds; a receiver undoes it with any
 * percent-decoder. */
static void
encode(struct wa_buf *b, const char *s, size_t n, char also)
{
	size_t i = 0;

	while (i < n) {
		size_t start = i;
		uint8_t c;

		while (i < n && stays(s[i], also))
			i++;
		wa_buf_add(b, s + start, i - start);
		if (i == n)
			return;
		c = (uint8_t)s[i++];
		wa_buf_add(b, (char[]){'%', hex_digits[c >> 4], hex_digits[c & 15]}, 3);
	}
}

/* A name from a Node process may be of any length, and a proxy's buffer for headers is small: what
 * we would not let a user have ends where we end it, between two characters. */
static size_t
shown_length(const char *s)
{
	size_t n = strnlen(s, WA_NAME_MAX + 1);

	if (n <= WA_NAME_MAX)
		return n;
	for (n = WA_NAME_MAX; n > 0 && ((uint8_t)s[n] & 0xc0) == 0x80;)
		n--;
	return n;
}

static enum wa_err
set_header(struct exchange *x, const char *name, const char *value)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(4 * WA_NAME_MAX);
	const char *text;

	encode(&b, value, shown_length(value), '%');
	text = wa_buf_cstr(&b);
	if (text == NULL)
		return wa_fault(WA_ERR_NOMEM, "%s", name);
	http_response_header(x->response, name, text);
	return WA_OK;
}

static enum wa_err
set_roles(struct exchange *x)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(4 * WA_NAME_MAX);
	const char *at = x->user.role, *role, *text;
	size_t n;

	while (wa_role_next(&at, &role, &n)) {
		if (b.len > 0)
			wa_buf_char(&b, ',');
		encode(&b, role, n, ',');
	}
	text = wa_buf_cstr(&b);
	if (text == NULL)
		return wa_fault(WA_ERR_NOMEM, "roles");
	http_response_header(x->response, "X-Auth-Roles", text);
	return WA_OK;
}

static enum wa_err
set_identity(struct exchange *x)
{
	enum wa_err e;

	e = set_header(x, "X-Auth-User-Id", x->user.id);
	if (e == WA_OK)
		e = set_header(x, "X-Auth-Email", x->user.email);
	if (e == WA_OK)
		e = set_header(x, "X-Auth-Name", x->user.name);
	if (e == WA_OK)
		e = set_header(x, "X-Auth-Session-Id", x->session.id);
	if (e == WA_OK)
		e = set_roles(x);
	return e;
}

enum wa_err
verify_run(struct exchange *x)
{
	struct http_slice bearer = cookies_bearer(x->request);
	struct demand demand;
	enum wa_err e;

	e = read_demand(x, &demand);
	if (e == WA_OK)
		e = bearer.p != NULL ? by_bearer(x, bearer) : by_session(x, NULL);
	if (e == WA_OK)
		e = check_demand(x, &demand);
	if (e == WA_OK)
		e = set_identity(x);
	if (e != WA_OK)
		return e;
	x->response->status = 204;
	return WA_OK;
}
