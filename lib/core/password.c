/*
 * The two schemes on libsodium's KDFs. Nothing here is kept between calls.
 *
 * A stored hash is parsed completely before a KDF runs: its cost decides how much memory a login
 * takes, and whoever can write the store must not be able to make a login take more than the limits
 * allow.
 */
#include "lib/core/password.h"

#include <sodium.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/base/encode.h"
#include "lib/base/limits.h"
#include "lib/base/parse.h"
#include "lib/base/text.h"

/* OWASP's row for Argon2id: 19 MiB, two passes, one lane. */
#define ARGON2_MEMORY_KIB 19456
#define ARGON2_PASSES	  2
#define ARGON2_SALT_LEN	  crypto_pwhash_SALTBYTES
#define ARGON2_SALT_MAX	  64
#define ARGON2_SALT_MIN	  8 /* RFC 9106, 3.1 */
#define ARGON2_KEY_MAX	  64
#define ARGON2_KEY_MIN	  16 /* shorter ones are cut off, and easy to hit by chance */

/* Better Auth's scrypt (contract.md 3.1). */
#define SCRYPT_N	16384
#define SCRYPT_R	16
#define SCRYPT_P	1
#define SCRYPT_MEMORY	(128ULL * SCRYPT_N * SCRYPT_R)
#define SCRYPT_KEY_LEN	64
#define SCRYPT_SALT_LEN 32 /* characters of the salts we make */
#define SCRYPT_SALT_MAX 64

/* libsodium leaves parts of what it derived in the stack below its caller, within this many bytes.
 */
#define KDF_STACK 16384

struct argon2_hash {
	int alg; /* crypto_pwhash_ALG_… */
	uint64_t memory_kib;
	uint64_t passes;
	uint64_t lanes;
	uint8_t salt[ARGON2_SALT_MAX];
	size_t salt_len;
	uint8_t key[ARGON2_KEY_MAX];
	size_t key_len;
};

struct scrypt_hash {
	const char *salt; /* inside the text; used as the characters it is written with */
	size_t salt_len;
	uint8_t key[SCRYPT_KEY_LEN];
};

static void
wipe_key(uint8_t (*key)[ARGON2_KEY_MAX])
{
	sodium_memzero(key, sizeof(*key));
}

_Static_assert(ARGON2_KEY_MAX >= SCRYPT_KEY_LEN, "one kind of key array serves both schemes");

static enum wa_err
start(void)
{
	if (sodium_init() < 0)
		return wa_fault(WA_ERR_CRYPTO, "libsodium cannot start: no source of random bytes");
	return WA_OK;
}

/* With parameters that were checked before, a KDF fails for one reason only. */
static enum wa_err
no_memory(uint64_t bytes)
{
	return wa_fault(WA_ERR_NOMEM,
	    "hashing a password needs %llu MiB of memory at once; raise the memory limit of this "
	    "service",
	    (unsigned long long)((bytes + (1 << 20) - 1) >> 20));
}

/* Reading PHC strings: $argon2id$v=19$m=19456,t=2,p=1$salt$key. Each step moves *p past what it
 * took. */

static bool
take_literal(const char **p, const char *literal)
{
	size_t n = strlen(literal);

	if (strncmp(*p, literal, n) != 0)
		return false;
	*p += n;
	return true;
}

static bool
take_number(const char **p, uint64_t *ret)
{
	size_t n = strspn(*p, "0123456789");

	if (!wa_parse_uint(*p, n, UINT32_MAX, ret))
		return false;
	*p += n;
	return true;
}

