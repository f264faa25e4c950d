/*
 * Values that a client keeps for us: value "." base64(HMAC-SHA256(secret, value))
 * (contract.md 4.2). Signed with the current secret and accepted under each that is in the keyring,
 * so that a rotation signs nobody out. Better Auth accepts the current one alone.
 */
#ifndef LIB_CORE_SIGNED_VALUE_H
#define LIB_CORE_SIGNED_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/arena.h"
#include "lib/base/keyring.h"

#define WA_SIGNATURE_LEN 44 /* base64 of 32 bytes, padded */

/* "value.signature", not percent-encoded; arena memory, NULL when there is none. */
char *wa_signed_value_make(struct wa_arena *a, const struct wa_keyring *k, const char *value);

/*
 * The value inside text of n bytes, percent-decoded first when it holds a '%' (left alone when that
 * fails), split at the last dot. Arena memory; NULL when the shape is wrong, the signature does not
 * fit, or there is no memory. Constant time in the signature.
 */
char *wa_signed_value_open(
    struct wa_arena *a, const struct wa_keyring *k, const char *text, size_t n);

/*
 * A bearer token (contract.md 8): with a dot it must be signed (first dot, either base64 alphabet,
 * padding optional), without one it is taken as it is unless require_signature. The session token,
 * or NULL: then the header is ignored. *ret_cookie_form: whether it would also pass as a cookie (44
 * characters of padded standard base64), which Better Auth demands afterwards.
 */
char *wa_signed_value_bearer(struct wa_arena *a, const struct wa_keyring *k, const char *text,
    size_t n, bool require_signature, bool *ret_cookie_form);

#endif
