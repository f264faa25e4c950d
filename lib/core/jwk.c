/*
 * OpenSSL's part: EC and RSA keys between numbers, JWK and PEM. Ed25519 is libsodium's.
 *
 * A key that comes in is checked before it is used: what libjwt is given must be the kind of key
 * its algorithm says, because libjwt itself checks neither curve nor size.
 */
#include "lib/core/jwk.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sodium.h>
#include <string.h>

#include "lib/base/encode.h"
#include "lib/base/json.h"
#include "lib/base/json_write.h"

#define P256_LEN     32 /* bytes of a coordinate */
#define P521_LEN     66
#define RSA_BITS     2048
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192
#define NUMBER_MAX   (RSA_BITS_MAX / 8)
#define JWK_MAX	     16384 /* bytes of JSON; an RSA key of RSA_BITS_MAX takes 6 KiB */

static const struct jwk_kind {
	const char *name;
	enum wa_jwk_alg alg;
	const char *kty;
	const char *crv;
} kinds[] = {
    {"ES256", WA_JWK_ES256, "EC", "P-256"},
    {"EdDSA", WA_JWK_EDDSA, "OKP", "Ed25519"},
    {"RS256", WA_JWK_RS256, "RSA", NULL},
    {"ES512", WA_JWK_OTHER, "EC", "P-521"},
    {"PS256", WA_JWK_OTHER, "RSA", NULL},
};

/* The members of JWKs whose values are numbers, and OpenSSL's names for them. */
struct member {
	const char *jwk;
	const char *param;
	bool is_private;
};

static const struct member ec_members[] = {
    {"x", OSSL_PKEY_PARAM_EC_PUB_X, false},
    {"y", OSSL_PKEY_PARAM_EC_PUB_Y, false},
    {"crv", NULL, false}, /* jose writes it here */
    {"d", OSSL_PKEY_PARAM_PRIV_KEY, true},
};

static const struct member rsa_members[] = {
    {"n", OSSL_PKEY_PARAM_RSA_N, false},
    {"e", OSSL_PKEY_PARAM_RSA_E, false},
    {"d", OSSL_PKEY_PARAM_RSA_D, true},
    {"p", OSSL_PKEY_PARAM_RSA_FACTOR1, true},
    {"q", OSSL_PKEY_PARAM_RSA_FACTOR2, true},
    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1, true},
    {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2, true},
    {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1, true},
};

#define NUMBERS_MAX WA_ARRAY_LEN(rsa_members)

/* What an EVP_PKEY is made from. The parameters borrow the numbers until they are built. */
struct key_parts {
	OSSL_PARAM_BLD *builder;
	BIGNUM *numbers[NUMBERS_MAX];
	size_t n;
	uint8_t point[1 + 2 * P521_LEN];
};

static void
key_parts_done(struct key_parts *p)
{
	OSSL_PARAM_BLD_free(p->builder);
	for (size_t i = 0; i < p->n; i++)
		BN_clear_free(p->numbers[i]);
	*p = (struct key_parts){0};
}

struct number {
	uint8_t bytes[NUMBER_MAX];
	size_t len;
};

static void
number_wipe(struct number *n)
{
	sodium_memzero(n, sizeof(*n));
}

static void
pkey_freep(EVP_PKEY **k)
{
	EVP_PKEY_free(*k);
}

static void
pkey_ctx_freep(EVP_PKEY_CTX **c)
{
	EVP_PKEY_CTX_free(*c);
}

static void
params_freep(OSSL_PARAM **p)
{
	OSSL_PARAM_free(*p);
}

/* The memory behind a BIO is wiped when it is freed (BUF_MEM_free). */
static void
bio_freep(BIO **b)
{
	(void)BIO_free(*b);
}

static void
bn_freep(BIGNUM **n)
{
	BN_clear_free(*n);
}

