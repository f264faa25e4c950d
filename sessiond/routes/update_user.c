/* POST /update-user (contract.md 5.6): a free record, of which known members count. */
#include "lib/core/user.h"
#include "sessiond/routes/cookies.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"
#include "sessiond/routes/schema.h"

enum wa_err
record_schema(struct exchange *x)
{
	if (wa_json_type(x->body) == WA_JSON_OBJECT)
		return WA_OK;
	return wa_refuse(WA_ERR_VALIDATION, "[body] Invalid input: expected record, received %s",
	    wa_json_type_name(x->body));
}

/* A member that must be text when it is there. Better Auth would hand anything to the database. */
static enum wa_err
take_text(const struct exchange *x, const char *name, const char **ret)
{
	const struct wa_json *v = wa_json_get(x->body, name);

	if (v == NULL)
		return WA_OK;
	*ret = wa_json_get_string(v);
	if (*ret != NULL)
		return WA_OK;
	return wa_refuse(WA_ERR_VALIDATION, "[body.%s] Invalid input: expected string, received %s",
	    name, wa_json_type_name(v));
}

static enum wa_err
take_image(const struct exchange *x, struct wa_user_change *change)
{
	const struct wa_json *v = wa_json_get(x->body, "image");

	change->image_given = v != NULL;
	if (v == NULL || wa_json_type(v) == WA_JSON_NULL)
		return WA_OK;
	return take_text(x, "image", &change->image);
}

/* The admin plugin's, which only administrators set. */
static const char *const not_ours[] = {"role", "banned", "banReason", "banExpires"};

static enum wa_err
take_change(const struct exchange *x, struct wa_user_change *change)
{
	const struct store_shape *shape = store_shape(x->cx.store);
	enum wa_err e;

	if (schema_is_truthy(wa_json_get(x->body, "email")))
		return WA_ERR_EMAIL_FIXED;
	e = shape->has_admin ? schema_not_allowed(x, not_ours, WA_ARRAY_LEN(not_ours)) : WA_OK;
	if (e == WA_OK)
		e = take_text(x, "name", &change->name);
	if (e == WA_OK)
		e = take_image(x, change);
	if (e == WA_OK && shape->has_username)
		e = take_text(x, "username", &change->username);
	if (e == WA_OK && shape->has_username)
		e = take_text(x, "displayUsername", &change->display_username);
	return e;
}

enum wa_err
update_user_run(struct exchange *x)
{
	struct wa_user_change change = {0};
	enum wa_err e;

	e = take_change(x, &change);
	if (e != WA_OK)
		return e;
	if (change.name == NULL && !change.image_given && change.username == NULL &&
	    change.display_username == NULL)
		return WA_ERR_NO_FIELDS;

	e = wa_user_update(&x->cx, &change, x->user.id, &x->user);
	if (e == WA_OK)
		e = cookies_set_session(x, &x->session, !x->dont_remember);
	if (e != WA_OK)
		return e;
	reply_status_true(x);
	return WA_OK;
}

/* POST /update-session (contract.md 5.5): no additional session fields can be configured here. */
enum wa_err
update_session_run(struct exchange *x)
{
	(void)x;
	return WA_ERR_NO_FIELDS;
}
