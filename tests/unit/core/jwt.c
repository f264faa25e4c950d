/* tests lib/core/jwt.c */
#include "lib/core/jwt.h"

#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/encode.h"
#include "lib/base/json.h"
#include "lib/base/limits.h"
#include "tests/unit/core/fixture.h"

#define ORIGIN "https://auth.example.com"

static const enum wa_jwk_alg algs[] = {WA_JWK_ES256, WA_JWK_EDDSA, WA_JWK_RS256};

/* A token, minted and taken apart; ends with its arena, but for the documents. */
struct minted {
	const char *text;
	int64_t expires_ms;
	struct wa_json *header, *claims;
	const char *claims_text;
	size_t signed_len;
	uint8_t signature[512];
	size_t signature_len;
};

static void
minted_done(struct minted *m)
{
	wa_json_freep(&m->header);
	wa_json_freep(&m->claims);
}

static struct wa_json *
part(struct core *c, const char *text, size_t n, const char **ret_text)
{
	uint8_t *bytes = wa_arena_alloc(c->cx.arena, n + 1);
	struct wa_json *doc = NULL;
	size_t len;

	assert_non_null(bytes);
	assert_true(wa_base64_decode(WA_BASE64_URL, text, n, bytes, n, &len));
	assert_ok(wa_json_parse((const char *)bytes, len, &doc));
	if (ret_text != NULL)
		*ret_text = (const char *)bytes;
	return doc;
}

static struct session
session(int64_t expires_ms)
{
	return (struct session){
	    .id = "the-session", .token = "the-token", .user_id = "u1", .expires_ms = expires_ms};
}

static struct minted
mint(struct core *c, const struct wa_key *key, const struct session *s, const struct user *u)
{
	struct minted m = {0};
	const char *dot, *second;

	assert_ok(wa_jwt_mint(&c->cx, key, ORIGIN, s, u, &m.text, &m.expires_ms));
	dot = strchr(m.text, '.');
	second = strrchr(m.text, '.');
	assert_true(dot != NULL && second != dot);
	m.header = part(c, m.text, (size_t)(dot - m.text), NULL);
	m.claims = part(c, dot + 1, (size_t)(second - dot) - 1, &m.claims_text);
	m.signed_len = (size_t)(second - m.text);
	assert_true(wa_base64_decode(WA_BASE64_URL, second + 1, strlen(second + 1), m.signature,
	    sizeof(m.signature), &m.signature_len));
	return m;
}

static const struct wa_key *
make_key(struct core *c, enum wa_jwk_alg alg)
{
	static struct wa_key_set set;
	const char *kid;

	assert_ok(store_exec(c->cx.store, "DELETE FROM \"jwks\""));
	assert_ok(wa_key_create(&c->cx, alg, &kid));
	assert_ok(wa_key_load(&c->cx, c->cx.arena, &set));
	assert_non_null(set.signer);
	return set.signer;
}

static struct minted
mint_plain(struct core *c, enum wa_jwk_alg alg)
{
	const struct session s = session(NOW + DAY);
	const struct user u = fixture_user("u1", "u1@example.com");

	return mint(c, make_key(c, alg), &s, &u);
}

/* The published key, as a verifier has it. */
static EVP_PKEY *
verifier(struct core *c, const struct wa_key *key)
{
	struct wa_jwk_key public = {0};
	EVP_PKEY *pkey;
	BIO *bio;

	assert_ok(wa_jwk_public(c->cx.arena, key->alg, key->public_jwk, &public));
	if (key->alg == WA_JWK_EDDSA) {
		pkey =
		    EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public.ed25519_public, 32);
	} else {
		bio = BIO_new_mem_buf(public.pem, -1);
		pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
		(void)BIO_free(bio);
	}
	assert_non_null(pkey);
	return pkey;
}

/* JWS has r and s side by side, OpenSSL wants them as ASN.1. */
static size_t
to_asn1(const uint8_t *raw, uint8_t *out)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int n;

	assert_int_equal(
	    ECDSA_SIG_set0(sig, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL)), 1);
	n = i2d_ECDSA_SIG(sig, &out);
	ECDSA_SIG_free(sig);
	assert_true(n > 0);
	return (size_t)n;
}

