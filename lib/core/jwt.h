/*
 * JWTs: minted from a session, signed with a key of key.h. The one includer of libjwt's header:
 * ES256 and RS256 are libjwt's, EdDSA is libsodium's, because libjwt 1.10 has none. What libjwt
 * must never be trusted with is in docs/design.md.
 *
 * libjwt sorts members by name and adds typ "JWT"; nothing depends on either (contract.md 7.3 gives
 * Better Auth's order, which EdDSA tokens have here too).
 */
#ifndef LIB_CORE_JWT_H
#define LIB_CORE_JWT_H

#include "lib/base/json.h"
#include "lib/core/claims.h"
#include "lib/core/context.h"
#include "lib/core/key.h"
#include "lib/store/session.h"
#include "lib/store/user.h"

/*
 * The JWT of a session (contract.md 7.3): iat, the user's members, sub, exp, iss, aud, and our sid.
 * It never outlives the session, whose end is checked by the caller. iss and aud default to the
 * origin given. key is the signer of a set. Arena memory of cx. WA_ERR_TOO_LONG when the user's
 * data does not fit (an image that another process stored); WA_ERR_CRYPTO, WA_ERR_NOMEM.
 *
 * With the secret (HS256) email is null: Better Auth takes any token of the secret that holds an
 * e-mail address for the proof that its bearer has read a mail sent there.
 */
WA_OUTCOME wa_jwt_mint(const struct wa_context *cx, const struct wa_key *key, const char *origin,
    const struct session *s, const struct user *u, const char **ret_token, int64_t *ret_expires_ms);

/* Does the signature fit what wa_claims_read read? WA_ERR_INVALID (detail fit for the client),
 * WA_ERR_CRYPTO, WA_ERR_NOMEM. */
WA_OUTCOME wa_jwt_verify(const struct wa_claims *c);

/* Whether wa_jwt_verify is quick enough for the loop: only where libjwt has no PEM to parse. */
bool wa_jwt_verifies_quickly(const struct wa_key *key);

/*
 * HS256 with a secret that signer and verifier share: e-mail tokens (contract.md 5.8). The caller
 * writes the claims; the header says HS256 and typ JWT. WA_ERR_CRYPTO, WA_ERR_NOMEM.
 */
WA_OUTCOME wa_jwt_sign_shared(struct wa_arena *a, const struct wa_secret *secret,
    struct wa_buf *claims, const char **ret_token);

/*
 * The claims of such a token, an object without duplicate members, once its signature was found
 * right; what they say is for the caller to judge. Any other algorithm, a header with more than alg
 * and typ, a text that is not three canonical segments: WA_ERR_INVALID. WA_ERR_NOMEM.
 */
WA_OUTCOME wa_jwt_open_shared(
    const struct wa_secret *secret, const char *token, struct wa_json **ret_claims);

#endif
