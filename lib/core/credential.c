/*
 * Proving and setting passwords of users in the store.
 *
 * Whatever the reason for a refusal, one KDF has run: the time of an answer must not tell which
 * e-mail addresses have an account here, or one with a password.
 */
#include "lib/core/credential.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/random.h"
#include "lib/core/password.h"
#include "lib/core/password_policy.h"
#include "lib/core/password_reset.h"
#include "lib/core/session.h"
#include "lib/store/account.h"
#include "lib/store/must_change.h"

#define PLACE_LEN 10

/* A KDF inside a transaction would keep every writer waiting for it, or a read's snapshot from
 * being checkpointed. */
static enum wa_err
refuse_transaction(const struct wa_context *cx)
{
	if (store_in_transaction(cx->store))
		return wa_fault(WA_ERR_STORE, "a password was to be hashed inside a transaction");
	return WA_OK;
}

/* A place among row ids, which are of letters and digits, for a key, which is of hex digits. */
static void
place_of(const char *key, char ret[static PLACE_LEN + 1])
{
	static const char digits[] =
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	uint64_t left = 0;

	for (size_t i = 0; i < 2 * sizeof(left) && key[i] != '\0'; i++)
		left = left << 4 | (uint64_t)(key[i] <= '9' ? key[i] - '0' : key[i] - 'a' + 10);
	for (size_t i = 0; i < PLACE_LEN; i++, left /= 62)
		ret[i] = digits[left % 62];
	ret[PLACE_LEN] = '\0';
}

/*
 * Gives the answer, which is a refusal, after the time that a wrong password takes somebody: that
 * of a stored hash, chosen by the key of the name. Hashes may be of two schemes and of any cost, as
 * where the scheme was switched and not everybody has signed in since; so names that are nobody's
 * cost what names that are somebody's do, in the same proportions, and each of them always the
 * same. Whether the password fits that hash is of no account.
 */
static enum wa_err
burn(struct wa_context *cx, enum wa_password_scheme scheme, const struct wa_guess *guess,
    const char *password, enum wa_err answer)
{
	enum wa_err e = WA_ERR_NOT_FOUND;
	char place[PLACE_LEN + 1];
	const char *hash = NULL;

	if (guess->counted) {
		place_of(guess->account, place);
		e = store_account_some_password(cx->store, cx->arena, place, &hash);
	}
	if (e == WA_OK)
		e = wa_password_verify(cx->arena, hash, password);
	if (e == WA_ERR_NOT_FOUND || e == WA_ERR_HASH_UNUSABLE)
		e = wa_password_burn(cx->arena, scheme, password);
	return e == WA_OK || e == WA_ERR_BAD_CREDENTIALS ? answer : e;
}

static enum wa_err
rehash(struct wa_context *cx, enum wa_password_scheme scheme, const char *user_id,
    const char *password, struct wa_proven *proof)
{
	char *new_hash = wa_arena_alloc(cx->arena, WA_PASSWORD_HASH_SIZE);
	enum wa_err e;

	if (new_hash == NULL)
		return wa_fault(WA_ERR_NOMEM, "rehash");
	e = wa_password_hash(cx->arena, scheme, password, new_hash);
	if (e == WA_OK)
		e = store_account_rehash(cx->store, user_id, proof->hash, new_hash);
	/* Somebody else changed the password or made the hash anew: theirs stays. */
	if (e == WA_ERR_CONFLICT)
		return WA_OK;
	if (e != WA_OK)
		return e;

	proof->hash = new_hash;
	return WA_OK;
}

/* Is it the password? Whatever the answer, one KDF has run. */
static enum wa_err
check(struct wa_context *cx, enum wa_password_scheme scheme, const struct user *user,
    const char *password, struct wa_proven *ret)
{
	enum wa_err e;

	if (user == NULL)
		return burn(cx, scheme, &ret->guess, password, WA_ERR_BAD_CREDENTIALS);

	e = store_account_password(cx->store, cx->arena, user->id, &ret->hash);
	if (e == WA_ERR_NOT_FOUND)
		return burn(cx, scheme, &ret->guess, password, WA_ERR_BAD_CREDENTIALS);
	if (e != WA_OK)
		return e;

	e = wa_password_verify(cx->arena, ret->hash, password);
	return e == WA_ERR_HASH_UNUSABLE ? burn(cx, scheme, &ret->guess, password, e) : e;
}

