/*
 * POST /api/webauth/introspect (RFC 7662): what a token stands for, for whoever has it to judge.
 * The caller is known by its uid or group over a Unix socket, or by the secret of
 * introspect_secret_file; of a token that is no good it learns that and nothing else.
 */
#include <string.h>

#include "lib/base/encode.h"
#include "lib/base/json_write.h"
#include "lib/base/limits.h"
#include "lib/core/role.h"
#include "lib/core/signed_value.h"
#include "sessiond/routes/cookies.h"
#include "sessiond/routes/jwt_check.h"
#include "sessiond/routes/peer.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"

/* The secret of "Basic base64(any:secret)": there are no client names here. */
static bool
fits_basic(const struct exchange *x)
{
	struct http_slice h = x->request->authorization;
	uint8_t text[WA_SECRET_MAX + 256];
	const uint8_t *colon;
	size_t len;

	if (h.p == NULL || h.n < 6 ||
	    !http_slice_is_nocase((struct http_slice){h.p, 6}, "basic ") ||
	    !wa_base64_decode(WA_BASE64_STD, h.p + 6, h.n - 6, text, sizeof(text), &len))
		return false;
	colon = memchr(text, ':', len);
	if (colon == NULL)
		return false;
	colon++;
	return peer_secret_fits(&x->site->peers, (const char *)colon, len - (size_t)(colon - text));
}

static bool
is_authorised(const struct exchange *x)
{
	struct http_slice bearer = cookies_bearer(x->request);

	if (x->peer->may_introspect)
		return true;
	if (bearer.p != NULL)
		return peer_secret_fits(&x->site->peers, bearer.p, bearer.n);
	return fits_basic(x);
}

/* Who may ask comes before what is asked. */
enum wa_err
introspect_schema(struct exchange *x)
{
	const char *token = wa_json_get_string(wa_json_get(x->body, "token"));

	if (!is_authorised(x)) {
		http_response_header(
		    x->response, "WWW-Authenticate", "Basic realm=\"webauth introspection\"");
		return WA_ERR_UNAUTHORIZED;
	}
	if (token == NULL)
		return wa_refuse(WA_ERR_VALIDATION,
		    "[body.token] Invalid input: expected string, received %s",
		    wa_json_type_name(wa_json_get(x->body, "token")));
	x->input = wa_arena_strdup(x->cx.arena, token);
	return x->input != NULL ? WA_OK : wa_fault(WA_ERR_NOMEM, "token");
}

static void
add_text(struct wa_buf *b, const char *name, const char *value)
{
	wa_json_key(b, name);
	wa_json_string(b, value);
}

static void
add_int(struct wa_buf *b, const char *name, int64_t value)
{
	wa_json_key(b, name);
	wa_json_int(b, value);
}

/* Of either kind of token. */
static enum wa_err
add_identity(struct exchange *x)
{
	struct wa_buf *b = &x->response->body;

	wa_json_key(b, "active");
	wa_json_bool(b, true);
	add_text(b, "sub", x->user.id);
	add_text(b, "sid", x->session.id);
	if (x->user.username != NULL)
		add_text(b, "username", x->user.username);
	add_text(b, "name", x->user.name);
	add_text(b, "email", x->user.email);
	wa_json_key(b, "email_verified");
	wa_json_bool(b, x->user.email_verified);
	wa_json_key(b, "roles");
	return wa_role_view(b, x->cx.arena, x->user.role);
}

static void
add_jwt(struct exchange *x, const struct wa_claims *c)
{
	struct wa_buf *b = &x->response->body;

	add_text(b, "token_type", "Bearer");
	add_int(b, "exp", c->expires_s);
	if (c->issued_s != 0)
		add_int(b, "iat", c->issued_s);
	add_text(b, "iss", c->iss);
	wa_json_key(b, "aud");
	wa_json_raw(b, c->aud_json, strlen(c->aud_json));
}

static void
add_session(struct exchange *x)
{
	struct wa_buf *b = &x->response->body;
	const char *issuer = x->site->settings->jwt_issuer;

	add_text(b, "token_type", "session");
	add_int(b, "exp", x->session.expires_ms / 1000);
	add_int(b, "iat", x->session.created_ms / 1000);
	add_text(b, "iss", issuer[0] != '\0' ? issuer : x->site->origin);
}

static enum wa_err
look_up_session(struct exchange *x, const char *text)
{
	bool cookie_form;
	const char *token = wa_signed_value_bearer(x->cx.arena, x->site->keyring, text,
	    strlen(text), x->site->settings->bearer_require_signature, &cookie_form);

	if (token == NULL)
		return WA_ERR_NOT_FOUND;
	return wa_session_find(&x->cx, token, &x->session, &x->user);
}

static enum wa_err
inactive(struct exchange *x)
{
	struct wa_buf *b = &x->response->body;

	wa_json_open(b, '{');
	wa_json_key(b, "active");
	wa_json_bool(b, false);
	wa_json_close(b, '}');
	reply_json(x, 200);
	return WA_OK;
}

enum wa_err
introspect_run(struct exchange *x)
{
	const char *text = x->input;
	struct http_slice slice = {text, strlen(text)};
	bool is_jwt = jwt_check_is_jwt(slice);
	struct wa_claims c = {0};
	enum wa_err e;

	e = is_jwt ? jwt_check(x, slice, &c) : look_up_session(x, text);
	if (e == WA_ERR_INVALID || e == WA_ERR_NOT_FOUND)
		return inactive(x);
	if (e != WA_OK)
		return e;

	wa_json_open(&x->response->body, '{');
	e = add_identity(x);
	if (e != WA_OK)
		return e;
	if (is_jwt)
		add_jwt(x, &c);
	else
		add_session(x);
	wa_json_close(&x->response->body, '}');
	reply_json(x, 200);
	return WA_OK;
}
