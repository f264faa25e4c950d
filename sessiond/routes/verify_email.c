/* GET /verify-email, where links in mails lead (contract.md 5.8). */
#include <string.h>

#include "lib/base/json_write.h"
#include "lib/core/address.h"
#include "lib/core/session.h"
#include "lib/core/view.h"
#include "sessiond/http/url.h"
#include "sessiond/routes/cookies.h"
#include "sessiond/routes/origin_check.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"
#include "sessiond/routes/schema.h"

struct verify_email {
	const char *token;
	const char *callback_url;
};

enum wa_err
verify_email_schema(struct exchange *x)
{
	static const struct schema_field fields[] = {
	    {"token", SCHEMA_STRING, false, offsetof(struct verify_email, token)},
	    {"callbackURL", SCHEMA_STRING, true, offsetof(struct verify_email, callback_url)},
	};
	struct verify_email *in = wa_arena_alloc(x->cx.arena, sizeof(*in));
	enum wa_err e;

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "verify an address");
	x->input = in;
	e = schema_query(x, fields, WA_ARRAY_LEN(fields), in);
	if (e == WA_OK && in->callback_url != NULL && in->callback_url[0] == '\0')
		in->callback_url = NULL;
	return e == WA_OK ? origin_check_callback(x, in->callback_url) : e;
}

/* What is wrong with a link goes to the page that it was to end on, where there is one. */
static enum wa_err
refuse(struct exchange *x, const struct verify_email *in, enum wa_err e)
{
	const char *url;

	if (in->callback_url == NULL || wa_err_class(e) != WA_CLASS_REFUSAL)
		return e;
	url = http_url_add_param(x->cx.arena, in->callback_url, "error", wa_err_code(e));
	if (url == NULL)
		return wa_fault(WA_ERR_NOMEM, "verify an address");
	reply_redirect(x, url);
	return WA_OK;
}

/* The session that the link's user has after it: her own, a new one where the configuration says
 * so, or none. */
static enum wa_err
settle_session(struct exchange *x, const struct wa_address_result *result)
{
	bool is_hers = x->has_session && strcmp(x->user.id, result->user.id) == 0;
	enum wa_err e = WA_OK;

	if (result->what == WA_ADDRESS_CHANGED)
		return is_hers ? cookies_set_session(x, &x->session, !x->dont_remember) : WA_OK;
	if (result->what != WA_ADDRESS_PROVEN ||
	    !x->site->settings->auto_sign_in_after_verification)
		return WA_OK;
	if (!is_hers)
		e = wa_session_begin(&x->cx, &result->user, true, &x->session);
	if (e != WA_OK)
		return e;
	return cookies_set_session(x, &x->session, !is_hers || !x->dont_remember);
}

static void
verify_email_body(struct exchange *x, const struct wa_address_result *result)
{
	struct wa_buf *b = &x->response->body;

	wa_json_open(b, '{');
	wa_json_key(b, "status");
	wa_json_bool(b, true);
	if (result->what != WA_ADDRESS_CONFIRMED)
		wa_json_key(b, "user");
	if (result->what == WA_ADDRESS_CHANGED)
		wa_view_user(b, store_shape(x->cx.store), &result->user);
	else if (result->what != WA_ADDRESS_CONFIRMED)
		wa_json_null(b);
	wa_json_close(b, '}');
	reply_json(x, 200);
}

enum wa_err
verify_email_run(struct exchange *x)
{
	const struct verify_email *in = x->input;
	struct wa_address_result result;
	enum wa_err e;

	e = wa_address_verify(&x->cx, x->site->base, in->token, x->has_session ? &x->user : NULL,
	    in->callback_url, &result);
	if (e == WA_OK)
		e = settle_session(x, &result);
	if (e != WA_OK)
		return refuse(x, in, e);

	if (in->callback_url != NULL)
		reply_redirect(x, in->callback_url);
	else
		verify_email_body(x, &result);
	return WA_OK;
}
