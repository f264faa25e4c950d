/*
 * Public keys and private keys between their forms: JWK (contract.md 7.4, RFC 7517), the PEM that
 * libjwt takes, and raw Ed25519. Also makes new ones. The only includer of OpenSSL's headers:
 * libjwt 1.10 can neither generate keys nor read JWKs, and it is linked to libcrypto anyway.
 */
#ifndef LIB_CORE_JWK_H
#define LIB_CORE_JWK_H

#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"

struct wa_json;

/* Starts OpenSSL, which reads its configuration then. For a process that will lose the right to
 * open files. WA_ERR_CRYPTO. */
WA_OUTCOME wa_jwk_init(void);

enum wa_jwk_alg {
	WA_JWK_ES256,
	WA_JWK_EDDSA,
	WA_JWK_RS256,
	WA_JWK_OTHER,  /* published as it is, and verified with where we can (ES512, PS256); signs
			  nothing */
	WA_JWK_SECRET, /* HS256 with BETTER_AUTH_SECRET: no JWK, and no row is ever taken for it */
};

enum wa_jwk_alg wa_jwk_alg_from_name(const char *alg);
const char *wa_jwk_alg_name(enum wa_jwk_alg alg);
const char *wa_jwk_alg_crv(enum wa_jwk_alg alg); /* NULL for RSA */

/* The algorithm of a public JWK whose row does not say: the preferred one where the key can be of
 * it, else the first that fits, else the preferred one. */
const char *wa_jwk_alg_guess(const struct wa_json *jwk, const char *preferred);

/* JSON texts of the public and the private JWK, members in the order jose writes them, without alg,
 * kid and use. Arena memory. WA_ERR_CRYPTO, WA_ERR_NOMEM. */
WA_OUTCOME wa_jwk_generate(
    struct wa_arena *a, enum wa_jwk_alg alg, const char **ret_public, const char **ret_private);

/* A key ready for use. EC must be of its algorithm's curve, RSA at least 2048 bits: WA_ERR_INVALID
 * (detail) otherwise.
 */
struct wa_jwk_key {
	enum wa_jwk_alg alg;
	const char *pem; /* ES256, RS256: PEM with its NUL; NULL for EdDSA */
	uint8_t ed25519_public[32];
	uint8_t
	    ed25519_secret[64]; /* libsodium's form, seed then public key; zero in a public key */
};

WA_OUTCOME wa_jwk_public(
    struct wa_arena *a, enum wa_jwk_alg alg, const char *jwk_json, struct wa_jwk_key *ret);

/* The same for every algorithm of contract.md 7.4, those included that we do not sign with; alg is
 * then WA_JWK_OTHER. */
WA_OUTCOME wa_jwk_verifier(
    struct wa_arena *a, const char *alg_name, const char *jwk_json, struct wa_jwk_key *ret);

/* RSASSA-PSS with SHA-256, which libjwt 1.10 lacks; key is a verifier's. WA_ERR_INVALID. */
WA_OUTCOME wa_jwk_verify_ps256(const struct wa_jwk_key *key, const void *text, size_t n,
    const uint8_t *signature, size_t signature_len);

/* Also WA_ERR_INVALID when it is not the private half of that public JWK: what it signed could be
 * verified by nobody. */
WA_OUTCOME wa_jwk_private(struct wa_arena *a, enum wa_jwk_alg alg, const char *jwk_json,
    const char *public_json, struct wa_jwk_key *ret);

#endif
