/*
 * The signing keys: reading them from the store, choosing the one that signs (contract.md 7.4), making
 * the first, rotating, publishing. Private keys are encrypted at rest as Better Auth does (7.5).
 */
#ifndef LIB_CORE_KEY_H
#define LIB_CORE_KEY_H

#include "lib/core/context.h"
#include "lib/core/jwk.h"
#include "lib/store/jwk.h"

struct wa_key {
	const char *kid;
	enum wa_jwk_alg alg;
	const char *alg_name; /* as published; a legacy row without alg has the configured one */
	const char *crv;      /* NULL for RSA */
	const char *public_jwk;
	int64_t created_ms;
	int64_t expires_ms; /* 0: never */
	bool usable;        /* the private key could be decrypted and is one we can sign with */
	struct wa_jwk_key private_key;
};

struct wa_key_set {
	struct wa_key *keys; /* newest first */
	size_t n;
	const struct wa_key *signer; /* NULL: none can sign, wa_key_ensure makes one */
};

/*
 * All keys still to be published (not past expiry + grace). A private key that cannot be decrypted makes
 * that key unusable for signing and nothing else (contract.md D). Memory from a, which must live as long
 * as the set: the daemon keeps one set per arena.
 */
WA_OUTCOME wa_key_load(const struct wa_context *cx, struct wa_arena *a, struct wa_key_set *ret);

/* Makes and stores a key of that algorithm; it signs from now on, unless another process was faster. */
WA_OUTCOME wa_key_create(struct wa_context *cx, enum wa_jwk_alg alg, const char **ret_kid);

/* Loads; when no key can sign, creates one and loads again. Writes: not on a reading connection. */
WA_OUTCOME wa_key_ensure(struct wa_context *cx, struct wa_arena *a, struct wa_key_set *ret);

/* A new key of the same (or the given) algorithm signs; the earlier ones of that algorithm get an
 * expiry of now, and stay published for the grace time. */
WA_OUTCOME wa_key_rotate(struct wa_context *cx, enum wa_jwk_alg alg, const char **ret_kid);

/* {"keys":[…]} as contract.md 7.1; public members only, whatever the stored text holds. */
WA_OUTCOME wa_key_publish(const struct wa_key_set *set, struct wa_buf *out);

/* Better Auth's symmetric encryption (contract.md 7.5): hex text with or without "$ba$VERSION$". */
WA_OUTCOME wa_key_encrypt(
    struct wa_arena *a, const struct wa_keyring *k, const char *text, const char **ret);
WA_OUTCOME wa_key_decrypt(
    struct wa_arena *a, const struct wa_keyring *k, const char *text, const char **ret);

#endif
