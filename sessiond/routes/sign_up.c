/* POST /sign-up/email (contract.md 5.1). */
#include <string.h>

#include "lib/base/json_write.h"
#include "lib/base/random.h"
#include "lib/base/text.h"
#include "lib/core/address.h"
#include "lib/core/mail.h"
#include "lib/core/user.h"
#include "lib/core/view.h"
#include "sessiond/routes/cookies.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"
#include "sessiond/routes/schema.h"

struct sign_up {
	const char *name;
	const char *email;
	const char *password;
	const char *image;
	const char *callback_url;
	struct schema_bool remember;
	const char *username; /* the username plugin's; NULL when the store has no such column */
	const char *display_username; /* likewise */
};

/* The admin plugin's that clients may not set. banned has a default, which takes the place of what
 * they send. */
static const char *const not_ours[] = {"role", "banReason", "banExpires"};

/* Neither a number, of which Better Auth would make a text, nor null. */
static enum wa_err
take_name(const struct exchange *x, const char *member, const char **ret)
{
	const struct wa_json *value = wa_json_get(x->body, member);

	if (value == NULL)
		return WA_OK;
	*ret = wa_json_get_string(value);
	if (*ret == NULL)
		return wa_refuse(WA_ERR_VALIDATION,
		    "[body.%s] Invalid input: expected string, received %s", member,
		    wa_json_type_name(value));
	return WA_OK;
}

/* What the plugins whose columns the store has add to the body. */
static enum wa_err
plugin_fields(struct exchange *x, struct sign_up *in)
{
	const struct store_shape *shape = store_shape(x->cx.store);
	enum wa_err e = WA_OK;

	if (shape->has_admin)
		e = schema_not_allowed(x, not_ours, WA_ARRAY_LEN(not_ours));
	if (e == WA_OK && shape->has_username)
		e = take_name(x, "username", &in->username);
	if (e == WA_OK && shape->has_username)
		e = take_name(x, "displayUsername", &in->display_username);
	return e;
}

enum wa_err
sign_up_schema(struct exchange *x)
{
	static const struct schema_field fields[] = {
	    {"name", SCHEMA_STRING, false, offsetof(struct sign_up, name)},
	    {"email", SCHEMA_EMAIL, false, offsetof(struct sign_up, email)},
	    {"password", SCHEMA_NONEMPTY, false, offsetof(struct sign_up, password)},
	    {"image", SCHEMA_STRING, true, offsetof(struct sign_up, image)},
	    {"callbackURL", SCHEMA_STRING, true, offsetof(struct sign_up, callback_url)},
	    {"rememberMe", SCHEMA_BOOLEAN, true, offsetof(struct sign_up, remember)},
	};
	struct sign_up *in = wa_arena_alloc(x->cx.arena, sizeof(*in));
	enum wa_err e;

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "sign-up");
	x->input = in;
	e = schema_body(x, fields, WA_ARRAY_LEN(fields), true, in);
	return e == WA_OK ? plugin_fields(x, in) : e;
}

static void
sign_up_body(struct exchange *x, const char *token)
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

/*
 * When a sign-up does not sign in, it must not tell whether the address was taken: the answer is
 * that of a success, with a user who does not exist (contract.md 5.1).
 */
static enum wa_err
pretend(struct exchange *x, const struct sign_up *in)
{
	bool has_admin = store_shape(x->cx.store)->has_admin;
	char *id = wa_arena_alloc(x->cx.arena, WA_ID_SIZE);
	enum wa_err e;

	x->user = (struct user){
	    .id = id,
	    .name = in->name,
	    .email = wa_text_lower(x->cx.arena, in->email),
	    .image = in->image,
	    .created_ms = x->cx.now_ms,
	    .updated_ms = x->cx.now_ms,
	    .role = has_admin ? "user" : NULL,
	    .banned_known = has_admin,
	    .two_factor_known = store_shape(x->cx.store)->has_two_factor,
	};
	if (id == NULL || x->user.email == NULL)
		return wa_fault(WA_ERR_NOMEM, "sign-up");
	e = wa_user_name(x->cx.arena, in->username, in->display_username, &x->user);
	if (e != WA_OK)
		return e;
	wa_random_text(id, WA_ID_LEN);
	sign_up_body(x, NULL);
	return WA_OK;
}

/* Written with the user: there is no account without its mail, and no mail without its account. */
static enum wa_err
mail_verification(struct wa_context *cx, const struct user *u, void *arg)
{
	const struct exchange *x = arg;
	const struct sign_up *in = x->input;

	return wa_address_mail_verification(cx, x->site->base, u, in->callback_url);
}

static bool
sends_mail(const struct wa_settings *s)
{
	if (!wa_mail_is_enabled(s))
		return false;
	if (strcmp(s->send_on_sign_up, "auto") == 0)
		return s->require_email_verification;
	return strcmp(s->send_on_sign_up, "true") == 0;
}

enum wa_err
sign_up_run(struct exchange *x)
{
	const struct wa_settings *settings = x->site->settings;
	const struct sign_up *in = x->input;
	bool remember = !in->remember.given || in->remember.value;
	bool sign_in = settings->auto_sign_in && !settings->require_email_verification;
	struct wa_new_user new_user = {
	    .name = in->name,
	    .email = in->email,
	    .password = in->password,
	    .image = in->image,
	    .username = in->username,
	    .display_username = in->display_username,
	    .also = sends_mail(settings) ? mail_verification : NULL,
	    .also_arg = x,
	};
	enum wa_err e;

	if (!settings->sign_up)
		return WA_ERR_SIGN_UP_DISABLED;
	e = wa_user_create(&x->cx, &new_user, remember, &x->user, sign_in ? &x->session : NULL);
	if (e == WA_ERR_USER_EXISTS && !sign_in)
		return pretend(x, in);
	if (e == WA_OK && sign_in)
		e = cookies_set_session(x, &x->session, remember);
	if (e != WA_OK)
		return e;

	sign_up_body(x, sign_in ? x->session.token : NULL);
	return WA_OK;
}
