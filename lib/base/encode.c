/*
 * libsodium's constant-time codecs, with what they leave to the caller: one spelling only, and an
 * error instead of an abort when a buffer is too small, since the host of a PAM module must live.
 */
#include "lib/base/encode.h"

#include <sodium.h>
#include <string.h>

#include "lib/base/text.h"

void
wa_hex_encode(const uint8_t *bytes, size_t n, char *out)
{
	(void)sodium_bin2hex(out, 2 * n + 1, bytes, n);
}

bool
wa_hex_decode(const char *s, size_t s_len, uint8_t *out, size_t n)
{
	unsigned upper = 0;
	size_t len = 0;

	if (s_len % 2 != 0 || s_len / 2 != n)
		return false;
	if (sodium_hex2bin(out, n, s, s_len, NULL, &len, NULL) != 0 || len != n)
		return false;

	/* Only hex digits are left: A-F are those with bit 6 set and bit 5 clear. No branch per
	 * character, for this may be a key. */
	for (size_t i = 0; i < s_len; i++)
		upper |= ((unsigned)s[i] >> 6) & ~((unsigned)s[i] >> 5) & 1;
	return upper == 0;
}

static int
sodium_variant(enum wa_base64 variant)
{
	return variant == WA_BASE64_STD ? sodium_base64_VARIANT_ORIGINAL
					: sodium_base64_VARIANT_URLSAFE_NO_PADDING;
}

size_t
wa_base64_len(enum wa_base64 variant, size_t n)
{
	return sodium_base64_encoded_len(n, sodium_variant(variant));
}

void
wa_base64_encode(enum wa_base64 variant, const uint8_t *bytes, size_t n, char *out, size_t out_len)
{
	if (out_len < wa_base64_len(variant, n)) {
		if (out_len > 0)
			out[0] = '\0';
		return;
	}
	(void)sodium_bin2base64(out, out_len, bytes, n, sodium_variant(variant));
}

/*
 * sodium_base642bin() refuses unused bits that are set, bytes left over, and padding that is
 * missing or not due in the variant. But up to 1.0.18 it takes every byte from 0x80 for the
 * character of value 63 (its comparisons overflow on a negative char), which would give one
 * signature many spellings.
 */
bool
wa_base64_decode(enum wa_base64 variant, const char *s, size_t s_len, uint8_t *out, size_t out_max,
    size_t *ret_len)
{
	unsigned seen = 0;
	size_t len = 0;

	for (size_t i = 0; i < s_len; i++)
		seen |= (unsigned char)s[i];
	if (seen > 0x7f)
		return false;
	if (sodium_base642bin(out, out_max, s, s_len, NULL, &len, NULL, sodium_variant(variant)) !=
	    0)
		return false;
	*ret_len = len;
	return true;
}

static bool
is_unreserved(char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	return c != '\0' && strchr("-_.!~*'()", c) != NULL;
}

void
wa_percent_encode(struct wa_buf *b, const char *s, size_t n)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t i = 0;

	while (i < n) {
		size_t start = i;
		unsigned char byte;

		while (i < n && is_unreserved(s[i]))
			i++;
		wa_buf_add(b, s + start, i - start);
		if (i == n)
			return;

		byte = (unsigned char)s[i++];
		wa_buf_add(b, (char[]){'%', digits[byte >> 4], digits[byte & 15]}, 3);
	}
}

/* -1 when c is no hex digit; both cases count, as in decodeURIComponent. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

char *
wa_percent_decode(struct wa_arena *a, const char *s, size_t n)
{
	size_t len = 0;
	char *out;

	out = wa_arena_alloc(a, n + 1);
	if (out == NULL)
		return NULL;

	for (size_t i = 0; i < n; i++) {
		int high, low;

		if (s[i] != '%') {
			out[len++] = s[i];
			continue;
		}
		if (n - i < 3)
			return NULL;
		high = hex_value(s[i + 1]);
		low = hex_value(s[i + 2]);
		if (high < 0 || low < 0)
			return NULL;
		out[len++] = (char)(high * 16 + low);
		i += 2;
	}
	return wa_text_is_utf8(out, len) ? out : NULL;
}
