/* HMAC-SHA256 signed values; libsodium does the cryptography. */
#include "lib/core/signed_value.h"

#include <sodium.h>
#include <string.h>

#include "lib/base/encode.h"

static void
sign_from(crypto_auth_hmacsha256_state state, const char *value, size_t n,
    uint8_t mac[static crypto_auth_hmacsha256_BYTES])
{
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)value, n);
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_memzero(&state, sizeof(state));
}

static void
sign(const struct wa_keyring *k, const char *value, size_t n,
    uint8_t mac[static crypto_auth_hmacsha256_BYTES])
{
	sign_from(*wa_keyring_mac(k), value, n, mac);
}

/* Under a secret that signs no more. */
static void
sign_as_then(const struct wa_secret *secret, const char *value, size_t n,
    uint8_t mac[static crypto_auth_hmacsha256_BYTES])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret->bytes, secret->len);
	sign_from(state, value, n, mac);
	sodium_memzero(&state, sizeof(state));
}

/* The current secret first: only a value from before a rotation, or a forged one, costs more. */
static bool
is_signature_of(
    const struct wa_keyring *k, const char *value, size_t n, const uint8_t *given, size_t given_len)
{
	uint8_t mac[crypto_auth_hmacsha256_BYTES];
	bool equal;

	if (given_len != sizeof(mac))
		return false;
	sign(k, value, n, mac);
	equal = sodium_memcmp(mac, given, sizeof(mac)) == 0;
	for (size_t i = 1; i < k->n && !equal; i++) {
		sign_as_then(&k->entries[i].secret, value, n, mac);
		equal = sodium_memcmp(mac, given, sizeof(mac)) == 0;
	}
	sodium_memzero(mac, sizeof(mac));
	return equal;
}

char *
wa_signed_value_make(struct wa_arena *a, const struct wa_keyring *k, const char *value)
{
	uint8_t mac[crypto_auth_hmacsha256_BYTES];
	size_t len = strlen(value);
	char *text = wa_arena_alloc(a, len + 1 + WA_SIGNATURE_LEN + 1);

	if (text == NULL)
		return NULL;
	sign(k, value, len, mac);
	memcpy(text, value, len);
	text[len] = '.';
	wa_base64_encode(WA_BASE64_STD, mac, sizeof(mac), text + len + 1, WA_SIGNATURE_LEN + 1);
	sodium_memzero(mac, sizeof(mac));
	return text;
}

/* The text with its escapes resolved where it has any and they are sound; else as it came. */
static const char *
decoded(struct wa_arena *a, const char *text, size_t *n)
{
	char *plain;

	if (memchr(text, '%', *n) == NULL)
		return text;
	plain = wa_percent_decode(a, text, *n);
	if (plain == NULL)
		return text;
	*n = strlen(plain);
	return plain;
}

char *
wa_signed_value_open(struct wa_arena *a, const struct wa_keyring *k, const char *text, size_t n)
{
	uint8_t given[crypto_auth_hmacsha256_BYTES];
	const char *dot;
	size_t value_len, given_len;

	text = decoded(a, text, &n);
	dot = memrchr(text, '.', n);
	if (dot == NULL || dot == text)
		return NULL;
	value_len = (size_t)(dot - text);
	if (n - value_len - 1 != WA_SIGNATURE_LEN)
		return NULL;
	if (!wa_base64_decode(
		WA_BASE64_STD, dot + 1, WA_SIGNATURE_LEN, given, sizeof(given), &given_len))
		return NULL;
	if (!is_signature_of(k, text, value_len, given, given_len))
		return NULL;
	return wa_arena_strndup(a, text, value_len);
}

/* Either alphabet, padded or not: what a bearer header may carry. */
static bool
base64_any(const char *s, size_t n, uint8_t *out, size_t out_max, size_t *ret_len)
{
	char url[WA_SIGNATURE_LEN];

	while (n > 0 && s[n - 1] == '=')
		n--;
	if (n > sizeof(url))
		return false;
	for (size_t i = 0; i < n; i++)
		url[i] = s[i] == '+' ? '-' : s[i] == '/' ? '_' : s[i];
	return wa_base64_decode(WA_BASE64_URL, url, n, out, out_max, ret_len);
}

char *
wa_signed_value_bearer(struct wa_arena *a, const struct wa_keyring *k, const char *text, size_t n,
    bool require_signature, bool *ret_cookie_form)
{
	uint8_t given[crypto_auth_hmacsha256_BYTES];
	const char *dot, *signature;
	size_t value_len, given_len, signature_len;

	if (memchr(text, '.', n) == NULL) {
		if (require_signature || n == 0)
			return NULL;
		*ret_cookie_form = true;
		return wa_arena_strndup(a, text, n);
	}
	text = decoded(a, text, &n);
	dot = memchr(text, '.', n);
	if (dot == NULL || dot == text)
		return NULL;
	value_len = (size_t)(dot - text);
	signature = dot + 1;
	signature_len = n - value_len - 1;
	if (!base64_any(signature, signature_len, given, sizeof(given), &given_len))
		return NULL;
	if (!is_signature_of(k, text, value_len, given, given_len))
		return NULL;
	*ret_cookie_form = signature_len == WA_SIGNATURE_LEN &&
	    wa_base64_decode(
		WA_BASE64_STD, signature, signature_len, given, sizeof(given), &given_len);
	return wa_arena_strndup(a, text, value_len);
}
