/* POST /change-password and /verify-password (contract.md 5.6). */
#include "lib/base/json_write.h"
#include "lib/core/credential.h"
#include "lib/core/view.h"
#include "sessiond/routes/cookies.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"
#include "sessiond/routes/schema.h"

struct change_password {
	const char *new_password;
	const char *current_password;
	struct schema_bool revoke;
};

struct verify_password {
	const char *password;
};

enum wa_err
change_password_schema(struct exchange *x)
{
	static const struct schema_field fields[] = {
	    {"newPassword", SCHEMA_STRING, false, offsetof(struct change_password, new_password)},
	    {"currentPassword", SCHEMA_STRING, false,
		offsetof(struct change_password, current_password)},
	    {"revokeOtherSessions", SCHEMA_BOOLEAN, true, offsetof(struct change_password, revoke)},
	};
	struct change_password *in = wa_arena_alloc(x->cx.arena, sizeof(*in));

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "change a password");
	x->input = in;
	return schema_body(x, fields, WA_ARRAY_LEN(fields), false, in);
}

static void
change_password_body(struct exchange *x, const char *token)
{
	struct wa_buf *b = &x->response->body;

	wa_json_open(b, '{');
	wa_json_key(b, "token");
	wa_json_string(b, token);
	wa_json_key(b, "user");
	wa_view_user(b, store_shape(x->cx.store), &x->user);
	wa_json_close(b, '}');
	reply_json(x, 200);
}

enum wa_err
change_password_run(struct exchange *x)
{
	const struct change_password *in = x->input;
	bool revoke = in->revoke.given ? in->revoke.value
				       : x->site->settings->revoke_sessions_on_password_change;
	enum wa_err e;

	e = wa_credential_change(
	    &x->cx, &x->user, in->current_password, in->new_password, revoke, &x->session);
	if (e == WA_OK && revoke)
		e = cookies_set_session(x, &x->session, !x->dont_remember);
	if (e != WA_OK)
		return e;
	change_password_body(x, revoke ? x->session.token : NULL);
	return WA_OK;
}

enum wa_err
verify_password_schema(struct exchange *x)
{
	static const struct schema_field fields[] = {
	    {"password", SCHEMA_STRING, false, offsetof(struct verify_password, password)},
	};
	struct verify_password *in = wa_arena_alloc(x->cx.arena, sizeof(*in));

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "verify a password");
	x->input = in;
	return schema_body(x, fields, WA_ARRAY_LEN(fields), false, in);
}

enum wa_err
verify_password_run(struct exchange *x)
{
	const struct verify_password *in = x->input;
	const char *hash;
	enum wa_err e;

	e = wa_credential_confirm(&x->cx, x->user.id, in->password, WA_AUDIT_LOGIN_FAIL, &hash);
	if (e == WA_ERR_CREDENTIAL_MISSING)
		return WA_ERR_PASSWORD_WRONG;
	if (e != WA_OK)
		return e;
	reply_status_true(x);
	return WA_OK;
}
