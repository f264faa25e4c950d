/*
 * Rows of "webauth_outbox": mails that are to go out. They hold links with tokens, so a row is
 * deleted as soon as its mail is sent.
 *
 * A row belongs to whoever moved its nextAttemptAt on (store_outbox_claim): of two daemons on one
 * store, one gets it, and if that one dies with it, the row is due again when the claim runs out.
 */
#ifndef LIB_STORE_OUTBOX_H
#define LIB_STORE_OUTBOX_H

#include "lib/base/arena.h"
#include "lib/store/store.h"

struct outbox_row {
	const char *id;
	const char *kind;      /* the name of a template */
	const char *recipient; /* an e-mail address */
	const char *name;      /* how to address its owner */
	const char *url;       /* NULL: none */
	const char *detail;    /* what else the template shows, NULL: nothing */
	int64_t created_ms;
	int64_t next_ms; /* not to be tried before */
	int64_t attempts;
	const char *last_error; /* NULL: none yet */
};

/* Inside the caller's transaction if one is open. Leaves the store as it is, and *ret_inserted
 * false, where max rows are waiting or max_recipient for this address. */
WA_OUTCOME store_outbox_insert(struct store *s, const struct outbox_row *row, int64_t max,
    int64_t max_recipient, bool *ret_inserted);

/* The row that is due longest, ours until until_ms, with this attempt counted. WA_ERR_NOT_FOUND. */
WA_OUTCOME store_outbox_claim(
    struct store *s, struct wa_arena *a, int64_t now_ms, int64_t until_ms, struct outbox_row *ret);

/* To be tried again at next_ms. error says why, and holds no secret. WA_ERR_NOT_FOUND when the
 * claim that ends at until_ms is no longer ours. */
WA_OUTCOME store_outbox_postpone(
    struct store *s, const char *id, int64_t until_ms, int64_t next_ms, const char *error);

/* WA_ERR_NOT_FOUND when there is no such row. */
WA_OUTCOME store_outbox_delete(struct store *s, const char *id);

/* When the next row is due, and the last. WA_ERR_NOT_FOUND when none is waiting. */
WA_OUTCOME store_outbox_next(struct store *s, int64_t *ret_ms, int64_t *ret_last_ms);

/* What is due later than no row may be, since the clock was set back, is due now. */
WA_OUTCOME store_outbox_recall(struct store *s, int64_t later_than_ms, int64_t now_ms);

#endif
