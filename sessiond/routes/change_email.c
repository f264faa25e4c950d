/* POST /change-email (contract.md 5.6): the same answer whether or not the new address is taken. */
#include "lib/core/address.h"
#include "sessiond/routes/cookies.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"
#include "sessiond/routes/schema.h"

struct change_email {
	const char *email;
	const char *callback_url;
};

enum wa_err
change_email_schema(struct exchange *x)
{
	static const struct schema_field fields[] = {
	    {"newEmail", SCHEMA_EMAIL, false, offsetof(struct change_email, email)},
	    {"callbackURL", SCHEMA_STRING, true, offsetof(struct change_email, callback_url)},
	};
	struct change_email *in = wa_arena_alloc(x->cx.arena, sizeof(*in));

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "change an address");
	x->input = in;
	return schema_body(x, fields, WA_ARRAY_LEN(fields), false, in);
}

enum wa_err
change_email_run(struct exchange *x)
{
	const struct change_email *in = x->input;
	bool changed;
	enum wa_err e;

	e = wa_address_request_change(
	    &x->cx, x->site->base, &x->user, in->email, in->callback_url, &changed);
	if (e == WA_OK && changed)
		e = cookies_set_session(x, &x->session, !x->dont_remember);
	if (e == WA_OK)
		reply_status_true(x);
	return e;
}
