/* GET: showing pages. */
#include <string.h>

#include "sessiond/pages/page.h"

static enum wa_err
nomem(void)
{
	return wa_fault(WA_ERR_NOMEM, "page");
}

static enum wa_err
go(struct exchange *x, const char *url)
{
	if (url == NULL)
		return nomem();
	page_redirect(x, url);
	return WA_OK;
}

/* GET /: whoever types the host's name. */
enum wa_err
page_root_run(struct exchange *x)
{
	return go(x, page_url(x, x->has_session ? "account" : "sign-in", NULL, NULL, NULL));
}

static bool
is_for_strangers(const char *page)
{
	return strcmp(page, "sign-in") == 0 || strcmp(page, "sign-up") == 0;
}

enum wa_err
page_show_run(struct exchange *x)
{
	const char *page = x->route->path + 1;
	struct page_view view = {.template = page, .status = 200};
	const char *next = page_next(x, NULL);

	/* Who is signed in has no business there; but who was sent there for a reason stays, or two
	 * pages that disagree would send the browser to and fro. */
	if (x->has_session && is_for_strangers(page) && http_form_get(&x->query, "reason") == NULL)
		return go(x, next != NULL ? next : page_url(x, "account", NULL, NULL, NULL));
	return page_render(x, &view);
}

/* The path and query that were asked for, to come back to. */
static const char *
here(struct exchange *x)
{
	return wa_arena_strndup(x->cx.arena, x->request->target.p, x->request->target.n);
}

enum wa_err
page_show_refuse(struct exchange *x, enum wa_err e)
{
	const struct page_refusal refusal = {
	    .form = "page",
	    .code = wa_err_code(e) != NULL ? wa_err_code(e) : wa_err_name(e),
	    .sent = &(struct http_form){NULL, 0},
	};
	const struct page_view view = {
	    .template = "error", .status = wa_err_status(e), .refusal = &refusal};

	if (e == WA_ERR_ROUTE_UNKNOWN)
		return e;
	/* A cookie of ours that names no session any more: it has ended. */
	if (e == WA_ERR_UNAUTHORIZED && x->session_input == SESSION_INPUT_TOKEN)
		return go(x, page_url(x, "sign-in", "reason", "expired", here(x)));
	if (e == WA_ERR_UNAUTHORIZED)
		return go(x, page_url(x, "sign-in", NULL, NULL, here(x)));
	return page_render(x, &view);
}
