/* GET /reset-password/:token, where the mailed link leads, and POST /reset-password, what the page
 * behind it does (contract.md 5.7). */
#include "lib/core/password_reset.h"
#include "sessiond/http/url.h"
#include "sessiond/routes/origin_check.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"
#include "sessiond/routes/schema.h"

struct reset_link {
	const char *callback_url;
};

struct reset {
	const char *password;
	const char *token;
	const char *query_token;
};

enum wa_err
reset_password_link_schema(struct exchange *x)
{
	static const struct schema_field fields[] = {
	    {"callbackURL", SCHEMA_STRING, false, offsetof(struct reset_link, callback_url)},
	};
	struct reset_link *in = wa_arena_alloc(x->cx.arena, sizeof(*in));
	enum wa_err e;

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "password reset");
	x->input = in;
	e = schema_query(x, fields, WA_ARRAY_LEN(fields), in);
	return e == WA_OK ? origin_check_callback(x, in->callback_url) : e;
}

/* The browser goes to the page, with the parameter; to our error page where there is no page. */
static enum wa_err
send_on(struct exchange *x, const char *page, const char *name, const char *value)
{
	const char *url = page;
	enum wa_err e;

	if (page[0] == '\0')
		url = wa_arena_printf(x->cx.arena, "%s/error", x->site->base);
	if (url == NULL)
		return wa_fault(WA_ERR_NOMEM, "password reset");
	e = http_url_set_param(x->cx.arena, x->site->origin, url, name, value, &url);
	if (e == WA_ERR_INVALID)
		return WA_ERR_CALLBACK_INVALID;
	if (e == WA_OK)
		reply_redirect(x, url);
	return e;
}

enum wa_err
reset_password_link_run(struct exchange *x)
{
	const struct reset_link *in = x->input;
	enum wa_err e = WA_ERR_RESET_TOKEN_INVALID;

	if (in->callback_url[0] != '\0')
		e = wa_password_reset_check(&x->cx, x->parameter);
	if (e == WA_ERR_RESET_TOKEN_INVALID)
		return send_on(x, in->callback_url, "error", wa_err_code(e));
	return e == WA_OK ? send_on(x, in->callback_url, "token", x->parameter) : e;
}

enum wa_err
reset_password_schema(struct exchange *x)
{
	static const struct schema_field fields[] = {
	    {"newPassword", SCHEMA_STRING, false, offsetof(struct reset, password)},
	    {"token", SCHEMA_STRING, true, offsetof(struct reset, token)},
	};
	static const struct schema_field query[] = {
	    {"token", SCHEMA_STRING, true, offsetof(struct reset, query_token)},
	};
	struct reset *in = wa_arena_alloc(x->cx.arena, sizeof(*in));
	enum wa_err e;

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "password reset");
	x->input = in;
	e = schema_body(x, fields, WA_ARRAY_LEN(fields), false, in);
	return e == WA_OK ? schema_query(x, query, WA_ARRAY_LEN(query), in) : e;
}

enum wa_err
reset_password_run(struct exchange *x)
{
	const struct reset *in = x->input;
	const char *token = in->token;
	enum wa_err e;

	if (token == NULL || token[0] == '\0')
		token = in->query_token;
	if (token == NULL || token[0] == '\0')
		return WA_ERR_RESET_TOKEN_INVALID;
	e = wa_password_reset_perform(&x->cx, token, in->password);
	if (e == WA_OK)
		reply_status_true(x);
	return e;
}