/* PHC's base64 is the standard alphabet without padding, which lib/base/encode.h does not have. */
static bool
take_base64(const char **p, uint8_t *out, size_t out_max, size_t *ret_len)
{
	size_t n = strcspn(*p, "$");

	if (sodium_base642bin(out, out_max, *p, n, NULL, ret_len, NULL,
		sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
		return false;
	*p += n;
	return true;
}

static bool
argon2_parse(const char *text, struct argon2_hash *ret)
{
	const char *p = text;

	if (take_literal(&p, "$argon2id$"))
		ret->alg = crypto_pwhash_ALG_ARGON2ID13;
	else if (take_literal(&p, "$argon2i$"))
		ret->alg = crypto_pwhash_ALG_ARGON2I13;
	else
		return false;

	return take_literal(&p, "v=19$m=") && take_number(&p, &ret->memory_kib) &&
	    take_literal(&p, ",t=") && take_number(&p, &ret->passes) && take_literal(&p, ",p=") &&
	    take_number(&p, &ret->lanes) && take_literal(&p, "$") &&
	    take_base64(&p, ret->salt, sizeof(ret->salt), &ret->salt_len) &&
	    take_literal(&p, "$") && take_base64(&p, ret->key, sizeof(ret->key), &ret->key_len) &&
	    *p == '\0' && ret->passes >= 1 && ret->lanes >= 1 &&
	    ret->memory_kib >= 8 * ret->lanes && ret->salt_len >= ARGON2_SALT_MIN &&
	    ret->key_len >= ARGON2_KEY_MIN;
}

static bool
argon2_is_affordable(const struct argon2_hash *h)
{
	return h->memory_kib * 1024 <= WA_KDF_MEMORY_MAX && h->passes <= WA_KDF_OPS_MAX;
}

/* What crypto_pwhash() can compute, and with it libsodium's own hashes and ours. */
static bool
argon2_is_plain(const struct argon2_hash *h)
{
	return h->lanes == 1 && h->salt_len == ARGON2_SALT_LEN &&
	    (h->alg == crypto_pwhash_ALG_ARGON2ID13 ||
		h->passes >= crypto_pwhash_argon2i_OPSLIMIT_MIN);
}

static enum wa_err
argon2_verify_plain(const struct argon2_hash *h, const char *password)
{
	WA_CLEANUP(wipe_key) uint8_t key[ARGON2_KEY_MAX] = {0};
	size_t memory = (size_t)h->memory_kib * 1024;
	int failed;

	failed = crypto_pwhash(
	    key, h->key_len, password, strlen(password), h->salt, h->passes, memory, h->alg);
	sodium_stackzero(KDF_STACK);
	if (failed != 0)
		return no_memory(memory);
	if (sodium_memcmp(key, h->key, h->key_len) != 0)
		return WA_ERR_BAD_CREDENTIALS;
	return WA_OK;
}

/*
 * Hashes of other programs: several lanes, another length of salt. libsodium verifies them from
 * their text, but calls it a mismatch when it had no memory. So a mismatch counts only if that
 * memory can be had; nobody is to be told that a right password is wrong.
 */
static enum wa_err
argon2_verify_foreign(const struct argon2_hash *h, const char *text, const char *password)
{
	size_t memory = (size_t)h->memory_kib * 1024;
	void *probe;
	int failed;

	failed = crypto_pwhash_str_verify(text, password, strlen(password));
	sodium_stackzero(KDF_STACK);
	if (failed == 0)
		return WA_OK;

	/* Not malloc(): the compiler may leave out one that nobody writes to. */
	probe = mmap(NULL, memory, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (probe == MAP_FAILED)
		return no_memory(memory);
	(void)munmap(probe, memory);
	return WA_ERR_BAD_CREDENTIALS;
}

static enum wa_err
argon2_burn(const char *password)
{
	static const struct argon2_hash dummy = {
	    .alg = crypto_pwhash_ALG_ARGON2ID13,
	    .memory_kib = ARGON2_MEMORY_KIB,
	    .passes = ARGON2_PASSES,
	    .lanes = 1,
	    .salt = "no user has this",
	    .salt_len = ARGON2_SALT_LEN,
	    .key_len = 32,
	};

	return argon2_verify_plain(&dummy, password);
}

/* "salt:key", the key in lower-case hex. The salt is whatever text stands there, as in Better Auth.
 */
static bool
scrypt_parse(const char *text, struct scrypt_hash *ret)
{
	const char *colon = strchr(text, ':');

	if (colon == NULL || colon == text || colon - text > SCRYPT_SALT_MAX)
		return false;
	for (const char *p = text; p < colon; p++) {
		if (*p <= ' ' || *p > '~')
			return false;
	}
	ret->salt = text;
	ret->salt_len = (size_t)(colon - text);
	return wa_hex_decode(colon + 1, strlen(colon + 1), ret->key, sizeof(ret->key));
}

static enum wa_err
scrypt_derive(
    const char *password, const char *salt, size_t salt_len, uint8_t key[static SCRYPT_KEY_LEN])
{
	int failed;

	failed = crypto_pwhash_scryptsalsa208sha256_ll((const uint8_t *)password, strlen(password),
	    (const uint8_t *)salt, salt_len, SCRYPT_N, SCRYPT_R, SCRYPT_P, key, SCRYPT_KEY_LEN);
	sodium_stackzero(KDF_STACK);
	if (failed != 0)
		return no_memory(SCRYPT_MEMORY);
	return WA_OK;
}

static enum wa_err
scrypt_verify(const struct scrypt_hash *h, const char *password)
{
	WA_CLEANUP(wipe_key) uint8_t key[ARGON2_KEY_MAX] = {0};
	enum wa_err e;

	e = scrypt_derive(password, h->salt, h->salt_len, key);
	if (e != WA_OK)
		return e;
	if (sodium_memcmp(key, h->key, SCRYPT_KEY_LEN) != 0)
		return WA_ERR_BAD_CREDENTIALS;
	return WA_OK;
}

static enum wa_err
scrypt_burn(const char *password)
{
	static const struct scrypt_hash dummy = {
	    .salt = "00000000000000000000000000000000",
	    .salt_len = SCRYPT_SALT_LEN,
	};

	return scrypt_verify(&dummy, password);
}

static enum wa_err
scrypt_hash(const char *password, char ret[static WA_PASSWORD_HASH_SIZE])
{
	WA_CLEANUP(wipe_key) uint8_t key[ARGON2_KEY_MAX] = {0};
	uint8_t random[SCRYPT_SALT_LEN / 2];
	char salt[SCRYPT_SALT_LEN + 1];
	enum wa_err e;

	randombytes_buf(random, sizeof(random));
	wa_hex_encode(random, sizeof(random), salt);

	e = scrypt_derive(password, salt, SCRYPT_SALT_LEN, key);
	if (e != WA_OK)
		return e;

	memcpy(ret, salt, SCRYPT_SALT_LEN);
	ret[SCRYPT_SALT_LEN] = ':';
	wa_hex_encode(key, SCRYPT_KEY_LEN, ret + SCRYPT_SALT_LEN + 1);
	return WA_OK;
}

_Static_assert(SCRYPT_SALT_LEN + 1 + 2 * SCRYPT_KEY_LEN < WA_PASSWORD_HASH_SIZE, "a hash fits");
_Static_assert(crypto_pwhash_STRBYTES <= WA_PASSWORD_HASH_SIZE, "a hash fits");

static enum wa_err
argon2_hash(const char *password, char ret[static WA_PASSWORD_HASH_SIZE])
{
	char text[crypto_pwhash_STRBYTES];
	const size_t memory = (size_t)ARGON2_MEMORY_KIB * 1024;
	int failed;

	failed = crypto_pwhash_str_alg(
	    text, password, strlen(password), ARGON2_PASSES, memory, crypto_pwhash_ALG_ARGON2ID13);
	sodium_stackzero(KDF_STACK);
	if (failed != 0)
		return no_memory(memory);
	memcpy(ret, text, sizeof(text));
	return WA_OK;
}

enum wa_password_scheme
wa_password_scheme_for(enum wa_password_scheme configured, const struct store_shape *shape)
{
	if (configured != WA_SCHEME_AUTO)
		return configured;
	return shape->origin == STORE_ORIGIN_NODE ? WA_SCHEME_SCRYPT : WA_SCHEME_ARGON2ID;
}

enum wa_err
wa_password_hash(struct wa_arena *a, enum wa_password_scheme scheme, const char *password,
    char ret[static WA_PASSWORD_HASH_SIZE])
{
	const char *normal;
	enum wa_err e;

	e = start();
	if (e != WA_OK)
		return e;

	e = wa_text_nfkc(a, password, &normal);
	if (e != WA_OK)
		return e;

	switch (scheme) {
	case WA_SCHEME_ARGON2ID: return argon2_hash(normal, ret);
	case WA_SCHEME_SCRYPT: return scrypt_hash(normal, ret);
	case WA_SCHEME_AUTO: break;
	}
	return wa_fault(WA_ERR_CRYPTO, "no password scheme chosen");
}

enum wa_err
wa_password_verify(struct wa_arena *a, const char *hash, const char *password)
{
	struct argon2_hash argon2 = {0};
	struct scrypt_hash scrypt = {0};
	bool is_argon2;
	const char *normal;
	enum wa_err e;

	e = start();
	if (e != WA_OK)
		return e;

	if (strnlen(hash, WA_HASH_TEXT_MAX + 1) > WA_HASH_TEXT_MAX)
		return wa_refuse(WA_ERR_HASH_UNUSABLE, "the stored password hash is too long");
	is_argon2 = argon2_parse(hash, &argon2);
	if (!is_argon2 && !scrypt_parse(hash, &scrypt))
		return wa_refuse(WA_ERR_HASH_UNUSABLE,
		    "the stored password hash is neither Argon2 nor Better Auth's scrypt; "
		    "the user needs a new password");
	if (is_argon2 && !argon2_is_affordable(&argon2))
		return wa_refuse(WA_ERR_HASH_UNUSABLE,
		    "the stored password hash asks for %llu KiB and %llu passes, more than is "
		    "allowed",
		    (unsigned long long)argon2.memory_kib, (unsigned long long)argon2.passes);

	e = wa_text_nfkc(a, password, &normal);
	if (e == WA_ERR_INVALID)
		return WA_ERR_BAD_CREDENTIALS;
	if (e != WA_OK)
		return e;

	if (!is_argon2)
		return scrypt_verify(&scrypt, normal);
	if (argon2_is_plain(&argon2))
		return argon2_verify_plain(&argon2, normal);
	return argon2_verify_foreign(&argon2, hash, normal);
}

enum wa_err
wa_password_burn(struct wa_arena *a, enum wa_password_scheme scheme, const char *password)
{
	const char *normal;
	enum wa_err e;

	e = start();
	if (e != WA_OK)
		return e;

	/* A password that is not UTF-8 costs a known user no KDF either. */
	e = wa_text_nfkc(a, password, &normal);
	if (e == WA_ERR_INVALID)
		return WA_OK;
	if (e != WA_OK)
		return e;

	e = scheme == WA_SCHEME_SCRYPT ? scrypt_burn(normal) : argon2_burn(normal);
	return e == WA_ERR_BAD_CREDENTIALS ? WA_OK : e;
}

/* Another program's higher cost is kept: less memory than ours does not become enough by more
 * passes, but more of it with fewer passes may. */
bool
wa_password_is_outdated(const char *hash, enum wa_password_scheme scheme)
{
	struct argon2_hash argon2 = {0};
	struct scrypt_hash scrypt = {0};

	if (scheme == WA_SCHEME_SCRYPT)
		return !scrypt_parse(hash, &scrypt) || scrypt.salt_len < SCRYPT_SALT_LEN;

	return !argon2_parse(hash, &argon2) || argon2.alg != crypto_pwhash_ALG_ARGON2ID13 ||
	    argon2.memory_kib < ARGON2_MEMORY_KIB ||
	    argon2.memory_kib * argon2.passes < ARGON2_MEMORY_KIB * ARGON2_PASSES;
}

static enum wa_err
utf16_len(const char *password, size_t *ret)
{
	size_t n = strlen(password);

	if (n > WA_PASSWORD_MAX)
		return WA_ERR_PASSWORD_TOO_LONG;
	if (!wa_text_is_utf8(password, n))
		return wa_refuse(WA_ERR_INVALID, "the password is not UTF-8");
	*ret = wa_text_utf16_len(password);
	return WA_OK;
}

enum wa_err
wa_password_check_new(const struct wa_settings *s, const char *password)
{
	size_t len;
	enum wa_err e;

	e = utf16_len(password, &len);
	if (e != WA_OK)
		return e;
	if (len < s->min_password_length)
		return WA_ERR_PASSWORD_TOO_SHORT;
	if (len > s->max_password_length)
		return WA_ERR_PASSWORD_TOO_LONG;
	return WA_OK;
}

enum wa_err
wa_password_check_given(const struct wa_settings *s, const char *password)
{
	size_t len;
	enum wa_err e;

	e = utf16_len(password, &len);
	if (e != WA_OK)
		return e;
	return len > s->max_password_length ? WA_ERR_PASSWORD_TOO_LONG : WA_OK;
}
