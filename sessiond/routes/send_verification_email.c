/*
 * POST /send-verification-email (contract.md 5.8). Better Auth answers strangers after 500 ms at
 * the earliest, to hide what sending a mail takes; here nothing is sent while anybody waits, and an
 * address that nobody has costs what one costs that somebody has.
 */
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/address.h"
#include "lib/core/mail.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"
#include "sessiond/routes/schema.h"

struct send_verification {
	const char *email;
	const char *callback_url;
};

enum wa_err
send_verification_email_schema(struct exchange *x)
{
	static const struct schema_field fields[] = {
	    {"email", SCHEMA_EMAIL, false, offsetof(struct send_verification, email)},
	    {"callbackURL", SCHEMA_STRING, true, offsetof(struct send_verification, callback_url)},
	};
	struct send_verification *in = wa_arena_alloc(x->cx.arena, sizeof(*in));

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "verification mail");
	x->input = in;
	return schema_body(x, fields, WA_ARRAY_LEN(fields), false, in);
}

static enum wa_err
send_to_self(struct exchange *x, const struct send_verification *in)
{
	const char *email = wa_text_lower(x->cx.arena, in->email);

	if (email == NULL)
		return wa_fault(WA_ERR_NOMEM, "verification mail");
	if (strcmp(email, x->user.email) != 0)
		return WA_ERR_EMAIL_MISMATCH;
	if (x->user.email_verified)
		return WA_ERR_EMAIL_ALREADY_VERIFIED;
	return wa_address_mail_verification(&x->cx, x->site->base, &x->user, in->callback_url);
}

enum wa_err
send_verification_email_run(struct exchange *x)
{
	const struct send_verification *in = x->input;
	enum wa_err e;

	if (!wa_mail_is_enabled(x->site->settings))
		return WA_ERR_VERIFICATION_DISABLED;
	if (x->has_session)
		e = send_to_self(x, in);
	else
		e = wa_address_request_verification(
		    &x->cx, x->site->base, in->email, in->callback_url);
	if (e == WA_OK)
		reply_status_true(x);
	return e;
}
