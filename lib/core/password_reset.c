/* Reset tokens: making, checking, consuming. */
#include "lib/core/password_reset.h"

#include <string.h>

#include "lib/base/limits.h"
#include "lib/base/random.h"
#include "lib/base/text.h"
#include "lib/core/audit.h"
#include "lib/core/credential.h"
#include "lib/core/mail.h"
#include "lib/core/password_policy.h"
#include "lib/store/session.h"
#include "lib/store/user.h"
#include "lib/store/verification.h"

#define TOKEN_LEN 24
#define PREFIX	  "reset-password:"
#define PREFIX_TO "reset-password;" /* the first text after all that begin with PREFIX */

/* What one request writes. */
struct request {
	bool real; /* somebody has the address, and may get a mail now */
	struct wa_mail_request limit;
	const char *user_id;
	const char *identifier;
	struct wa_mail mail;
};

static const char *
identifier_of(struct wa_context *cx, const char *token)
{
	return wa_arena_printf(cx->arena, PREFIX "%s", token);
}

/* Where nobody has the address, too: it costs the same, and is worth knowing. Requests that are too
 * many are not recorded, or anybody could fill the log. */
static enum wa_err
record(struct wa_context *cx, const struct request *r)
{
	const struct wa_audit event = {
	    .event = WA_AUDIT_TOKEN_CREATED,
	    .user_id = r->real ? r->user_id : NULL,
	    .reason = r->real ? WA_OK : WA_ERR_USER_UNKNOWN,
	    .detail = "reset link",
	};

	return wa_audit(cx, &event);
}

static enum wa_err
write_token(struct wa_context *cx, const char *identifier, const char *user_id, int64_t expires_ms)
{
	char id[WA_ID_SIZE];
	const struct verification row = {
	    .id = id,
	    .identifier = identifier,
	    .value = user_id,
	    .expires_ms = expires_ms,
	    .created_ms = cx->now_ms,
	    .updated_ms = cx->now_ms,
	};

	wa_random_text(id, WA_ID_LEN);
	return store_verification_insert(cx->store, &row);
}

static enum wa_err
write_request(struct wa_context *cx, const struct request *r)
{
	struct verification row;
	struct wa_mail_receipt receipt;
	enum wa_err e;

	e = write_token(
	    cx, r->identifier, r->user_id, cx->now_ms + cx->settings->reset_token_expires_in);
	if (e == WA_OK)
		e = wa_mail_enqueue(cx, &r->mail, &receipt);
	if (e == WA_OK && r->limit.allowed)
		e = record(cx, r);
	if (e != WA_OK || r->real)
		return e;

	e = store_verification_consume(cx->store, cx->arena, r->identifier, cx->now_ms, &row);
	return e == WA_OK ? wa_mail_withdraw(cx, &receipt) : e;
}

/* The user of the address, or a made-up one. */
static enum wa_err
find_reader(struct wa_context *cx, const char *email, struct request *r)
{
	const char *lower = wa_text_lower(cx->arena, email);
	char *id = wa_arena_alloc(cx->arena, WA_ID_SIZE);
	struct user u;
	enum wa_err e;

	if (lower == NULL || id == NULL)
		return wa_fault(WA_ERR_NOMEM, "password reset");
	wa_random_text(id, WA_ID_LEN);
	e = store_user_by_email(cx->store, cx->arena, lower, &u);
	r->real = e == WA_OK;
	r->user_id = r->real ? u.id : id;
	r->mail = (struct wa_mail){
	    .kind = WA_MAIL_RESET_PASSWORD,
	    .to = r->real ? u.email : lower,
	    .name = r->real ? u.name : "",
	};
	if (e != WA_OK && e != WA_ERR_NOT_FOUND)
		return e;
	e = wa_mail_request_begin(cx, r->real ? &u : NULL, lower, &r->limit);
	r->real = r->real && r->limit.allowed;
	return e;
}

enum wa_err
wa_password_reset_request(
    struct wa_context *cx, const char *base, const char *email, const char *redirect_to)
{
	char token[TOKEN_LEN + 1];
	struct request r;
	enum wa_err e;

	/* Nobody has an address this long, as everybody may know; nothing of it is written. */
	if (strlen(email) > WA_EMAIL_MAX)
		return WA_OK;
	e = find_reader(cx, email, &r);
	if (e != WA_OK)
		return e;
	wa_random_text(token, TOKEN_LEN);
	r.identifier = identifier_of(cx, token);
	r.mail.url = wa_mail_link(
	    cx->arena, base, "/reset-password/", token, "?callbackURL=", redirect_to, "");
	if (r.identifier == NULL || r.mail.url == NULL)
		return wa_fault(WA_ERR_NOMEM, "password reset");

	/* Counted first: what cannot be counted is not sent. */
	e = wa_mail_request_count(cx, &r.limit);
	if (e == WA_OK)
		e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	return store_end(cx->store, write_request(cx, &r));
}

