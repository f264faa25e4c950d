/* tests lib/core/jwk.c */
#include "lib/core/jwk.h"

#include <malloc.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/encode.h"
#include "lib/base/json.h"
#include "lib/base/json_write.h"
#include "lib/base/limits.h"
#include "tests/unit/core/peek.h"

static const enum wa_jwk_alg algs[] = {WA_JWK_ES256, WA_JWK_EDDSA, WA_JWK_RS256};

/* Memory that OpenSSL gives back is searched for these. */
static struct {
	const uint8_t *bytes[4];
	size_t len[4];
	size_t n;
	size_t found;
} watched;

static void *
ossl_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(n);
}

static void
ossl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	for (size_t i = 0; p != NULL && i < watched.n; i++) {
		if (peek_finds(p, malloc_usable_size(p), watched.bytes[i], watched.len[i]))
			watched.found++;
	}
	free(p);
}

static void *
ossl_realloc(void *p, size_t n, const char *file, int line)
{
	void *larger;

	if (p == NULL)
		return malloc(n);
	larger = malloc(n);
	if (larger != NULL) {
		size_t old = malloc_usable_size(p);

		memcpy(larger, p, old < n ? old : n);
		ossl_free(p, file, line);
	}
	return larger;
}

static int
setup(void **state)
{
	*state = wa_arena_new(WA_ARENA_MAX);
	assert_non_null(*state);
	return 0;
}

static int
teardown(void **state)
{
	wa_arena_free(*state);
	return 0;
}

struct keys {
	const char *public, *private;
};

static struct keys
make(struct wa_arena *a, enum wa_jwk_alg alg)
{
	struct keys k = {0};

	assert_int_equal(wa_jwk_generate(a, alg, &k.public, &k.private), WA_OK);
	return k;
}

/* The JWK with one member's text changed, or left out. */
struct edit {
	struct wa_buf *out;
	const char *member, *text;
};

static bool
copy_member(void *arg, const char *key, const struct wa_json *value)
{
	struct edit *edit = arg;
	const char *text = wa_json_get_string(value);

	if (strcmp(key, edit->member) == 0)
		text = edit->text;
	if (text != NULL) {
		wa_json_key(edit->out, key);
		wa_json_string(edit->out, text);
	}
	return true;
}

static const char *
with(struct wa_arena *a, const char *jwk, const char *member, const char *text)
{
	struct wa_buf b = WA_BUF_INIT(65536);
	struct edit edit = {&b, member, text};
	struct wa_json *doc = NULL;
	const char *edited;

	assert_int_equal(wa_json_parse(jwk, strlen(jwk), &doc), WA_OK);
	wa_json_open(&b, '{');
	wa_json_each(doc, copy_member, &edit);
	wa_json_close(&b, '}');
	wa_json_free(doc);
	edited = wa_arena_strndup(a, b.data, b.len);
	assert_non_null(edited);
	wa_buf_done(&b);
	return edited;
}

static const char *
member(struct wa_arena *a, const char *jwk, const char *name)
{
	struct wa_json *doc = NULL;
	const char *text;

	assert_int_equal(wa_json_parse(jwk, strlen(jwk), &doc), WA_OK);
	text = wa_arena_strdup(a, wa_json_get_string(wa_json_get(doc, name)));
	assert_non_null(text);
	wa_json_free(doc);
	return text;
}

static size_t
decode(const char *text, uint8_t *out, size_t max)
{
	size_t n = 0;

	assert_true(wa_base64_decode(WA_BASE64_URL, text, strlen(text), out, max, &n));
	return n;
}

static const char *
encode(struct wa_arena *a, const uint8_t *bytes, size_t n)
{
	size_t size = wa_base64_len(WA_BASE64_URL, n);
	char *text = wa_arena_alloc(a, size);

	assert_non_null(text);
	wa_base64_encode(WA_BASE64_URL, bytes, n, text, size);
	return text;
}

static EVP_PKEY *
read_pem(const char *pem, bool is_private)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *pkey = is_private ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL)
				    : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);

	assert_non_null(pkey);
	(void)BIO_free(bio);
	return pkey;
}

static size_t
sign(EVP_PKEY *pkey, const char *text, uint8_t *signature, size_t max)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = max;

	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey), 1);
	assert_int_equal(
	    EVP_DigestSign(ctx, signature, &n, (const uint8_t *)text, strlen(text)), 1);
	EVP_MD_CTX_free(ctx);
	return n;
}

