/*
 * Watches memory on its way back to the allocator, and makes allocations fail. For executables
 * linked with --wrap for malloc, calloc and free.
 */
#ifndef TESTS_UNIT_BASE_MEMORY_H
#define TESTS_UNIT_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* From now on every freed block is searched for this text, which must outlive the watch. */
void memory_watch(const char *text);

/* Ends the watch. How many freed blocks still held the text. */
size_t memory_unwatch(void);

/* The nth allocation from now fails, once; 1 is the next one, 0 switches this off. */
void memory_fail_nth(size_t n);

/* True when the failure asked for has happened. */
bool memory_has_failed(void);

#endif