static enum wa_err
write_link(struct wa_context *cx, const char *identifier, const char *user_id, int64_t expires_ms)
{
	const struct wa_audit event = {.event = WA_AUDIT_TOKEN_CREATED,
	    .user_id = user_id,
	    .detail = "reset link, handed over"};
	enum wa_err e = write_token(cx, identifier, user_id, expires_ms);

	return e == WA_OK ? wa_audit(cx, &event) : e;
}

enum wa_err
wa_password_reset_link(struct wa_context *cx, const char *base, const char *user_id,
    const char *page, const char **ret_url, int64_t *ret_expires_ms)
{
	int64_t expires_ms = cx->now_ms + cx->settings->reset_token_expires_in;
	char token[TOKEN_LEN + 1];
	const char *identifier, *url;
	enum wa_err e;

	wa_random_text(token, TOKEN_LEN);
	identifier = identifier_of(cx, token);
	url = wa_mail_link(cx->arena, base, "/reset-password/", token, "?callbackURL=", page, "");
	if (identifier == NULL || url == NULL)
		return wa_fault(WA_ERR_NOMEM, "password reset");

	e = store_begin_write(cx->store);
	if (e == WA_OK)
		e = store_end(cx->store, write_link(cx, identifier, user_id, expires_ms));
	if (e != WA_OK)
		return e;

	*ret_url = url;
	*ret_expires_ms = expires_ms;
	return WA_OK;
}

static enum wa_err
find(struct wa_context *cx, const char *token, struct verification *ret)
{
	const char *identifier = identifier_of(cx, token);
	enum wa_err e;

	if (identifier == NULL)
		return wa_fault(WA_ERR_NOMEM, "password reset");
	e = store_verification_find(cx->store, cx->arena, identifier, ret);
	if (e == WA_ERR_NOT_FOUND || (e == WA_OK && ret->expires_ms < cx->now_ms))
		return WA_ERR_RESET_TOKEN_INVALID;
	return e;
}

enum wa_err
wa_password_reset_check(struct wa_context *cx, const char *token)
{
	struct verification row;

	return find(cx, token, &row);
}

enum wa_err
wa_password_reset_forget(struct wa_context *cx, const char *user_id)
{
	return store_verification_delete_between(cx->store, PREFIX, PREFIX_TO, user_id);
}

static enum wa_err
notify(struct wa_context *cx, const struct user *u)
{
	struct wa_mail mail = {.kind = WA_MAIL_PASSWORD_CHANGED, .to = u->email, .name = u->name};

	return wa_mail_is_enabled(cx->settings) ? wa_mail_enqueue(cx, &mail, NULL) : WA_OK;
}

static enum wa_err
record_change(struct wa_context *cx, const char *user_id)
{
	const struct wa_audit event = {
	    .event = WA_AUDIT_PASSWORD_CHANGE, .user_id = user_id, .detail = "reset link"};

	return wa_audit(cx, &event);
}

static enum wa_err
write_password(struct wa_context *cx, const char *token, const char *hash)
{
	const char *identifier = identifier_of(cx, token);
	struct verification row;
	struct user u;
	enum wa_err e;

	if (identifier == NULL)
		return wa_fault(WA_ERR_NOMEM, "password reset");
	e = store_verification_consume(cx->store, cx->arena, identifier, cx->now_ms, &row);
	if (e == WA_ERR_NOT_FOUND)
		return WA_ERR_RESET_TOKEN_INVALID;
	if (e != WA_OK)
		return e;
	e = store_user_by_id(cx->store, cx->arena, row.value, &u);
	if (e == WA_ERR_NOT_FOUND)
		return WA_ERR_RESET_USER_GONE;
	if (e == WA_OK)
		e = wa_credential_write(cx, u.id, hash);
	if (e == WA_OK)
		e = wa_password_reset_forget(cx, u.id);
	if (e == WA_OK && cx->settings->revoke_sessions_on_password_reset)
		e = store_session_delete_of_user(cx->store, u.id, NULL, NULL);
	if (e == WA_OK)
		e = record_change(cx, u.id);
	return e == WA_OK ? notify(cx, &u) : e;
}

enum wa_err
wa_password_reset_perform(struct wa_context *cx, const char *token, const char *password)
{
	char hash[WA_PASSWORD_HASH_SIZE];
	struct verification row;
	enum wa_err e;

	e = wa_password_policy_check(cx->arena, cx->settings, NULL, password);
	/* Before the KDF, so that made-up tokens cost nobody anything. Who has a token knows that
	 * there is one: nothing is to be hidden, and the user's own words are looked at only now.
	 */
	if (e == WA_OK)
		e = find(cx, token, &row);
	if (e == WA_OK)
		e = wa_credential_hash(cx, row.value, password, hash);
	if (e == WA_OK)
		e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	return store_end(cx->store, write_password(cx, token, hash));
}
