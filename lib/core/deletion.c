/* Account deletion and its tokens. */
#include "lib/core/deletion.h"

#include <string.h>

#include "lib/base/random.h"
#include "lib/core/audit.h"
#include "lib/core/mail.h"
#include "lib/core/user.h"
#include "lib/store/user.h"
#include "lib/store/verification.h"

static enum wa_err
write_request(
    struct wa_context *cx, const char *token, const struct wa_mail *mail, const struct user *user)
{
	char id[WA_ID_SIZE];
	struct verification row = {
	    .id = id,
	    .identifier = wa_arena_printf(cx->arena, "delete-account-%s", token),
	    .value = user->id,
	    .expires_ms = cx->now_ms + cx->settings->delete_token_expires_in,
	    .created_ms = cx->now_ms,
	    .updated_ms = cx->now_ms,
	};
	const struct wa_audit event = {
	    .event = WA_AUDIT_TOKEN_CREATED, .user_id = user->id, .detail = "deletion link"};
	enum wa_err e;

	if (row.identifier == NULL)
		return wa_fault(WA_ERR_NOMEM, "deletion token");
	wa_random_text(id, WA_ID_LEN);
	e = store_verification_insert(cx->store, &row);
	if (e == WA_OK)
		e = wa_audit(cx, &event);
	return e == WA_OK ? wa_mail_enqueue(cx, mail, NULL) : e;
}

enum wa_err
wa_deletion_request(
    struct wa_context *cx, const char *base, const struct user *user, const char *callback_url)
{
	char token[WA_ID_SIZE];
	struct wa_mail mail = {
	    .kind = WA_MAIL_DELETE_ACCOUNT, .to = user->email, .name = user->name};
	enum wa_err e;

	wa_random_text(token, WA_ID_LEN);
	mail.url = wa_mail_link(cx->arena, base, "/delete-user/callback?token=", token,
	    "&callbackURL=", callback_url, "/");
	if (mail.url == NULL)
		return wa_fault(WA_ERR_NOMEM, "deletion link");
	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	return store_end(cx->store, write_request(cx, token, &mail, user));
}

static enum wa_err
use_token(struct wa_context *cx, const char *user_id, const char *token)
{
	const char *identifier = wa_arena_printf(cx->arena, "delete-account-%s", token);
	struct verification row;
	enum wa_err e;

	if (identifier == NULL)
		return wa_fault(WA_ERR_NOMEM, "deletion token");
	/* Looked at first: somebody else's token is refused, but not used up. */
	e = store_verification_find(cx->store, cx->arena, identifier, &row);
	if (e == WA_OK && strcmp(row.value, user_id) != 0)
		return WA_ERR_DELETE_TOKEN_INVALID;
	if (e == WA_OK)
		e = store_verification_consume(cx->store, cx->arena, identifier, cx->now_ms, &row);
	return e == WA_ERR_NOT_FOUND ? WA_ERR_DELETE_TOKEN_INVALID : e;
}

static enum wa_err
perform(struct wa_context *cx, const char *user_id, const char *token)
{
	enum wa_err e = token != NULL ? use_token(cx, user_id, token) : WA_OK;

	return e == WA_OK ? wa_user_delete(cx, user_id) : e;
}

enum wa_err
wa_deletion_perform(struct wa_context *cx, const char *user_id, const char *token)
{
	enum wa_err e;

	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	return store_end(cx->store, perform(cx, user_id, token));
}
