/*
 * Guessing is slowed here, for the web and for PAM alike: one set of counters in the store, by
 * account, by source and by the two together (RFC-less, but NIST SP 800-63B 3.2.2 asks for a bound
 * of 100).
 *
 * After some free failures each further one makes the next try wait longer, from a second to a
 * quarter of an hour. No lock is for ever, and a source that has signed in to an account before has
 * a budget of its own there, so that a stranger cannot keep its owner out. Names that are nobody's
 * count like those that are somebody's. While a try must wait, no KDF runs; the answer is that of a
 * wrong password.
 *
 * Numbers, and why these: docs/design.md.
 */
#ifndef LIB_CORE_GUESS_H
#define LIB_CORE_GUESS_H

#include <stdbool.h>

#include "lib/core/audit.h"
#include "lib/core/context.h"
#include "lib/store/user.h"

/* What is guessed at; each has counters of its own. */
enum wa_guess_kind {
	WA_GUESS_PASSWORD,
	WA_GUESS_TOKEN, /* app passwords and session tokens */
	WA_GUESS_MAIL,	/* not guessed, but sent: reset and verification mails */
};

#define WA_GUESS_KEY_SIZE 33

/* One try, between begin and its end. */
struct wa_guess {
	bool counted; /* false: there is nobody to count, as when a name is tried for its cost alone
		       */
	bool has_source;
	char account[WA_GUESS_KEY_SIZE];
	char source[WA_GUESS_KEY_SIZE];
	char pair[WA_GUESS_KEY_SIZE];
	bool pass_must_write; /* a success has something to clear or to remember */
	bool doubted;	      /* from a place that is not known here, or after failures */
	bool after_failures;
	const char *last;   /* digest of the last wrong secret from this source */
	const char *secret; /* the store's hashing key */
};

/*
 * May this be tried now? The subject is the user, or cx->claimed_name where there is none; the
 * source is cx->ip_address or, without one, cx->local_uid. WA_ERR_THROTTLED: not yet; *ret_wait_ms
 * (may be NULL) says for how long.
 */
WA_OUTCOME wa_guess_begin(struct wa_context *cx, enum wa_guess_kind kind, const struct user *user,
    struct wa_guess *ret, int64_t *ret_wait_ms);

/*
 * It was wrong. The same wrong secret again from the same source is not counted: that is a program
 * that was not told of a new password, not somebody guessing. secret may be NULL. What is counted
 * is recorded as event says (NULL: as nothing), and so is that waiting begins.
 */
WA_OUTCOME wa_guess_failed(struct wa_context *cx, const struct wa_guess *g, const char *secret,
    const struct wa_audit *event);

/* It was right: the account's and the pair's failures are forgiven, the source's are not. In the
 * caller's transaction if one is open. */
WA_OUTCOME wa_guess_passed(struct wa_context *cx, const struct wa_guess *g);

/* What an administrator sees of a subject: failures, and how long until the next try from anywhere.
 */
struct wa_guess_state {
	int64_t failures;
	int64_t wait_ms;
};

/* Of a user, or (NULL) of a name that is nobody's. */
WA_OUTCOME wa_guess_show(struct wa_context *cx, enum wa_guess_kind kind, const struct user *user,
    const char *name, struct wa_guess_state *ret);

/* Forgets the account's failures; those of its sources run out by themselves. */
WA_OUTCOME wa_guess_reset(struct wa_context *cx, const struct user *user, const char *name);

#endif
