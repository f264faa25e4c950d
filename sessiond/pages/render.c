/* Pages and redirects on the wire. */
#include <string.h>

#include "lib/base/encode.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "sessiond/http/origin.h"
#include "sessiond/pages/page.h"
#include "sessiond/pages/template.h"
#include "sessiond/routes/origin_check.h"

#define MODEL_MAX (512 * 1024)

/* Pictures of users are wherever they say; everything else is ours. form-action holds for redirects
 * too, so that the one trusted origin a sign-in may lead to has to be named. */
#define CSP                                                                                      \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; " \
	"connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; "         \
	"form-action 'self'"

static enum wa_err
nomem(void)
{
	return wa_fault(WA_ERR_NOMEM, "page");
}

static enum wa_err
security_headers(struct exchange *x, const char *next)
{
	const char *origin =
	    next == NULL || next[0] == '/' ? NULL : http_origin_of(x->cx.arena, next);
	const char *csp = CSP;

	if (origin != NULL)
		csp = wa_arena_printf(x->cx.arena, CSP " %s", origin);
	if (csp == NULL)
		return nomem();
	http_response_header(x->response, "Content-Security-Policy", csp);
	http_response_header(x->response, "X-Content-Type-Options", "nosniff");
	http_response_header(x->response, "X-Frame-Options", "DENY");
	/* Not no-referrer: browsers would then send "Origin: null" with a form. */
	http_response_header(x->response, "Referrer-Policy", "same-origin");
	http_response_header(x->response, "Cross-Origin-Opener-Policy", "same-origin");
	http_response_header(x->response, "Cache-Control", "no-store");
	return WA_OK;
}

static size_t
language(const struct exchange *x)
{
	return pages_language(x->site->pages, http_request_header(x->request, "accept-language"));
}

const char *
page_text(const struct exchange *x, const char *prefix, const char *key)
{
	const char *full = wa_arena_printf(x->cx.arena, "%s%s", prefix, key);

	return full == NULL ? NULL : pages_text(x->site->pages, language(x), full);
}

enum wa_err
page_form(struct exchange *x, struct http_form *ret)
{
	enum wa_err e;

	*ret = (struct http_form){NULL, 0};
	if (x->request->method != HTTP_POST || x->request->body.n == 0)
		return WA_OK;
	e = http_form_parse(x->cx.arena, x->request->body, ret);
	return wa_err_class(e) == WA_CLASS_FAULT ? e : WA_OK;
}

const char *
page_next(struct exchange *x, const struct http_form *form)
{
	const char *next = form == NULL ? NULL : http_form_get(form, "next");

	if (next == NULL)
		next = http_form_get(&x->query, "next");
	if (next == NULL || strlen(next) > WA_URL_MAX || wa_text_has_control(next))
		return NULL;
	if (next[0] != '/' && strncmp(next, "https://", 8) != 0 && strncmp(next, "http://", 7) != 0)
		return NULL;
	return origin_is_trusted(x, next, true) ? next : NULL;
}

static void
put_parameter(struct wa_buf *b, char mark, const char *name, const char *value)
{
	wa_buf_char(b, mark);
	wa_buf_str(b, name);
	wa_buf_char(b, '=');
	wa_percent_encode(b, value, strlen(value));
}

const char *
page_url(
    struct exchange *x, const char *page, const char *name, const char *value, const char *next)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(4 * WA_URL_MAX);
	const char *url;

	wa_buf_printf(&b, "%s/%s", x->site->pages_path, page);
	if (name != NULL)
		put_parameter(&b, '?', name, value);
	if (next != NULL)
		put_parameter(&b, name == NULL ? '?' : '&', "next", next);
	url = wa_buf_cstr(&b);
	return url == NULL ? NULL : wa_arena_strdup(x->cx.arena, url);
}

void
page_redirect(struct exchange *x, const char *url)
{
	wa_buf_clear(&x->response->headers);
	wa_buf_clear(&x->response->body);
	x->response->status = 303;
	http_response_header(x->response, "Location", url);
	http_response_header(x->response, "Cache-Control", "no-store");
	http_response_header(x->response, "Referrer-Policy", "same-origin");
}

enum wa_err
page_render(struct exchange *x, const struct page_view *view)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(MODEL_MAX);
	WA_CLEANUP(wa_json_freep) struct wa_json *values = NULL;
	const struct http_form *sent = view->refusal == NULL ? NULL : view->refusal->sent;
	enum wa_err e;

	e = page_model(x, view, &b);
	if (e == WA_OK)
		e = wa_buf_check(&b);
	if (e == WA_OK)
		e = wa_json_parse(b.data, b.len, &values);
	if (e != WA_OK)
		return e;

	/* A JSON route may have begun its own answer. */
	wa_buf_clear(&x->response->headers);
	wa_buf_clear(&x->response->body);
	x->response->status = view->status;
	e = security_headers(x, page_next(x, sent));
	if (e != WA_OK)
		return e;
	http_response_header(x->response, "Content-Type", "text/html; charset=utf-8");
	http_response_header(
	    x->response, "Content-Language", pages_language_tag(x->site->pages, language(x)));
	return template_render(x->site->pages, language(x), x->site->pages_path, view->template,
	    values, &x->response->body);
}
