/* mmap() and munmap() of this program. */
#include "sessiond/kdf_memory.h"

#include <sodium.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

/* Where mmap(2) takes the offset in bytes, as the function does. */
#if defined(SYS_mmap) && defined(SYS_munmap) && UINTPTR_MAX == UINT64_MAX && !defined(SANITIZED)
#define KEEPS 1
#else
#define KEEPS 0
#endif

#if KEEPS
/* Smaller ones cost little, and are more likely to be somebody else's. */
#define SIZE_MIN ((size_t)1024 * 1024)

static _Thread_local struct {
	void *base; /* NULL: none */
	size_t size;
	bool armed;
	bool lent;
} memory;

static void *
map(void *addr, size_t n, int prot, int flags, int fd, off_t offset)
{
	return (void *)syscall(SYS_mmap, addr, n, prot, flags, fd, offset);
}

static int
unmap(void *addr, size_t n)
{
	return (int)syscall(SYS_munmap, addr, n);
}

/* What libsodium asks for, and nobody else in this program. */
static bool
is_wanted(const void *addr, size_t n, int prot, int flags, int fd)
{
	return memory.armed && !memory.lent && addr == NULL && fd == -1 &&
	    prot == (PROT_READ | PROT_WRITE) &&
	    flags == (MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE) && n >= SIZE_MIN &&
	    n <= KDF_MEMORY_MAX;
}

/* <sys/mman.h> gives mmap() the name mmap64 here; it is the other that libsodium asks for. */
void *kdf_mmap(void *addr, size_t n, int prot, int flags, int fd, off_t offset) __asm__("mmap");
int kdf_munmap(void *addr, size_t n) __asm__("munmap");

__attribute__((visibility("default"))) void *
kdf_mmap(void *addr, size_t n, int prot, int flags, int fd, off_t offset)
{
	void *p;

	if (!is_wanted(addr, n, prot, flags, fd))
		return map(addr, n, prot, flags, fd, offset);
	if (memory.base != NULL && memory.size != n)
		kdf_memory_release();
	if (memory.base == NULL) {
		p = map(addr, n, prot, flags, fd, offset);
		if (p == MAP_FAILED)
			return p;
		memory.base = p;
		memory.size = n;
	}
	memory.lent = true;
	return memory.base;
}

__attribute__((visibility("default"))) int
kdf_munmap(void *addr, size_t n)
{
	if (!memory.lent || addr != memory.base || n != memory.size)
		return unmap(addr, n);
	sodium_memzero(memory.base, memory.size);
	memory.lent = false;
	return 0;
}

void
kdf_memory_begin(void)
{
	memory.armed = true;
}

void
kdf_memory_end(void)
{
	memory.armed = false;
}

void
kdf_memory_release(void)
{
	if (memory.base == NULL || memory.lent)
		return;
	(void)unmap(memory.base, memory.size);
	memory.base = NULL;
	memory.size = 0;
}

size_t
kdf_memory_kept(void)
{
	return memory.size;
}
#else
void
kdf_memory_begin(void)
{
}

void
kdf_memory_end(void)
{
}

void
kdf_memory_release(void)
{
}

size_t
kdf_memory_kept(void)
{
	return 0;
}
#endif

bool
kdf_memory_is_on(void)
{
	return KEEPS;
}
