/*
 * Growth copies into new memory and wipes the old: realloc would leave copies of secrets behind.
 * One byte past cap is always allocated, for the NUL of wa_buf_cstr().
 */
#include "lib/base/buf.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 256

/* More than the digits of the smallest int64_t and its sign. */
#define INT_CHARS 20

void
wa_buf_done(struct wa_buf *b)
{
	if (b->data != NULL) {
		sodium_memzero(b->data, b->cap + 1);
		free(b->data);
	}
	*b = WA_BUF_INIT(b->max);
}

void
wa_buf_clear(struct wa_buf *b)
{
	b->len = 0;
	b->failed = false;
}

static bool
grow(struct wa_buf *b, size_t need)
{
	size_t cap = b->cap == 0 ? FIRST_CAP : b->cap;
	char *data;

	if (need > SIZE_MAX / 4)
		return false;
	while (cap < need)
		cap = cap > b->max / 2 ? b->max : cap * 2;
	if (cap > b->max)
		cap = b->max;

	data = malloc(cap + 1);
	if (data == NULL)
		return false;

	if (b->data != NULL) {
		memcpy(data, b->data, b->len);
		sodium_memzero(b->data, b->cap + 1);
		free(b->data);
	}
	b->data = data;
	b->cap = cap;
	return true;
}

char *
wa_buf_grow(struct wa_buf *b, size_t n)
{
	if (b->failed)
		return NULL;
	b->full = n > b->max - b->len;
	if (b->full || !grow(b, b->len + n)) {
		b->failed = true;
		return NULL;
	}
	return b->data + b->len;
}

void
wa_buf_str(struct wa_buf *b, const char *s)
{
	wa_buf_add(b, s, strlen(s));
}

void
wa_buf_int(struct wa_buf *b, int64_t v)
{
	char digits[INT_CHARS];
	uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest != 0);
	if (v < 0)
		digits[--at] = '-';
	wa_buf_add(b, digits + at, sizeof(digits) - at);
}

void
wa_buf_printf(struct wa_buf *b, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return;
	}

	p = wa_buf_reserve(b, (size_t)n);
	if (p == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void
wa_buf_consume(struct wa_buf *b, size_t n)
{
	if (n >= b->len) {
		b->len = 0;
		return;
	}
	b->len -= n;
	memmove(b->data, b->data + n, b->len);
}

enum wa_err
wa_buf_check(const struct wa_buf *b)
{
	if (b->failed)
		return wa_fault(WA_ERR_NOMEM, "no memory, or more than %zu bytes to write", b->max);
	return WA_OK;
}

const char *
wa_buf_cstr(struct wa_buf *b)
{
	if (b->failed)
		return NULL;
	if (b->data == NULL)
		return "";
	b->data[b->len] = '\0';
	return b->data;
}
