/*
 * Identifiers and tokens from the CSPRNG, without modulo bias (contract.md 2.6).
 */
#ifndef LIB_BASE_RANDOM_H
#define LIB_BASE_RANDOM_H

#include <stddef.h>

/* Row ids and session tokens: 32 of a-z A-Z 0-9. */
#define WA_ID_LEN  32
#define WA_ID_SIZE (WA_ID_LEN + 1)

/* n characters of a-z A-Z 0-9 and a NUL. */
void wa_random_text(char *out, size_t n);

void wa_random_bytes(void *out, size_t n);

#endif
