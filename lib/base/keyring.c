/* The secrets and where they come from. Reading the environment is right here and nowhere else. */
#include "lib/base/keyring.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/limits.h"
#include "lib/base/parse.h"
#include "lib/base/text.h"

/* Better Auth's default when nothing is configured: public, so as good as none (contract.md 13.2).
 */
#define PUBLISHED_DEFAULT "better-auth-secret-12345678901234567890"

/* Its memory is libsodium's, which cannot be had before that has started. */
static enum wa_err
keyring_new(struct wa_keyring **ret)
{
	if (sodium_init() < 0)
		return wa_fault(WA_ERR_CRYPTO, "libsodium cannot start: no random numbers?");
	*ret = calloc(1, sizeof(**ret));
	return *ret == NULL ? wa_fault(WA_ERR_NOMEM, "secrets") : WA_OK;
}

static enum wa_err
keyring_add(struct wa_keyring *k, int64_t version, const char *text, size_t n, const char *source)
{
	struct wa_keyring_entry *entry = &k->entries[k->n];

	if (k->n == WA_KEYRING_MAX)
		return wa_fault(WA_ERR_CONFIG, "%s: more than %d secrets", source, WA_KEYRING_MAX);
	if (n < WA_SECRET_MIN)
		return wa_fault(WA_ERR_CONFIG,
		    "%s: the secret has %zu characters, at least %d are needed; make one with: "
		    "openssl rand -base64 33",
		    source, n, WA_SECRET_MIN);
	if (n == strlen(PUBLISHED_DEFAULT) && memcmp(text, PUBLISHED_DEFAULT, n) == 0)
		return wa_fault(WA_ERR_CONFIG,
		    "%s: this is Better Auth's published default secret; make one with: openssl "
		    "rand -base64 33",
		    source);
	if (!wa_text_is_utf8(text, n))
		return wa_fault(WA_ERR_CONFIG, "%s: the secret is not UTF-8 text", source);
	if (wa_keyring_version(k, version) != NULL)
		return wa_fault(WA_ERR_CONFIG, "%s: the same version is given twice", source);
	entry->version = version;
	k->n++;
	return wa_secret_copy_guarded(text, n, &entry->secret);
}

/* When all secrets are there. */
static enum wa_err
keyring_finish(struct wa_keyring *k)
{
	const struct wa_secret *current = &k->entries[0].secret;

	k->mac = sodium_malloc(sizeof(*k->mac));
	if (k->mac == NULL)
		return wa_fault(WA_ERR_NOMEM, "secrets");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-null-argument" /* keyring_add takes no empty secret */
	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): the same */
	crypto_auth_hmacsha256_init(k->mac, (const unsigned char *)current->bytes, current->len);
#pragma GCC diagnostic pop
	return WA_OK;
}

/* "2:new,1:old": true when text is of that form as a whole at its first item. */
static bool
is_versioned(const char *text, uint64_t *ret_version, size_t *ret_prefix)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || text[digits] != ':')
		return false;
	*ret_prefix = digits + 1;
	return wa_parse_uint(text, digits, INT32_MAX, ret_version);
}

static enum wa_err
keyring_add_versions(struct wa_keyring *k, const char *text, const char *source)
{
	for (const char *p = text; *p != '\0';) {
		uint64_t version;
		size_t prefix, len;
		enum wa_err e;

		p += strspn(p, " \t");
		if (!is_versioned(p, &version, &prefix))
			return wa_fault(
			    WA_ERR_CONFIG, "%s: expected VERSION:SECRET[,VERSION:SECRET…]", source);
		p += prefix;
		len = strcspn(p, ",");
		while (len > 0 && (p[len - 1] == ' ' || p[len - 1] == '\t'))
			len--;
		e = keyring_add(k, (int64_t)version, p, len, source);
		if (e != WA_OK)
			return e;
		p += strcspn(p, ",");
		p += *p == ',';
	}
	return WA_OK;
}