/* Counts and records a wrong password; what cannot be written is a fault, or guessing would be
 * free.
 */
static enum wa_err
failed(struct wa_context *cx, const struct wa_guess *guess, const struct user *user,
    const char *password, enum wa_audit_event on_failure, enum wa_err why)
{
	const struct wa_audit event = {
	    .event = on_failure, .user_id = user != NULL ? user->id : NULL, .reason = why};
	char detail[256];
	enum wa_err e;

	(void)snprintf(detail, sizeof(detail), "%s", wa_err_detail(why));
	e = wa_guess_failed(cx, guess, password, &event);
	return e == WA_OK ? wa_refuse(why, "%s", detail) : e;
}

enum wa_err
wa_credential_prove(struct wa_context *cx, const struct user *user, const char *password,
    enum wa_audit_event on_failure, struct wa_proven *ret)
{
	struct wa_proven proof = {.rehash_failed = WA_OK};
	enum wa_password_scheme scheme;
	enum wa_err e;

	e = refuse_transaction(cx);
	if (e == WA_OK)
		e = wa_guess_begin(cx, WA_GUESS_PASSWORD, user, &proof.guess, NULL);
	if (e != WA_OK)
		return e;

	scheme = wa_password_scheme_for(cx->settings->password_scheme, store_shape(cx->store));
	e = check(cx, scheme, user, password, &proof);
	if (e == WA_OK && (user == NULL || proof.hash == NULL))
		e = WA_ERR_BAD_CREDENTIALS; /* whatever was found, nobody's password is not right */
	if (e == WA_ERR_BAD_CREDENTIALS || e == WA_ERR_HASH_UNUSABLE)
		return failed(cx, &proof.guess, user, password, on_failure, e);
	if (e != WA_OK)
		return e;

	/* What fails from here on must not turn a right password into a wrong one. */
	if (store_may_write(cx->store) && wa_password_is_outdated(proof.hash, scheme))
		proof.rehash_failed = rehash(cx, scheme, user->id, password, &proof);
	*ret = proof;
	return WA_OK;
}

static enum wa_err
write_record(struct wa_context *cx, const struct wa_guess *guess, const struct wa_audit *event)
{
	enum wa_err e = wa_guess_passed(cx, guess);

	return e == WA_OK ? wa_audit(cx, event) : e;
}

enum wa_err
wa_credential_record(struct wa_context *cx, const struct wa_guess *guess, const char *user_id,
    const char *session_id, enum wa_err reason, const char *detail)
{
	struct wa_audit event = {
	    .event = WA_AUDIT_LOGIN_FAIL,
	    .user_id = user_id,
	    .session_id = session_id,
	    .reason = reason,
	    .detail = detail,
	};
	bool own;
	enum wa_err e;

	if (reason == WA_OK)
		event.event = guess->after_failures ? WA_AUDIT_LOGIN_SUCCESS_AFTER_FAIL
						    : WA_AUDIT_LOGIN_SUCCESS;
	e = store_open_write(cx->store, &own);
	if (e != WA_OK)
		return e;
	return store_close_write(cx->store, own, write_record(cx, guess, &event));
}

/* Inside the transaction: is everything still as it was when the password was proven? */
static enum wa_err
write_sign_in(struct wa_context *cx, const char *user_id, const struct wa_proven *proof,
    bool remember, struct user *ret_user, struct session *ret_session)
{
	const char *hash;
	enum wa_err e;

	e = store_user_by_id(cx->store, cx->arena, user_id, ret_user);
	if (e == WA_OK)
		e = store_account_password(cx->store, cx->arena, user_id, &hash);
	if (e == WA_ERR_NOT_FOUND)
		return WA_ERR_BAD_CREDENTIALS;
	if (e != WA_OK)
		return e;

	if (strcmp(hash, proof->hash) != 0)
		return WA_ERR_CONFLICT;
	if (cx->settings->require_email_verification && !ret_user->email_verified)
		return WA_ERR_EMAIL_NOT_VERIFIED;
	e = wa_session_create(cx, ret_user, remember, ret_session);
	if (e != WA_OK)
		return e;
	return wa_credential_record(cx, &proof->guess, user_id, ret_session->id, WA_OK, NULL);
}

