/*
 * First byte: which encoding. What can be decoded is the one encoding of what comes out; of
 * percent-encoding there are several, and decoding ends in text.
 */
#include "lib/base/encode.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "tests/fuzz/fuzz.h"

static void
check_base64(enum wa_base64 variant, const char *text, size_t n)
{
	uint8_t *bytes = malloc(n + 1);
	char *back;
	size_t len;

	if (bytes == NULL)
		abort();
	if (wa_base64_decode(variant, text, n, bytes, n, &len)) {
		assert(len <= n);
		back = malloc(wa_base64_len(variant, len));
		if (back == NULL)
			abort();
		wa_base64_encode(variant, bytes, len, back, wa_base64_len(variant, len));
		assert(strlen(back) == n && memcmp(back, text, n) == 0);
		free(back);
	}
	free(bytes);
}

static void
check_hex(const char *text, size_t n)
{
	uint8_t *bytes = malloc(n / 2 + 1);
	char *back = malloc(2 * (n / 2) + 1);

	if (bytes == NULL || back == NULL)
		abort();
	if (wa_hex_decode(text, n, bytes, n / 2)) {
		wa_hex_encode(bytes, n / 2, back);
		assert(strlen(back) == n && memcmp(back, text, n) == 0);
	}
	free(bytes);
	free(back);
}

static void
check_percent(const char *text, size_t n)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf encoded = WA_BUF_INIT(4 * WA_BODY_MAX);
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	char *plain, *again;

	if (a == NULL)
		abort();
	plain = wa_percent_decode(a, text, n);
	if (plain == NULL)
		return;
	assert(strlen(plain) <= n && wa_text_is_utf8(plain, strlen(plain)));
	wa_percent_encode(&encoded, plain, strlen(plain));
	again = wa_percent_decode(a, encoded.data, encoded.len);
	assert(again != NULL && strcmp(again, plain) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (size == 0 || size > WA_BODY_MAX)
		return 0;
	switch (data[0]) {
	case 's': check_base64(WA_BASE64_STD, text, size - 1); break;
	case 'u': check_base64(WA_BASE64_URL, text, size - 1); break;
	case 'h': check_hex(text, size - 1); break;
	case '%': check_percent(text, size - 1); break;
	default: break;
	}
	return 0;
}
