/* POST: from a form to the JSON route behind it, and from its outcome to a page. */
#include "sessiond/pages/action.h"

#include <string.h>

#include "lib/base/json_write.h"
#include "lib/base/limits.h"
#include "sessiond/pages/page.h"

static enum wa_err
nomem(void)
{
	return wa_fault(WA_ERR_NOMEM, "form");
}

/* ---- in ---- */

static void
put_words(struct wa_buf *b, const char *value)
{
	static const char between[] = ", \t\r\n";

	wa_json_open(b, '[');
	for (value += strspn(value, between); *value != '\0'; value += strspn(value, between)) {
		size_t n = strcspn(value, between);
		WA_CLEANUP(wa_buf_done) struct wa_buf word = WA_BUF_INIT(WA_BODY_MAX);

		wa_buf_add(&word, value, n);
		wa_json_string(b, wa_buf_cstr(&word));
		value += n;
	}
	wa_json_close(b, ']');
}

static void
put_field(struct wa_buf *b, const struct action_field *f, const char *value)
{
	bool empty = value == NULL || *value == '\0';

	if (f->kind == FIELD_FLAG) {
		wa_json_key(b, f->name);
		wa_json_bool(b, value != NULL);
		return;
	}
	if (value == NULL || (empty && f->kind == FIELD_OPTIONAL))
		return;
	wa_json_key(b, f->name);
	if (f->kind == FIELD_WORDS)
		put_words(b, value);
	else
		wa_json_string(b, empty && f->kind == FIELD_NULLABLE ? NULL : value);
}

static enum wa_err
put_body(struct exchange *x, const struct action *a, const struct http_form *form, struct wa_buf *b)
{
	wa_json_open(b, '{');
	for (size_t i = 0; i < ACTION_FIELDS_MAX && a->fields[i].name != NULL; i++)
		put_field(b, &a->fields[i], http_form_get(form, a->fields[i].name));
	if (a->url_member != NULL) {
		const char *url = page_url(
		    x, a->url_page, a->url_notice == NULL ? NULL : "notice", a->url_notice, NULL);

		if (url == NULL)
			return nomem();
		wa_json_key(b, a->url_member);
		wa_json_string(b, url);
	}
	wa_json_close(b, '}');
	return wa_buf_check(b);
}

enum wa_err
page_action_schema(struct exchange *x)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT((size_t)8 * WA_BODY_MAX);
	const struct action *a = action_find(x->route->path);
	struct http_form form;
	enum wa_err e;

	if (a->schema == NULL)
		return WA_OK;
	e = page_form(x, &form);
	if (e == WA_OK)
		e = put_body(x, a, &form, &b);
	if (e != WA_OK)
		return e;
	wa_json_freep(&x->body);
	e = wa_json_parse(b.data, b.len, &x->body);
	return e == WA_OK ? a->schema(x) : e;
}

/* ---- out ---- */

/* Is it a script that asks? Then it gets what it needs to do the same without a new page. */
static bool
wants_json(const struct exchange *x)
{
	struct http_slice h = http_request_header(x->request, "accept");

	return h.n >= 16 && memcmp(h.p, "application/json", 16) == 0;
}

static void
begin_json(struct exchange *x, int status)
{
	wa_buf_clear(&x->response->headers);
	wa_buf_clear(&x->response->body);
	x->response->status = status;
	http_response_header(x->response, "Content-Type", "application/json");
	http_response_header(x->response, "X-Content-Type-Options", "nosniff");
	http_response_header(x->response, "Cache-Control", "no-store");
	wa_json_open(&x->response->body, '{');
}

static enum wa_err
lead_to(struct exchange *x, int status, const char *url)
{
	struct wa_buf *b = &x->response->body;

	if (url == NULL)
		return nomem();
	if (!wants_json(x)) {
		page_redirect(x, url);
		return WA_OK;
	}
	begin_json(x, status);
	wa_json_key(b, "location");
	wa_json_string(b, url);
	wa_json_close(b, '}');
	return WA_OK;
}

/* The page again, with what its form made. */
static enum wa_err
show_secret(struct exchange *x, const struct action *a)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *answer = NULL;
	struct page_view view = {.template = a->page, .status = 200};
	enum wa_err e = wa_json_parse(x->response->body.data, x->response->body.len, &answer);

	if (e != WA_OK)
		return e;
	view.secret = wa_json_get_string(wa_json_get(answer, a->secret_member));
	return page_render(x, &view);
}

enum wa_err
page_action_run(struct exchange *x)
{
	const struct action *a = action_find(x->route->path);
	const char *page = a->done_page, *notice = a->done_notice, *next, *url;
	struct http_form form;
	enum wa_err e;

	e = a->run(x);
	if (e == WA_OK)
		e = page_form(x, &form);
	if (e != WA_OK)
		return e;
	if (a->secret_member != NULL)
		return show_secret(x, a);
	if (a->done != NULL)
		a->done(x, &page, &notice);
	next = page_next(x, &form);
	if (page == NULL)
		url = next != NULL ? next : page_url(x, "account", NULL, NULL, NULL);
	else
		url = page_url(x, page, notice == NULL ? NULL : "notice", notice, next);
	return lead_to(x, 200, url);
}

