/* Verification links and what following one does. */
#include "lib/core/address.h"

#include <string.h>

#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/core/audit.h"
#include "lib/core/email_token.h"
#include "lib/core/mail.h"
#include "lib/core/password_reset.h"

/* A link to be mailed. */
struct letter {
	enum wa_mail_kind kind;
	const char *to;
	const char *detail;
	const struct user *user;
	struct wa_email_token token;
	const char *base;
	const char *callback_url;
};

static enum wa_err
nomem(void)
{
	return wa_fault(WA_ERR_NOMEM, "e-mail address");
}

static enum wa_err
post(struct wa_context *cx, const struct letter *l, struct wa_mail_receipt *ret)
{
	struct wa_mail mail = {
	    .kind = l->kind, .to = l->to, .name = l->user->name, .detail = l->detail};
	const char *token;
	enum wa_err e;

	e = wa_email_token_make(cx, &l->token, &token);
	if (e != WA_OK)
		return e;
	mail.url = wa_mail_link(cx->arena, l->base, "/verify-email?token=", token,
	    "&callbackURL=", l->callback_url, "/");
	return mail.url != NULL ? wa_mail_enqueue(cx, &mail, ret) : nomem();
}

static enum wa_err
record_link(struct wa_context *cx, const char *user_id, enum wa_err reason)
{
	const struct wa_audit event = {
	    .event = WA_AUDIT_TOKEN_CREATED,
	    .user_id = user_id,
	    .reason = reason,
	    .detail = "verification link",
	};

	return wa_audit(cx, &event);
}

static enum wa_err
record_update(struct wa_context *cx, const char *user_id, const char *what)
{
	const struct wa_audit event = {
	    .event = WA_AUDIT_USER_UPDATED, .user_id = user_id, .detail = what};

	return what != NULL ? wa_audit(cx, &event) : nomem();
}

/* Why a mail must not go out although everything is as if, or WA_OK; and whether that is worth a
 * record: what anybody can ask for without end is not. */
struct pretence {
	enum wa_err why_not;
	const char *user_id; /* NULL: the address is nobody's */
	bool unrecorded;
};

static enum wa_err
write_letter(struct wa_context *cx, const struct letter *l, const struct pretence *p)
{
	struct wa_mail_receipt receipt;
	enum wa_err e = post(cx, l, &receipt);

	if (e == WA_OK && !p->unrecorded)
		e = record_link(cx, p->user_id, p->why_not);
	if (e == WA_OK && p->why_not != WA_OK)
		e = wa_mail_withdraw(cx, &receipt);
	return e;
}

static enum wa_err
post_or_pretend(struct wa_context *cx, const struct letter *l, const struct pretence *p)
{
	enum wa_err e = store_begin_write(cx->store);

	return e == WA_OK ? store_end(cx->store, write_letter(cx, l, p)) : e;
}

static struct letter
verification_letter(const char *base, const struct user *u, const char *callback_url)
{
	return (struct letter){
	    .kind = WA_MAIL_VERIFY_EMAIL,
	    .to = u->email,
	    .user = u,
	    .token = {.email = u->email, .user_id = u->id},
	    .base = base,
	    .callback_url = callback_url,
	};
}

enum wa_err
wa_address_mail_verification(
    struct wa_context *cx, const char *base, const struct user *u, const char *callback_url)
{
	struct letter l = verification_letter(base, u, callback_url);

	return post(cx, &l, NULL);
}

enum wa_err
wa_address_request_verification(
    struct wa_context *cx, const char *base, const char *email, const char *callback_url)
{
	const char *lower = wa_text_lower(cx->arena, email);
	char nobody[WA_ID_SIZE];
	struct wa_mail_request limit;
	struct user u;
	struct pretence pretence;
	struct letter l;
	bool known;
	enum wa_err e;