static bool
verifies(EVP_PKEY *pkey, const EVP_MD *md, const char *text, const uint8_t *signature, size_t n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok;

	assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, md, NULL, pkey), 1);
	ok = EVP_DigestVerify(ctx, signature, n, (const uint8_t *)text, strlen(text));
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok == 1;
}

static void
what_a_made_key_signs_its_public_half_verifies(void **state)
{
	const enum wa_jwk_alg with_pem[] = {WA_JWK_ES256, WA_JWK_RS256};
	uint8_t signature[512];

	for (size_t i = 0; i < WA_ARRAY_LEN(with_pem); i++) {
		struct keys k = make(*state, with_pem[i]);
		struct wa_jwk_key public, private;
		EVP_PKEY *signer, *verifier;
		size_t n;

		assert_int_equal(
		    wa_jwk_private(*state, with_pem[i], k.private, k.public, &private), WA_OK);
		assert_int_equal(wa_jwk_public(*state, with_pem[i], k.public, &public), WA_OK);
		assert_int_equal(private.alg, with_pem[i]);
		signer = read_pem(private.pem, true);
		verifier = read_pem(public.pem, false);
		n = sign(signer, "text", signature, sizeof(signature));
		assert_true(verifies(verifier, EVP_sha256(), "text", signature, n));
		assert_false(verifies(verifier, EVP_sha256(), "test", signature, n));
		EVP_PKEY_free(signer);
		EVP_PKEY_free(verifier);
	}
}

static void
ed25519_key_signs_what_openssl_verifies(void **state)
{
	struct keys k = make(*state, WA_JWK_EDDSA);
	struct wa_jwk_key public, private;
	uint8_t signature[64];
	EVP_PKEY *verifier;

	assert_int_equal(
	    wa_jwk_private(*state, WA_JWK_EDDSA, k.private, k.public, &private), WA_OK);
	assert_int_equal(wa_jwk_public(*state, WA_JWK_EDDSA, k.public, &public), WA_OK);
	assert_null(private.pem);
	assert_memory_equal(public.ed25519_public, private.ed25519_public, 32);
	assert_true(sodium_is_zero(public.ed25519_secret, sizeof(public.ed25519_secret)));

	(void)crypto_sign_detached(
	    signature, NULL, (const uint8_t *)"text", 4, private.ed25519_secret);
	verifier = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public.ed25519_public, 32);
	assert_true(verifies(verifier, NULL, "text", signature, sizeof(signature)));
	assert_false(verifies(verifier, NULL, "test", signature, sizeof(signature)));
	EVP_PKEY_free(verifier);
}

struct names {
	char text[64];
};

static bool
add_name(void *arg, const char *key, const struct wa_json *value)
{
	struct names *names = arg;

	assert_int_equal(wa_json_type(value), WA_JSON_STRING);
	(void)strcat(strcat(names->text, key), " ");
	return true;
}

static void
assert_members(const char *jwk, const char *expected)
{
	struct names names = {{0}};
	struct wa_json *doc = NULL;

	assert_int_equal(wa_json_parse(jwk, strlen(jwk), &doc), WA_OK);
	wa_json_each(doc, add_name, &names);
	assert_string_equal(names.text, expected);
	wa_json_free(doc);
}

static void
members_are_those_of_jose_in_its_order(void **state)
{
	static const char *const expected[][2] = {
	    [WA_JWK_ES256] = {"kty x y crv ", "kty x y crv d "},
	    [WA_JWK_EDDSA] = {"crv x kty ", "crv d x kty "},
	    [WA_JWK_RS256] = {"kty n e ", "kty n e d p q dp dq qi "},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++) {
		struct keys k = make(*state, algs[i]);

		assert_members(k.public, expected[algs[i]][0]);
		assert_members(k.private, expected[algs[i]][1]);
	}
}

static void
numbers_of_p256_keep_their_leading_zeros(void **state)
{
	static const char *const numbers[] = {"x", "y", "d"};
	struct wa_jwk_key key;
	uint8_t bytes[32];
	bool seen = false;

	while (!seen) {
		struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
		struct keys k = make(a, WA_JWK_ES256);

		for (size_t i = 0; i < WA_ARRAY_LEN(numbers); i++) {
			assert_int_equal(
			    decode(member(a, k.private, numbers[i]), bytes, sizeof(bytes)), 32);
			seen = seen || bytes[0] == 0;
		}
		if (seen)
			assert_int_equal(
			    wa_jwk_private(*state, WA_JWK_ES256, k.private, k.public, &key), WA_OK);
		wa_arena_free(a);
	}
}

