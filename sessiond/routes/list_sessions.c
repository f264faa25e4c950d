/* GET /list-sessions (contract.md 5.5). */
#include "lib/base/json_write.h"
#include "lib/core/session.h"
#include "lib/core/view.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"

static bool
list_one(void *arg, const struct session *row)
{
	struct exchange *x = arg;

	/* Sessions of an administrator in this user's place are not hers to see. */
	if (row->impersonated_by == NULL || row->impersonated_by[0] == '\0')
		wa_view_session(&x->response->body, store_shape(x->cx.store), row);
	return true;
}

enum wa_err
list_sessions_run(struct exchange *x)
{
	enum wa_err e;

	wa_json_open(&x->response->body, '[');
	e = wa_session_each(&x->cx, x->user.id, WA_SESSIONS_LISTED, list_one, x);
	if (e != WA_OK)
		return e;
	wa_json_close(&x->response->body, ']');
	reply_json(x, 200);
	return WA_OK;
}
