/*
 * Stands between the code and libsodium's KDFs (executables linked with KDF_WRAPS of meson.build):
 * counts them, notes what they were asked for, and can keep them from computing or from having
 * memory.
 */
#ifndef TESTS_UNIT_CORE_KDF_H
#define TESTS_UNIT_CORE_KDF_H

#include <stddef.h>
#include <stdint.h>

enum kdf_mode {
	KDF_REAL,
	KDF_MISMATCH, /* computes nothing: what comes out matches no hash */
	KDF_NO_MEMORY,
};

struct kdf_call {
	enum kdf_kind {
		KDF_ARGON2,
		KDF_ARGON2_TEXT, /* crypto_pwhash_str_verify() */
		KDF_SCRYPT,
	} kind;
	uint64_t passes; /* of scrypt: N */
	uint64_t memory; /* bytes; of scrypt: r */
	size_t key_len;
};

/* Forgets calls and hook, and sets the mode. */
void kdf_reset(enum kdf_mode mode);

size_t kdf_count(void);
struct kdf_call kdf_last(void);

/* Runs before the nth KDF from now; 1 is the next. */
void kdf_before(size_t nth, void (*fn)(void *arg), void *arg);

/* From the nth KDF on there is no memory. */
void kdf_fail_from(size_t nth);

/* mmap() has no memory either. */
void kdf_fail_mmap(int yes);

#endif
