/*
 * Random text by rejection: of the 256 values of a byte, the 248 that fill the alphabet evenly are
 * used. Bytes are drawn in blocks, because libsodium's own uniform generator asks the kernel once
 * per character.
 */
#include "lib/base/random.h"

#include <sodium.h>
#include <stdint.h>

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

#define ALPHABET_LEN (sizeof(alphabet) - 1)
#define USABLE	     (256 - 256 % ALPHABET_LEN)
#define DRAW	     40 /* holds WA_ID_LEN usable bytes all but three times in a million */

void
wa_random_text(char *out, size_t n)
{
	uint8_t drawn[DRAW];
	size_t done = 0;

	while (done < n) {
		randombytes_buf(drawn, sizeof(drawn));
		for (size_t i = 0; i < sizeof(drawn) && done < n; i++) {
			if (drawn[i] < USABLE)
				out[done++] = alphabet[drawn[i] % ALPHABET_LEN];
		}
	}
	out[n] = '\0';
	sodium_memzero(drawn, sizeof(drawn));
}

void
wa_random_bytes(void *out, size_t n)
{
	randombytes_buf(out, n);
}