/* OpenSSL's queue of errors belongs to the thread; nobody else is to find ours in it. */
static enum wa_err
openssl_fault(const char *what)
{
	char reason[128];

	ERR_error_string_n(ERR_peek_last_error(), reason, sizeof(reason));
	ERR_clear_error();
	return wa_fault(WA_ERR_CRYPTO, "%s: %s", what, reason);
}

static enum wa_err
refuse_key(const char *why)
{
	ERR_clear_error();
	return wa_refuse(WA_ERR_INVALID, "signing key: %s", why);
}

static enum wa_err
start_sodium(void)
{
	if (sodium_init() < 0)
		return wa_fault(WA_ERR_CRYPTO, "libsodium cannot start: no source of random bytes");
	return WA_OK;
}

static const struct jwk_kind *
kind_named(const char *alg)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(kinds); i++) {
		if (strcmp(kinds[i].name, alg) == 0)
			return &kinds[i];
	}
	return NULL;
}

enum wa_jwk_alg
wa_jwk_alg_from_name(const char *alg)
{
	const struct jwk_kind *k = kind_named(alg);

	return k == NULL ? WA_JWK_OTHER : k->alg;
}

static const struct jwk_kind *
kind_of(enum wa_jwk_alg alg)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(kinds); i++) {
		if (kinds[i].alg == alg && alg != WA_JWK_OTHER)
			return &kinds[i];
	}
	return NULL;
}

const char *
wa_jwk_alg_name(enum wa_jwk_alg alg)
{
	const struct jwk_kind *k = kind_of(alg);

	return k == NULL ? "other" : k->name;
}

const char *
wa_jwk_alg_crv(enum wa_jwk_alg alg)
{
	const struct jwk_kind *k = kind_of(alg);

	return k == NULL ? NULL : k->crv;
}

/* Writing JWKs */

static void
write_bytes(struct wa_buf *b, const char *member, const uint8_t *bytes, size_t n)
{
	size_t size = wa_base64_len(WA_BASE64_URL, n);
	char *text;

	wa_json_key(b, member);
	wa_buf_char(b, '"');
	text = wa_buf_reserve(b, size);
	if (text == NULL)
		return;
	wa_base64_encode(WA_BASE64_URL, bytes, n, text, size);
	wa_buf_advance(b, size - 1);
	wa_buf_char(b, '"');
}

static void
write_text(struct wa_buf *b, const char *member, const char *text)
{
	wa_json_key(b, member);
	wa_json_string(b, text);
}

static enum wa_err
take_text(struct wa_arena *a, const struct wa_buf *b, const char **ret)
{
	const char *text;
	enum wa_err e;

	e = wa_buf_check(b);
	if (e != WA_OK)
		return e;

	text = wa_arena_strndup(a, b->data, b->len);
	if (text == NULL)
		return wa_fault(WA_ERR_NOMEM, "JWK");
	*ret = text;
	return WA_OK;
}

/* An EC number has the length of its field, with leading zeros (RFC 7518, 6.2.1.2); an RSA one has
 * none. */
static enum wa_err
write_number(struct wa_buf *b, const EVP_PKEY *pkey, const struct member *m, size_t len)
{
	WA_CLEANUP(number_wipe) struct number n = {0};
	WA_CLEANUP(bn_freep) BIGNUM *bn = NULL;

	if (EVP_PKEY_get_bn_param(pkey, m->param, &bn) != 1)
		return openssl_fault("export of a key");
	n.len = len > 0 ? len : (size_t)BN_num_bytes(bn);
	if (n.len > sizeof(n.bytes) || BN_bn2binpad(bn, n.bytes, (int)n.len) < 0)
		return openssl_fault("export of a key");
	write_bytes(b, m->jwk, n.bytes, n.len);
	return WA_OK;
}