static void
vector_of_better_auth_is_a_key(void **state)
{
	struct wa_jwk_key key;

	assert_int_equal(
	    wa_jwk_private(*state, WA_JWK_EDDSA,
		"{\"crv\":\"Ed25519\",\"d\":\"6PnK7dpxaTGwD1szCzYSimk0bvwfzerg4Hisf6PmDIo\","
		"\"x\":\"-l8asaZ-YFGswQDmIdPyzsz8pZ5qEX4RC1VH6M2gLIg\",\"kty\":\"OKP\"}",
		"{\"crv\":\"Ed25519\",\"x\":\"-l8asaZ-YFGswQDmIdPyzsz8pZ5qEX4RC1VH6M2gLIg\","
		"\"kty\":\"OKP\"}",
		&key),
	    WA_OK);
}

static void
assert_refused(enum wa_err e, const char *what)
{
	if (e != WA_ERR_INVALID)
		print_error("%s: %s\n", what, wa_err_name(e));
	assert_int_equal(e, WA_ERR_INVALID);
	assert_int_equal(ERR_peek_error(), 0);
}

static void
text_that_is_no_key_is_refused(void **state)
{
	static const char *const texts[] = {"", "{", "null", "[]", "\"x\"", "{}", "{\"kty\":1}",
	    "{\"kty\":\"oct\",\"k\":\"AAAA\"}"};
	struct wa_jwk_key key;

	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++) {
		for (size_t t = 0; t < WA_ARRAY_LEN(texts); t++) {
			assert_refused(wa_jwk_public(*state, algs[i], texts[t], &key), texts[t]);
			assert_refused(
			    wa_jwk_private(*state, algs[i], texts[t], texts[t], &key), texts[t]);
		}
	}
}

static void
key_of_another_kind_is_refused(void **state)
{
	struct wa_jwk_key key;

	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++) {
		struct keys k = make(*state, algs[i]);

		for (size_t other = 0; other < WA_ARRAY_LEN(algs); other++) {
			if (other == i)
				continue;
			assert_refused(
			    wa_jwk_public(*state, algs[other], k.public, &key), "public");
			assert_refused(
			    wa_jwk_private(*state, algs[other], k.private, k.public, &key),
			    "private");
		}
		assert_refused(wa_jwk_public(*state, WA_JWK_OTHER, k.public, &key), "other");
	}
	assert_int_equal(
	    wa_jwk_generate(*state, WA_JWK_OTHER, &(const char *){NULL}, &(const char *){NULL}),
	    WA_ERR_INVALID);
}

static void
malformed_members_are_refused(void **state)
{
	static const char *const bad[] = {NULL, "", "A", "AAAA=", "A+/A", "AAAA AAAA",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
	static const char *const members[] = {
	    [WA_JWK_ES256] = "xyd", [WA_JWK_EDDSA] = "xd", [WA_JWK_RS256] = "n"};
	struct wa_jwk_key key;

	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++) {
		struct keys k = make(*state, algs[i]);

		for (const char *m = members[algs[i]]; *m != '\0'; m++) {
			const char name[2] = {*m, '\0'};

			for (size_t b = 0; b < WA_ARRAY_LEN(bad); b++) {
				const char *public = with(*state, k.public, name, bad[b]);
				const char *private = with(*state, k.private, name, bad[b]);

				if (*m != 'd')
					assert_refused(
					    wa_jwk_public(*state, algs[i], public, &key), name);
				assert_refused(
				    wa_jwk_private(*state, algs[i], private, public, &key), name);
			}
		}
	}
}

static void
numbers_of_an_rsa_key_are_all_needed(void **state)
{
	static const char *const names[] = {"n", "e", "d", "p", "q", "dp", "dq", "qi"};
	struct keys k = make(*state, WA_JWK_RS256);
	struct wa_jwk_key key;

	for (size_t i = 0; i < WA_ARRAY_LEN(names); i++)
		assert_refused(
		    wa_jwk_private(*state, WA_JWK_RS256, with(*state, k.private, names[i], NULL),
			with(*state, k.public, names[i], NULL), &key),
		    names[i]);
}

