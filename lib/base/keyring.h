/*
 * BETTER_AUTH_SECRET and its versions (contract.md 13.2): where they come from, and which is used.
 * For the daemon and the tools; the PAM module takes none in.
 */
#ifndef LIB_BASE_KEYRING_H
#define LIB_BASE_KEYRING_H

#include <stdint.h>

#include "lib/base/config.h"
#include "lib/base/secret.h"

#define WA_KEYRING_MAX 16

struct crypto_auth_hmacsha256_state;

struct wa_keyring {
	/* What signs cookies and encrypts from now on. version -1: an unversioned secret. */
	struct wa_keyring_entry {
		int64_t version;
		struct wa_secret secret;
	} entries[WA_KEYRING_MAX]; /* the first is the current one; the legacy one has version -1 */
	size_t n;
	struct crypto_auth_hmacsha256_state *mac; /* wa_keyring_mac() */
};

/*
 * Sources, the first that is there: secret_file (one secret, or "2:new,1:old" as
 * BETTER_AUTH_SECRETS has it), the systemd credential "webauth-secret", BETTER_AUTH_SECRETS with
 * BETTER_AUTH_SECRET as the legacy one, BETTER_AUTH_SECRET. A secret under WA_SECRET_MIN characters
 * is refused, as is Better Auth's published default. WA_ERR_CONFIG says which source and what to
 * do.
 */
WA_OUTCOME wa_keyring_load(const struct wa_settings *s, struct wa_keyring **ret);

/* From one secret text; for tests and for webauthctl. */
WA_OUTCOME wa_keyring_parse(const char *text, const char *source, struct wa_keyring **ret);

void wa_keyring_free(struct wa_keyring *k);
void wa_keyring_freep(struct wa_keyring **k);

/* The secret that signs. */
const struct wa_secret *wa_keyring_current(const struct wa_keyring *k);

/* HMAC-SHA256 with the secret that signs already taken in: to be copied, which is half the work of
 * beginning anew. */
const struct crypto_auth_hmacsha256_state *wa_keyring_mac(const struct wa_keyring *k);

/* The secret of that version (-1: the unversioned one), NULL when there is none. */
const struct wa_secret *wa_keyring_version(const struct wa_keyring *k, int64_t version);

#endif
