/* Rows of "verification" and their single-use protocol (contract.md 2.8). */
#ifndef LIB_STORE_VERIFICATION_H
#define LIB_STORE_VERIFICATION_H

#include "lib/base/arena.h"
#include "lib/store/store.h"
#include "lib/store/sweep.h"

struct verification {
	const char *id;
	const char *identifier;
	const char *value;
	int64_t expires_ms;
	int64_t created_ms;
	int64_t updated_ms;
};

WA_OUTCOME store_verification_insert(struct store *s, const struct verification *row);

/* The newest of that identifier, expired or not. WA_ERR_NOT_FOUND. */
WA_OUTCOME store_verification_find(
    struct store *s, struct wa_arena *a, const char *identifier, struct verification *ret);

/*
 * Takes the newest row away, and older ones of the identifier with it; of two that try, one gets
 * it. To be called inside a write transaction. An expired row is deleted and reported as
 * WA_ERR_NOT_FOUND.
 */
WA_OUTCOME store_verification_consume(struct store *s, struct wa_arena *a, const char *identifier,
    int64_t now_ms, struct verification *ret);

/* Deletes rows with that value whose identifier is not before from, and before to. */
WA_OUTCOME store_verification_delete_between(
    struct store *s, const char *from, const char *to, const char *value);

/* One step through the rows that ended before now: see sweep.h. */
WA_OUTCOME store_verification_sweep(struct store *s, int64_t now_ms, struct store_sweep *sweep);

#endif
