/*
 * A growing byte buffer with a bound and a sticky failure: a writer appends without checking each
 * call and asks once, at the end, whether everything fitted.
 */
#ifndef LIB_BASE_BUF_H
#define LIB_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/error.h"

struct wa_buf {
	char *data; /* not NUL-terminated; see wa_buf_cstr() */
	size_t len;
	size_t cap;
	size_t max;
	bool failed; /* no memory, or more than max: data is incomplete and must not be used */
	bool full;   /* failed because of max */
};

#define WA_BUF_INIT(max_bytes) ((struct wa_buf){.max = (max_bytes)})

/* Wipes and frees the bytes; the buffer can be used again. Fits WA_CLEANUP. */
void wa_buf_done(struct wa_buf *b);

/* Empties without giving the memory back; clears failed. Does not wipe. */
void wa_buf_clear(struct wa_buf *b);

/* Appends, as all of these do. */
static inline void wa_buf_add(struct wa_buf *b, const void *bytes, size_t n);
static inline void wa_buf_char(struct wa_buf *b, char c);
void wa_buf_str(struct wa_buf *b, const char *s);
void wa_buf_int(struct wa_buf *b, int64_t v);
void wa_buf_printf(struct wa_buf *b, const char *fmt, ...) WA_PRINTF(2, 3);

/* Room for n more bytes at the end: the place to write them, or NULL (and failed). Then call
 * wa_buf_advance() with how many were written. */
static inline char *wa_buf_reserve(struct wa_buf *b, size_t n);
static inline void wa_buf_advance(struct wa_buf *b, size_t n);

/* Drops the first n bytes. */
void wa_buf_consume(struct wa_buf *b, size_t n);

/* WA_OK, or WA_ERR_NOMEM when failed. */
WA_OUTCOME wa_buf_check(const struct wa_buf *b);

/* The content as a NUL-terminated string that the buffer keeps owning; NULL when failed. */
const char *wa_buf_cstr(struct wa_buf *b);

/* ---- Inline, because most of what is written comes in pieces of a few bytes ---- */

/* wa_buf_reserve where memory has to grow, or may not. */
char *wa_buf_grow(struct wa_buf *b, size_t n);

static inline char *
wa_buf_reserve(struct wa_buf *b, size_t n)
{
	if (!b->failed && b->data != NULL && n <= b->cap - b->len)
		return b->data + b->len;
	return wa_buf_grow(b, n);
}

static inline void
wa_buf_advance(struct wa_buf *b, size_t n)
{
	if (n <= b->cap - b->len)
		b->len += n;
	else
		b->failed = true; /* the caller wrote past what it had reserved */
}

static inline void
wa_buf_add(struct wa_buf *b, const void *bytes, size_t n)
{
	char *p = n == 0 ? NULL : wa_buf_reserve(b, n);

	if (p == NULL)
		return;
	memcpy(p, bytes, n);
	b->len += n;
}

static inline void
wa_buf_char(struct wa_buf *b, char c)
{
	wa_buf_add(b, &c, 1);
}

#endif
