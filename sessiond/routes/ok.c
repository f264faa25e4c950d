/* GET /ok: are you there? */
#include "lib/base/json_write.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"

enum wa_err
ok_run(struct exchange *x)
{
	struct wa_buf *b = &x->response->body;

	wa_json_open(b, '{');
	wa_json_key(b, "ok");
	wa_json_bool(b, true);
	wa_json_close(b, '}');
	reply_json(x, 200);
	return WA_OK;
}
