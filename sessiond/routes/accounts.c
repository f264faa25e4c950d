/*
 * GET /list-accounts, POST /unlink-account, and what is left of the social routes on a server
 * without providers (contract.md 5.9, 5.10).
 */
#include <string.h>

#include "lib/base/json_write.h"
#include "lib/core/account.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"
#include "sessiond/routes/schema.h"

/* "a, b" as ["a","b"]. */
static void
view_scopes(struct wa_buf *b, const char *scope)
{
	wa_json_open(b, '[');
	while (scope != NULL && *scope != '\0') {
		WA_CLEANUP(wa_buf_done) struct wa_buf word = WA_BUF_INIT(4096);
		size_t len = strcspn(scope, ",");
		const char *text = scope;
		size_t n = len;

		while (n > 0 && *text == ' ') {
			text++;
			n--;
		}
		while (n > 0 && text[n - 1] == ' ')
			n--;
		wa_buf_add(&word, text, n);
		text = wa_buf_cstr(&word);
		if (text != NULL)
			wa_json_string(b, text);
		scope += len;
		scope += *scope == ',';
	}
	wa_json_close(b, ']');
}

static void
view_account(struct wa_buf *b, const struct account *row)
{
	wa_json_open(b, '{');
	wa_json_key(b, "accountId");
	wa_json_string(b, row->account_id);
	wa_json_key(b, "providerId");
	wa_json_string(b, row->provider_id);
	wa_json_key(b, "userId");
	wa_json_string(b, row->user_id);
	wa_json_key(b, "createdAt");
	wa_json_time(b, row->created_ms);
	wa_json_key(b, "updatedAt");
	wa_json_time(b, row->updated_ms);
	wa_json_key(b, "id");
	wa_json_string(b, row->id);
	wa_json_key(b, "scopes");
	view_scopes(b, row->scope);
	wa_json_close(b, '}');
}

enum wa_err
list_accounts_run(struct exchange *x)
{
	struct wa_buf *b = &x->response->body;
	struct account *rows;
	size_t n;
	enum wa_err e = wa_account_all(&x->cx, x->user.id, &rows, &n);

	if (e != WA_OK)
		return e;
	wa_json_open(b, '[');
	for (size_t i = 0; i < n; i++)
		view_account(b, &rows[i]);
	wa_json_close(b, ']');
	reply_json(x, 200);
	return WA_OK;
}

struct unlink_account {
	const char *account_id;
	const char *provider_id; /* as clients of Better Auth 1.6 say it */
};

enum wa_err
unlink_account_schema(struct exchange *x)
{
	static const struct schema_field fields[] = {
	    {"accountId", SCHEMA_STRING, false, offsetof(struct unlink_account, account_id)},
	};
	struct unlink_account *in = wa_arena_alloc(x->cx.arena, sizeof(*in));

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "unlink an account");
	x->input = in;
	if (wa_json_get(x->body, "accountId") == NULL) {
		in->provider_id = wa_json_get_string(wa_json_get(x->body, "providerId"));
		if (in->provider_id != NULL)
			return WA_OK;
	}
	return schema_body(x, fields, WA_ARRAY_LEN(fields), false, in);
}

enum wa_err
unlink_account_run(struct exchange *x)
{
	const struct unlink_account *in = x->input;
	enum wa_err e = wa_account_unlink(&x->cx, x->user.id, in->account_id, in->provider_id);

	if (e != WA_OK)
		return e;
	reply_status_true(x);
	return WA_OK;
}

/* {accountId, userId?} or {useAccountCookie: true, userId?}, and no other member (contract.md 5.9).
 */
struct selector {
	const char *account_id; /* NULL: by cookie, which only Node writes */
	bool invalid;
	bool by_cookie;
};

static bool
select_member(void *arg, const char *key, const struct wa_json *v)
{
	struct selector *in = arg;
	bool flag = false;

	if (strcmp(key, "accountId") == 0)
		in->account_id = wa_json_get_string(v);
	else if (strcmp(key, "useAccountCookie") == 0)
		in->by_cookie = wa_json_get_bool(v, &flag) && flag;
	else if (strcmp(key, "userId") != 0 || wa_json_get_string(v) == NULL)
		in->invalid = true;
	if ((strcmp(key, "accountId") == 0 && in->account_id == NULL) ||
	    (strcmp(key, "useAccountCookie") == 0 && !in->by_cookie))
		in->invalid = true;
	return true;
}

static enum wa_err
selector_check(struct exchange *x, const struct selector *in, const char *where)
{
	x->input = in;
	if (in->invalid || (in->account_id != NULL) == in->by_cookie)
		return wa_refuse(WA_ERR_VALIDATION, "[%s] Invalid input", where);
	return WA_OK;
}

enum wa_err
account_token_schema(struct exchange *x)
{
	struct selector *in = wa_arena_alloc(x->cx.arena, sizeof(*in));

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "account");
	wa_json_each(x->body, select_member, in);
	return selector_check(x, in, "body");
}

enum wa_err
account_info_schema(struct exchange *x)
{
	struct selector *in = wa_arena_alloc(x->cx.arena, sizeof(*in));

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "account");
	for (size_t i = 0; i < x->query.n; i++) {
		const char *name = x->query.fields[i].name;

		if (http_form_count(&x->query, name) > 1)
			in->invalid = true;
		else if (strcmp(name, "accountId") == 0)
			in->account_id = x->query.fields[i].value;
		else if (strcmp(name, "userId") != 0)
			in->invalid = true;
	}
	return selector_check(x, in, "query");
}

static enum wa_err
selected_account(struct exchange *x, struct account *ret)
{
	const struct selector *in = x->input;

	if (in->account_id == NULL)
		return WA_ERR_ACCOUNT_NOT_FOUND;
	return wa_account_find(&x->cx, x->user.id, in->account_id, ret);
}

enum wa_err
account_info_run(struct exchange *x)
{
	struct account row;
	enum wa_err e = selected_account(x, &row);

	return e == WA_OK ? WA_ERR_PROVIDER_NOT_CONFIGURED : e;
}

enum wa_err
account_token_run(struct exchange *x)
{
	struct account row;
	enum wa_err e = selected_account(x, &row);

	if (e != WA_OK)
		return e;
	return wa_refuse(
	    WA_ERR_PROVIDER_NOT_SUPPORTED, "Provider %s is not supported.", row.provider_id);
}

enum wa_err
social_schema(struct exchange *x)
{
	if (wa_json_type(x->body) != WA_JSON_OBJECT)
		return schema_body(x, NULL, 0, false, NULL);
	if (wa_json_get_string(wa_json_get(x->body, "provider")) == NULL)
		return wa_refuse(WA_ERR_VALIDATION, "[body.provider] Invalid input");
	return WA_OK;
}

enum wa_err
social_run(struct exchange *x)
{
	(void)x;
	return WA_ERR_PROVIDER_NOT_FOUND;
}

/* Nobody was ever sent to a provider from here, so no state can be ours. */
enum wa_err
social_callback_run(struct exchange *x)
{
	const char *url =
	    wa_arena_printf(x->cx.arena, "%s/error?error=state_not_found", x->site->base);

	if (url == NULL)
		return wa_fault(WA_ERR_NOMEM, "callback");
	reply_redirect(x, url);
	return WA_OK;
}
