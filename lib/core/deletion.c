/* Account deletion and its tokens. */
#include "lib/core/deletion.h"

#include <string.h>

#include "lib/store/user.h"
#include "lib/store/verification.h"

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

	return e == WA_OK ? store_user_delete(cx->store, user_id) : e;
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