static enum wa_err
try_sign_in(struct wa_context *cx, const struct user *user, const char *password, bool remember,
    struct user *ret_user, struct session *ret_session)
{
	struct wa_proven proof = {.hash = NULL};
	struct session s;
	struct user u;
	enum wa_err e, recorded;

	e = wa_credential_prove(cx, user, password, WA_AUDIT_LOGIN_FAIL, &proof);
	if (e != WA_OK)
		return e;

	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	e = store_end(cx->store, write_sign_in(cx, user->id, &proof, remember, &u, &s));
	/* The password was right: that is worth a record, and this one is the transaction's whole
	 * content. */
	if (e == WA_ERR_BANNED || e == WA_ERR_EMAIL_NOT_VERIFIED) {
		recorded = wa_credential_record(cx, &proof.guess, user->id, NULL, e, NULL);
		return recorded == WA_OK ? e : recorded;
	}
	if (e != WA_OK)
		return e;

	*ret_user = u;
	*ret_session = s;
	return WA_OK;
}

enum wa_err
wa_credential_sign_in(struct wa_context *cx, const struct user *user, const char *password,
    bool remember, struct user *ret_user, struct session *ret_session)
{
	enum wa_err e = WA_ERR_CONFLICT;

	/* A hash that changed meanwhile may still be of this password: another sign-in made it
	 * anew. */
	for (int i = 0; e == WA_ERR_CONFLICT && i < 3; i++)
		e = try_sign_in(cx, user, password, remember, ret_user, ret_session);
	return e == WA_ERR_CONFLICT ? WA_ERR_BAD_CREDENTIALS : e;
}

/* user NULL: nobody known, as where the row went meanwhile; whoever writes finds that out. */
static enum wa_err
check_policy(struct wa_context *cx, const struct user *user, const char *password)
{
	struct wa_password_owner owner = {0};

	if (user != NULL)
		owner = (struct wa_password_owner){user->name, user->username, user->email};
	return wa_password_policy_check(cx->arena, cx->settings, &owner, password);
}

enum wa_err
wa_credential_hash(struct wa_context *cx, const char *user_id, const char *password,
    char ret_hash[static WA_PASSWORD_HASH_SIZE])
{
	struct user user;
	enum wa_err e;

	e = refuse_transaction(cx);
	if (e != WA_OK)
		return e;

	e = store_user_by_id(cx->store, cx->arena, user_id, &user);
	if (e != WA_OK && e != WA_ERR_NOT_FOUND)
		return e;

	e = check_policy(cx, e == WA_OK ? &user : NULL, password);
	if (e != WA_OK)
		return e;

	return wa_password_hash(cx->arena,
	    wa_password_scheme_for(cx->settings->password_scheme, store_shape(cx->store)), password,
	    ret_hash);
}

enum wa_err
wa_credential_write(struct wa_context *cx, const char *user_id, const char *hash)
{
	char id[WA_ID_SIZE];
	enum wa_err e;

	e = store_must_change_clear(cx->store, user_id);
	if (e == WA_OK)
		e = store_account_set_password(cx->store, user_id, hash, cx->now_ms);
	if (e != WA_ERR_NOT_FOUND)
		return e;

	wa_random_text(id, WA_ID_LEN);
	return store_account_insert_password(cx->store, id, user_id, hash, cx->now_ms);
}

static enum wa_err
write_set(struct wa_context *cx, const char *user_id, const char *hash, bool keep_sessions)
{
	const struct wa_audit event = {
	    .event = WA_AUDIT_PASSWORD_CHANGE, .user_id = user_id, .detail = "set"};
	enum wa_err e = wa_credential_write(cx, user_id, hash);

	if (e == WA_OK)
		e = wa_password_reset_forget(cx, user_id);
	if (e == WA_OK && !keep_sessions)
		e = store_session_delete_of_user(cx->store, user_id, NULL, NULL);
	return e == WA_OK ? wa_audit(cx, &event) : e;
}