static enum wa_err
write_pkey(struct wa_arena *a, const EVP_PKEY *pkey, const struct jwk_kind *kind, bool is_private,
    const char **ret)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(JWK_MAX);
	bool is_rsa = kind->crv == NULL;
	const struct member *members = is_rsa ? rsa_members : ec_members;
	size_t n = is_rsa ? WA_ARRAY_LEN(rsa_members) : WA_ARRAY_LEN(ec_members);
	enum wa_err e;

	wa_json_open(&b, '{');
	write_text(&b, "kty", kind->kty);
	for (size_t i = 0; i < n; i++) {
		if (members[i].is_private && !is_private)
			continue;
		if (members[i].param == NULL) {
			write_text(&b, members[i].jwk, kind->crv);
			continue;
		}
		e = write_number(&b, pkey, &members[i], is_rsa ? 0 : P256_LEN);
		if (e != WA_OK)
			return e;
	}
	wa_json_close(&b, '}');
	return take_text(a, &b, ret);
}

static void
secret_wipe(uint8_t (*secret)[crypto_sign_SECRETKEYBYTES])
{
	sodium_memzero(secret, sizeof(*secret));
}

static enum wa_err
write_ed25519(struct wa_arena *a, const uint8_t *secret, const uint8_t *public, const char **ret)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(JWK_MAX);

	wa_json_open(&b, '{');
	write_text(&b, "crv", "Ed25519");
	if (secret != NULL)
		write_bytes(&b, "d", secret, crypto_sign_SEEDBYTES);
	write_bytes(&b, "x", public, crypto_sign_PUBLICKEYBYTES);
	write_text(&b, "kty", "OKP");
	wa_json_close(&b, '}');
	return take_text(a, &b, ret);
}

static enum wa_err
generate_ed25519(struct wa_arena *a, const char **ret_public, const char **ret_private)
{
	WA_CLEANUP(secret_wipe) uint8_t secret[crypto_sign_SECRETKEYBYTES] = {0};
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	const char *public_text, *private_text;
	enum wa_err e;

	if (crypto_sign_keypair(public, secret) != 0)
		return wa_fault(WA_ERR_CRYPTO, "making an Ed25519 key");

	e = write_ed25519(a, NULL, public, &public_text);
	if (e == WA_OK)
		e = write_ed25519(a, secret, public, &private_text);
	if (e != WA_OK)
		return e;

	*ret_public = public_text;
	*ret_private = private_text;
	return WA_OK;
}

enum wa_err
wa_jwk_init(void)
{
	if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL) != 1)
		return wa_fault(WA_ERR_CRYPTO, "OpenSSL cannot start; see openssl.cnf");
	return WA_OK;
}

enum wa_err
wa_jwk_generate(
    struct wa_arena *a, enum wa_jwk_alg alg, const char **ret_public, const char **ret_private)
{
	WA_CLEANUP(pkey_freep) EVP_PKEY *pkey = NULL;
	const struct jwk_kind *kind = kind_of(alg);
	const char *public_text, *private_text;
	enum wa_err e;

	e = start_sodium();
	if (e != WA_OK)
		return e;

	switch (alg) {
	case WA_JWK_EDDSA: return generate_ed25519(a, ret_public, ret_private);
	case WA_JWK_ES256: pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind->crv); break;
	case WA_JWK_RS256: pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_BITS); break;
	case WA_JWK_OTHER:
	case WA_JWK_SECRET: return refuse_key("no keys are made for this algorithm");
	}
	if (pkey == NULL)
		return openssl_fault("making a signing key");

	e = write_pkey(a, pkey, kind, false, &public_text);
	if (e == WA_OK)
		e = write_pkey(a, pkey, kind, true, &private_text);
	if (e != WA_OK)
		return e;

	*ret_public = public_text;
	*ret_private = private_text;
	return WA_OK;
}

/* Reading JWKs */

static bool
has_text(const struct wa_json *jwk, const char *member, const char *expected)
{
	const char *text = wa_json_get_string(wa_json_get(jwk, member));

	return text != NULL && strcmp(text, expected) == 0;
}

static bool
kind_fits(const struct jwk_kind *kind, const struct wa_json *jwk)
{
	return has_text(jwk, "kty", kind->kty) &&
	    (kind->crv == NULL || has_text(jwk, "crv", kind->crv));
}