static bool
verifies(struct core *c, const struct wa_key *key, const struct minted *m)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *pkey = verifier(c, key);
	const EVP_MD *md = key->alg == WA_JWK_EDDSA ? NULL : EVP_sha256();
	const uint8_t *signature = m->signature;
	size_t n = m->signature_len;
	uint8_t asn1[80];
	int ok;

	if (key->alg == WA_JWK_ES256) {
		assert_int_equal(n, 64);
		n = to_asn1(m->signature, asn1);
		signature = asn1;
	}
	assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, md, NULL, pkey), 1);
	ok = EVP_DigestVerify(ctx, signature, n, (const uint8_t *)m->text, m->signed_len);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ok == 1;
}

static const char *
claim(const struct minted *m, const char *name)
{
	return wa_json_get_string(wa_json_get(m->claims, name));
}

static int64_t
number(const struct minted *m, const char *name)
{
	int64_t v = -1;

	assert_true(wa_json_get_int(wa_json_get(m->claims, name), &v));
	return v;
}

static void
token_is_signed_with_the_key_it_names(void **state)
{
	struct core *c = *state;

	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++) {
		const struct wa_key *key = make_key(c, algs[i]);
		const struct session s = session(NOW + DAY);
		const struct user u = fixture_user("u1", "u1@example.com");
		WA_CLEANUP(minted_done) struct minted m = mint(c, key, &s, &u);

		assert_string_equal(
		    wa_json_get_string(wa_json_get(m.header, "alg")), wa_jwk_alg_name(algs[i]));
		assert_string_equal(wa_json_get_string(wa_json_get(m.header, "kid")), key->kid);
		assert_true(verifies(c, key, &m));
		m.signed_len--;
		assert_false(verifies(c, key, &m));
	}
}

static void
claims_are_those_of_the_contract_and_the_session(void **state)
{
	struct core *c = *state;

	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++) {
		WA_CLEANUP(minted_done) struct minted m = mint_plain(c, algs[i]);

		assert_int_equal(number(&m, "iat"), NOW / 1000);
		assert_int_equal(number(&m, "exp"), NOW / 1000 + 900);
		assert_int_equal(m.expires_ms, (NOW / 1000 + 900) * 1000);
		assert_string_equal(claim(&m, "sub"), "u1");
		assert_string_equal(claim(&m, "id"), "u1");
		assert_string_equal(claim(&m, "iss"), ORIGIN);
		assert_string_equal(claim(&m, "aud"), ORIGIN);
		assert_string_equal(claim(&m, "sid"), "the-session");
		assert_string_equal(claim(&m, "email"), "u1@example.com");
		assert_string_equal(claim(&m, "createdAt"), "2026-11-20T05:42:18.292Z");
		assert_int_equal(
		    wa_json_type(wa_json_get(m.claims, "emailVerified")), WA_JSON_BOOLEAN);
		assert_int_equal(wa_json_type(wa_json_get(m.claims, "image")), WA_JSON_NULL);
	}
}

static void
token_of_the_session_itself_is_not_in_the_jwt(void **state)
{
	struct core *c = *state;

	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++) {
		WA_CLEANUP(minted_done) struct minted m = mint_plain(c, algs[i]);

		assert_null(strstr(m.claims_text, "the-token"));
	}
}

static void
eddsa_token_has_better_auths_order(void **state)
{
	struct core *c = *state;
	WA_CLEANUP(minted_done) struct minted m = mint_plain(c, WA_JWK_EDDSA);
	const char *kid = wa_json_get_string(wa_json_get(m.header, "kid"));
	const char *expected =
	    wa_arena_printf(c->cx.arena, "{\"alg\":\"EdDSA\",\"kid\":\"%s\"}", kid);
	size_t n = wa_base64_len(WA_BASE64_URL, strlen(expected));
	char *header = wa_arena_alloc(c->cx.arena, n);

	wa_base64_encode(WA_BASE64_URL, (const uint8_t *)expected, strlen(expected), header, n);
	assert_memory_equal(m.text, header, n - 1);
	assert_int_equal(m.text[n - 1], '.');
	assert_ptr_equal(
	    strstr(m.claims_text, "{\"iat\":1795239738,\"name\":\"Some One\","), m.claims_text);
	assert_non_null(strstr(m.claims_text,
	    ",\"sub\":\"u1\",\"exp\":1795240638,\"iss\":\"" ORIGIN "\",\"aud\":\"" ORIGIN
	    "\",\"sid\":\"the-session\"}"));
}

