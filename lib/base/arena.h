/*
 * Memory that lives exactly as long as one request, one PAM call or one command, and is wiped when
 * that ends. Rows, decoded bodies and passwords in flight live here, so that no path forgets one.
 *
 * Not thread-safe: an arena belongs to the job that runs with it.
 */
#ifndef LIB_BASE_ARENA_H
#define LIB_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "lib/base/compiler.h"

struct wa_arena;

/* NULL when there is no memory. max_bytes bounds all that is ever taken from it. */
struct wa_arena *wa_arena_new(size_t max_bytes);

/* The same for what stays long and is secret, such as private keys: its blocks lie between guard
 * pages and are not swapped as far as RLIMIT_MEMLOCK lets. After sodium_init(). */
struct wa_arena *wa_arena_new_guarded(size_t max_bytes);

/* Wipes everything; NULL does nothing. freep is for WA_CLEANUP. */
void wa_arena_free(struct wa_arena *a);
void wa_arena_freep(struct wa_arena **a);

/* Wipes and forgets everything handed out, keeps the first block for the next user. */
void wa_arena_reset(struct wa_arena *a);

/* Zeroed, aligned for any type; NULL when the bound or the memory is exhausted. n may be 0. */
void *wa_arena_alloc(struct wa_arena *a, size_t n);

/* Copies with a closing NUL. A NULL s gives NULL. */
char *wa_arena_strdup(struct wa_arena *a, const char *s);
char *wa_arena_strndup(struct wa_arena *a, const char *s, size_t n);
char *wa_arena_printf(struct wa_arena *a, const char *fmt, ...) WA_PRINTF(2, 3);

#endif
