/* POST /delete-user and GET /delete-user/callback (contract.md 5.6). */
#include "lib/base/json_write.h"
#include "lib/core/credential.h"
#include "lib/core/deletion.h"
#include "lib/core/session.h"
#include "sessiond/routes/cookies.h"
#include "sessiond/routes/origin_check.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"
#include "sessiond/routes/schema.h"

struct delete_user {
	const char *callback_url;
	const char *password;
	const char *token;
};

enum wa_err
delete_user_schema(struct exchange *x)
{
	static const struct schema_field fields[] = {
	    {"callbackURL", SCHEMA_STRING, true, offsetof(struct delete_user, callback_url)},
	    {"password", SCHEMA_STRING, true, offsetof(struct delete_user, password)},
	    {"token", SCHEMA_STRING, true, offsetof(struct delete_user, token)},
	};
	struct delete_user *in = wa_arena_alloc(x->cx.arena, sizeof(*in));

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "delete a user");
	x->input = in;
	return schema_body(x, fields, WA_ARRAY_LEN(fields), false, in);
}

static enum wa_err
delete_now(struct exchange *x, const char *token)
{
	enum wa_err e = wa_deletion_perform(&x->cx, x->user.id, token);

	return e == WA_OK ? cookies_delete_session(x) : e;
}

static void
success_body(struct exchange *x, const char *message)
{
	struct wa_buf *b = &x->response->body;

	wa_json_open(b, '{');
	wa_json_key(b, "success");
	wa_json_bool(b, true);
	wa_json_key(b, "message");
	wa_json_string(b, message);
	wa_json_close(b, '}');
	reply_json(x, 200);
}

/* Switched off, the route is a 404 that differs from an unknown one in this header alone
 * (contract.md 0.4). */
static enum wa_err
not_here(struct exchange *x)
{
	http_response_header(x->response, "Content-Type", "application/json");
	return WA_ERR_ROUTE_UNKNOWN;
}

enum wa_err
delete_user_run(struct exchange *x)
{
	const struct wa_settings *settings = x->site->settings;
	const struct delete_user *in = x->input;
	const char *hash;
	enum wa_err e = WA_OK;

	if (!settings->delete_user)
		return not_here(x);
	if (in->password != NULL)
		e = wa_credential_confirm(
		    &x->cx, x->user.id, in->password, WA_AUDIT_LOGIN_FAIL, &hash);
	if (e != WA_OK)
		return e;
	if (in->token == NULL && settings->delete_user_verification) {
		e = wa_deletion_request(&x->cx, x->site->base, &x->user, in->callback_url);
		if (e == WA_OK)
			success_body(x, "Verification email sent");
		return e;
	}
	if (in->token == NULL && in->password == NULL && !wa_session_is_fresh(&x->cx, &x->session))
		return WA_ERR_SESSION_TOO_OLD;
	e = delete_now(x, in->token);
	if (e == WA_OK)
		success_body(x, "User deleted");
	return e;
}

enum wa_err
delete_user_callback_schema(struct exchange *x)
{
	static const struct schema_field fields[] = {
	    {"token", SCHEMA_STRING, false, offsetof(struct delete_user, token)},
	    {"callbackURL", SCHEMA_STRING, true, offsetof(struct delete_user, callback_url)},
	};
	struct delete_user *in = wa_arena_alloc(x->cx.arena, sizeof(*in));
	enum wa_err e;

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "delete a user");
	x->input = in;
	e = schema_query(x, fields, WA_ARRAY_LEN(fields), in);
	return e == WA_OK ? origin_check_callback(x, in->callback_url) : e;
}

enum wa_err
delete_user_callback_run(struct exchange *x)
{
	const struct delete_user *in = x->input;
	enum wa_err e;

	if (!x->site->settings->delete_user)
		return WA_ERR_NOT_FOUND;
	if (!x->has_session)
		return WA_ERR_DELETE_SESSION_MISSING;
	e = delete_now(x, in->token);
	if (e != WA_OK)
		return e;
	if (in->callback_url != NULL && in->callback_url[0] != '\0')
		reply_redirect(x, in->callback_url);
	else
		success_body(x, "User deleted");
	return WA_OK;
}
