/* The values that templates are filled with. */
#include <string.h>

#include "lib/base/json_write.h"
#include "lib/core/mail.h"
#include "lib/core/session.h"
#include "sessiond/pages/page.h"

static const char *
site_name(const struct exchange *x)
{
	const char *name = x->site->settings->site_name;

	return *name != '\0' ? name : strstr(x->site->origin, "://") + 3;
}

static void
put(struct wa_buf *b, const char *key, const char *value)
{
	wa_json_key(b, key);
	wa_json_string(b, value);
}

/* What is on offer here. */
static void
put_features(const struct wa_settings *s, struct wa_buf *b)
{
	bool mail = wa_mail_is_enabled(s);

	wa_json_key(b, "can");
	wa_json_open(b, '{');
	wa_json_key(b, "sign_up");
	wa_json_bool(b, s->sign_up);
	wa_json_key(b, "mail");
	wa_json_bool(b, mail);
	wa_json_key(b, "change_email");
	wa_json_bool(b, s->change_email && (mail || s->change_email_unverified));
	wa_json_key(b, "delete_user");
	wa_json_bool(b, s->delete_user);
	wa_json_close(b, '}');
	wa_json_key(b, "min");
	wa_json_int(b, (int64_t)s->min_password_length);
	wa_json_key(b, "max");
	wa_json_int(b, (int64_t)s->max_password_length);
}

/* A text that the URL names, if there is one of that name; anything else shows nothing. */
static void
put_from_query(struct exchange *x, struct wa_buf *b, const char *name, const char *prefix)
{
	const char *key = http_form_get(&x->query, name);
	const char *text = key == NULL || strlen(key) > 48 ? NULL : page_text(x, prefix, key);

	if (text != NULL)
		put(b, name, text);
}

/* The outcome of a link in a mail: an error is always told, a known one by its name. */
static void
put_link_error(struct exchange *x, struct wa_buf *b)
{
	const char *code = http_form_get(&x->query, "error"), *text;

	if (code == NULL)
		return;
	text = strlen(code) > 48 ? NULL : page_text(x, "error.", code);
	put(b, "link_error", text != NULL ? text : page_text(x, "error.", "unknown"));
}

static bool
is_secret(const char *name)
{
	return strcasestr(name, "password") != NULL || strcmp(name, "token") == 0;
}

/* e.FORM.FIELD is what is wrong, e.FORM.form what is wrong with all of it; f.FORM.FIELD what was
 * sent. Passwords are to be typed again. */
static void
put_refusal(struct exchange *x, const struct page_refusal *refusal, struct wa_buf *b)
{
	const char *text = page_text(x, "error.", refusal->code);

	if (text == NULL)
		text = page_text(x, "error.", "unknown");
	wa_json_key(b, "e");
	wa_json_open(b, '{');
	wa_json_key(b, refusal->form);
	wa_json_open(b, '{');
	put(b, refusal->field != NULL ? refusal->field : "form", text);
	wa_json_key(b, refusal->code); /* for templates that have more to say */
	wa_json_bool(b, true);
	wa_json_close(b, '}');
	wa_json_close(b, '}');
	wa_json_key(b, "f");
	wa_json_open(b, '{');
	wa_json_key(b, refusal->form);
	wa_json_open(b, '{');
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a refusal comes with its form */
	for (size_t i = 0; i < refusal->sent->n; i++) {
		const struct http_form_field *f = &refusal->sent->fields[i];

		/* The first of a name, as http_form_get() has it: no member twice. */
		if (!is_secret(f->name) && http_form_get(refusal->sent, f->name) == f->value)
			put(b, f->name, f->value);
	}
	wa_json_close(b, '}');
	wa_json_close(b, '}');
}

enum wa_err
page_model(struct exchange *x, const struct page_view *view, struct wa_buf *b)
{
	const struct http_form *sent = view->refusal == NULL ? NULL : view->refusal->sent;
	const char *next = page_next(x, sent);
	enum wa_err e = WA_OK;

	wa_json_open(b, '{');
	put(b, "site", site_name(x));
	put(b, "origin", x->site->origin);
	put(b, "base", x->site->base_path);
	put(b, "pages", x->site->pages_path);
	put(b, "lang",
	    pages_language_tag(x->site->pages,
		pages_language(
		    x->site->pages, http_request_header(x->request, "accept-language"))));
	put(b, "page", view->template);
	wa_json_key(b, "signed_in");
	wa_json_bool(b, x->has_session);
	put_features(x->site->settings, b);
	if (next != NULL) {
		put(b, "next", next);
		put(b, "query",
		    page_url(x, "", NULL, NULL, next) + strlen(x->site->pages_path) + 1);
	}
	put_from_query(x, b, "notice", "notice.");
	put_from_query(x, b, "reason", "reason.");
	put_link_error(x, b);
	wa_json_key(b, "failed"); /* the link that led here, or the try to get another */
	wa_json_bool(b, view->refusal != NULL || http_form_get(&x->query, "error") != NULL);
	if (http_form_get(&x->query, "token") != NULL)
		put(b, "token", http_form_get(&x->query, "token"));
	else if (sent != NULL && http_form_get(sent, "token") != NULL)
		put(b, "token", http_form_get(sent, "token"));
	if (view->refusal != NULL)
		put_refusal(x, view->refusal, b);
	if (view->secret != NULL)
		put(b, "secret", view->secret);
	wa_json_key(b, "stale"); /* signed in too long ago for some forms */
	wa_json_bool(b, x->has_session && !wa_session_is_fresh(&x->cx, &x->session));
	if (x->has_session && strcmp(view->template, "account") == 0)
		e = page_account_model(x, b);
	wa_json_close(b, '}');
	return e;
}