const char *
wa_jwk_alg_guess(const struct wa_json *jwk, const char *preferred)
{
	const char *guess = preferred;

	for (size_t i = WA_ARRAY_LEN(kinds); i-- > 0;) {
		if (!kind_fits(&kinds[i], jwk))
			continue;
		if (strcmp(kinds[i].name, preferred) == 0)
			return preferred;
		guess = kinds[i].name;
	}
	return guess;
}

static bool
same_member(const struct wa_json *a, const struct wa_json *b, const char *member)
{
	const char *in_a = wa_json_get_string(wa_json_get(a, member));
	const char *in_b = wa_json_get_string(wa_json_get(b, member));

	if (in_a == NULL || in_b == NULL)
		return in_a == in_b;
	return strcmp(in_a, in_b) == 0;
}

static bool
read_number(const struct wa_json *jwk, const char *member, struct number *ret)
{
	const char *text = wa_json_get_string(wa_json_get(jwk, member));

	return text != NULL &&
	    wa_base64_decode(
		WA_BASE64_URL, text, strlen(text), ret->bytes, sizeof(ret->bytes), &ret->len);
}

/* Secret numbers are marked so: what OpenSSL copies them into is then wiped as well. */
static bool
add_number(struct key_parts *p, const char *param, const struct number *n, bool is_secret)
{
	BIGNUM *bn = is_secret ? BN_secure_new() : BN_new();

	if (bn == NULL || BN_bin2bn(n->bytes, (int)n->len, bn) == NULL) {
		BN_clear_free(bn);
		return false;
	}
	p->numbers[p->n++] = bn;
	return OSSL_PARAM_BLD_push_BN(p->builder, param, bn) == 1;
}

static enum wa_err
collect_ec(
    struct key_parts *p, const struct jwk_kind *kind, const struct wa_json *jwk, bool is_private)
{
	WA_CLEANUP(number_wipe) struct number x = {0};
	WA_CLEANUP(number_wipe) struct number y = {0};
	WA_CLEANUP(number_wipe) struct number d = {0};
	size_t len = strcmp(kind->crv, "P-521") == 0 ? P521_LEN : P256_LEN;

	if (!read_number(jwk, "x", &x) || x.len != len || !read_number(jwk, "y", &y) ||
	    y.len != len)
		return refuse_key("the coordinates of a P-256 key are 32 bytes each, of P-521 66");
	if (is_private && (!read_number(jwk, "d", &d) || d.len != len))
		return refuse_key("the private number of a P-256 key is 32 bytes, of P-521 66");

	p->point[0] = POINT_CONVERSION_UNCOMPRESSED;
	memcpy(p->point + 1, x.bytes, len);
	memcpy(p->point + 1 + len, y.bytes, len);
	if (OSSL_PARAM_BLD_push_utf8_string(p->builder, OSSL_PKEY_PARAM_GROUP_NAME, kind->crv, 0) !=
		1 ||
	    OSSL_PARAM_BLD_push_octet_string(
		p->builder, OSSL_PKEY_PARAM_PUB_KEY, p->point, 1 + 2 * len) != 1 ||
	    (is_private && !add_number(p, OSSL_PKEY_PARAM_PRIV_KEY, &d, true)))
		return openssl_fault("reading an EC key");
	return WA_OK;
}

static enum wa_err
collect_rsa(struct key_parts *p, const struct wa_json *jwk, bool is_private)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(rsa_members); i++) {
		const struct member *m = &rsa_members[i];
		WA_CLEANUP(number_wipe) struct number n = {0};

		if (m->is_private && !is_private)
			continue;
		if (!read_number(jwk, m->jwk, &n))
			return refuse_key(
			    "a number of an RSA key is missing, malformed or too long");
		if (!add_number(p, m->param, &n, m->is_private))
			return openssl_fault("reading an RSA key");
	}
	return WA_OK;
}