/* Which field an outcome is about: the first of these that the form has. */
static const struct {
	enum wa_err e;
	const char *fields[2];
} about[] = {
    {WA_ERR_INVALID_EMAIL, {"email", "newEmail"}},
    {WA_ERR_USER_EXISTS, {"email"}},
    {WA_ERR_EMAIL_SAME, {"newEmail"}},
    {WA_ERR_PASSWORD_TOO_SHORT, {"newPassword", "password"}},
    {WA_ERR_PASSWORD_TOO_LONG, {"newPassword", "password"}},
    {WA_ERR_PASSWORD_COMPROMISED, {"newPassword", "password"}},
    {WA_ERR_PASSWORD_WRONG, {"currentPassword", "password"}},
    {WA_ERR_USERNAME_TAKEN, {"username"}},
    {WA_ERR_USERNAME_TOO_SHORT, {"username"}},
    {WA_ERR_USERNAME_TOO_LONG, {"username"}},
    {WA_ERR_USERNAME_INVALID, {"username"}},
};

static const char *
own_field(const struct action *a, const char *name, size_t n)
{
	for (size_t i = 0; i < ACTION_FIELDS_MAX && a->fields[i].name != NULL; i++)
		if (strlen(a->fields[i].name) == n && memcmp(a->fields[i].name, name, n) == 0)
			return a->fields[i].name;
	return NULL;
}

/* "[body.email] Invalid email address; …": the first field that is named. */
static const char *
field_of_detail(const struct action *a, const char *detail)
{
	const char *at = strstr(detail, "[body."), *end;

	if (at == NULL)
		return NULL;
	at += strlen("[body.");
	end = strchr(at, ']');
	return end == NULL ? NULL : own_field(a, at, (size_t)(end - at));
}

static const char *
field_of(const struct action *a, enum wa_err e)
{
	if (e == WA_ERR_VALIDATION)
		return field_of_detail(a, wa_err_detail(e));
	for (size_t i = 0; i < WA_ARRAY_LEN(about); i++) {
		for (size_t j = 0; about[i].e == e && j < WA_ARRAY_LEN(about[i].fields); j++) {
			const char *name = about[i].fields[j];

			name = name == NULL ? NULL : own_field(a, name, strlen(name));
			if (name != NULL)
				return name;
		}
	}
	return NULL;
}

/* The name of the text for it: "error." and this. */
static const char *
code_of(struct exchange *x, enum wa_err e, const char *field)
{
	const char *code = wa_err_code(e);

	if (e == WA_ERR_VALIDATION && field != NULL)
		return wa_arena_printf(x->cx.arena, "invalid-%s", field);
	return code != NULL ? code : wa_err_name(e);
}

static enum wa_err
refuse_json(struct exchange *x, int status, const struct page_refusal *refusal)
{
	struct wa_buf *b = &x->response->body;
	const char *text = page_text(x, "error.", refusal->code);

	if (text == NULL)
		text = page_text(x, "error.", "unknown");
	begin_json(x, status);
	wa_json_key(b, "message");
	wa_json_string(b, text);
	wa_json_key(b, "code");
	wa_json_string(b, refusal->code);
	wa_json_key(b, "field");
	wa_json_string(b, refusal->field);
	wa_json_close(b, '}');
	return wa_buf_check(b);
}

enum wa_err
page_action_refuse(struct exchange *x, enum wa_err refused)
{
	const struct action *a = action_find(x->route->path);
	struct page_view view = {.template = a->page, .status = wa_err_status(refused)};
	struct page_refusal refusal = {.form = a->name, .field = field_of(a, refused)};
	struct http_form form;
	enum wa_err e;

	if (refused == WA_ERR_UNAUTHORIZED)
		return lead_to(x, 401,
		    page_url(
			x, "sign-in", "reason", "expired", page_url(x, a->page, NULL, NULL, NULL)));
	e = page_form(x, &form);
	if (e != WA_OK)
		return e;
	refusal.code = code_of(x, refused, refusal.field);
	refusal.sent = &form;
	view.refusal = &refusal;
	if (refusal.code == NULL)
		return nomem();
	if (wants_json(x))
		return refuse_json(x, view.status, &refusal);
	if (strcmp(a->page, "account") == 0 && !x->has_session) {
		/* The check that refused came before anybody knew who asks. */
		refusal.form = "page";
		refusal.field = NULL;
		view.template = "error";
	}
	return page_render(x, &view);
}

/* GET of a form's address, as after a reload of what it answered: the page it stands on. */
enum wa_err
page_action_get_run(struct exchange *x)
{
	const char *url = page_url(x, action_find(x->route->path)->page, NULL, NULL, NULL);

	if (url == NULL)
		return nomem();
	page_redirect(x, url);
	return WA_OK;
}
