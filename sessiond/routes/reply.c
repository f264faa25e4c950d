/* JSON answers and error bodies. */
#include "sessiond/routes/reply.h"

#include "lib/base/json_write.h"

#define JSON_TYPE "Content-Type: application/json\r\n"

void
reply_json(struct exchange *x, int status)
{
	x->response->status = status;
	HTTP_RESPONSE_LINES(x->response, JSON_TYPE);
}

void
reply_redirect(struct exchange *x, const char *url)
{
	wa_buf_clear(&x->response->body);
	reply_json(x, 302);
	http_response_header(x->response, "Location", url);
}

void
reply_status_true(struct exchange *x)
{
	struct wa_buf *b = &x->response->body;

	wa_json_open(b, '{');
	wa_json_key(b, "status");
	wa_json_bool(b, true);
	wa_json_close(b, '}');
	reply_json(x, 200);
}

/* Whoever could not prove who they are gets the fixed words: the reason would tell whether there is
 * such an account, and what its hash looks like. */
static const char *
error_message(enum wa_err e)
{
	bool tell = wa_err_class(e) == WA_CLASS_REFUSAL && wa_err_status(e) != 401;

	return tell ? wa_err_detail(e) : wa_err_message(e);
}

static void
error_body(struct wa_buf *b, enum wa_err e)
{
	const char *code = wa_err_code(e);

	wa_json_open(b, '{');
	wa_json_key(b, "message");
	wa_json_string(b, error_message(e));
	if (code != NULL) {
		wa_json_key(b, "code");
		wa_json_string(b, code);
	}
	wa_json_close(b, '}');
}

void
reply_error(struct http_response *response, enum wa_err e)
{
	response->status = wa_err_status(e);
	wa_buf_clear(&response->body);
	/* Unknown routes and unexpected failures have no body at all in Better Auth. */
	if (e == WA_ERR_ROUTE_UNKNOWN ||
	    (wa_err_class(e) == WA_CLASS_FAULT && response->status == 500))
		return;
	if (response->status == 503)
		http_response_header(response, "Retry-After", "1");
	HTTP_RESPONSE_LINES(response, JSON_TYPE);
	error_body(&response->body, e);
}
