/* POST /request-password-reset (contract.md 5.7): the same answer whether or not there is a user.
 */
#include "lib/base/json_write.h"
#include "lib/core/mail.h"
#include "lib/core/password_reset.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"
#include "sessiond/routes/schema.h"

struct request_reset {
	const char *email;
	const char *redirect_to;
};

enum wa_err
request_password_reset_schema(struct exchange *x)
{
	static const struct schema_field fields[] = {
	    {"email", SCHEMA_EMAIL, false, offsetof(struct request_reset, email)},
	    {"redirectTo", SCHEMA_STRING, true, offsetof(struct request_reset, redirect_to)},
	};
	struct request_reset *in = wa_arena_alloc(x->cx.arena, sizeof(*in));

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "password reset");
	x->input = in;
	return schema_body(x, fields, WA_ARRAY_LEN(fields), false, in);
}

enum wa_err
request_password_reset_run(struct exchange *x)
{
	const struct request_reset *in = x->input;
	struct wa_buf *b = &x->response->body;
	enum wa_err e;

	if (!wa_mail_is_enabled(x->site->settings))
		return WA_ERR_RESET_DISABLED;
	e = wa_password_reset_request(&x->cx, x->site->base, in->email, in->redirect_to);
	if (e != WA_OK)
		return e;

	wa_json_open(b, '{');
	wa_json_key(b, "status");
	wa_json_bool(b, true);
	wa_json_key(b, "message");
	wa_json_string(
	    b, "If this email exists in our system, check your email for the reset link");
	wa_json_close(b, '}');
	reply_json(x, 200);
	return WA_OK;
}
