/*
 * Whatever text stands where a hash should: no KDF is ever asked for more than the limits, and what
 * it computes here (nothing) proves no password.
 */
#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/base/limits.h"
#include "lib/core/password.h"
#include "tests/fuzz/fuzz.h"

int __wrap_crypto_pwhash(unsigned char *const out, unsigned long long out_len,
    const char *const password, unsigned long long password_len, const unsigned char *const salt,
    unsigned long long passes, size_t memory, int alg);
int __wrap_crypto_pwhash_str_verify(
    const char *text, const char *const password, unsigned long long password_len);
int __wrap_crypto_pwhash_scryptsalsa208sha256_ll(const uint8_t *password, size_t password_len,
    const uint8_t *salt, size_t salt_len, uint64_t n, uint32_t r, uint32_t p, uint8_t *out,
    size_t out_len);

/* Nobody's key: a hash that holds it is left out below. */
#define KEY_BYTE 0xa5

int
__wrap_crypto_pwhash(unsigned char *const out, unsigned long long out_len,
    const char *const password, unsigned long long password_len, const unsigned char *const salt,
    unsigned long long passes, size_t memory, int alg)
{
	assert(memory <= WA_KDF_MEMORY_MAX && passes <= WA_KDF_OPS_MAX);
	assert(memory >= crypto_pwhash_MEMLIMIT_MIN && passes >= 1 && out_len >= 16);
	assert(alg == crypto_pwhash_ALG_ARGON2ID13 || alg == crypto_pwhash_ALG_ARGON2I13);
	assert(salt != NULL && strlen(password) == password_len);
	memset(out, KEY_BYTE, (size_t)out_len);
	return 0;
}

int
__wrap_crypto_pwhash_str_verify(
    const char *text, const char *const password, unsigned long long password_len)
{
	assert(strlen(text) <= WA_HASH_TEXT_MAX && strlen(password) == password_len);
	errno = EINVAL;
	return -1;
}

int
__wrap_crypto_pwhash_scryptsalsa208sha256_ll(const uint8_t *password, size_t password_len,
    const uint8_t *salt, size_t salt_len, uint64_t n, uint32_t r, uint32_t p, uint8_t *out,
    size_t out_len)
{
	assert(n == 16384 && r == 16 && p == 1 && out_len == 64 && salt_len > 0);
	assert(password != NULL && password_len > 0 && salt != NULL);
	memset(out, KEY_BYTE, out_len);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	enum wa_err e;
	char *hash;

	if (a == NULL)
		abort();
	if (size > 2 * WA_HASH_TEXT_MAX)
		return 0;
	hash = wa_arena_strndup(a, (const char *)data, size);
	e = wa_password_verify(a, hash, "a password");
	assert(e == WA_ERR_BAD_CREDENTIALS || e == WA_ERR_HASH_UNUSABLE ||
	    (e == WA_OK && (strstr(hash, "a5a5") != NULL || strstr(hash, "paWl") != NULL)));
	(void)wa_password_is_outdated(hash, WA_SCHEME_ARGON2ID);
	(void)wa_password_is_outdated(hash, WA_SCHEME_SCRYPT);
	return 0;
}
