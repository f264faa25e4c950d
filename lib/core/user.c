/* Signing users up, finding them, banning them. */
#include "lib/core/user.h"

#include <string.h>

#include "lib/base/limits.h"
#include "lib/base/random.h"
#include "lib/base/text.h"
#include "lib/core/audit.h"
#include "lib/core/password.h"
#include "lib/core/password_policy.h"
#include "lib/core/session.h"
#include "lib/store/account.h"
#include "lib/store/must_change.h"

/* A text the client sends to be kept: UTF-8 of a bounded length. */
static enum wa_err
check_text(const char *what, const char *text, size_t max)
{
	size_t n = strlen(text);

	if (n > max)
		return wa_refuse(WA_ERR_INVALID, "%s is too long", what);
	if (!wa_text_is_utf8(text, n))
		return wa_refuse(WA_ERR_INVALID, "%s is not UTF-8 text", what);
	return WA_OK;
}

/* contract.md 9.2 */
static enum wa_err
check_username(const char *username)
{
	if (wa_text_is_username(username))
		return WA_OK;
	if (!wa_text_is_utf8(username, strlen(username)))
		return WA_ERR_USERNAME_INVALID;
	if (wa_text_utf16_len(username) < 3)
		return WA_ERR_USERNAME_TOO_SHORT;
	if (wa_text_utf16_len(username) > 30)
		return WA_ERR_USERNAME_TOO_LONG;
	return WA_ERR_USERNAME_INVALID;
}

/* NULL: none. */
static const char *
username_of(const char *username, const char *display_username)
{
	if (username == NULL && display_username != NULL && wa_text_is_username(display_username))
		return display_username;
	return username;
}

static enum wa_err
check_new_user(const struct wa_context *cx, const struct wa_new_user *new_user)
{
	enum wa_err e;

	if (!wa_text_is_email(new_user->email) || strlen(new_user->email) > WA_EMAIL_MAX)
		return WA_ERR_INVALID_EMAIL;
	if (new_user->password != NULL) {
		const struct wa_password_owner owner = {new_user->name,
		    username_of(new_user->username, new_user->display_username), new_user->email};

		e = wa_password_policy_check(cx->arena, cx->settings, &owner, new_user->password);
		if (e != WA_OK)
			return e;
	}
	e = check_text("name", new_user->name, WA_NAME_MAX);
	if (e == WA_OK && new_user->image != NULL)
		e = check_text("image", new_user->image, WA_IMAGE_MAX);
	if (e == WA_OK && new_user->username != NULL)
		e = check_username(new_user->username);
	if (e == WA_OK && new_user->display_username != NULL)
		e = check_text("displayUsername", new_user->display_username, WA_NAME_MAX);
	return e;
}

enum wa_err
wa_user_name(struct wa_arena *a, const char *username, const char *display_username, struct user *u)
{
	username = username_of(username, display_username);
	if (username != NULL && (display_username == NULL || display_username[0] == '\0'))
		display_username = username;

	u->username = username != NULL ? wa_text_lower(a, username) : NULL;
	u->display_username = wa_arena_strdup(a, display_username);
	if ((username != NULL && u->username == NULL) ||
	    (display_username != NULL && u->display_username == NULL))
		return wa_fault(WA_ERR_NOMEM, "user name");
	return WA_OK;
}

static enum wa_err
fill_user(struct wa_context *cx, const struct wa_new_user *new_user, struct user *u)
{
	char *id = wa_arena_alloc(cx->arena, WA_ID_SIZE);
	bool has_admin = store_shape(cx->store)->has_admin;

	*u = (struct user){
	    .id = id,
	    .name = wa_arena_strdup(cx->arena, new_user->name),
	    .email = wa_text_lower(cx->arena, new_user->email),
	    .email_verified = new_user->email_verified,
	    .image = wa_arena_strdup(cx->arena, new_user->image),
	    .created_ms = cx->now_ms,
	    .updated_ms = cx->now_ms,
	    .role = has_admin ? "user" : NULL,
	    .banned_known = has_admin,
	    .two_factor_known = store_shape(cx->store)->has_two_factor,
	};
	if (id == NULL || u->name == NULL || u->email == NULL ||
	    (new_user->image != NULL && u->image == NULL))
		return wa_fault(WA_ERR_NOMEM, "new user");
	wa_random_text(id, WA_ID_LEN);
	return wa_user_name(cx->arena, new_user->username, new_user->display_username, u);
}

