/*
 * One parser per target: bytes in, and an abort when a claim about them does not hold. Each target
 * is built twice (meson.build): with replay.c, over its corpus, as an ordinary test; with
 * libFuzzer.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
