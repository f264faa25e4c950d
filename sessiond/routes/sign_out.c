/* POST /sign-out (contract.md 5.3): succeeds with and without a session. */
#include "lib/base/json_write.h"
#include "lib/core/session.h"
#include "sessiond/routes/cookies.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"
#include "sessiond/routes/schema.h"

/* For signing out at a provider, too: there is none here, but types are checked. */
struct sign_out {
	const char *callback_url;
	struct schema_bool disable_redirect;
	const char *state;
};

enum wa_err
sign_out_schema(struct exchange *x)
{
	static const struct schema_field fields[] = {
	    {"callbackURL", SCHEMA_STRING, true, offsetof(struct sign_out, callback_url)},
	    {"disableRedirect", SCHEMA_BOOLEAN, true, offsetof(struct sign_out, disable_redirect)},
	    {"state", SCHEMA_STRING, true, offsetof(struct sign_out, state)},
	};
	struct sign_out in = {0};

	if (x->body == NULL)
		return WA_OK;
	return schema_body(x, fields, WA_ARRAY_LEN(fields), false, &in);
}

enum wa_err
sign_out_run(struct exchange *x)
{
	struct wa_buf *b = &x->response->body;
	enum wa_err e = WA_OK;

	if (x->session_input == SESSION_INPUT_TOKEN)
		e = wa_session_revoke(&x->cx, x->session_token);
	if (e == WA_OK)
		e = cookies_delete_session(x);
	if (e != WA_OK)
		return e;

	wa_json_open(b, '{');
	wa_json_key(b, "success");
	wa_json_bool(b, true);
	wa_json_close(b, '}');
	reply_json(x, 200);
	return WA_OK;
}
