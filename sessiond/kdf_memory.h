/*
 * The memory of password hashes, kept between the hashes of a thread. libsodium maps it for each
 * hash and unmaps it afterwards, and nearly half of a hash's time goes into the kernel's clearing
 * and mapping of thousands of pages. It has no hook for an allocator, but it finds mmap() and
 * munmap() by name, so in this program, and in this program only, they are ours: what libsodium
 * asks for while a thread is hashing comes from a mapping that this thread keeps. It is wiped as
 * soon as libsodium gives it back, so there is never more in it than while a hash runs, and always
 * zero when it is handed out, as mapped memory is. Every other call goes to the kernel as it came.
 *
 * Where the program is built with a sanitizer, whose runtime has an mmap() of its own, nothing is
 * kept.
 */
#ifndef SESSIOND_KDF_MEMORY_H
#define SESSIOND_KDF_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* The most that a thread keeps; a hash that wants more is served as if this were not there. */
#define KDF_MEMORY_MAX ((size_t)64 * 1024 * 1024)

/* Around what may hash, on one thread. */
void kdf_memory_begin(void);
void kdf_memory_end(void);

/* Gives back what this thread keeps: when it has had nothing to do for a while, and at its end. */
void kdf_memory_release(void);

/* What this thread keeps now; for tests. */
size_t kdf_memory_kept(void);

/* Does this build keep anything? */
bool kdf_memory_is_on(void);

#endif
