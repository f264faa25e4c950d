/*
 * Looks for a secret in memory that nobody may read any more: a stack of a thread that is gone, a
 * block that is given back. It asks the kernel for the bytes, so that neither the sanitizers nor
 * valgrind see a read.
 */
#ifndef TESTS_UNIT_CORE_PEEK_H
#define TESTS_UNIT_CORE_PEEK_H

#include <stdbool.h>
#include <stddef.h>

/* Are these bytes anywhere in the n at memory? Ends the test when it cannot look. */
bool peek_finds(const void *memory, size_t n, const void *bytes, size_t bytes_n);

#endif
