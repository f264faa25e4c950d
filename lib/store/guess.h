/*
 * Rows of "webauth_guess": how often somebody guessed wrong, by a key that tells nobody who. The
 * policy is lib/core/guess.h's.
 */
#ifndef LIB_STORE_GUESS_H
#define LIB_STORE_GUESS_H

#include "lib/base/arena.h"
#include "lib/store/store.h"

struct guess_row {
	const char *key;
	int64_t failures; /* consecutive */
	int64_t last_ms;  /* of the last one that counted, or of the last success */
	bool known;	  /* this account has succeeded from this source */
	const char *last; /* digest of the last wrong secret; NULL: none */
};

/* WA_ERR_NOT_FOUND. */
WA_OUTCOME store_guess_find(
    struct store *s, struct wa_arena *a, const char *key, struct guess_row *ret);

/* One more failure; counting begins anew when the last one is older than since_ms. One statement:
 * two processes that count at once both count, and each number is told to one of them. */
WA_OUTCOME store_guess_fail(struct store *s, const char *key, const char *last, int64_t since_ms,
    int64_t now_ms, int64_t *ret_failures);

/* No failures, and known. */
WA_OUTCOME store_guess_pass(struct store *s, const char *key, int64_t now_ms);

/* Fine when there is none. */
WA_OUTCOME store_guess_delete(struct store *s, const char *key);
WA_OUTCOME store_guess_delete_all(struct store *s, int64_t *ret_deleted);

/* Drops rows untouched since then, and the oldest of those over max_rows, in small steps. */
WA_OUTCOME store_guess_sweep(struct store *s, int64_t untouched_since_ms, int64_t max_rows);

#endif
