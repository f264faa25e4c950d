/*
 * Answering with pages: what is shown, and what the forms on it do. A form is a door to the JSON
 * route that does the work: its fields become that route's body, its answer becomes a redirect, and
 * its refusal the same page with the reason at the field.
 */
#ifndef SESSIOND_PAGES_PAGE_H
#define SESSIOND_PAGES_PAGE_H

#include "sessiond/pages/pages.h"
#include "sessiond/routes/exchange.h"
#include "sessiond/routes/route.h"

extern const char *const page_templates[]; /* those that are shown, without partials */
extern const size_t page_templates_n;
extern const struct route page_routes[];
extern const size_t page_routes_n;

/* ---- what is shown ---- */

/* What a form was sent with and why it was refused; shown with the form, passwords apart. */
struct page_refusal {
	const char *form;  /* its name in the template */
	const char *code;  /* of texts: "error." and this */
	const char *field; /* the field it is about; NULL: the form as a whole */
	const struct http_form *sent;
};

struct page_view {
	const char *template;
	int status;
	const struct page_refusal *refusal; /* NULL: nothing was refused */
	const char *secret;		    /* shown this once; NULL: none */
};

/* Renders it with the security headers of all pages. Cookies that are set already stay. */
WA_OUTCOME page_render(struct exchange *x, const struct page_view *view);

/* 303 to a URL of ours or one that page_next() let pass. Cookies stay. */
void page_redirect(struct exchange *x, const char *url);

/* Writes the members of the values that a template gets (model.c; account.c: of that page). */
WA_OUTCOME page_model(struct exchange *x, const struct page_view *view, struct wa_buf *b);
WA_OUTCOME page_account_model(struct exchange *x, struct wa_buf *b);

/* The parameter "next", from the form or else the query, if it leads to this site or to a trusted
 * origin; NULL otherwise. */
const char *page_next(struct exchange *x, const struct http_form *form);

/* Path of a page, with a parameter unless name is NULL, and with next unless that is NULL. Arena
 * memory; NULL when there is none. */
const char *page_url(
    struct exchange *x, const char *page, const char *name, const char *value, const char *next);

/* The languages' text for the request; NULL for an unknown key. */
const char *page_text(const struct exchange *x, const char *prefix, const char *key);

/* The form in the body; an empty one when there is none. */
WA_OUTCOME page_form(struct exchange *x, struct http_form *ret);

/* ---- handlers ---- */

enum wa_err page_root_run(struct exchange *x);
enum wa_err page_show_run(struct exchange *x);
enum wa_err page_show_refuse(struct exchange *x, enum wa_err e);
enum wa_err page_asset_run(struct exchange *x);
enum wa_err page_action_schema(struct exchange *x);
enum wa_err page_action_run(struct exchange *x);
enum wa_err page_action_get_run(struct exchange *x);
enum wa_err page_action_refuse(struct exchange *x, enum wa_err e);

#endif