enum wa_err
wa_credential_set(
    struct wa_context *cx, const char *user_id, const char *password, bool keep_sessions)
{
	char hash[WA_PASSWORD_HASH_SIZE];
	enum wa_err e;

	e = wa_credential_hash(cx, user_id, password, hash);
	if (e != WA_OK)
		return e;

	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	return store_end(cx->store, write_set(cx, user_id, hash, keep_sessions));
}

enum wa_err
wa_credential_confirm(struct wa_context *cx, const char *user_id, const char *password,
    enum wa_audit_event on_failure, const char **ret_hash)
{
	const struct user user = {.id = user_id};
	struct wa_guess guess;
	const char *hash;
	enum wa_err e;

	e = refuse_transaction(cx);
	if (e != WA_OK)
		return e;

	e = wa_password_check_given(cx->settings, password);
	if (e != WA_OK)
		return e;

	/* Whoever holds a stolen session must not be able to try passwords with it. */
	e = wa_guess_begin(cx, WA_GUESS_PASSWORD, &user, &guess, NULL);
	if (e == WA_ERR_THROTTLED)
		return WA_ERR_PASSWORD_WRONG;
	if (e != WA_OK)
		return e;

	e = store_account_password(cx->store, cx->arena, user_id, &hash);
	if (e == WA_ERR_NOT_FOUND)
		return WA_ERR_CREDENTIAL_MISSING;
	if (e != WA_OK)
		return e;

	e = wa_password_verify(cx->arena, hash, password);
	if (e == WA_ERR_BAD_CREDENTIALS || e == WA_ERR_HASH_UNUSABLE)
		return failed(cx, &guess, &user, password, on_failure, WA_ERR_PASSWORD_WRONG);
	if (e != WA_OK)
		return e;

	*ret_hash = hash;
	return WA_OK;
}

static enum wa_err
end_sessions(struct wa_context *cx, const struct user *user, struct session *ret_session)
{
	enum wa_err e = store_session_delete_of_user(cx->store, user->id, NULL, NULL);

	if (e != WA_OK || ret_session == NULL)
		return e;
	return wa_session_create(cx, user, true, ret_session);
}

static enum wa_err
write_change(struct wa_context *cx, const struct user *user, const char *old_hash,
    const char *new_hash, bool revoke, struct session *ret_session)
{
	struct wa_audit event = {.event = WA_AUDIT_PASSWORD_CHANGE, .user_id = user->id};
	enum wa_err e;

	e = store_account_change_password(cx->store, user->id, old_hash, new_hash, cx->now_ms);
	if (e == WA_ERR_CONFLICT)
		return WA_ERR_PASSWORD_WRONG; /* it was the password until a moment ago */
	if (e == WA_OK)
		e = store_must_change_clear(cx->store, user->id);
	if (e == WA_OK)
		e = wa_password_reset_forget(cx, user->id);
	if (e == WA_OK && revoke)
		e = end_sessions(cx, user, ret_session);
	if (e != WA_OK)
		return e;
	if (revoke) {
		event.detail = "sessions ended";
		event.session_id = ret_session != NULL ? ret_session->id : NULL;
	}
	return wa_audit(cx, &event);
}

enum wa_err
wa_credential_change(struct wa_context *cx, const struct user *user, const char *current,
    const char *password, bool revoke, struct session *ret_session)
{
	char new_hash[WA_PASSWORD_HASH_SIZE];
	const char *old_hash;
	struct session s;
	enum wa_err e;

	e = check_policy(cx, user, password);
	if (e != WA_OK)
		return e;

	e = wa_credential_confirm(cx, user->id, current, WA_AUDIT_PASSWORD_CHANGE_FAIL, &old_hash);
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
	e = store_end(cx->store,
	    write_change(cx, user, old_hash, new_hash, revoke, ret_session != NULL ? &s : NULL));
	if (e == WA_OK && revoke && ret_session != NULL)
		*ret_session = s;
	return e;
}
