#include "tests/unit/base/memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void __wrap_free(void *p);

static const char *watched;
static size_t found;
static size_t until_failure;
static bool failed;

void
memory_watch(const char *text)
{
	watched = text;
	found = 0;
}

size_t
memory_unwatch(void)
{
	watched = NULL;
	return found;
}

void
memory_fail_nth(size_t n)
{
	until_failure = n;
	failed = false;
}

bool
memory_has_failed(void)
{
	return failed;
}

static bool
fails_now(void)
{
	if (until_failure == 0 || --until_failure > 0)
		return false;
	failed = true;
	return true;
}

void *
__wrap_malloc(size_t n)
{
	return fails_now() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : __real_calloc(n, size);
}

void
__wrap_free(void *p)
{
	if (p != NULL && watched != NULL &&
	    memmem(p, malloc_usable_size(p), watched, strlen(watched)) != NULL)
		found++;
	__real_free(p);
}