	if (strlen(email) > WA_EMAIL_MAX)
		return WA_OK; /* nobody's, as everybody may know */
	if (lower == NULL)
		return nomem();
	e = store_user_by_email(cx->store, cx->arena, lower, &u);
	if (e != WA_OK && e != WA_ERR_NOT_FOUND)
		return e;
	if (e == WA_ERR_NOT_FOUND) {
		wa_random_text(nobody, WA_ID_LEN);
		u = (struct user){.id = nobody, .email = lower, .name = ""};
	}
	known = e == WA_OK;
	e = wa_mail_request_begin(cx, known ? &u : NULL, lower, &limit);
	if (e != WA_OK)
		return e;
	l = verification_letter(base, &u, callback_url);
	/* Counted first: what cannot be counted is not sent. */
	e = wa_mail_request_count(cx, &limit);
	if (e != WA_OK)
		return e;
	pretence = (struct pretence){
	    .why_not = !known	   ? WA_ERR_USER_UNKNOWN
		: u.email_verified ? WA_ERR_EMAIL_ALREADY_VERIFIED
		: !limit.allowed   ? WA_ERR_THROTTLED
				   : WA_OK,
	    .user_id = known ? u.id : NULL,
	    .unrecorded = !limit.allowed,
	};
	return post_or_pretend(cx, &l, &pretence);
}

/* ---- changing ---- */

/* Tells the old address, which cannot do anything about it but know. */
static enum wa_err
notify(struct wa_context *cx, const struct user *u, const char *new_email)
{
	struct wa_mail mail = {
	    .kind = WA_MAIL_EMAIL_CHANGED, .to = u->email, .name = u->name, .detail = new_email};

	return wa_mail_is_enabled(cx->settings) ? wa_mail_enqueue(cx, &mail, NULL) : WA_OK;
}

/* In the caller's transaction. *u has the new address then. */
static enum wa_err
write_change(struct wa_context *cx, struct user *u, const char *email, bool verified)
{
	enum wa_err e;

	e = store_user_set_email(cx->store, u->id, u->email, email, verified, cx->now_ms);
	if (e == WA_OK)
		e = record_update(
		    cx, u->id, wa_arena_printf(cx->arena, "e-mail address, was %s", u->email));
	if (e == WA_OK)
		e = wa_password_reset_forget(cx, u->id);
	if (e == WA_OK)
		e = notify(cx, u, email);
	if (e != WA_OK)
		return e;
	u->email = email;
	u->email_verified = verified;
	u->updated_ms = cx->now_ms;
	return WA_OK;
}

/* An unverified address is replaced by another, which is to be verified. */
static enum wa_err
change_now(struct wa_context *cx, const char *base, struct user *u, const char *email,
    const char *callback_url)
{
	enum wa_err e;

	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	e = write_change(cx, u, email, false);
	if (e == WA_OK && wa_mail_is_enabled(cx->settings))
		e = wa_address_mail_verification(cx, base, u, callback_url);
	return store_end(cx->store, e);
}

static struct letter
change_letter(const struct wa_context *cx, const char *base, const struct user *u,
    const char *email, const char *callback_url)
{
	bool confirm = u->email_verified && cx->settings->change_email_confirmation;

	return (struct letter){
	    .kind = confirm ? WA_MAIL_CHANGE_EMAIL : WA_MAIL_VERIFY_EMAIL,
	    .to = confirm ? u->email : email,
	    .detail = confirm ? email : NULL,
	    .user = u,
	    .token =
		{
		    .email = u->email,
		    .update_to = email,
		    .request = confirm ? WA_EMAIL_REQUEST_CONFIRM : WA_EMAIL_REQUEST_VERIFY,
		    .user_id = u->id,
		},
	    .base = base,
	    .callback_url = callback_url,
	};
}

static enum wa_err
is_taken(struct wa_context *cx, const char *email, bool *ret)
{
	struct user other;
	enum wa_err e = store_user_by_email(cx->store, cx->arena, email, &other);

	*ret = e == WA_OK;
	return e == WA_ERR_NOT_FOUND ? WA_OK : e;
}

enum wa_err
wa_address_request_change(struct wa_context *cx, const char *base, struct user *u,
    const char *new_email, const char *callback_url, bool *ret_changed)
{
	const char *email = wa_text_lower(cx->arena, new_email);
	bool at_once = !u->email_verified && cx->settings->change_email_unverified;
	struct letter l;
	bool taken;
	enum wa_err e;

	*ret_changed = false;
	if (!cx->settings->change_email)
		return WA_ERR_EMAIL_CHANGE_DISABLED;
	if (email == NULL)
		return nomem();
	if (strcmp(email, u->email) == 0)
		return WA_ERR_EMAIL_SAME;
	if (!at_once && !wa_mail_is_enabled(cx->settings))
		return WA_ERR_EMAIL_UNCHANGEABLE;
	if (strlen(email) > WA_EMAIL_MAX)
		return WA_ERR_INVALID_EMAIL;
	e = is_taken(cx, email, &taken);
	if (e != WA_OK)
		return e;
	if (at_once && !taken) {
		e = change_now(cx, base, u, email, callback_url);
		*ret_changed = e == WA_OK;
		/* Taken, or changed, since we looked: the answer to that is the same. */
		return e == WA_ERR_CONFLICT || e == WA_ERR_NOT_FOUND ? WA_OK : e;
	}
	l = change_letter(cx, base, u, email, callback_url);
	return post_or_pretend(cx, &l,
	    &(struct pretence){.why_not = taken ? WA_ERR_USER_EXISTS : WA_OK, .user_id = u->id});
}

