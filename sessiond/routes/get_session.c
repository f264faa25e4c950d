/* GET /get-session (contract.md 5.4): who is asking? The hot path. */
#include "lib/base/json_write.h"
#include "lib/core/session.h"
#include "lib/core/view.h"
#include "sessiond/routes/cookies.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"
#include "sessiond/routes/session_state.h"
#include "sessiond/routes/session_token.h"

/* Any non-empty text is yes, "false" included: contract.md appendix D says to copy this. */
static bool
query_flag(const struct exchange *x, const char *name)
{
	const char *value = http_form_get(&x->query, name);

	return value != NULL && value[0] != '\0';
}

static void
session_body(struct exchange *x, bool tell_due)
{
	const struct store_shape *shape = store_shape(x->cx.store);
	struct wa_buf *b = &x->response->body;

	wa_json_open(b, '{');
	WA_JSON_KEY(b, "session");
	wa_view_session(b, shape, &x->session);
	WA_JSON_KEY(b, "user");
	wa_view_user(b, shape, &x->user);
	if (tell_due) {
		WA_JSON_KEY(b, "needsRefresh");
		wa_json_bool(b, !x->dont_remember && wa_session_is_due(&x->cx, &x->session));
	}
	wa_json_close(b, '}');
}

/* There a busy store sends the request to a lane, which can wait. */
static bool
is_on_loop(const struct exchange *x)
{
	return x->tokens != NULL;
}

/* The JWT plugin's set-auth-jwt (contract.md 7.2). A key that will not sign, or a user with more
 * data than a header may carry, never costs the session. */
static enum wa_err
announce_jwt(struct exchange *x)
{
	const char *token;
	enum wa_err e;

	if (!x->site->settings->jwt_header)
		return WA_OK;
	e = session_token_jwt(x, &token);
	if (e == WA_ERR_CRYPTO || e == WA_ERR_TOO_LONG ||
	    (e == WA_ERR_STORE_BUSY && !is_on_loop(x)))
		return WA_OK;
	if (e != WA_OK)
		return e;
	http_response_header(x->response, "set-auth-jwt", token);
	http_response_header_join(x->response, "Access-Control-Expose-Headers", "set-auth-jwt");
	return WA_OK;
}

static enum wa_err
get_session(struct exchange *x, bool deferred)
{
	enum session_state state;
	enum wa_err e;

	e = session_state_load(x, !deferred && !query_flag(x, "disableRefresh"), &state);
	if (e == WA_OK && state == SESSION_STATE_LIVE)
		e = announce_jwt(x);
	if (e == WA_OK && state != SESSION_STATE_GONE) /* whose cookies are all deleted */
		e = cookies_delete_session_data(x);
	if (e != WA_OK)
		return e;

	if (state == SESSION_STATE_LIVE)
		session_body(x, deferred);
	else
		wa_json_null(&x->response->body);
	reply_json(x, 200);
	return WA_OK;
}

enum wa_err
get_session_run(struct exchange *x)
{
	return get_session(x, x->site->settings->session_defer_refresh);
}

/* With session_defer_refresh, GET never writes, and this is how a session is extended. */
enum wa_err
get_session_post_run(struct exchange *x)
{
	if (!x->site->settings->session_defer_refresh)
		return WA_ERR_METHOD_NOT_ALLOWED;
	return get_session(x, false);
}
