/*
 * Users: signing one up, and what their state allows. What a user may do in a PAM service is
 * login.h's.
 */
#ifndef LIB_CORE_USER_H
#define LIB_CORE_USER_H

#include <stdbool.h>

#include "lib/core/context.h"
#include "lib/store/session.h"
#include "lib/store/user.h"

struct wa_new_user {
	const char *name;	      /* may be empty */
	const char *email;	      /* any letter case; stored in lower case */
	const char *password;	      /* NULL: a user without a password */
	const char *image;	      /* NULL: none */
	const char *username;	      /* NULL: none; as typed, stored in lower case too */
	const char *display_username; /* NULL: as typed */
	bool email_verified;
	/* What else the transaction writes once the user is in (a mail); NULL: nothing. */
	enum wa_err (*also)(struct wa_context *cx, const struct user *u, void *arg);
	void *also_arg;
};

/*
 * Checks, hashes, then writes user, account and (when ret_session is not NULL) a session in one
 * transaction. ret rows live in cx->arena. Order of checks as contract.md 5.1: e-mail, password
 * policy, then whether the e-mail is taken. WA_ERR_INVALID_EMAIL,
 * WA_ERR_PASSWORD_TOO_SHORT/_TOO_LONG/_COMPROMISED, WA_ERR_USER_EXISTS (after one hash),
 * WA_ERR_USERNAME_TOO_SHORT, _TOO_LONG, _INVALID, _TAKEN, WA_ERR_INVALID (name or image too long,
 * or not UTF-8; detail), faults.
 */
WA_OUTCOME wa_user_create(struct wa_context *cx, const struct wa_new_user *new_user, bool remember,
    struct user *ret, struct session *ret_session);

/*
 * The two names that a sign-up with these gives u (contract.md 9.2), in a: a name to show that may
 * be a user name is one when none is given. Not checked. WA_ERR_NOMEM.
 */
WA_OUTCOME wa_user_name(
    struct wa_arena *a, const char *username, const char *display_username, struct user *u);

/* What a user may change of herself; a member that is not given stays. */
struct wa_user_change {
	const char *name; /* NULL: not given */
	bool image_given;
	const char *image;	      /* NULL: none any more */
	const char *username;	      /* NULL: not given; as typed */
	const char *display_username; /* NULL: not given */
};

/* Writes the changes and reads the user anew. WA_ERR_USERNAME_*, WA_ERR_INVALID (detail), faults.
 */
WA_OUTCOME wa_user_update(struct wa_context *cx, const struct wa_user_change *change,
    const char *user_id, struct user *ret);

/* Banned now: a ban whose end has passed counts no more (contract.md 9.3). */
bool wa_user_is_banned(const struct user *u, int64_t now_ms);

/* By e-mail in any letter case. WA_ERR_NOT_FOUND. */
WA_OUTCOME wa_user_by_email(struct wa_context *cx, const char *email, struct user *ret);

/* By id, e-mail or user name, whichever text is; for the command line. WA_ERR_NOT_FOUND. */
WA_OUTCOME wa_user_find(struct wa_context *cx, const char *text, struct user *ret);

/* The password has to be changed before the next login to a PAM service (but for no_pass_expiry);
 * any change of it, wherever, is one. */
WA_OUTCOME wa_user_require_change(struct wa_context *cx, const char *user_id);

/* Bans and ends all sessions in one transaction; reason NULL and expires_ms 0 as store_user_ban. */
WA_OUTCOME wa_user_ban(
    struct wa_context *cx, const char *user_id, const char *reason, int64_t expires_ms);
WA_OUTCOME wa_user_unban(struct wa_context *cx, const char *user_id);

/* With password, sessions and links; in the caller's transaction if one is open. WA_ERR_NOT_FOUND.
 */
WA_OUTCOME wa_user_delete(struct wa_context *cx, const char *user_id);

#endif
