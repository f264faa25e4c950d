/*
 * GET assets/NAME: style sheets, scripts and pictures. Public and the same for everybody, so any
 * origin may load them: a module script of another origin is fetched with CORS.
 */
#include <stdio.h>
#include <string.h>

#include "sessiond/pages/page.h"

/* A URL with the version in it never changes what it means. */
#define FOR_EVER	"public, max-age=31536000, immutable"
#define ASK_EACH_TIME	"no-cache"
#define ASSET_NAME_SIZE 64

static const char *
type_of(const char *name)
{
	static const struct {
		const char *suffix;
		const char *type;
	} types[] = {
	    {".css", "text/css; charset=utf-8"},
	    {".js", "text/javascript; charset=utf-8"},
	    {".json", "application/json"},
	    {".svg", "image/svg+xml"},
	    {".png", "image/png"},
	    {".jpg", "image/jpeg"},
	    {".webp", "image/webp"},
	    {".ico", "image/x-icon"},
	    {".woff2", "font/woff2"},
	};
	size_t n = strlen(name);

	for (size_t i = 0; i < WA_ARRAY_LEN(types); i++) {
		size_t len = strlen(types[i].suffix);

		if (n > len && strcmp(name + n - len, types[i].suffix) == 0)
			return types[i].type;
	}
	return NULL;
}

static bool
is_known(const struct http_request *r, const char *etag)
{
	struct http_slice h = http_request_header(r, "if-none-match");

	return h.n > 0 && memmem(h.p, h.n, etag, strlen(etag)) != NULL;
}

enum wa_err
page_asset_run(struct exchange *x)
{
	char name[ASSET_NAME_SIZE], etag[PAGES_ETAG_SIZE + 2];
	const char *version = http_form_get(&x->query, "v"), *type;
	struct http_response *r = x->response;
	const struct pages_file *f;

	if (snprintf(name, sizeof(name), "assets/%s", x->parameter) >= (int)sizeof(name))
		return WA_ERR_ROUTE_UNKNOWN;
	f = pages_file(x->site->pages, name);
	type = type_of(name);
	if (f == NULL || type == NULL)
		return WA_ERR_ROUTE_UNKNOWN;

	(void)snprintf(etag, sizeof(etag), "\"%s\"", f->etag);
	wa_buf_clear(&r->headers); /* of CORS: this is for any origin, and without credentials */
	http_response_header(r, "Access-Control-Allow-Origin", "*");
	http_response_header(r, "Cross-Origin-Resource-Policy", "cross-origin");
	http_response_header(r, "X-Content-Type-Options", "nosniff");
	/* Of an SVG that is opened as a page */
	http_response_header(
	    r, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
	http_response_header(r, "ETag", etag);
	http_response_header(r, "Cache-Control",
	    version != NULL && strcmp(version, f->etag) == 0 ? FOR_EVER : ASK_EACH_TIME);
	if (is_known(x->request, f->etag)) {
		r->status = 304;
		return WA_OK;
	}
	http_response_header(r, "Content-Type", type);
	wa_buf_add(&r->body, f->data, f->n);
	return WA_OK;
}
