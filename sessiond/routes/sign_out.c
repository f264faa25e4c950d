/* POST /sign-out (contract.md 5.3): always succeeds. */
#include "lib/base/json_write.h"
#include "lib/core/session.h"
#include "sessiond/routes/cookies.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"

enum wa_err
sign_out_run(struct exchange *x)
{
	struct wa_buf *b = &x->response->body;
	enum wa_err e = WA_OK;

	if (x->session_input == SESSION_INPUT_TOKEN)
		e = wa_session_revoke(&x->cx, x->session_token);
	if (e == WA_OK)
		e = cookies_delete_session(x);
	if (e != WA_OK)
		return e;

	wa_json_open(b, '{');
	wa_json_key(b, "success");
	wa_json_bool(b, true);
	wa_json_close(b, '}');
	reply_json(x, 200);
	return WA_OK;
}