static enum wa_err
pkey_build(struct key_parts *p, const struct jwk_kind *kind, bool is_private, EVP_PKEY **ret)
{
	WA_CLEANUP(params_freep) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(p->builder);
	WA_CLEANUP(pkey_ctx_freep)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, kind->kty, NULL);
	int selection = is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;

	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1)
		return openssl_fault("reading a key");
	if (EVP_PKEY_fromdata(ctx, ret, selection, params) != 1)
		return refuse_key("the numbers make no key");
	return WA_OK;
}

/* On its curve, of a fit size, and (EC) private and public half belong together. RSA's halves are
 * not compared here: that takes a test of primes. */
static enum wa_err
pkey_check(EVP_PKEY *pkey, const struct jwk_kind *kind, bool is_private)
{
	WA_CLEANUP(pkey_ctx_freep)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	bool is_rsa = kind->crv == NULL;
	int bits = EVP_PKEY_get_bits(pkey);

	if (ctx == NULL)
		return openssl_fault("checking a key");
	if (is_rsa && (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX))
		return refuse_key("an RSA key has 2048 to 8192 bits");
	if (EVP_PKEY_public_check(ctx) != 1)
		return refuse_key("the public key is not valid");
	if (is_private && !is_rsa && EVP_PKEY_pairwise_check(ctx) != 1)
		return refuse_key("private and public key do not belong together");
	return WA_OK;
}

static enum wa_err
pkey_to_pem(struct wa_arena *a, EVP_PKEY *pkey, bool is_private, const char **ret)
{
	WA_CLEANUP(bio_freep) BIO *bio = BIO_new(BIO_s_mem());
	const char *pem;
	char *data;
	long n;
	int ok;

	if (bio == NULL)
		return openssl_fault("writing a key");
	ok = is_private ? PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL)
			: PEM_write_bio_PUBKEY(bio, pkey);
	n = BIO_get_mem_data(bio, &data);
	if (ok != 1 || n <= 0)
		return openssl_fault("writing a key");

	pem = wa_arena_strndup(a, data, (size_t)n);
	if (pem == NULL)
		return wa_fault(WA_ERR_NOMEM, "signing key");
	*ret = pem;
	return WA_OK;
}

static enum wa_err
load_pkey(struct wa_arena *a, const struct jwk_kind *kind, const struct wa_json *jwk,
    bool is_private, struct wa_jwk_key *ret)
{
	WA_CLEANUP(key_parts_done) struct key_parts parts = {.builder = OSSL_PARAM_BLD_new()};
	WA_CLEANUP(pkey_freep) EVP_PKEY *pkey = NULL;
	enum wa_err e;

	if (parts.builder == NULL)
		return openssl_fault("reading a key");
	e = kind->crv == NULL ? collect_rsa(&parts, jwk, is_private)
			      : collect_ec(&parts, kind, jwk, is_private);
	if (e != WA_OK)
		return e;

	e = pkey_build(&parts, kind, is_private, &pkey);
	if (e != WA_OK)
		return e;

	e = pkey_check(pkey, kind, is_private);
	if (e != WA_OK)
		return e;
	return pkey_to_pem(a, pkey, is_private, &ret->pem);
}

static enum wa_err
load_ed25519(const struct wa_json *jwk, bool is_private, struct wa_jwk_key *ret)
{
	WA_CLEANUP(number_wipe) struct number x = {0};
	WA_CLEANUP(number_wipe) struct number d = {0};

	if (!read_number(jwk, "x", &x) || x.len != sizeof(ret->ed25519_public) ||
	    crypto_core_ed25519_is_valid_point(x.bytes) != 1)
		return refuse_key("the public key is no point of Ed25519");
	memcpy(ret->ed25519_public, x.bytes, sizeof(ret->ed25519_public));
	if (!is_private)
		return WA_OK;

	if (!read_number(jwk, "d", &d) || d.len != crypto_sign_SEEDBYTES)
		return refuse_key("the private key of Ed25519 is 32 bytes");
	(void)crypto_sign_seed_keypair(ret->ed25519_public, ret->ed25519_secret, d.bytes);
	if (sodium_memcmp(ret->ed25519_public, x.bytes, sizeof(ret->ed25519_public)) != 0)
		return refuse_key("private and public key do not belong together");
	return WA_OK;
}

