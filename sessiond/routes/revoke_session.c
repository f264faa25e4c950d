/* POST /revoke-session, /revoke-sessions, /revoke-other-sessions (contract.md 5.5). */
#include <string.h>

#include "lib/core/session.h"
#include "sessiond/routes/cookies.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"
#include "sessiond/routes/schema.h"

struct revoke_session {
	const char *token;
};

enum wa_err
revoke_session_schema(struct exchange *x)
{
	static const struct schema_field fields[] = {
	    {"token", SCHEMA_STRING, false, offsetof(struct revoke_session, token)},
	};
	struct revoke_session *in = wa_arena_alloc(x->cx.arena, sizeof(*in));

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "revoke a session");
	x->input = in;
	return schema_body(x, fields, WA_ARRAY_LEN(fields), false, in);
}

/* A token that is unknown or somebody else's is left alone, and the answer is the same. */
enum wa_err
revoke_session_run(struct exchange *x)
{
	const struct revoke_session *in = x->input;
	enum wa_err e;

	e = wa_session_revoke_own(&x->cx, x->user.id, in->token);
	if (e == WA_OK && strcmp(in->token, x->session.token) == 0)
		e = cookies_delete_session(x);
	if (e != WA_OK)
		return e;
	reply_status_true(x);
	return WA_OK;
}

enum wa_err
revoke_sessions_run(struct exchange *x)
{
	enum wa_err e;

	e = wa_session_revoke_all(&x->cx, x->user.id, NULL, NULL);
	if (e == WA_OK)
		e = cookies_delete_session(x);
	if (e != WA_OK)
		return e;
	reply_status_true(x);
	return WA_OK;
}

enum wa_err
revoke_other_sessions_run(struct exchange *x)
{
	enum wa_err e = wa_session_revoke_all(&x->cx, x->user.id, x->session.token, NULL);

	if (e != WA_OK)
		return e;
	reply_status_true(x);
	return WA_OK;
}
