/*
 * Hex, base64 in both alphabets, and percent-encoding. Decoders are strict: the whole input, the
 * canonical form, or nothing. Secrets may pass through; hex and base64 run in constant time.
 */
#ifndef LIB_BASE_ENCODE_H
#define LIB_BASE_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"

/* Lower-case hex with NUL into out, which holds 2 * n + 1. */
void wa_hex_encode(const uint8_t *bytes, size_t n, char *out);

/* Exactly 2 * n lower-case hex digits into n bytes. */
bool wa_hex_decode(const char *s, size_t s_len, uint8_t *out, size_t n);

enum wa_base64 {
	WA_BASE64_STD, /* RFC 4648 section 4, with padding */
	WA_BASE64_URL, /* section 5, without padding */
};

/* Bytes that the encoding of n bytes takes, with its NUL. */
size_t wa_base64_len(enum wa_base64 variant, size_t n);
void wa_base64_encode(
    enum wa_base64 variant, const uint8_t *bytes, size_t n, char *out, size_t out_len);

/* Decodes all of s (canonical: unused bits zero) into at most out_max bytes. */
bool wa_base64_decode(enum wa_base64 variant, const char *s, size_t s_len, uint8_t *out,
    size_t out_max, size_t *ret_len);

/* As JavaScript's encodeURIComponent: letters, digits and - _ . ! ~ * ' ( ) stay. */
void wa_percent_encode(struct wa_buf *b, const char *s, size_t n);

/* As decodeURIComponent: %XX to bytes, and the result must be UTF-8 without NUL. Arena memory;
 * NULL on a bad escape, bad UTF-8 or no memory. */
char *wa_percent_decode(struct wa_arena *a, const char *s, size_t n);

#endif
