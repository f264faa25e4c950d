/*
 * Rows of "webauth_audit": what happened, one row an event, never changed once written. Numbers
 * have no gaps; old rows go from the front, in order. What is an event, and how a row is chained to
 * the one before, is lib/core/audit.h's.
 */
#ifndef LIB_STORE_AUDIT_H
#define LIB_STORE_AUDIT_H

#include "lib/base/arena.h"
#include "lib/store/store.h"

struct audit_row {
	int64_t number; /* 1 for the first there ever was */
	int64_t at_ms;
	const char *event;
	/* NULL where there is nothing to say */
	const char *reason;
	const char *detail;
	const char *user_id; /* of whom; the user may be gone since */
	const char *name;    /* as it was given, if it is the user's; else "#" and a keyed digest */
	const char *actor;   /* who did it, when it was not the user */
	const char *door;
	const char *service; /* PAM's, and its terminal */
	const char *tty;
	const char *address;
	const char *agent;
	const char *session_id; /* that began or ended with it */
	const char *previous;	/* the hash of the row before; "" where there was none */
	const char *hash;
	const char *user_email; /* read only: the user's today; NULL: the user is gone */
};

/* Number and hash of the newest row. WA_ERR_NOT_FOUND: there is none yet. */
WA_OUTCOME store_audit_last(
    struct store *s, struct wa_arena *a, int64_t *ret_number, const char **ret_hash);

/* In the transaction in which store_audit_last was asked. */
WA_OUTCOME store_audit_insert(struct store *s, const struct audit_row *row);

/* Takes away, at most a few hundred rows at a time, those at the front that are from before then,
 * and those past max_rows. The newest row always stays: the chain goes on from it. */
WA_OUTCOME store_audit_sweep(
    struct store *s, int64_t before_ms, int64_t max_rows, int64_t *ret_deleted);

struct audit_filter {
	const char *user_id; /* NULL: everybody's; with name, one of the two is enough */
	const char *name;
	const char *event;     /* NULL: all */
	int64_t since_ms;      /* 0: from the first on */
	int64_t before_number; /* 0: from the newest on */
	int64_t limit;
};

/* Newest first; as store_user_each. */
WA_OUTCOME store_audit_each(struct store *s, const struct audit_filter *filter,
    bool (*fn)(void *arg, const struct audit_row *row), void *arg);

/* All, oldest first, at one moment; as store_user_each. */
WA_OUTCOME store_audit_walk(
    struct store *s, bool (*fn)(void *arg, const struct audit_row *row), void *arg);

#endif
