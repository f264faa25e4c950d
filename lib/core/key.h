/*
 * The signing keys: reading them from the store, choosing the one that signs (contract.md 7.4),
 * making the first, rotating, publishing. Private keys are encrypted at rest as Better Auth does
 * (7.5).
 */
#ifndef LIB_CORE_KEY_H
#define LIB_CORE_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/context.h"
#include "lib/core/jwk.h"
#include "lib/store/jwk.h"

#define WA_KEYS_MAX	       64 /* rows looked at, newest first */
#define WA_KEY_FINGERPRINT_LEN 32
#define WA_KEY_SECRET_KID      "hs256" /* of tokens that are signed with BETTER_AUTH_SECRET itself */

struct wa_key {
	const char *kid;
	enum wa_jwk_alg alg;
	/* As published. A legacy row without one has the configured algorithm if it is a key for
	 * that, and else the one it is a key for. */
	const char *alg_name;
	const char *crv; /* NULL for RSA */
	const char *public_jwk;
	int64_t created_ms;
	int64_t expires_ms; /* 0: never */
	/* Not expired, of an algorithm we sign with, and its private key could be decrypted and
	 * belongs to the public one. */
	bool usable;
	struct wa_jwk_key private_key; /* the signer's; zero in all others */
	/* What it signed can be verified; of a row that is published as it is, perhaps not. */
	bool verifies;
	struct wa_jwk_key public_key;
	const struct wa_secret *secret; /* of WA_JWK_SECRET, which is no row: the keyring's */
};

struct wa_key_set {
	struct wa_key *keys; /* newest first */
	size_t n;
	const struct wa_key *signer; /* NULL: none can sign, wa_key_ensure makes one */
	uint8_t fingerprint[WA_KEY_FINGERPRINT_LEN]; /* of the rows it was read from */
};

/*
 * All keys still to be published (not past expiry + grace). A private key that cannot be decrypted
 * makes that key unusable for signing and nothing else (contract.md D); a row whose public key is
 * no JWK is left out. Memory from a, which must live as long as the set: the daemon keeps one set
 * per arena. It takes up to WA_ARENA_MAX more while it runs.
 */
WA_OUTCOME wa_key_load(const struct wa_context *cx, struct wa_arena *a, struct wa_key_set *ret);

/* The fingerprint that wa_key_load would give, without opening a key: reading the rows costs
 * microseconds, opening them milliseconds. */
WA_OUTCOME wa_key_fingerprint(
    const struct wa_context *cx, uint8_t ret[static WA_KEY_FINGERPRINT_LEN]);

/* The key of that kid that verifies; NULL when the set has none. */
const struct wa_key *wa_key_find(const struct wa_key_set *set, const char *kid);

/* Has the signer an end that is near (jwt_publish_ahead), and no key after it is published yet? */
bool wa_key_wants_successor(const struct wa_context *cx, const struct wa_key_set *set);

/*
 * Publishes the key that will sign after that one, if it is still wanted. Node and we let the
 * newest live key sign, so the new one is dated just before the signer: it signs nothing until that
 * has ended, and from then on everything. Writes.
 */
WA_OUTCOME wa_key_add_successor(struct wa_context *cx);

/* Makes and stores a key of that algorithm, newer than all others; kid is memory of cx. No
 * transaction may be open, here and in the two below. WA_ERR_INVALID for WA_JWK_OTHER,
 * WA_ERR_CONFIG without a keyring, faults. */
WA_OUTCOME wa_key_create(struct wa_context *cx, enum wa_jwk_alg alg, const char **ret_kid);

/* Loads; when no key can sign, creates one of the configured algorithm and loads again. Of
 * processes that do so at once, one creates. Writes: not on a reading connection
 * (WA_ERR_WRONG_LANE). */
WA_OUTCOME wa_key_ensure(struct wa_context *cx, struct wa_arena *a, struct wa_key_set *ret);

/* A new key of the same (or the given) algorithm signs; the earlier ones of that algorithm get an
 * expiry of now, and stay published for the grace time. */
WA_OUTCOME wa_key_rotate(struct wa_context *cx, enum wa_jwk_alg alg, const char **ret_kid);

/* {"keys":[…]} as contract.md 7.1; public members only, whatever the stored text holds. The second
 * also says what each key is for ("use":"sig"), which Better Auth does not. */
WA_OUTCOME wa_key_publish(const struct wa_key_set *set, struct wa_buf *out);
WA_OUTCOME wa_key_publish_with_use(const struct wa_key_set *set, struct wa_buf *out);

/* Better Auth's symmetric encryption (contract.md 7.5): hex text, with "$ba$VERSION$" before it
 * when the current secret has a version. Decrypting: WA_ERR_INVALID when no secret at hand opens
 * it. */
WA_OUTCOME wa_key_encrypt(
    struct wa_arena *a, const struct wa_keyring *k, const char *text, const char **ret);
WA_OUTCOME wa_key_decrypt(
    struct wa_arena *a, const struct wa_keyring *k, const char *text, const char **ret);

#endif