static void
key_wipe(struct wa_jwk_key *k)
{
	sodium_memzero(k, sizeof(*k));
}

static enum wa_err
load(struct wa_arena *a, const struct jwk_kind *kind, const struct wa_json *jwk, bool is_private,
    struct wa_jwk_key *ret)
{
	WA_CLEANUP(key_wipe) struct wa_jwk_key key = {.alg = WA_JWK_OTHER};
	enum wa_err e;

	e = start_sodium();
	if (e != WA_OK)
		return e;

	if (kind == NULL)
		return refuse_key("not an algorithm that is used here");
	if (!kind_fits(kind, jwk))
		return refuse_key("kty or crv is not that of its algorithm");
	key.alg = kind->alg;
	e = kind->alg == WA_JWK_EDDSA ? load_ed25519(jwk, is_private, &key)
				      : load_pkey(a, kind, jwk, is_private, &key);
	if (e != WA_OK)
		return e;

	*ret = key;
	return WA_OK;
}

static enum wa_err
parse(const char *text, struct wa_json **ret)
{
	enum wa_err e;

	e = wa_json_parse(text, strlen(text), ret);
	return e == WA_ERR_BAD_JSON ? refuse_key("not JSON") : e;
}

enum wa_err
wa_jwk_public(struct wa_arena *a, enum wa_jwk_alg alg, const char *jwk_json, struct wa_jwk_key *ret)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *jwk = NULL;
	enum wa_err e;

	e = parse(jwk_json, &jwk);
	if (e != WA_OK)
		return e;
	return load(a, kind_of(alg), jwk, false, ret);
}

enum wa_err
wa_jwk_verifier(
    struct wa_arena *a, const char *alg_name, const char *jwk_json, struct wa_jwk_key *ret)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *jwk = NULL;
	enum wa_err e;

	e = parse(jwk_json, &jwk);
	if (e != WA_OK)
		return e;
	return load(a, kind_named(alg_name), jwk, false, ret);
}

enum wa_err
wa_jwk_private(struct wa_arena *a, enum wa_jwk_alg alg, const char *jwk_json,
    const char *public_json, struct wa_jwk_key *ret)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *jwk = NULL;
	WA_CLEANUP(wa_json_freep) struct wa_json *public = NULL;
	enum wa_err e;

	e = parse(jwk_json, &jwk);
	if (e == WA_OK)
		e = parse(public_json, &public);
	if (e != WA_OK)
		return e;

	if (!same_member(jwk, public, "x") || !same_member(jwk, public, "y") ||
	    !same_member(jwk, public, "n") || !same_member(jwk, public, "e"))
		return refuse_key("it is not the private half of what is published");
	return load(a, kind_of(alg), jwk, true, ret);
}

/* Verifying what libjwt cannot */

static void
md_ctx_freep(EVP_MD_CTX **c)
{
	EVP_MD_CTX_free(*c);
}

enum wa_err
wa_jwk_verify_ps256(const struct wa_jwk_key *key, const void *text, size_t n,
    const uint8_t *signature, size_t signature_len)
{
	WA_CLEANUP(bio_freep) BIO *bio = BIO_new_mem_buf(key->pem, -1);
	WA_CLEANUP(pkey_freep) EVP_PKEY *pkey = NULL;
	WA_CLEANUP(md_ctx_freep) EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *ctx;
	int ok;

	if (bio != NULL)
		pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	if (pkey == NULL || md == NULL ||
	    EVP_DigestVerifyInit(md, &ctx, EVP_sha256(), NULL, pkey) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) != 1)
		return openssl_fault("verifying a signature");

	ok = EVP_DigestVerify(md, signature, signature_len, text, n);
	ERR_clear_error();
	return ok == 1 ? WA_OK : wa_refuse(WA_ERR_INVALID, "the signature does not fit");
}