static void
token_never_outlives_its_session(void **state)
{
	struct core *c = *state;
	const struct user u = fixture_user("u1", "u1@example.com");
	static const struct {
		int64_t session_left, expires_in, expected_s;
	} cases[] = {
	    {DAY, 900000, 900},
	    {900000, 900000, 900},
	    {899000, 900000, 899},
	    {60000, 900000, 60},
	    {60999, 900000, 61}, /* whole seconds: NOW ends in 292 ms */
	    {DAY, 3600000, 3600},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++) {
		const struct session s = session(NOW + cases[i].session_left);
		struct minted m;

		c->settings->jwt_expires_in = cases[i].expires_in;
		m = mint(c, make_key(c, WA_JWK_EDDSA), &s, &u);
		assert_int_equal(number(&m, "exp"), NOW / 1000 + cases[i].expected_s);
		assert_int_equal(m.expires_ms, number(&m, "exp") * 1000);
		assert_true(m.expires_ms <= s.expires_ms);
		minted_done(&m);
	}
}

static void
issuer_and_audience_can_be_configured(void **state)
{
	struct core *c = *state;
	const char *audience[] = {"https://api.example.com", "https://app.example.com"};

	c->settings->jwt_issuer = "https://issuer.example.com";
	c->settings->jwt_audience.v = audience;
	c->settings->jwt_audience.n = 1;
	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++) {
		WA_CLEANUP(minted_done) struct minted m = mint_plain(c, algs[i]);

		assert_string_equal(claim(&m, "iss"), "https://issuer.example.com");
		assert_string_equal(claim(&m, "aud"), audience[0]);
	}
	c->settings->jwt_audience.n = 2;
	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++) {
		WA_CLEANUP(minted_done) struct minted m = mint_plain(c, algs[i]);
		const struct wa_json *aud = wa_json_get(m.claims, "aud");

		assert_int_equal(wa_json_array_len(aud), 2);
		assert_string_equal(wa_json_get_string(wa_json_array_get(aud, 0)), audience[0]);
		assert_string_equal(wa_json_get_string(wa_json_array_get(aud, 1)), audience[1]);
	}
	c->settings->jwt_audience.v = NULL;
	c->settings->jwt_audience.n = 0;
}

static void
every_text_survives(void **state)
{
	static const char odd[] = "\"quoted\" \\ / \x01\x1f\x7f \xc3\xa4 \xf0\x9f\x98\x80 "
				  "\xe2\x80\xa8 </script>";
	struct core *c = *state;
	const struct session s = session(NOW + DAY);
	struct user u = fixture_user("u1", "u1@example.com");

	u.name = odd;
	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++) {
		WA_CLEANUP(minted_done)
		struct minted m = mint(c, make_key(c, algs[i]), &s, &u);

		assert_string_equal(claim(&m, "name"), odd);
	}
}

/* The longest name and image that we let a user have, all of it escaped. A Node process may store
 * more. */
static void
largest_user_fits_and_a_larger_one_is_refused(void **state)
{
	struct core *c = *state;
	const struct session s = session(NOW + DAY);
	struct user u = fixture_user("u1", "u1@example.com");
	char *name = calloc(1, WA_NAME_MAX + 1), *image = calloc(1, 8 * WA_IMAGE_MAX);
	const char *token = NULL;
	int64_t expires_ms;

	assert_true(name != NULL && image != NULL);
	memset(name, '\x01', WA_NAME_MAX);
	memset(image, '"', WA_IMAGE_MAX);
	u.name = name;
	u.image = image;
	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++) {
		WA_CLEANUP(minted_done)
		struct minted m = mint(c, make_key(c, algs[i]), &s, &u);

		assert_string_equal(claim(&m, "image"), image);
	}
	memset(image, 'x', 8 * WA_IMAGE_MAX - 1);
	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++)
		assert_err(
		    wa_jwt_mint(&c->cx, make_key(c, algs[i]), ORIGIN, &s, &u, &token, &expires_ms),
		    WA_ERR_TOO_LONG);
	assert_null(token);
	free(name);
	free(image);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_core(token_is_signed_with_the_key_it_names),
	    test_with_core(claims_are_those_of_the_contract_and_the_session),
	    test_with_core(token_of_the_session_itself_is_not_in_the_jwt),
	    test_with_core(eddsa_token_has_better_auths_order),
	    test_with_core(token_never_outlives_its_session),
	    test_with_core(issuer_and_audience_can_be_configured),
	    test_with_core(every_text_survives),
	    test_with_core(largest_user_fits_and_a_larger_one_is_refused),
	};

	wa_json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
