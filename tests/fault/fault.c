/* Counting calls, and our own code's. */
#include "tests/fault/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	enum fault_kind kind;
	size_t left; /* 0: off, or it has happened */
	bool sticky;
	bool happened;
} fault;

const char *
fault_name(enum fault_kind kind)
{
	switch (kind) {
	case FAULT_MEMORY: return "memory";
	case FAULT_SYSTEM: return "system call";
	case FAULT_KDF: return "kdf";
	case FAULT_STORE_MEMORY: return "memory of the store";
	case FAULT_DISK_ERROR: return "disk error";
	case FAULT_DISK_FULL: return "disk full";
	case FAULT_DISK_READONLY: return "read-only";
	case FAULT_DISK_CORRUPT: return "corrupt page";
	case FAULT_LOG_CORRUPT: return "corrupt page of the log";
	case FAULT_KINDS: break;
	}
	return "?";
}

void
fault_at(enum fault_kind kind, size_t n, bool sticky)
{
	fault.kind = kind;
	fault.left = n;
	fault.sticky = sticky;
	fault.happened = false;
}

void
fault_off(void)
{
	fault.left = 0;
	fault.sticky = false;
}

bool
fault_happened(void)
{
	return fault.happened;
}

bool
fault_now(enum fault_kind kind)
{
	if (fault.kind != kind)
		return false;
	if (fault.left > 0 && --fault.left == 0) {
		fault.happened = true;
		return true;
	}
	return fault.sticky && fault.left == 0 && fault.happened;
}

static bool
fails(enum fault_kind kind, int why)
{
	if (!fault_now(kind))
		return false;
	errno = why;
	return true;
}

/* A function of libc or libsodium that fails as its manual says. */
#define WRAP(kind, why, failure, type, name, parameters, arguments)            \
	type __real_##name parameters;                                         \
	type __wrap_##name parameters;                                         \
	type __wrap_##name parameters                                          \
	{                                                                      \
		return fails(kind, why) ? (failure) : __real_##name arguments; \
	}

WRAP(FAULT_MEMORY, ENOMEM, NULL, void *, malloc, (size_t n), (n))
WRAP(FAULT_MEMORY, ENOMEM, NULL, void *, calloc, (size_t n, size_t size), (n, size))
WRAP(FAULT_MEMORY, ENOMEM, NULL, char *, strdup, (const char *s), (s))
WRAP(FAULT_MEMORY, ENOMEM, NULL, char *, strndup, (const char *s, size_t n), (s, n))
WRAP(FAULT_SYSTEM, ENOMEM, NULL, char *, realpath, (const char *path, char *resolved),
    (path, resolved))
WRAP(FAULT_SYSTEM, EIO, -1, int, stat64, (const char *path, struct stat64 *st), (path, st))
WRAP(FAULT_SYSTEM, EIO, -1, int, lstat64, (const char *path, struct stat64 *st), (path, st))
WRAP(FAULT_SYSTEM, EIO, -1, int, fstat64, (int fd, struct stat64 *st), (fd, st))
WRAP(FAULT_SYSTEM, EPERM, -1, int, fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))
WRAP(FAULT_SYSTEM, EIO, -1, int, fsync, (int fd), (fd))
WRAP(FAULT_SYSTEM, EPERM, -1, int, link, (const char *from, const char *to), (from, to))
WRAP(FAULT_SYSTEM, EIO, -1, ssize_t, read, (int fd, void *p, size_t n), (fd, p, n))
WRAP(FAULT_SYSTEM, EACCES, -1, int, access, (const char *path, int mode), (path, mode))
WRAP(FAULT_SYSTEM, ENOMEM, MAP_FAILED, void *, mmap64,
    (void *p, size_t n, int protection, int flags, int fd, off64_t offset),
    (p, n, protection, flags, fd, offset))

int __wrap_asprintf(char **ret, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int
__wrap_asprintf(char **ret, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (fails(FAULT_MEMORY, ENOMEM))
		return -1;
	va_start(ap, fmt);
	n = vasprintf(ret, fmt, ap);
	va_end(ap);
	return n;
}

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int
__wrap_open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	if (fails(FAULT_SYSTEM, EMFILE))
		return -1;
	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return __real_open64(path, flags, mode);
}

/* The KDFs cost next to nothing here: what follows from them is what is tested. */
int __real_crypto_pwhash(unsigned char *const out, unsigned long long out_len,
    const char *const password, unsigned long long password_len, const unsigned char *const salt,
    unsigned long long passes, size_t memory, int alg);
int __wrap_crypto_pwhash(unsigned char *const out, unsigned long long out_len,
    const char *const password, unsigned long long password_len, const unsigned char *const salt,
    unsigned long long passes, size_t memory, int alg);
int
__wrap_crypto_pwhash(unsigned char *const out, unsigned long long out_len,
    const char *const password, unsigned long long password_len, const unsigned char *const salt,
    unsigned long long passes, size_t memory, int alg)
{
	(void)passes;
	(void)memory;
	if (fails(FAULT_KDF, ENOMEM))
		return -1;
	return __real_crypto_pwhash(out, out_len, password, password_len, salt,
	    crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN, alg);
}

int __real_crypto_pwhash_str_alg(char out[crypto_pwhash_STRBYTES], const char *const password,
    unsigned long long password_len, unsigned long long passes, size_t memory, int alg);
int __wrap_crypto_pwhash_str_alg(char out[crypto_pwhash_STRBYTES], const char *const password,
    unsigned long long password_len, unsigned long long passes, size_t memory, int alg);
int
__wrap_crypto_pwhash_str_alg(char out[crypto_pwhash_STRBYTES], const char *const password,
    unsigned long long password_len, unsigned long long passes, size_t memory, int alg)
{
	(void)passes;
	(void)memory;
	if (fails(FAULT_KDF, ENOMEM))
		return -1;
	return __real_crypto_pwhash_str_alg(out, password, password_len, crypto_pwhash_OPSLIMIT_MIN,
	    crypto_pwhash_MEMLIMIT_MIN, alg);
}

/* SQLite's memory, through its own allocator. */
static sqlite3_mem_methods real_memory;

static void *
store_malloc(int n)
{
	return fault_now(FAULT_STORE_MEMORY) ? NULL : real_memory.xMalloc(n);
}

static void *
store_realloc(void *p, int n)
{
	return fault_now(FAULT_STORE_MEMORY) ? NULL : real_memory.xRealloc(p, n);
}

void
fault_memory_install(void)
{
	sqlite3_mem_methods memory;

	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory) != SQLITE_OK)
		abort();
	memory = real_memory;
	memory.xMalloc = store_malloc;
	memory.xRealloc = store_realloc;
	/* Without its shelves of small memory every need is seen. */
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &memory) != SQLITE_OK ||
	    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK)
		abort();
}
