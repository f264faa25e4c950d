/*
 * Proving and setting passwords of users in the store.
 *
 * Whatever the reason for a refusal, one KDF has run: the time of an answer must not tell which
 * e-mail addresses have an account here, or one with a password.
 */
#include "lib/core/credential.h"

#include "lib/base/random.h"
#include "lib/core/password.h"
#include "lib/core/session.h"
#include "lib/store/account.h"

/* A KDF inside a transaction would keep every writer waiting for it, or a read's snapshot from
 * being checkpointed. */
static enum wa_err
refuse_transaction(const struct wa_context *cx)
{
	if (store_in_transaction(cx->store))
		return wa_fault(WA_ERR_STORE, "a password was to be hashed inside a transaction");
	return WA_OK;
}

/* Gives the answer after the time a right password would have taken. */
static enum wa_err
burn(
    struct wa_context *cx, enum wa_password_scheme scheme, const char *password, enum wa_err answer)
{
	enum wa_err e;

	e = wa_password_burn(cx->arena, scheme, password);
	return e == WA_OK ? answer : e;
}

static enum wa_err
rehash(struct wa_context *cx, enum wa_password_scheme scheme, const char *user_id,
    const char *old_hash, const char *password)
{
	char new_hash[WA_PASSWORD_HASH_SIZE];
	enum wa_err e;

	e = wa_password_hash(cx->arena, scheme, password, new_hash);
	if (e != WA_OK)
		return e;

	/* Somebody else changed the password or made the hash anew: theirs stays. */
	e = store_account_rehash(cx->store, user_id, old_hash, new_hash);
	return e == WA_ERR_CONFLICT ? WA_OK : e;
}

enum wa_err
wa_credential_prove(struct wa_context *cx, const struct user *user, const char *password,
    enum wa_err *ret_rehash_failed)
{
	enum wa_password_scheme scheme;
	enum wa_err e, rehashed = WA_OK;
	const char *hash;

	e = refuse_transaction(cx);
	if (e != WA_OK)
		return e;

	scheme = wa_password_scheme_for(cx->settings->password_scheme, store_shape(cx->store));
	if (user == NULL)
		return burn(cx, scheme, password, WA_ERR_BAD_CREDENTIALS);

	e = store_account_password(cx->store, cx->arena, user->id, &hash);
	if (e == WA_ERR_NOT_FOUND)
		return burn(cx, scheme, password, WA_ERR_BAD_CREDENTIALS);
	if (e != WA_OK)
		return e;

	e = wa_password_verify(cx->arena, hash, password);
	if (e == WA_ERR_HASH_UNUSABLE)
		return burn(cx, scheme, password, e);
	if (e != WA_OK)
		return e;

	if (wa_password_is_outdated(hash, scheme))
		rehashed = rehash(cx, scheme, user->id, hash, password);
	if (ret_rehash_failed != NULL)
		*ret_rehash_failed = rehashed;
	return WA_OK;
}

static enum wa_err
write_hash(struct wa_context *cx, const char *user_id, const char *hash)
{
	char id[WA_ID_SIZE];
	enum wa_err e;

	e = store_account_set_password(cx->store, user_id, hash, cx->now_ms);
	if (e != WA_ERR_NOT_FOUND)
		return e;

	wa_random_text(id, WA_ID_LEN);
	return store_account_insert_password(cx->store, id, user_id, hash, cx->now_ms);
}

enum wa_err
wa_credential_set(struct wa_context *cx, const char *user_id, const char *password)
{
	char hash[WA_PASSWORD_HASH_SIZE];
	enum wa_err e;

	e = refuse_transaction(cx);
	if (e != WA_OK)
		return e;

	e = wa_password_check_new(cx->settings, password);
	if (e != WA_OK)
		return e;

	e = wa_password_hash(cx->arena,
	    wa_password_scheme_for(cx->settings->password_scheme, store_shape(cx->store)), password,
	    hash);
	if (e != WA_OK)
		return e;

	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	return store_end(cx->store, write_hash(cx, user_id, hash));
}

enum wa_err
wa_credential_confirm(
    struct wa_context *cx, const char *user_id, const char *password, const char **ret_hash)
{
	const char *hash;
	enum wa_err e;

	e = refuse_transaction(cx);
	if (e != WA_OK)
		return e;

	e = wa_password_check_given(cx->settings, password);
	if (e != WA_OK)
		return e;

	e = store_account_password(cx->store, cx->arena, user_id, &hash);
	if (e == WA_ERR_NOT_FOUND)
		return WA_ERR_CREDENTIAL_MISSING;
	if (e != WA_OK)
		return e;

	e = wa_password_verify(cx->arena, hash, password);
	if (e == WA_ERR_BAD_CREDENTIALS || e == WA_ERR_HASH_UNUSABLE)
		return WA_ERR_PASSWORD_WRONG;
	if (e != WA_OK)
		return e;

	*ret_hash = hash;
	return WA_OK;
}

static enum wa_err
write_change(struct wa_context *cx, const struct user *user, const char *old_hash,
    const char *new_hash, bool revoke, struct session *ret_session)
{
	enum wa_err e;

	e = store_account_change_password(cx->store, user->id, old_hash, new_hash, cx->now_ms);
	if (e == WA_ERR_CONFLICT)
		return WA_ERR_PASSWORD_WRONG; /* it was the password until a moment ago */
	if (e != WA_OK || !revoke)
		return e;

	e = store_session_delete_of_user(cx->store, user->id, NULL, NULL);
	if (e != WA_OK)
		return e;
	return wa_session_create(cx, user, true, ret_session);
}

enum wa_err
wa_credential_change(struct wa_context *cx, const struct user *user, const char *current,
    const char *password, bool revoke, struct session *ret_session)
{
	char new_hash[WA_PASSWORD_HASH_SIZE];
	const char *old_hash;
	enum wa_err e;

	e = wa_password_check_new(cx->settings, password);
	if (e != WA_OK)
		return e;

	e = wa_credential_confirm(cx, user->id, current, &old_hash);
	if (e != WA_OK)
		return e;

	e = wa_password_hash(cx->arena,
	    wa_password_scheme_for(cx->settings->password_scheme, store_shape(cx->store)), password,
	    new_hash);
	if (e != WA_OK)
		return e;

	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	return store_end(
	    cx->store, write_change(cx, user, old_hash, new_hash, revoke, ret_session));
}