static void
rsa_key_under_2048_bits_is_refused(void **state)
{
	struct keys k = make(*state, WA_JWK_RS256);
	struct wa_jwk_key key;
	uint8_t n[256], longer[1025];

	assert_int_equal(wa_jwk_public(*state, WA_JWK_RS256, k.public, &key), WA_OK);
	assert_int_equal(decode(member(*state, k.public, "n"), n, sizeof(n)), 256);
	n[0] &= 0x7f;
	assert_refused(wa_jwk_public(*state, WA_JWK_RS256,
			   with(*state, k.public, "n", encode(*state, n, sizeof(n))), &key),
	    "2047 bits");
	assert_non_null(strstr(wa_err_detail(WA_ERR_INVALID), "2048"));

	memset(longer, 0xff, sizeof(longer));
	assert_refused(
	    wa_jwk_public(*state, WA_JWK_RS256,
		with(*state, k.public, "n", encode(*state, longer, sizeof(longer))), &key),
	    "8200 bits");
}

static void
even_exponent_is_refused(void **state)
{
	struct keys k = make(*state, WA_JWK_RS256);
	struct wa_jwk_key key;

	assert_refused(
	    wa_jwk_public(*state, WA_JWK_RS256, with(*state, k.public, "e", "AQAA"), &key),
	    "65536");
	assert_refused(
	    wa_jwk_public(*state, WA_JWK_RS256, with(*state, k.public, "e", "AQ"), &key), "1");
}

static void
point_off_its_curve_is_refused(void **state)
{
	struct keys ec = make(*state, WA_JWK_ES256);
	struct keys ed = make(*state, WA_JWK_EDDSA);
	struct wa_jwk_key key;
	uint8_t y[32];

	(void)decode(member(*state, ec.public, "y"), y, sizeof(y));
	y[31] ^= 1;
	assert_refused(wa_jwk_public(*state, WA_JWK_ES256,
			   with(*state, ec.public, "y", encode(*state, y, sizeof(y))), &key),
	    "P-256");

	/* The neutral element: every signature by it would verify. */
	memset(y, 0, sizeof(y));
	y[0] = 1;
	assert_refused(wa_jwk_public(*state, WA_JWK_EDDSA,
			   with(*state, ed.public, "x", encode(*state, y, sizeof(y))), &key),
	    "Ed25519");
}

static void
halves_that_do_not_belong_together_are_refused(void **state)
{
	struct wa_jwk_key key;

	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++) {
		struct keys one = make(*state, algs[i]);
		struct keys two = make(*state, algs[i]);

		/* Another key is published. */
		assert_refused(
		    wa_jwk_private(*state, algs[i], one.private, two.public, &key), "public");

		/* The private number inside is another key's. */
		if (algs[i] != WA_JWK_RS256)
			assert_refused(
			    wa_jwk_private(*state, algs[i],
				with(*state, one.private, "d", member(*state, two.private, "d")),
				one.public, &key),
			    "d");
	}
}

static void
refusal_leaves_the_result_alone(void **state)
{
	struct wa_jwk_key key, before;
	struct keys one = make(*state, WA_JWK_EDDSA);
	struct keys two = make(*state, WA_JWK_EDDSA);

	memset(&key, 0x5a, sizeof(key));
	before = key;
	assert_refused(
	    wa_jwk_private(*state, WA_JWK_EDDSA,
		with(*state, one.private, "d", member(*state, two.private, "d")), one.public, &key),
	    "d");
	assert_memory_equal(&key, &before, sizeof(key));
}

static void
full_arena_is_a_fault(void **state)
{
	struct wa_arena *small = wa_arena_new(16);
	struct wa_jwk_key key;
	const char *public, *private;

	assert_non_null(small);
	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++) {
		assert_int_equal(wa_jwk_generate(small, algs[i], &public, &private), WA_ERR_NOMEM);
		if (algs[i] == WA_JWK_EDDSA)
			continue;
		assert_int_equal(wa_jwk_public(small, algs[i], make(*state, algs[i]).public, &key),
		    WA_ERR_NOMEM);
	}
	wa_arena_free(small);
}

static void
algorithm_of_a_key_is_the_preferred_one_or_one_that_fits(void **state)
{
	static const struct {
		const char *jwk, *preferred, *guess;
	} cases[] = {
	    {"{\"kty\":\"EC\",\"crv\":\"P-256\"}", "ES256", "ES256"},
	    {"{\"kty\":\"EC\",\"crv\":\"P-256\"}", "EdDSA", "ES256"},
	    {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}", "ES256", "EdDSA"},
	    {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}", "EdDSA", "EdDSA"},
	    {"{\"kty\":\"RSA\"}", "ES256", "RS256"},
	    {"{\"kty\":\"RSA\"}", "PS256", "PS256"},
	    {"{\"kty\":\"EC\",\"crv\":\"P-521\"}", "ES256", "ES512"},
	    {"{\"kty\":\"EC\",\"crv\":\"P-384\"}", "ES256", "ES256"},
	    {"{}", "EdDSA", "EdDSA"},
	};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++) {
		struct wa_json *doc = NULL;

		assert_int_equal(wa_json_parse(cases[i].jwk, strlen(cases[i].jwk), &doc), WA_OK);
		assert_string_equal(wa_jwk_alg_guess(doc, cases[i].preferred), cases[i].guess);
		wa_json_free(doc);
	}
}