/* ---- following a link ---- */

/* What a link is about to do. */
struct visit {
	struct wa_context *cx;
	const char *base;
	const char *callback_url;
	struct wa_email_token token;
	struct wa_address_result result;
};

static enum wa_err
prove(struct visit *v)
{
	struct user *u = &v->result.user;
	enum wa_err e;

	if (u->email_verified) {
		v->result.what = WA_ADDRESS_PROVEN_BEFORE;
		return WA_OK;
	}
	e = store_user_set_email_verified(v->cx->store, u->id, true, v->cx->now_ms);
	if (e == WA_OK)
		e = record_update(v->cx, u->id, "e-mail address verified");
	if (e != WA_OK)
		return e;
	u->email_verified = true;
	u->updated_ms = v->cx->now_ms;
	v->result.what = WA_ADDRESS_PROVEN;
	return WA_OK;
}

/* The old address has said yes; now the new one. */
static enum wa_err
confirm(struct visit *v)
{
	struct letter l = {
	    .kind = WA_MAIL_VERIFY_EMAIL,
	    .to = v->token.update_to,
	    .user = &v->result.user,
	    .token = v->token,
	    .base = v->base,
	    .callback_url = v->callback_url,
	};
	bool taken;
	enum wa_err e;

	l.token.request = WA_EMAIL_REQUEST_VERIFY;
	v->result.what = WA_ADDRESS_CONFIRMED;
	e = is_taken(v->cx, l.to, &taken);
	if (e != WA_OK || taken || !wa_mail_is_enabled(v->cx->settings))
		return e;
	e = post(v->cx, &l, NULL);
	return e == WA_OK ? record_link(v->cx, v->result.user.id, WA_OK) : e;
}

static enum wa_err
change(struct visit *v)
{
	/* Tokens without a type are those of a Better Auth that did not ask the old address; it
	 * proves the new one afterwards. */
	bool legacy = v->token.request == WA_EMAIL_REQUEST_NONE;
	struct user *u = &v->result.user;
	enum wa_err e;

	e = write_change(v->cx, u, v->token.update_to, !legacy && u->email_verified);
	if (e == WA_ERR_CONFLICT)
		return WA_ERR_VERIFY_TOKEN_INVALID; /* somebody else has the address by now */
	if (e == WA_OK && legacy && wa_mail_is_enabled(v->cx->settings))
		e = wa_address_mail_verification(v->cx, v->base, u, v->callback_url);
	v->result.what = WA_ADDRESS_CHANGED;
	return e;
}

static enum wa_err
follow(struct visit *v, const struct user *signed_in)
{
	const struct wa_email_token *t = &v->token;
	enum wa_err e;

	e = store_user_by_email(v->cx->store, v->cx->arena, t->email, &v->result.user);
	if (e == WA_ERR_NOT_FOUND)
		return WA_ERR_VERIFY_USER_GONE;
	if (e != WA_OK)
		return e;
	if (t->user_id != NULL && strcmp(t->user_id, v->result.user.id) != 0)
		return WA_ERR_VERIFY_TOKEN_INVALID;
	if (t->update_to == NULL)
		return prove(v);
	if (signed_in != NULL && strcmp(signed_in->email, t->email) != 0)
		return WA_ERR_VERIFY_USER_OTHER;
	return t->request == WA_EMAIL_REQUEST_CONFIRM ? confirm(v) : change(v);
}

enum wa_err
wa_address_verify(struct wa_context *cx, const char *base, const char *token,
    const struct user *signed_in, const char *callback_url, struct wa_address_result *ret)
{
	struct visit v = {.cx = cx, .base = base, .callback_url = callback_url};
	enum wa_err e;

	e = wa_email_token_open(cx, token, &v.token);
	if (e == WA_OK)
		e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	e = store_end(cx->store, follow(&v, signed_in));
	if (e == WA_OK)
		*ret = v.result;
	return e;
}
