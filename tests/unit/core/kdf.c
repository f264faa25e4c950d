#include "tests/unit/core/kdf.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>

int __real_crypto_pwhash(unsigned char *const out, unsigned long long out_len,
    const char *const password, unsigned long long password_len, const unsigned char *const salt,
    unsigned long long passes, size_t memory, int alg);
int __wrap_crypto_pwhash(unsigned char *const out, unsigned long long out_len,
    const char *const password, unsigned long long password_len, const unsigned char *const salt,
    unsigned long long passes, size_t memory, int alg);
int __real_crypto_pwhash_str_alg(char out[crypto_pwhash_STRBYTES], const char *const password,
    unsigned long long password_len, unsigned long long passes, size_t memory, int alg);
int __wrap_crypto_pwhash_str_alg(char out[crypto_pwhash_STRBYTES], const char *const password,
    unsigned long long password_len, unsigned long long passes, size_t memory, int alg);
int __real_crypto_pwhash_str_verify(
    const char *text, const char *const password, unsigned long long password_len);
int __wrap_crypto_pwhash_str_verify(
    const char *text, const char *const password, unsigned long long password_len);
int __real_crypto_pwhash_scryptsalsa208sha256_ll(const uint8_t *password, size_t password_len,
    const uint8_t *salt, size_t salt_len, uint64_t n, uint32_t r, uint32_t p, uint8_t *out,
    size_t out_len);
int __wrap_crypto_pwhash_scryptsalsa208sha256_ll(const uint8_t *password, size_t password_len,
    const uint8_t *salt, size_t salt_len, uint64_t n, uint32_t r, uint32_t p, uint8_t *out,
    size_t out_len);
void *__real_mmap(void *address, size_t n, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *address, size_t n, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *address, size_t n, int protection, int flags, int fd, off_t offset);

static struct {
	enum kdf_mode mode;
	size_t count;
	struct kdf_call last;
	size_t hook_nth;
	void (*hook)(void *arg);
	void *hook_arg;
	size_t fail_from;
	int fail_mmap;
} kdf;

void
kdf_reset(enum kdf_mode mode)
{
	memset(&kdf, 0, sizeof(kdf));
	kdf.mode = mode;
}

size_t
kdf_count(void)
{
	return kdf.count;
}

struct kdf_call
kdf_last(void)
{
	return kdf.last;
}

void
kdf_before(size_t nth, void (*fn)(void *arg), void *arg)
{
	kdf.hook_nth = kdf.count + nth;
	kdf.hook = fn;
	kdf.hook_arg = arg;
}

void
kdf_fail_from(size_t nth)
{
	kdf.fail_from = kdf.count + nth;
}

void
kdf_fail_mmap(int yes)
{
	kdf.fail_mmap = yes;
}

static enum kdf_mode
called(struct kdf_call call)
{
	kdf.count++;
	kdf.last = call;
	if (kdf.count == kdf.hook_nth)
		kdf.hook(kdf.hook_arg);
	if (kdf.fail_from != 0 && kdf.count >= kdf.fail_from)
		return KDF_NO_MEMORY;
	return kdf.mode;
}

static int
without_kdf(enum kdf_mode mode, void *out, size_t out_len)
{
	if (mode == KDF_NO_MEMORY) {
		errno = ENOMEM;
		return -1;
	}
	memset(out, 0xa5, out_len);
	return 0;
}

int
__wrap_crypto_pwhash(unsigned char *const out, unsigned long long out_len,
    const char *const password, unsigned long long password_len, const unsigned char *const salt,
    unsigned long long passes, size_t memory, int alg)
{
	enum kdf_mode mode = called((struct kdf_call){KDF_ARGON2, passes, memory, (size_t)out_len});

	if (mode != KDF_REAL)
		return without_kdf(mode, out, (size_t)out_len);
	return __real_crypto_pwhash(
	    out, out_len, password, password_len, salt, passes, memory, alg);
}

int
__wrap_crypto_pwhash_str_alg(char out[crypto_pwhash_STRBYTES], const char *const password,
    unsigned long long password_len, unsigned long long passes, size_t memory, int alg)
{
	enum kdf_mode mode = called((struct kdf_call){KDF_ARGON2, passes, memory, 32});

	if (mode == KDF_NO_MEMORY)
		return without_kdf(mode, out, 0);
	return __real_crypto_pwhash_str_alg(out, password, password_len, passes, memory, alg);
}

/* libsodium says the same of a mismatch and of too little memory. */
int
__wrap_crypto_pwhash_str_verify(
    const char *text, const char *const password, unsigned long long password_len)
{
	if (called((struct kdf_call){.kind = KDF_ARGON2_TEXT}) == KDF_REAL)
		return __real_crypto_pwhash_str_verify(text, password, password_len);
	errno = EINVAL;
	return -1;
}

int
__wrap_crypto_pwhash_scryptsalsa208sha256_ll(const uint8_t *password, size_t password_len,
    const uint8_t *salt, size_t salt_len, uint64_t n, uint32_t r, uint32_t p, uint8_t *out,
    size_t out_len)
{
	enum kdf_mode mode = called((struct kdf_call){KDF_SCRYPT, n, r, out_len});

	if (mode != KDF_REAL)
		return without_kdf(mode, out, out_len);
	return __real_crypto_pwhash_scryptsalsa208sha256_ll(
	    password, password_len, salt, salt_len, n, r, p, out, out_len);
}

void *
__wrap_mmap(void *address, size_t n, int protection, int flags, int fd, off_t offset)
{
	if (kdf.fail_mmap) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return __real_mmap(address, n, protection, flags, fd, offset);
}

/* The same under the name it has where off_t has 64 bits by request. */
void *
__wrap_mmap64(void *address, size_t n, int protection, int flags, int fd, off_t offset)
{
	return __wrap_mmap(address, n, protection, flags, fd, offset);
}