static void
names_of_algorithms_are_exact(void **state)
{
	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++)
		assert_int_equal(wa_jwk_alg_from_name(wa_jwk_alg_name(algs[i])), algs[i]);
	assert_int_equal(wa_jwk_alg_from_name("es256"), WA_JWK_OTHER);
	assert_int_equal(wa_jwk_alg_from_name("none"), WA_JWK_OTHER);
	assert_int_equal(wa_jwk_alg_from_name("HS256"), WA_JWK_OTHER);
	assert_int_equal(wa_jwk_alg_from_name(""), WA_JWK_OTHER);
	assert_int_equal(wa_jwk_alg_from_name("ES512"), WA_JWK_OTHER);
	assert_string_equal(wa_jwk_alg_crv(WA_JWK_ES256), "P-256");
	assert_string_equal(wa_jwk_alg_crv(WA_JWK_EDDSA), "Ed25519");
	assert_null(wa_jwk_alg_crv(WA_JWK_RS256));
}

/* Numbers as they are written, as OpenSSL's words keep them, and as the PEM has them. Of an EC key
 * the first are not looked for: OpenSSL 3.0's encoder and decoder of such keys leave one unwiped,
 * here and each time libjwt reads a PEM. */
static void
openssl_gives_no_private_number_back_unwiped(void **state)
{
	const enum wa_jwk_alg with_pem[] = {WA_JWK_ES256, WA_JWK_RS256};

	for (size_t i = 0; i < WA_ARRAY_LEN(with_pem); i++) {
		struct keys k = make(*state, with_pem[i]);
		struct wa_jwk_key key;
		uint8_t d[256], reversed[256];
		size_t n = decode(member(*state, k.private, "d"), d, sizeof(d));

		assert_int_equal(
		    wa_jwk_private(*state, with_pem[i], k.private, k.public, &key), WA_OK);
		for (size_t b = 0; b < n; b++)
			reversed[b] = d[n - 1 - b];
		watched.bytes[0] = with_pem[i] == WA_JWK_ES256 ? reversed : d;
		watched.len[0] = 24;
		watched.bytes[1] = reversed;
		watched.len[1] = 24;
		watched.bytes[2] = (const uint8_t *)strchr(key.pem, '\n') + 1 + 65;
		watched.len[2] = 32;
		watched.found = 0;
		watched.n = 3;
		assert_int_equal(
		    wa_jwk_private(*state, with_pem[i], k.private, k.public, &key), WA_OK);
		watched.n = 0;
		assert_int_equal(watched.found, 0);
	}
}

#define jwk_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    jwk_test(what_a_made_key_signs_its_public_half_verifies),
	    jwk_test(ed25519_key_signs_what_openssl_verifies),
	    jwk_test(members_are_those_of_jose_in_its_order),
	    jwk_test(numbers_of_p256_keep_their_leading_zeros),
	    jwk_test(vector_of_better_auth_is_a_key),
	    jwk_test(text_that_is_no_key_is_refused),
	    jwk_test(key_of_another_kind_is_refused),
	    jwk_test(malformed_members_are_refused),
	    jwk_test(numbers_of_an_rsa_key_are_all_needed),
	    jwk_test(rsa_key_under_2048_bits_is_refused),
	    jwk_test(even_exponent_is_refused),
	    jwk_test(point_off_its_curve_is_refused),
	    jwk_test(halves_that_do_not_belong_together_are_refused),
	    jwk_test(refusal_leaves_the_result_alone),
	    jwk_test(full_arena_is_a_fault),
	    jwk_test(algorithm_of_a_key_is_the_preferred_one_or_one_that_fits),
	    jwk_test(names_of_algorithms_are_exact),
	    jwk_test(openssl_gives_no_private_number_back_unwiped),
	};

	/* Before OpenSSL has taken any memory. */
	if (CRYPTO_set_mem_functions(ossl_malloc, ossl_realloc, ossl_free) != 1)
		return 1;
	wa_json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
