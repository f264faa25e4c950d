/* Listing and unlinking accounts. */
#include "lib/core/account.h"

#include <string.h>

#include "lib/core/audit.h"

enum wa_err
wa_account_all(struct wa_context *cx, const char *user_id, struct account **ret, size_t *ret_n)
{
	return store_account_all(cx->store, cx->arena, user_id, WA_ACCOUNTS_MAX, ret, ret_n);
}

static const struct account *
find_id(const struct account *rows, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].id, id) == 0)
			return &rows[i];
	return NULL;
}

static const struct account *
find_provider(const struct account *rows, size_t n, const char *provider_id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].provider_id, provider_id) == 0)
			return &rows[i];
	return NULL;
}

enum wa_err
wa_account_find(struct wa_context *cx, const char *user_id, const char *id, struct account *ret)
{
	const struct account *found;
	struct account *rows;
	size_t n;
	enum wa_err e;

	e = wa_account_all(cx, user_id, &rows, &n);
	if (e != WA_OK)
		return e;

	found = find_id(rows, n, id);
	if (found == NULL)
		return WA_ERR_ACCOUNT_NOT_FOUND;
	*ret = *found;
	return WA_OK;
}

/* What a provider is called, the app says that wrote the row. */
static enum wa_err
record(struct wa_context *cx, const char *user_id, const char *provider_id)
{
	const struct wa_audit event = {
	    .event = WA_AUDIT_USER_UPDATED,
	    .user_id = user_id,
	    .detail = wa_arena_printf(cx->arena, "unlinked: %s", provider_id),
	};

	return event.detail != NULL ? wa_audit(cx, &event) : wa_fault(WA_ERR_NOMEM, "account");
}

static enum wa_err
unlink_account(struct wa_context *cx, const char *user_id, const char *id, const char *provider_id)
{
	const struct account *found;
	struct account *rows;
	size_t n;
	enum wa_err e;

	e = wa_account_all(cx, user_id, &rows, &n);
	if (e != WA_OK)
		return e;
	if (n == 1 && !cx->settings->unlink_last_account)
		return WA_ERR_LAST_ACCOUNT;
	found = id != NULL ? find_id(rows, n, id) : find_provider(rows, n, provider_id);
	if (found == NULL)
		return WA_ERR_ACCOUNT_NOT_FOUND;
	e = store_account_delete(cx->store, user_id, found->id);
	return e == WA_OK ? record(cx, user_id, found->provider_id) : e;
}

enum wa_err
wa_account_unlink(
    struct wa_context *cx, const char *user_id, const char *id, const char *provider_id)
{
	enum wa_err e;

	/* One transaction: of two unlinks at once, one finds that hers is the last. */
	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	return store_end(cx->store, unlink_account(cx, user_id, id, provider_id));
}
