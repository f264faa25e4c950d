/* Finding, extending and forgetting the request's session. */
#include "sessiond/routes/session_state.h"

#include "lib/core/session.h"
#include "sessiond/routes/cookies.h"

static enum wa_err
gone(struct exchange *x, enum session_state *ret)
{
	*ret = SESSION_STATE_GONE;
	return cookies_delete_session(x);
}

enum wa_err
session_state_load(struct exchange *x, bool may_extend, enum session_state *ret)
{
	enum wa_err e;

	if (x->session_input == SESSION_INPUT_NONE) {
		*ret = SESSION_STATE_NONE;
		return WA_OK;
	}
	e = wa_session_find(&x->cx, x->session_token, &x->session, &x->user);
	if (e == WA_ERR_NOT_FOUND)
		return gone(x, ret);
	if (e != WA_OK)
		return e;

	if (may_extend && !x->dont_remember && wa_session_is_due(&x->cx, &x->session)) {
		e = wa_session_extend(&x->cx, &x->session);
		if (e == WA_ERR_NOT_FOUND) /* revoked between the read and the write */
			return gone(x, ret);
		if (e == WA_OK)
			e = cookies_set_session(x, &x->session, true);
		if (e != WA_OK)
			return e;
	}
	*ret = SESSION_STATE_LIVE;
	return WA_OK;
}
