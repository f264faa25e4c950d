/*
 * Owned secrets outside an arena: configured keys, a password read from a terminal or a pipe.
 * The bytes are wiped before the memory is given back, on every path.
 */
#ifndef LIB_BASE_SECRET_H
#define LIB_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

struct wa_secret {
	char *bytes; /* closed with a NUL that len does not count; NULL when empty */
	size_t len;
	bool guarded; /* memory of sodium_malloc */
};

#define WA_SECRET_NONE ((struct wa_secret){0})

/* Copies n bytes. WA_ERR_NOMEM. */
WA_OUTCOME wa_secret_copy(const char *bytes, size_t n, struct wa_secret *ret);

/* The same for a secret that stays as long as its process: in a mapping of its own between guard
 * pages, which is not swapped as far as RLIMIT_MEMLOCK lets. After sodium_init(). */
WA_OUTCOME wa_secret_copy_guarded(const char *bytes, size_t n, struct wa_secret *ret);

/* Wipes and frees; an empty secret does nothing. Fits WA_CLEANUP. */
void wa_secret_done(struct wa_secret *s);

/* Equal length and equal bytes, in time that depends on the length only. */
bool wa_secret_equal(const struct wa_secret *a, const struct wa_secret *b);

/*
 * Reads at most max bytes from fd up to end of file, or up to the first newline when line is true;
 * the newline is not part of the secret. WA_ERR_TOO_LONG beyond max, WA_ERR_INVALID on an embedded
 * NUL, WA_ERR_SYSTEM.
 */
WA_OUTCOME wa_secret_read(int fd, size_t max, bool line, struct wa_secret *ret);

/*
 * Reads a secret file: absolute or relative path, opened with O_NOFOLLOW, regular, not readable or
 * writable by others, not writable by group, owned by root or by the calling user. One trailing
 * newline is dropped. WA_ERR_CONFIG names the file, what is wrong and the chmod that mends it.
 */
WA_OUTCOME wa_secret_read_file(const char *path, size_t max, struct wa_secret *ret);

#endif
