/* Rows of "jwks": the signing keys as Better Auth's JWT plugin keeps them (contract.md 2.1, 7.4).
 */
#ifndef LIB_STORE_JWK_H
#define LIB_STORE_JWK_H

#include "lib/base/arena.h"
#include "lib/store/store.h"

struct jwk_row {
	const char *id;		 /* the kid */
	const char *public_key;	 /* JSON text of the public JWK */
	const char *private_key; /* as stored: a JSON string of ciphertext, or a JWK's JSON text */
	int64_t created_ms;
	int64_t expires_ms; /* 0: never */
	const char *alg;    /* NULL: a row of Better Auth 1.6, or a table without the column */
	const char *crv;
};

/* All rows, newest first, at most limit. The array is arena memory. */
WA_OUTCOME store_jwk_all(
    struct store *s, struct wa_arena *a, int64_t limit, struct jwk_row **ret, size_t *ret_n);

WA_OUTCOME store_jwk_insert(struct store *s, const struct jwk_row *row);

/* Sets expiresAt. WA_ERR_NOT_FOUND. */
WA_OUTCOME store_jwk_set_expiry(struct store *s, const char *id, int64_t expires_ms);

/*
 * A number that changes whenever any process commits to this database; cheap. A reader that kept
 * keys in memory asks it to learn whether they may have changed.
 */
WA_OUTCOME store_jwk_stamp(struct store *s, int64_t *ret);

#endif
