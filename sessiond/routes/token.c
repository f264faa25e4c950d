/* GET /token (contract.md 7.1): a JWT for the session. */
#include "lib/base/json_write.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"
#include "sessiond/routes/session_token.h"

enum wa_err
token_run(struct exchange *x)
{
	struct wa_buf *b = &x->response->body;
	const char *token;
	enum wa_err e;

	e = session_token_jwt(x, &token);
	if (e != WA_OK)
		return e;

	wa_json_open(b, '{');
	wa_json_key(b, "token");
	wa_json_string(b, token);
	wa_json_close(b, '}');
	reply_json(x, 200);
	return WA_OK;
}
