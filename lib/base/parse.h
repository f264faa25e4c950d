/*
 * Text to numbers, strictly: the whole text, no blanks, no sign where none is meant, no overflow.
 * Nothing else in the project calls strtol, atoi or sscanf.
 */
#ifndef LIB_BASE_PARSE_H
#define LIB_BASE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal digits only, no leading zero but "0" itself, at most max. False leaves *ret alone. */
bool wa_parse_uint(const char *s, size_t n, uint64_t max, uint64_t *ret);

/* "true", "yes", "on", "1" and "false", "no", "off", "0" in lower case. */
bool wa_parse_bool(const char *s, bool *ret);

/* A whole number followed by ms, s, m, h or d; a bare number counts seconds. Result in ms. */
bool wa_parse_duration(const char *s, int64_t *ret_ms);

/* A whole number followed by nothing, K, M or G (powers of 1024). */
bool wa_parse_size(const char *s, uint64_t *ret);

#endif
