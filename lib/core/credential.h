/*
 * A user's password: proving it and setting it. The web's sign-in and every PAM service come
 * through wa_credential_prove, so that both doors cost, answer and rehash alike.
 */
#ifndef LIB_CORE_CREDENTIAL_H
#define LIB_CORE_CREDENTIAL_H

#include "lib/core/audit.h"
#include "lib/core/context.h"
#include "lib/core/guess.h"
#include "lib/core/password.h"
#include "lib/store/session.h"
#include "lib/store/user.h"

/* A password that was right: what is stored for it since, and what is left to be written with what
 * it is good for. */
struct wa_proven {
	const char *hash;
	struct wa_guess guess;
	enum wa_err rehash_failed; /* not the user's problem, but somebody's */
};

/*
 * Is this the password of user? user NULL means "no such user": the same work is done and the same
 * answer given (contract.md 3.4). No transaction is open while the KDF runs. A right password whose
 * hash is outdated is rehashed, unless the store is open for reading. A wrong one is counted, and
 * recorded as that event; a right one is neither until wa_guess_passed.
 *
 * WA_ERR_THROTTLED: too many wrong ones before this one (guess.h); no KDF has run.
 * WA_OK; WA_ERR_BAD_CREDENTIALS: unknown, wrong, or no password at all; WA_ERR_HASH_UNUSABLE: the
 * same to the client, but the administrator should read the detail (an equal KDF has run);
 * WA_ERR_NOMEM; faults of the store.
 */
WA_OUTCOME wa_credential_prove(struct wa_context *cx, const struct user *user, const char *password,
    enum wa_audit_event on_failure, struct wa_proven *ret);

/*
 * Forgives what was counted before, and records that somebody was let in (reason WA_OK, with the
 * session if one began) or that the right secret was not enough. In the caller's transaction if one
 * is open.
 */
WA_OUTCOME wa_credential_record(struct wa_context *cx, const struct wa_guess *guess,
    const char *user_id, const char *session_id, enum wa_err reason, const char *detail);

/*
 * The web's sign-in: proves the password as above, then writes a session in one transaction, in
 * which the user and the password are still what was proven. So no session comes to life for a
 * password that was changed, or a user who was banned or deleted, while the KDF ran. ret_user is
 * read anew. Further: WA_ERR_EMAIL_NOT_VERIFIED where the configuration demands it, WA_ERR_BANNED.
 */
WA_OUTCOME wa_credential_sign_in(struct wa_context *cx, const struct user *user,
    const char *password, bool remember, struct user *ret_user, struct session *ret_session);

/* Checks the policy (password_policy.h), hashes and writes; makes the credential account if the
 * user has none. Sessions, unless keep_sessions, and links for a password reset end in the same
 * transaction. WA_ERR_PASSWORD_TOO_SHORT/_TOO_LONG/_COMPROMISED, WA_ERR_INVALID, faults. No
 * transaction may be open. */
WA_OUTCOME wa_credential_set(
    struct wa_context *cx, const char *user_id, const char *password, bool keep_sessions);

/* Hashing and writing by themselves, for who writes and records more in the same transaction: the
 * first needs that none is open, the second one that is. */
WA_OUTCOME wa_credential_hash(struct wa_context *cx, const char *user_id, const char *password,
    char ret_hash[static WA_PASSWORD_HASH_SIZE]);
WA_OUTCOME wa_credential_write(struct wa_context *cx, const char *user_id, const char *hash);

/*
 * Changes a password that is proven by the current one (contract.md 5.6): the policy for the
 * new one first, then the current one. The write takes place only while the hash that was proven is
 * still there. With revoke, all sessions end in the same transaction and *ret_session is the one
 * new session, unless ret_session is NULL. WA_ERR_PASSWORD_TOO_SHORT/_TOO_LONG/_COMPROMISED,
 * WA_ERR_CREDENTIAL_MISSING, WA_ERR_PASSWORD_WRONG, WA_ERR_INVALID, WA_ERR_BANNED, faults.
 * Links for a password reset that are still out end with the password they were for.
 */
WA_OUTCOME wa_credential_change(struct wa_context *cx, const struct user *user, const char *current,
    const char *password, bool revoke, struct session *ret_session);

/* Is this the password of a user who is signed in? A wrong one is recorded as that event.
 * WA_ERR_PASSWORD_TOO_LONG, WA_ERR_CREDENTIAL_MISSING, WA_ERR_PASSWORD_WRONG, faults. */
WA_OUTCOME wa_credential_confirm(struct wa_context *cx, const char *user_id, const char *password,
    enum wa_audit_event on_failure, const char **ret_hash);

#endif