/* Which of two unique columns was it? Better Auth has a code for each. */
static enum wa_err
which_conflict(struct wa_context *cx, const struct user *u)
{
	struct user other;
	enum wa_err e = store_user_by_email(cx->store, cx->arena, u->email, &other);

	if (e == WA_ERR_NOT_FOUND && u->username != NULL)
		return WA_ERR_USERNAME_TAKEN;
	return e == WA_OK || e == WA_ERR_NOT_FOUND ? WA_ERR_USER_EXISTS : e;
}

/* A session that the sign-up begins is told of with it. */
static enum wa_err
record_new(struct wa_context *cx, const struct user *u, const struct session *s)
{
	const struct wa_audit event = {
	    .event = WA_AUDIT_USER_CREATED,
	    .user_id = u->id,
	    .session_id = s != NULL ? s->id : NULL,
	};

	return wa_audit(cx, &event);
}

static enum wa_err
record_change(struct wa_context *cx, const char *user_id, const char *what)
{
	const struct wa_audit event = {
	    .event = WA_AUDIT_USER_UPDATED, .user_id = user_id, .detail = what};

	return wa_audit(cx, &event);
}

static enum wa_err
write_user(struct wa_context *cx, const struct wa_new_user *new_user, const struct user *u,
    const char *hash, bool remember, struct session *ret_session)
{
	char account_id[WA_ID_SIZE];
	enum wa_err e;

	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;

	e = store_user_insert(cx->store, u);
	if (e == WA_ERR_CONFLICT)
		e = which_conflict(cx, u);
	if (e == WA_OK && hash != NULL) {
		wa_random_text(account_id, WA_ID_LEN);
		e = store_account_insert_password(cx->store, account_id, u->id, hash, cx->now_ms);
	}
	if (e == WA_OK && ret_session != NULL)
		e = wa_session_create(cx, u, remember, ret_session);
	if (e == WA_OK && new_user->also != NULL)
		e = new_user->also(cx, u, new_user->also_arg);
	if (e == WA_OK)
		e = record_new(cx, u, ret_session);

	return store_end(cx->store, e);
}

enum wa_err
wa_user_create(struct wa_context *cx, const struct wa_new_user *new_user, bool remember,
    struct user *ret, struct session *ret_session)
{
	char hash[WA_PASSWORD_HASH_SIZE];
	struct session s;
	struct user u;
	enum wa_err e;

	e = check_new_user(cx, new_user);
	if (e != WA_OK)
		return e;

	e = fill_user(cx, new_user, &u);
	if (e != WA_OK)
		return e;

	/* Hashed before the e-mail is looked up, so that a taken address costs what a free one
	 * does. */
	if (new_user->password != NULL) {
		enum wa_password_scheme scheme =
		    wa_password_scheme_for(cx->settings->password_scheme, store_shape(cx->store));

		e = wa_password_hash(cx->arena, scheme, new_user->password, hash);
		if (e != WA_OK)
			return e;
	}

	e = write_user(cx, new_user, &u, new_user->password != NULL ? hash : NULL, remember,
	    ret_session != NULL ? &s : NULL);
	if (e != WA_OK)
		return e;

	*ret = u;
	if (ret_session != NULL)
		*ret_session = s;
	return WA_OK;
}

static enum wa_err
check_change(const struct wa_user_change *change)
{
	enum wa_err e = WA_OK;

	if (change->name != NULL)
		e = check_text("name", change->name, WA_NAME_MAX);
	if (e == WA_OK && change->image != NULL)
		e = check_text("image", change->image, WA_IMAGE_MAX);
	if (e == WA_OK && change->username != NULL)
		e = check_username(change->username);
	if (e == WA_OK && change->display_username != NULL)
		e = check_text("displayUsername", change->display_username, WA_NAME_MAX);
	return e;
}

static enum wa_err
write_username(struct wa_context *cx, const struct wa_user_change *change, const struct user *u)
{
	const char *username = u->username;
	const char *display = change->display_username;
	enum wa_err e;

	if (change->username != NULL) {
		username = wa_text_lower(cx->arena, change->username);
		if (username == NULL)
			return wa_fault(WA_ERR_NOMEM, "user name");
		if (display == NULL)
			display = change->username;
	}
	e = store_user_set_username(cx->store, u->id, username, display, cx->now_ms);
	return e == WA_ERR_CONFLICT ? WA_ERR_USERNAME_TAKEN : e;
}

