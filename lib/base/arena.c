/*
 * Blocks in a chain; the newest is the one handed out from. What has not been handed out is always
 * zero: blocks start zeroed and are wiped before they are used again, so taking memory costs an
 * addition.
 */
#include "lib/base/arena.h"

#include <sodium.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

/* Under ASan memory that is not handed out is poisoned, so that a use after reset is caught like a
 * use after free. */
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)	  ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

#define FIRST_BLOCK 8192
#define GROWTH_MAX  65536
#define ALIGNMENT   (alignof(max_align_t))
#define ROUND_UP(n) (((n) + (ALIGNMENT - 1)) & ~(ALIGNMENT - 1))

struct block {
	struct block *older;
	size_t size;
	size_t used;
	bool guarded; /* memory of sodium_malloc */
	alignas(max_align_t) unsigned char bytes[];
};

struct wa_arena {
	struct block *newest;
	size_t taken;
	size_t max;
	bool guarded;
};

/* A multiple of the alignment from sodium_malloc is aligned: its end is that of a page. */
static struct block *
block_new(size_t size, struct block *older, bool guarded)
{
	struct block *b;

	if (guarded)
		b = sodium_malloc(sizeof(*b) + size);
	else
		b = calloc(1, sizeof(*b) + size);
	if (b == NULL)
		return NULL;

	if (guarded)
		memset(b, 0, sizeof(*b) + size);
	b->older = older;
	b->size = size;
	b->guarded = guarded;
	ASAN_POISON_MEMORY_REGION(b->bytes, b->size);
	return b;
}

static void
block_wipe(struct block *b)
{
	ASAN_UNPOISON_MEMORY_REGION(b->bytes, b->size);
	sodium_memzero(b->bytes, b->used);
	b->used = 0;
}

static void
block_free(struct block *b)
{
	block_wipe(b);
	if (b->guarded)
		sodium_free(b);
	else
		free(b);
}

static struct wa_arena *
arena_new(size_t max_bytes, bool guarded)
{
	struct wa_arena *a;

	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return NULL;

	a->newest = block_new(FIRST_BLOCK, NULL, guarded);
	if (a->newest == NULL) {
		free(a);
		return NULL;
	}
	a->max = max_bytes;
	a->guarded = guarded;
	return a;
}

struct wa_arena *
wa_arena_new(size_t max_bytes)
{
	return arena_new(max_bytes, false);
}

struct wa_arena *
wa_arena_new_guarded(size_t max_bytes)
{
	return arena_new(max_bytes, true);
}

/* Leaves the first block, and it unwiped. */
static void
free_later_blocks(struct wa_arena *a)
{
	while (a->newest->older != NULL) {
		struct block *b = a->newest;

		a->newest = b->older;
		block_free(b);
	}
}

void
wa_arena_free(struct wa_arena *a)
{
	if (a == NULL)
		return;
	free_later_blocks(a);
	block_free(a->newest);
	free(a);
}

void
wa_arena_freep(struct wa_arena **a)
{
	wa_arena_free(*a);
	*a = NULL;
}

void
wa_arena_reset(struct wa_arena *a)
{
	free_later_blocks(a);
	block_wipe(a->newest);
	ASAN_POISON_MEMORY_REGION(a->newest->bytes, a->newest->size);
	a->taken = 0;
}

/* Blocks double, so that a long list of rows costs few of them; the tail of the old one is lost. */
static bool
add_block(struct wa_arena *a, size_t n)
{
	size_t size = a->newest->size < GROWTH_MAX / 2 ? a->newest->size * 2 : GROWTH_MAX;
	struct block *b;

	b = block_new(n > size ? n : size, a->newest, a->guarded);
	if (b == NULL)
		return false;
	a->newest = b;
	return true;
}

void *
wa_arena_alloc(struct wa_arena *a, size_t n)
{
	struct block *b;
	size_t rounded;
	void *p;

	if (n == 0)
		n = 1;
	if (a->taken > a->max || n > a->max - a->taken || n > SIZE_MAX / 2)
		return NULL;

	rounded = ROUND_UP(n);
	if (rounded > a->newest->size - a->newest->used && !add_block(a, rounded))
		return NULL;

	b = a->newest;
	p = b->bytes + b->used;
	ASAN_UNPOISON_MEMORY_REGION(p, n);
	b->used += rounded;
	a->taken += rounded;
	return p;
}

char *
wa_arena_strdup(struct wa_arena *a, const char *s)
{
	return s == NULL ? NULL : wa_arena_strndup(a, s, SIZE_MAX);
}

char *
wa_arena_strndup(struct wa_arena *a, const char *s, size_t n)
{
	size_t len;
	char *copy;

	if (s == NULL)
		return NULL;
	len = n == SIZE_MAX ? strlen(s) : strnlen(s, n);

	copy = wa_arena_alloc(a, len + 1);
	if (copy == NULL)
		return NULL;
	memcpy(copy, s, len);
	return copy;
}

char *
wa_arena_printf(struct wa_arena *a, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;

	text = wa_arena_alloc(a, (size_t)n + 1);
	if (text == NULL)
		return NULL;
	va_start(ap, fmt);
	(void)vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}