enum wa_err
wa_keyring_parse(const char *text, const char *source, struct wa_keyring **ret)
{
	WA_CLEANUP(wa_keyring_freep) struct wa_keyring *k = NULL;
	uint64_t version;
	size_t prefix;
	enum wa_err e = keyring_new(&k);

	if (e != WA_OK)
		return e;
	if (is_versioned(text, &version, &prefix))
		e = keyring_add_versions(k, text, source);
	else
		e = keyring_add(k, -1, text, strlen(text), source);
	if (e == WA_OK)
		e = keyring_finish(k);
	if (e != WA_OK)
		return e;
	*ret = WA_TAKE(k);
	return WA_OK;
}

static enum wa_err
keyring_from_file(const char *path, struct wa_keyring **ret)
{
	WA_CLEANUP(wa_secret_done) struct wa_secret text = WA_SECRET_NONE;
	enum wa_err e = wa_secret_read_file(path, WA_SECRET_MAX, &text);

	if (e != WA_OK)
		return e;
	return wa_keyring_parse(text.bytes != NULL ? text.bytes : "", path, ret);
}

static enum wa_err
keyring_from_environment(struct wa_keyring **ret)
{
	const char *versions = secure_getenv("BETTER_AUTH_SECRETS");
	const char *single = secure_getenv("BETTER_AUTH_SECRET");
	WA_CLEANUP(wa_keyring_freep) struct wa_keyring *k = NULL;
	enum wa_err e;

	if (single != NULL && *single == '\0')
		single = NULL;
	if (versions == NULL || *versions == '\0') {
		if (single == NULL)
			return wa_fault(WA_ERR_CONFIG,
			    "no secret: set secret_file in the configuration (a file with at least "
			    "%d random "
			    "characters, mode 0600), the systemd credential webauth-secret, or "
			    "BETTER_AUTH_SECRET",
			    WA_SECRET_MIN);
		return wa_keyring_parse(single, "BETTER_AUTH_SECRET", ret);
	}
	e = keyring_new(&k);
	if (e == WA_OK)
		e = keyring_add_versions(k, versions, "BETTER_AUTH_SECRETS");
	if (e == WA_OK && single != NULL)
		e = keyring_add(k, -1, single, strlen(single), "BETTER_AUTH_SECRET");
	if (e == WA_OK)
		e = keyring_finish(k);
	if (e != WA_OK)
		return e;
	*ret = WA_TAKE(k);
	return WA_OK;
}

enum wa_err
wa_keyring_load(const struct wa_settings *s, struct wa_keyring **ret)
{
	const char *credentials = secure_getenv("CREDENTIALS_DIRECTORY");

	if (s->secret_file[0] != '\0')
		return keyring_from_file(s->secret_file, ret);
	if (credentials != NULL) {
		char path[4096];
		int n = snprintf(path, sizeof(path), "%s/webauth-secret", credentials);

		if (n > 0 && (size_t)n < sizeof(path) && access(path, F_OK) == 0)
			return keyring_from_file(path, ret);
	}
	return keyring_from_environment(ret);
}

void
wa_keyring_free(struct wa_keyring *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < WA_KEYRING_MAX; i++)
		wa_secret_done(&k->entries[i].secret);
	sodium_free(k->mac); /* wipes it */
	free(k);
}

void
wa_keyring_freep(struct wa_keyring **k)
{
	wa_keyring_free(*k);
	*k = NULL;
}

const struct wa_secret *
wa_keyring_current(const struct wa_keyring *k)
{
	return &k->entries[0].secret;
}

const struct crypto_auth_hmacsha256_state *
wa_keyring_mac(const struct wa_keyring *k)
{
	return k->mac;
}

const struct wa_secret *
wa_keyring_version(const struct wa_keyring *k, int64_t version)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->entries[i].version == version)
			return &k->entries[i].secret;
	return NULL;
}
