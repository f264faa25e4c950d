#include "sessiond/kdf_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>
#include <sodium.h>

#define MIB   ((size_t)1 << 20)
#define FLAGS (MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE)

/* By the names that libsodium uses. */
void *plain_mmap(void *addr, size_t n, int prot, int flags, int fd, off_t offset) __asm__("mmap");
int plain_munmap(void *addr, size_t n) __asm__("munmap");

static void
hash(uint8_t key[static 32], size_t memory)
{
	static const uint8_t salt[crypto_pwhash_SALTBYTES] = "0123456789abcde";

	assert_int_equal(
	    crypto_pwhash(key, 32, "password", 8, salt, 2, memory, crypto_pwhash_ALG_ARGON2ID13),
	    0);
}

static void *
take(size_t n)
{
	uint8_t *p = plain_mmap(NULL, n, PROT_READ | PROT_WRITE, FLAGS, -1, 0);

	assert_true(p != MAP_FAILED);
	assert_true(sodium_is_zero(p, n));
	return p;
}

static void
a_hash_is_the_same_and_leaves_nothing_behind(void **state)
{
	uint8_t before[32], key[32];

	(void)state;
	hash(before, 19 * MIB);
	assert_int_equal(kdf_memory_kept(), 0);
	kdf_memory_begin();
	for (int i = 0; i < 3; i++) {
		void *p;

		hash(key, 19 * MIB);
		assert_memory_equal(key, before, sizeof(key));
		if (!kdf_memory_is_on())
			continue;
		assert_true(kdf_memory_kept() >= 19 * MIB);
		p = take(kdf_memory_kept());
		assert_int_equal(plain_munmap(p, kdf_memory_kept()), 0);
	}
	hash(key, 12 * MIB);
	hash(key, 19 * MIB);
	assert_memory_equal(key, before, sizeof(key));
	kdf_memory_end();
	kdf_memory_release();
	assert_int_equal(kdf_memory_kept(), 0);
	hash(key, 19 * MIB);
	assert_memory_equal(key, before, sizeof(key));
	assert_int_equal(kdf_memory_kept(), 0);
}

static void
what_is_lent_is_not_lent_again(void **state)
{
	void *first, *second;

	(void)state;
	if (!kdf_memory_is_on())
		return;
	kdf_memory_begin();
	first = take(2 * MIB);
	second = take(2 * MIB);
	assert_true(first != second);
	memset(first, 1, 2 * MIB);
	memset(second, 2, 2 * MIB);
	kdf_memory_release(); /* not under a hash */
	assert_int_equal(kdf_memory_kept(), 2 * MIB);
	assert_int_equal(plain_munmap(second, 2 * MIB), 0);
	assert_int_equal(plain_munmap(first, 2 * MIB), 0);
	assert_ptr_equal(take(2 * MIB), first);
	assert_int_equal(plain_munmap(first, 2 * MIB), 0);
	kdf_memory_end();
	kdf_memory_release();
}

static void
other_mappings_go_to_the_kernel(void **state)
{
	void *p;

	(void)state;
	kdf_memory_begin();
	p = plain_mmap(NULL, 2 * MIB, PROT_READ, FLAGS, -1, 0);
	assert_true(p != MAP_FAILED);
	assert_int_equal(plain_munmap(p, 2 * MIB), 0);
	p = plain_mmap(NULL, 4096, PROT_READ | PROT_WRITE, FLAGS, -1, 0);
	assert_true(p != MAP_FAILED);
	assert_int_equal(plain_munmap(p, 4096), 0);
	p = take(KDF_MEMORY_MAX + 4096);
	assert_int_equal(plain_munmap(p, KDF_MEMORY_MAX + 4096), 0);
	assert_int_equal(kdf_memory_kept(), 0);
	assert_true(plain_mmap(NULL, 0, PROT_READ, FLAGS, -1, 0) == MAP_FAILED);
	kdf_memory_end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_hash_is_the_same_and_leaves_nothing_behind),
	    cmocka_unit_test(what_is_lent_is_not_lent_again),
	    cmocka_unit_test(other_mappings_go_to_the_kernel),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
