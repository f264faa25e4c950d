/* POST /sign-in/email (contract.md 5.2). */
#include <string.h>

#include "lib/base/json_write.h"
#include "lib/base/text.h"
#include "lib/core/address.h"
#include "lib/core/credential.h"
#include "lib/core/mail.h"
#include "lib/core/password.h"
#include "lib/core/user.h"
#include "lib/core/view.h"
#include "sessiond/routes/cookies.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"
#include "sessiond/routes/schema.h"

struct sign_in {
	const char *email;
	const char *password;
	const char *callback_url;
	struct schema_bool remember;
};

enum wa_err
sign_in_schema(struct exchange *x)
{
	static const struct schema_field fields[] = {
	    {"email", SCHEMA_STRING, false, offsetof(struct sign_in, email)},
	    {"password", SCHEMA_STRING, false, offsetof(struct sign_in, password)},
	    {"callbackURL", SCHEMA_STRING, true, offsetof(struct sign_in, callback_url)},
	    {"rememberMe", SCHEMA_BOOLEAN, true, offsetof(struct sign_in, remember)},
	};
	struct sign_in *in = wa_arena_alloc(x->cx.arena, sizeof(*in));

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "sign-in");
	x->input = in;
	return schema_body(x, fields, WA_ARRAY_LEN(fields), false, in);
}

/* The password was right, so whoever asks may cause a mail to that address. */
static enum wa_err
remind(struct exchange *x, const struct user *user, const char *callback_url)
{
	enum wa_err e = WA_OK;

	if (x->site->settings->send_on_sign_in && wa_mail_is_enabled(x->site->settings))
		e = wa_address_mail_verification(&x->cx, x->site->base, user, callback_url);
	return e == WA_OK ? WA_ERR_EMAIL_NOT_VERIFIED : e;
}

/* The same work and the same answer whether the address is somebody's or not. */
static enum wa_err
sign_in(struct exchange *x, const struct sign_in *in, bool remember)
{
	struct user user;
	enum wa_err e;

	x->cx.claimed_name = in->email;
	e = wa_user_by_email(&x->cx, in->email, &user);

	if (e != WA_OK && e != WA_ERR_NOT_FOUND)
		return e;
	e = wa_credential_sign_in(
	    &x->cx, e == WA_OK ? &user : NULL, in->password, remember, &x->user, &x->session);
	if (e == WA_ERR_EMAIL_NOT_VERIFIED)
		e = remind(x, &user, in->callback_url);
	return e;
}

static void
sign_in_body(struct exchange *x, const struct sign_in *in)
{
	bool redirect = in->callback_url != NULL && in->callback_url[0] != '\0';
	struct wa_buf *b = &x->response->body;

	wa_json_open(b, '{');
	wa_json_key(b, "redirect");
	wa_json_bool(b, redirect);
	wa_json_key(b, "token");
	wa_json_string(b, x->session.token);
	if (in->callback_url != NULL) {
		wa_json_key(b, "url");
		wa_json_string(b, in->callback_url);
	}
	wa_json_key(b, "user");
	wa_view_user(b, store_shape(x->cx.store), &x->user);
	wa_json_close(b, '}');
	if (redirect)
		http_response_header(x->response, "Location", in->callback_url);
}

enum wa_err
sign_in_run(struct exchange *x)
{
	const struct sign_in *in = x->input;
	bool remember = !in->remember.given || in->remember.value;
	enum wa_err e;

	if (!wa_text_is_email(in->email))
		return WA_ERR_INVALID_EMAIL;
	e = wa_password_check_given(x->site->settings, in->password);
	if (e == WA_OK)
		e = sign_in(x, in, remember);
	if (e == WA_OK)
		e = cookies_set_session(x, &x->session, remember);
	if (e != WA_OK)
		return e;

	sign_in_body(x, in);
	reply_json(x, 200);
	return WA_OK;
}
