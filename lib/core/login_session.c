/* Tickets are rows of "verification", which works once by construction; kept as a digest, so that
 * who reads the store cannot use them. */
#include "lib/core/login_session.h"

#include <sodium.h>
#include <string.h>

#include "lib/base/encode.h"
#include "lib/base/random.h"
#include "lib/core/session.h"
#include "lib/store/verification.h"

/* Longer than anybody sits before a prompt of acct_mgmt or chauthtok. */
#define TICKET_MS ((int64_t)10 * 60 * 1000)

#define DIGEST_SIZE 32

static const char *
identifier_of(struct wa_arena *a, const char *ticket)
{
	uint8_t digest[DIGEST_SIZE];
	char hex[2 * DIGEST_SIZE + 1];

	(void)crypto_generichash(
	    digest, sizeof(digest), (const uint8_t *)ticket, strlen(ticket), NULL, 0);
	wa_hex_encode(digest, sizeof(digest), hex);
	return wa_arena_printf(a, "webauth-pam-%s", hex);
}

/* To whom, for what, under which name: the name is last, it may hold blanks. */
static const char *
value_of(const struct wa_context *cx, const struct wa_login *login, const char *user_id)
{
	return wa_arena_printf(cx->arena, "%s %s %s", user_id, login->service->name, login->name);
}

enum wa_err
wa_login_ticket(struct wa_context *cx, const struct wa_login *login,
    const struct wa_login_result *result, const char **ret)
{
	char id[WA_ID_SIZE];
	char *ticket = wa_arena_alloc(cx->arena, WA_TICKET_LEN + 1);
	struct verification row = {
	    .id = id,
	    .value = value_of(cx, login, result->user.id),
	    .expires_ms = cx->now_ms + TICKET_MS,
	    .created_ms = cx->now_ms,
	    .updated_ms = cx->now_ms,
	};
	enum wa_err e;

	if (ticket == NULL || row.value == NULL)
		return wa_fault(WA_ERR_NOMEM, "ticket");
	wa_random_text(ticket, WA_TICKET_LEN);
	wa_random_text(id, WA_ID_LEN);
	row.identifier = identifier_of(cx->arena, ticket);
	if (row.identifier == NULL)
		return wa_fault(WA_ERR_NOMEM, "ticket");

	e = store_verification_insert(cx->store, &row);
	if (e != WA_OK)
		return e;
	*ret = ticket;
	return WA_OK;
}

static enum wa_err
take(struct wa_context *cx, const struct wa_login *login, const char *ticket,
    const struct user *user, struct session *ret)
{
	const char *identifier = identifier_of(cx->arena, ticket);
	const char *value = value_of(cx, login, user->id);
	struct verification row;
	enum wa_err e;

	if (identifier == NULL || value == NULL)
		return wa_fault(WA_ERR_NOMEM, "ticket");
	e = store_verification_consume(cx->store, cx->arena, identifier, cx->now_ms, &row);
	if (e != WA_OK)
		return e;
	if (strcmp(row.value, value) != 0)
		return WA_ERR_NOT_FOUND;
	return wa_session_begin(cx, user, false, ret);
}

enum wa_err
wa_login_session_open(struct wa_context *cx, const struct wa_login *login, const char *ticket,
    struct wa_login_result *result, struct session *ret)
{
	enum wa_err e;

	e = wa_login_account(cx, login, result);
	if (e == WA_OK)
		e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	return store_end(cx->store, take(cx, login, ticket, &result->user, ret));
}

enum wa_err
wa_login_session_close(struct wa_context *cx, const struct wa_login *login, const char *session_id,
    struct wa_login_result *result)
{
	enum wa_err e;

	*result = (struct wa_login_result){0};
	e = wa_identity_find(cx, login->service, login->name, &result->user);
	result->known = e == WA_OK;
	if (e != WA_OK)
		return e;
	return wa_session_revoke_id(cx, result->user.id, session_id, "logout", NULL);
}
