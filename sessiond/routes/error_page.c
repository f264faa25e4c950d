/* GET /error (contract.md 1): the plain page that redirects with an error end on. */
#include <string.h>

#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"

#define CODE_MAX	128
#define DESCRIPTION_MAX 1024

static bool
is_code(const char *s)
{
	return s != NULL && *s != '\0' && strlen(s) <= CODE_MAX &&
	    s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-'")] ==
	    '\0';
}

static void
put_escaped(struct wa_buf *b, const char *s)
{
	for (size_t i = 0; i < DESCRIPTION_MAX && s[i] != '\0'; i++) {
		switch (s[i]) {
		case '&': wa_buf_str(b, "&amp;"); break;
		case '<': wa_buf_str(b, "&lt;"); break;
		case '>': wa_buf_str(b, "&gt;"); break;
		case '"': wa_buf_str(b, "&quot;"); break;
		case '\'': wa_buf_str(b, "&#39;"); break;
		default: wa_buf_char(b, s[i]);
		}
	}
}

enum wa_err
error_page_run(struct exchange *x)
{
	const char *code = http_form_get(&x->query, "error");
	const char *description = http_form_get(&x->query, "error_description");
	struct wa_buf *b = &x->response->body;

	wa_buf_str(b,
	    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Error</title>\n"
	    "<h1>Something went wrong</h1>\n<p>Code: <code>");
	put_escaped(b, is_code(code) ? code : "UNKNOWN");
	wa_buf_str(b, "</code></p>\n");
	if (description != NULL) {
		wa_buf_str(b, "<p>");
		put_escaped(b, description);
		wa_buf_str(b, "</p>\n");
	}
	wa_buf_str(b, "</html>\n");
	x->response->status = 200;
	http_response_header(x->response, "Content-Type", "text/html");
	http_response_header(x->response, "Content-Security-Policy",
	    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
	http_response_header(x->response, "X-Content-Type-Options", "nosniff");
	return WA_OK;
}
