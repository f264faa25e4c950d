/*
 * A session's JWT as a stranger presents it: its shape, its header and its claims, everything but
 * the signature (jwt.h). What is read here is believed by nobody yet; it is read first because
 * refusing is cheaper than verifying.
 */
#ifndef LIB_CORE_CLAIMS_H
#define LIB_CORE_CLAIMS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/core/context.h"
#include "lib/core/key.h"

#define WA_JWT_MAX 4096 /* characters; longer ones are refused, and not kept in memory either */
#define WA_JWT_SKEW_S \
	60 /* how far ahead another maker's clock may be: for iat and nbf, not for exp */

struct wa_claims {
	const struct wa_key *key; /* of the set; its algorithm is the header's */
	const char *text;	  /* the token, closed with a NUL */
	size_t signed_len;	  /* header.payload */
	uint8_t *signature;
	size_t signature_len;

	const char *sub;
	const char *sid;
	const char *iss;
	const char *aud_json; /* as it came: a string or an array of strings */
	int64_t issued_s;     /* 0: does not say */
	int64_t not_before_s; /* the same */
	int64_t expires_s;
};

/*
 * Three canonical base64url segments; a header of alg, kid and perhaps typ "JWT", and nothing else,
 * whose kid is a key of the set and whose alg is that key's; a payload with sub, sid, exp, and the
 * iss and an aud of ours (both default to the origin). No duplicate member, no trailing byte.
 * Memory from cx; the key is borrowed from the set. WA_ERR_INVALID (the detail is fit for the
 * client), WA_ERR_NOMEM.
 */
WA_OUTCOME wa_claims_read(const struct wa_context *cx, const struct wa_key_set *set,
    const char *origin, const char *text, size_t n, struct wa_claims *ret);

/* What of that the clock may have changed since: exp, nbf and iat. WA_ERR_INVALID. */
WA_OUTCOME wa_claims_check_times(const struct wa_context *cx, const struct wa_claims *c);

#endif