static enum wa_err
write_change(struct wa_context *cx, const struct wa_user_change *change, const char *user_id,
    struct user *ret)
{
	enum wa_err e = store_user_by_id(cx->store, cx->arena, user_id, ret);

	if (e == WA_OK)
		e = store_user_set_profile(cx->store, user_id, change->name,
		    change->image_given ? change->image : ret->image, cx->now_ms);
	if (e == WA_OK && (change->username != NULL || change->display_username != NULL))
		e = write_username(cx, change, ret);
	if (e == WA_OK)
		e = record_change(cx, user_id,
		    change->username != NULL || change->display_username != NULL ? "user name"
										 : "profile");
	if (e == WA_OK)
		e = store_user_by_id(cx->store, cx->arena, user_id, ret);
	return e;
}

enum wa_err
wa_user_update(struct wa_context *cx, const struct wa_user_change *change, const char *user_id,
    struct user *ret)
{
	struct user u;
	enum wa_err e;

	e = check_change(change);
	if (e != WA_OK)
		return e;

	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;

	e = store_end(cx->store, write_change(cx, change, user_id, &u));
	if (e != WA_OK)
		return e;

	*ret = u;
	return WA_OK;
}

bool
wa_user_is_banned(const struct user *u, int64_t now_ms)
{
	return u->banned && (u->ban_expires_ms == 0 || u->ban_expires_ms > now_ms);
}

enum wa_err
wa_user_by_email(struct wa_context *cx, const char *email, struct user *ret)
{
	const char *lower = wa_text_lower(cx->arena, email);

	if (lower == NULL)
		return wa_fault(WA_ERR_NOMEM, "e-mail");
	return store_user_by_email(cx->store, cx->arena, lower, ret);
}

enum wa_err
wa_user_find(struct wa_context *cx, const char *text, struct user *ret)
{
	const char *lower;
	enum wa_err e;

	if (!wa_text_is_utf8(text, strlen(text)))
		return WA_ERR_NOT_FOUND;
	lower = wa_text_lower(cx->arena, text);
	if (lower == NULL)
		return wa_fault(WA_ERR_NOMEM, "user");
	if (strchr(text, '@') != NULL)
		return store_user_by_email(cx->store, cx->arena, lower, ret);

	e = store_user_by_id(cx->store, cx->arena, text, ret);
	if (e != WA_ERR_NOT_FOUND)
		return e;
	return store_user_by_username(cx->store, cx->arena, lower, ret);
}

enum wa_err
wa_user_ban(struct wa_context *cx, const char *user_id, const char *reason, int64_t expires_ms)
{
	enum wa_err e;

	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;

	e = store_user_ban(cx->store, user_id, reason, expires_ms, cx->now_ms);
	if (e == WA_OK)
		e = store_session_delete_of_user(cx->store, user_id, NULL, NULL);
	if (e == WA_OK)
		e = record_change(cx, user_id, "disabled");

	return store_end(cx->store, e);
}

enum wa_err
wa_user_unban(struct wa_context *cx, const char *user_id)
{
	enum wa_err e;

	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;

	e = store_user_unban(cx->store, user_id, cx->now_ms);
	if (e == WA_OK)
		e = record_change(cx, user_id, "enabled");

	return store_end(cx->store, e);
}

enum wa_err
wa_user_delete(struct wa_context *cx, const char *user_id)
{
	const struct wa_audit event = {.event = WA_AUDIT_USER_DELETED, .user_id = user_id};
	bool own;
	enum wa_err e;

	e = store_open_write(cx->store, &own);
	if (e != WA_OK)
		return e;

	e = store_user_delete(cx->store, user_id);
	if (e == WA_OK)
		e = wa_audit(cx, &event);

	return store_close_write(cx->store, own, e);
}

enum wa_err
wa_user_require_change(struct wa_context *cx, const char *user_id)
{
	enum wa_err e;

	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;

	e = store_must_change_set(cx->store, user_id, cx->now_ms);
	if (e == WA_OK)
		e = record_change(cx, user_id, "password must be changed");

	return store_end(cx->store, e);
}
