/*
 * Password hashes: making them, checking them, knowing which are out of date. No users, no store.
 *
 * Two schemes: Better Auth's scrypt (contract.md 3.1) and Argon2id in the PHC string format at
 * OWASP's 19 MiB, t = 2, p = 1. The password is hashed in its NFKC form under either. The only
 * place that calls a KDF; what it costs is in docs/design.md.
 */
#ifndef LIB_CORE_PASSWORD_H
#define LIB_CORE_PASSWORD_H

#include <stdbool.h>

#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/error.h"
#include "lib/store/store.h"

#define WA_PASSWORD_HASH_SIZE 192 /* longest text of either scheme, with NUL */

/* The scheme new hashes have in this store: the configured one, AUTO resolved by who made the
 * store. */
enum wa_password_scheme wa_password_scheme_for(
    enum wa_password_scheme configured, const struct store_shape *shape);

/* scheme is not AUTO. WA_ERR_INVALID when the password is not UTF-8, WA_ERR_NOMEM, WA_ERR_CRYPTO.
 */
WA_OUTCOME wa_password_hash(struct wa_arena *a, enum wa_password_scheme scheme,
    const char *password, char ret[static WA_PASSWORD_HASH_SIZE]);

/*
 * WA_OK when it matches. WA_ERR_BAD_CREDENTIALS when not, or when the password is not UTF-8.
 * WA_ERR_HASH_UNUSABLE (detail: why) for a text that is no hash of ours, or whose cost is above
 * WA_KDF_MEMORY_MAX or WA_KDF_OPS_MAX: the KDF has not run then. WA_ERR_NOMEM when the KDF had no
 * memory.
 */
WA_OUTCOME wa_password_verify(struct wa_arena *a, const char *hash, const char *password);

/* Costs what verifying a hash of this scheme costs, and matches nothing. WA_OK, or the KDF's fault.
 */
WA_OUTCOME wa_password_burn(
    struct wa_arena *a, enum wa_password_scheme scheme, const char *password);

/* Should this hash be made anew after the next right password: another scheme, or a lower cost? */
bool wa_password_is_outdated(const char *hash, enum wa_password_scheme scheme);

/* The configured length rules, in UTF-16 units (contract.md 3.2): WA_ERR_PASSWORD_TOO_SHORT,
 * WA_ERR_PASSWORD_TOO_LONG; WA_ERR_INVALID when not UTF-8. */
WA_OUTCOME wa_password_check_new(const struct wa_settings *s, const char *password);

/* Only the upper bound, for a password that is to be proven. */
WA_OUTCOME wa_password_check_given(const struct wa_settings *s, const char *password);

#endif
