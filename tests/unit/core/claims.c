/* tests lib/core/claims.c, and wa_jwt_verify of lib/core/jwt.c with it: a token is good when it can
 * be read and its signature fits. */
#include "lib/core/claims.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/encode.h"
#include "lib/base/json.h"
#include "lib/base/limits.h"
#include "lib/core/jwt.h"
#include "tests/unit/core/fixture.h"

#define ORIGIN "https://auth.example.com"
#define NOW_S  (NOW / 1000)

/* What a good payload says, for cases to change. */
#define GOOD_HEADER "{\"alg\":\"EdDSA\",\"kid\":\"%s\"}"
#define GOOD_PAYLOAD                                                                         \
	"{\"iat\":%lld,\"sub\":\"u1\",\"exp\":%lld,\"iss\":\"" ORIGIN "\",\"aud\":\"" ORIGIN \
	"\",\"sid\":\"s1\"}"

static const char *
encode(struct core *c, const void *bytes, size_t n)
{
	size_t size = wa_base64_len(WA_BASE64_URL, n);
	char *text = wa_arena_alloc(c->cx.arena, size);

	assert_non_null(text);
	wa_base64_encode(WA_BASE64_URL, bytes, n, text, size);
	return text;
}

static struct wa_key_set
load(struct core *c)
{
	struct wa_key_set set;

	assert_ok(wa_key_load(&c->cx, c->cx.arena, &set));
	return set;
}

static struct wa_key_set
make_key(struct core *c, enum wa_jwk_alg alg)
{
	const char *kid;

	assert_ok(store_exec(c->cx.store, "DELETE FROM \"jwks\""));
	assert_ok(wa_key_create(&c->cx, alg, &kid));
	return load(c);
}

/* Header and payload signed with an EdDSA set's signer, whatever they say. */
static const char *
sign(struct core *c, const struct wa_key_set *set, const char *header, const char *payload)
{
	const char *text = wa_arena_printf(c->cx.arena, "%s.%s", encode(c, header, strlen(header)),
	    encode(c, payload, strlen(payload)));
	uint8_t signature[crypto_sign_BYTES];

	(void)crypto_sign_detached(signature, NULL, (const uint8_t *)text, strlen(text),
	    set->signer->private_key.ed25519_secret);
	return wa_arena_printf(c->cx.arena, "%s.%s", text, encode(c, signature, sizeof(signature)));
}

/* What a case takes is given back after it: there are thousands. */
static struct wa_arena *
case_begin(struct core *c)
{
	struct wa_arena *whole = c->cx.arena;

	c->cx.arena = wa_arena_new(WA_ARENA_MAX);
	assert_non_null(c->cx.arena);
	return whole;
}

static void
case_end(struct core *c, struct wa_arena *whole)
{
	wa_arena_free(c->cx.arena);
	c->cx.arena = whole;
}

static enum wa_err
check(struct core *c, const struct wa_key_set *set, const char *text, struct wa_claims *ret)
{
	enum wa_err e = wa_claims_read(&c->cx, set, ORIGIN, text, strlen(text), ret);

	return e == WA_OK ? wa_jwt_verify(ret) : e;
}

static void
assert_good(struct core *c, const struct wa_key_set *set, const char *text)
{
	struct wa_arena *whole = case_begin(c);
	struct wa_claims claims = {0};

	assert_ok(check(c, set, text, &claims));
	assert_string_equal(claims.sub, "u1");
	case_end(c, whole);
}

static void
assert_bad(struct core *c, const struct wa_key_set *set, const char *text, const char *why)
{
	struct wa_arena *whole = case_begin(c);
	struct wa_claims claims;
	enum wa_err e = check(c, set, text, &claims);

	assert_int_equal(e, WA_ERR_INVALID);
	if (strstr(wa_err_detail(e), why) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", why, wa_err_detail(e));
	case_end(c, whole);
}

static const char *
mint(struct core *c, const struct wa_key_set *set)
{
	const struct user u = fixture_user("u1", "u1@example.com");
	const struct session s = {
	    .id = "s1", .token = "t", .user_id = "u1", .expires_ms = NOW + 7 * DAY};
	const char *token;
	int64_t expires_ms;

	assert_ok(wa_jwt_mint(&c->cx, set->signer, ORIGIN, &s, &u, &token, &expires_ms));
	return token;
}

static void
what_is_minted_is_good_and_not_a_bit_may_change(void **state)
{
	struct core *c = *state;
	static const char *const algs[] = {"ES256", "EdDSA", "RS256", "HS256"};

	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++) {
		enum wa_jwk_alg alg = wa_jwk_alg_from_name(algs[i]);
		struct wa_key_set set;
		const char *token;
		char *changed;
		size_t n;

		c->settings->jwt_alg = algs[i];
		set = make_key(c, alg == WA_JWK_OTHER ? WA_JWK_ES256 : alg);
		token = mint(c, &set);
		assert_good(c, &set, token);
		n = strlen(token);
		changed = wa_arena_strdup(c->cx.arena, token);
		/* Every place of a fast one, some of a slow one. */
		for (size_t at = 0; at < n; at += wa_jwt_verifies_quickly(set.signer) ? 1 : 37) {
			changed[at] = (char)(token[at] == 'x' ? 'y' : 'x');
			assert_bad(c, &set, changed, "The token");
			changed[at] = token[at];
		}
		for (size_t cut = n; cut-- > 0;) {
			changed[cut] = '\0';
			if (wa_jwt_verifies_quickly(set.signer) || cut % 37 == 0)
				assert_bad(c, &set, changed, "");
		}
		assert_bad(c, &set, wa_arena_printf(c->cx.arena, "%sA", token), "");
		assert_bad(c, &set, wa_arena_printf(c->cx.arena, "%sAAAA", token), "");
	}
	c->settings->jwt_alg = "ES256";
}

static void
header_decides_nothing(void **state)
{
	struct core *c = *state;
	static const struct {
		const char *header; /* %s: the kid */
		const char *why;
	} cases[] = {
	    {"{\"alg\":\"none\",\"kid\":\"%s\"}", "algorithm"},
	    {"{\"alg\":\"eddsa\",\"kid\":\"%s\"}", "algorithm"},
	    {"{\"alg\":\"HS256\",\"kid\":\"%s\"}", "algorithm"},
	    {"{\"alg\":\"RS256\",\"kid\":\"%s\"}", "algorithm"},
	    {"{\"alg\":\"ES256\",\"kid\":\"%s\"}", "algorithm"},
	    {"{\"kid\":\"%s\"}", "algorithm"},
	    {"{\"alg\":null,\"kid\":\"%s\"}", "header"},
	    {"{\"alg\":[\"EdDSA\"],\"kid\":\"%s\"}", "header"},
	    {"{\"alg\":\"EdDSA\"}", "names no key"},
	    {"{\"alg\":\"EdDSA\",\"kid\":\"\"}", "not known"},
	    {"{\"alg\":\"EdDSA\",\"kid\":\"other\"}", "not known"},
	    {"{\"alg\":\"EdDSA\",\"kid\":\"hs256\"}", "not known"},
	    {"{\"alg\":\"EdDSA\",\"kid\":1}", "header"},
	    {"{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"typ\":\"at+jwt\"}", "another kind"},
	    {"{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"typ\":\"jwt\"}", "another kind"},
	    {"{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"typ\":null}", "header"},
	    {"{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"crit\":[\"exp\"]}", "header"},
	    {"{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"b64\":false}", "header"},
	    {"{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"jku\":\"https://x\"}", "header"},
	    {"{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"jwk\":{}}", "header"},
	    {"{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"x5u\":\"https://x\"}", "header"},
	    {"{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"cty\":\"JWT\"}", "header"},
	    {"{\"alg\":\"none\",\"alg\":\"EdDSA\",\"kid\":\"%s\"}", "malformed"},
	    {"{\"alg\":\"EdDSA\",\"kid\":\"%s\"}x", "malformed"},
	    {"[\"EdDSA\",\"%s\"]", "malformed"},
	    {"\"EdDSA\"", "malformed"},
	    {"", "malformed"},
	};
	const char *payload =
	    wa_arena_printf(c->cx.arena, GOOD_PAYLOAD, (long long)NOW_S, (long long)NOW_S + 900);
	struct wa_key_set set;

	c->settings->jwt_alg = "EdDSA";
	set = make_key(c, WA_JWK_EDDSA);
	/* The good ones, so that a case is refused for what it says. */
	assert_good(c, &set,
	    sign(c, &set, wa_arena_printf(c->cx.arena, GOOD_HEADER, set.signer->kid), payload));
	assert_good(c, &set,
	    sign(c, &set,
		wa_arena_printf(c->cx.arena, "{\"typ\":\"JWT\",\"kid\":\"%s\",\"alg\":\"EdDSA\"}",
		    set.signer->kid),
		payload));
	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++) {
		const char *at = strstr(cases[i].header, "%s");
		const char *header = cases[i].header;

		if (at != NULL)
			header = wa_arena_printf(c->cx.arena, "%.*s%s%s", (int)(at - header),
			    header, set.signer->kid, at + 2);
		assert_bad(c, &set, sign(c, &set, header, payload), cases[i].why);
	}
	c->settings->jwt_alg = "ES256";
}

struct payload_case {
	const char *payload; /* ' stands for " */
	const char *why;     /* NULL: good */
};

static const char *
quote(struct core *c, const char *text)
{
	char *copy = wa_arena_strdup(c->cx.arena, text);

	for (char *p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

/* NOW is 1795239738292. */
#define WHO   "'iss':'" ORIGIN "','sub':'u1','sid':'s1'"
#define OURS  "'aud':'" ORIGIN "'"
#define LATER "'exp':1795240638"

static const struct payload_case payload_cases[] = {
    {"{" WHO "," OURS "," LATER "}", NULL},
    {"{" WHO "," OURS ",'exp':1795239739}", NULL},
    {"{" WHO "," OURS ",'exp':1795239738}", "has expired"},
    {"{" WHO "," OURS ",'exp':0}", "has expired"},
    {"{" WHO "," OURS ",'exp':-1}", "malformed"},
    {"{" WHO "," OURS ",'exp':1795240638.0}", "malformed"},
    {"{" WHO "," OURS ",'exp':1e12}", "malformed"},
    {"{" WHO "," OURS ",'exp':'1795240638'}", "malformed"},
    {"{" WHO "," OURS ",'exp':null}", "malformed"},
    {"{" WHO "," OURS ",'exp':99999999999999999999}", "malformed"},
    {"{" WHO "," OURS ",'exp':9223372036854775807}", NULL},
    {"{" WHO "," OURS "}", "malformed"},
    {"{" WHO "," OURS "," LATER ",'nbf':1795239798}", NULL},
    {"{" WHO "," OURS "," LATER ",'nbf':1795239799}", "not valid yet"},
    {"{" WHO "," OURS "," LATER ",'nbf':'0'}", "malformed"},
    {"{" WHO "," OURS "," LATER ",'nbf':9223372036854775807}", "not valid yet"},
    {"{" WHO "," OURS "," LATER ",'iat':1795239798}", NULL},
    {"{" WHO "," OURS "," LATER ",'iat':1795239799}", "not valid yet"},
    {"{" WHO "," OURS "," LATER ",'iat':true}", "malformed"},
    {"{" WHO "," LATER "}", "somebody else"},
    {"{" WHO ",'aud':'https://evil.example.com'," LATER "}", "somebody else"},
    {"{" WHO ",'aud':'" ORIGIN "/'," LATER "}", "somebody else"},
    {"{" WHO ",'aud':''," LATER "}", "somebody else"},
    {"{" WHO ",'aud':[]," LATER "}", "somebody else"},
    {"{" WHO ",'aud':['x']," LATER "}", "somebody else"},
    {"{" WHO ",'aud':['x','" ORIGIN "']," LATER "}", NULL},
    {"{" WHO ",'aud':['" ORIGIN "',1]," LATER "}", "somebody else"},
    {"{" WHO ",'aud':{'a':'" ORIGIN "'}," LATER "}", "somebody else"},
    {"{'iss':'https://evil.example.com','sub':'u1','sid':'s1'," OURS "," LATER "}",
	"issued by somebody else"},
    {"{'iss':['" ORIGIN "'],'sub':'u1','sid':'s1'," OURS "," LATER "}", "malformed"},
    {"{'sub':'u1','sid':'s1'," OURS "," LATER "}", "malformed"},
    {"{'iss':'" ORIGIN "','sid':'s1'," OURS "," LATER "}", "malformed"},
    {"{'iss':'" ORIGIN "','sub':'','sid':'s1'," OURS "," LATER "}", "malformed"},
    {"{'iss':'" ORIGIN "','sub':1,'sid':'s1'," OURS "," LATER "}", "malformed"},
    {"{'iss':'" ORIGIN "','sub':'u1'," OURS "," LATER "}", "malformed"},
    {"{'iss':'" ORIGIN "','sub':'u1','sid':null," OURS "," LATER "}", "malformed"},
    {"{'sub':'root'," WHO "," OURS "," LATER "}", "malformed"},
    {"{" WHO "," OURS "," LATER "} ", NULL}, /* a blank is JSON's own */
    {"{" WHO "," OURS "," LATER "}{}", "malformed"},
    {"[]", "malformed"},
    {"null", "malformed"},
    {"{" WHO "," OURS "," LATER ",'a':'\xff'}", "malformed"},
    {"{" WHO "," OURS "," LATER ",'a':'\\u0000'}", "malformed"},
};

static void
claims_are_typed_and_checked(void **state)
{
	struct core *c = *state;
	struct wa_key_set set;
	const char *header;

	c->settings->jwt_alg = "EdDSA";
	set = make_key(c, WA_JWK_EDDSA);
	header = wa_arena_printf(c->cx.arena, GOOD_HEADER, set.signer->kid);
	for (size_t i = 0; i < WA_ARRAY_LEN(payload_cases); i++) {
		const char *token = sign(c, &set, header, quote(c, payload_cases[i].payload));

		if (payload_cases[i].why == NULL)
			assert_good(c, &set, token);
		else
			assert_bad(c, &set, token, payload_cases[i].why);
	}
	c->settings->jwt_alg = "ES256";
}

/* What was read and found right is found so again only as long as it is. */
static void
times_are_judged_again(void **state)
{
	struct core *c = *state;
	const struct wa_claims claims = {.issued_s = 100, .not_before_s = 200, .expires_s = 300};
	static const struct {
		int64_t now_ms;
		enum wa_err expected;
	} cases[] = {
	    {299999, WA_OK},
	    {300000, WA_ERR_INVALID},
	    {400000, WA_ERR_INVALID},
	    {140000, WA_OK}, /* a clock that was set back: 60 s are allowed */
	    {139999, WA_ERR_INVALID},
	    {0, WA_ERR_INVALID},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++) {
		c->cx.now_ms = cases[i].now_ms;
		assert_int_equal(wa_claims_check_times(&c->cx, &claims), cases[i].expected);
	}
	c->cx.now_ms = NOW;
}

/* Base64 has no text of some lengths: blanks in the header, which JSON allows, fill the gap. */
static void
longest_token_is_read_and_a_longer_one_is_not(void **state)
{
	struct core *c = *state;
	struct wa_key_set set;
	bool at_most = false;

	c->settings->jwt_alg = "EdDSA";
	set = make_key(c, WA_JWK_EDDSA);
	for (size_t i = 0; i < 600; i++) {
		struct wa_arena *whole = case_begin(c);
		int blanks = (int)(i % 3), pad = (int)(2700 + i / 3);
		const char *header =
		    wa_arena_printf(c->cx.arena, "%*s" GOOD_HEADER, blanks, "", set.signer->kid);
		const char *payload = quote(c,
		    wa_arena_printf(
			c->cx.arena, "{" WHO "," OURS "," LATER ",'pad':'%0*d'}", pad, 0));
		const char *token = sign(c, &set, header, payload);

		at_most = at_most || strlen(token) == WA_JWT_MAX;
		if (strlen(token) > WA_JWT_MAX)
			assert_bad(c, &set, token, "too long");
		else
			assert_good(c, &set, token);
		case_end(c, whole);
	}
	assert_true(at_most);
	c->settings->jwt_alg = "ES256";
}

static void
shapes_that_are_no_token(void **state)
{
	struct core *c = *state;
	static const char *const shapes[] = {"", ".", "..", "...", "a", "a.b", "a.b.c.d", ".b.c",
	    "a..c", "a.b.", "e30..", "e30.e30.", "e30=.e30.AA", "e30.e30.AA==", "e30.e30.A",
	    "e30.e30.AB", "e30 .e30.AA", "+/.e30.AA", "e30.e30.AA\n"};
	struct wa_key_set set = make_key(c, WA_JWK_ES256);

	for (size_t i = 0; i < WA_ARRAY_LEN(shapes); i++)
		assert_bad(c, &set, shapes[i], "");
}

/* Keys of algorithms that only Node signs with. */

static const char *
bn_text(struct core *c, const EVP_PKEY *pkey, const char *name, int len)
{
	uint8_t bytes[512];
	BIGNUM *bn = NULL;
	int n;

	assert_int_equal(EVP_PKEY_get_bn_param(pkey, name, &bn), 1);
	n = BN_bn2binpad(bn, bytes, len == 0 ? BN_num_bytes(bn) : len);
	BN_free(bn);
	assert_true(n > 0);
	return encode(c, bytes, (size_t)n);
}

static void
insert(struct core *c, const char *alg, const char *jwk)
{
	const struct jwk_row row = {
	    .id = alg, .public_key = jwk, .private_key = "{}", .created_ms = NOW - DAY, .alg = alg};

	assert_ok(store_jwk_insert(c->cx.store, &row));
}

static const char *
node_text(struct core *c, const char *alg)
{
	const char *header =
	    wa_arena_printf(c->cx.arena, "{\"alg\":\"%s\",\"kid\":\"%s\"}", alg, alg);
	const char *payload =
	    wa_arena_printf(c->cx.arena, GOOD_PAYLOAD, (long long)NOW_S, (long long)NOW_S + 900);

	return wa_arena_printf(c->cx.arena, "%s.%s", encode(c, header, strlen(header)),
	    encode(c, payload, strlen(payload)));
}

static size_t
openssl_sign(EVP_PKEY *pkey, const EVP_MD *md, bool pss, const char *text, uint8_t *out, size_t max)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	size_t n = max;

	assert_int_equal(EVP_DigestSignInit(ctx, &pctx, md, NULL, pkey), 1);
	if (pss) {
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING), 1);
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, 32), 1);
	}
	assert_int_equal(EVP_DigestSign(ctx, out, &n, (const uint8_t *)text, strlen(text)), 1);
	EVP_MD_CTX_free(ctx);
	return n;
}

static void
keys_that_node_alone_signs_with_verify(void **state)
{
	struct core *c = *state;
	EVP_PKEY *ec = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-521");
	EVP_PKEY *rsa = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	uint8_t signature[512], raw[132];
	const uint8_t *at = signature;
	const char *es512 = node_text(c, "ES512"), *ps256 = node_text(c, "PS256"), *good;
	ECDSA_SIG *sig;
	struct wa_key_set set;
	size_t n;

	insert(c, "ES512",
	    wa_arena_printf(c->cx.arena,
		"{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"%s\",\"y\":\"%s\"}",
		bn_text(c, ec, OSSL_PKEY_PARAM_EC_PUB_X, 66),
		bn_text(c, ec, OSSL_PKEY_PARAM_EC_PUB_Y, 66)));
	insert(c, "PS256",
	    wa_arena_printf(c->cx.arena, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}",
		bn_text(c, rsa, OSSL_PKEY_PARAM_RSA_N, 0),
		bn_text(c, rsa, OSSL_PKEY_PARAM_RSA_E, 0)));
	set = load(c);
	assert_null(set.signer);

	n = openssl_sign(ec, EVP_sha512(), false, es512, signature, sizeof(signature));
	sig = d2i_ECDSA_SIG(NULL, &at, (long)n);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 66), 66);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 66, 66), 66);
	ECDSA_SIG_free(sig);
	good = wa_arena_printf(c->cx.arena, "%s.%s", es512, encode(c, raw, sizeof(raw)));
	assert_good(c, &set, good);
	raw[100] ^= 1;
	assert_bad(c, &set,
	    wa_arena_printf(c->cx.arena, "%s.%s", es512, encode(c, raw, sizeof(raw))), "signature");

	n = openssl_sign(rsa, EVP_sha256(), true, ps256, signature, sizeof(signature));
	good = wa_arena_printf(c->cx.arena, "%s.%s", ps256, encode(c, signature, n));
	assert_good(c, &set, good);
	signature[100] ^= 1;
	assert_bad(c, &set, wa_arena_printf(c->cx.arena, "%s.%s", ps256, encode(c, signature, n)),
	    "signature");
	/* PKCS #1 v1.5 with the same key is another algorithm. */
	n = openssl_sign(rsa, EVP_sha256(), false, ps256, signature, sizeof(signature));
	assert_bad(c, &set, wa_arena_printf(c->cx.arena, "%s.%s", ps256, encode(c, signature, n)),
	    "signature");
	EVP_PKEY_free(ec);
	EVP_PKEY_free(rsa);
}

/* The public PEM and JWK are known to everybody, and so is an empty key. */
static void
public_keys_are_no_secrets(void **state)
{
	struct core *c = *state;
	static const char *const kids[] = {"%s", "hs256"};

	for (size_t i = 0; i < WA_ARRAY_LEN(kids); i++) {
		struct wa_key_set set = make_key(c, WA_JWK_ES256);
		const struct wa_key *key = set.signer;
		const char *keys[] = {key->public_key.pem, key->public_jwk, "", CORE_SECRET};
		const char *kid = i == 0 ? key->kid : kids[i];
		const char *header =
		    wa_arena_printf(c->cx.arena, "{\"alg\":\"HS256\",\"kid\":\"%s\"}", kid);
		const char *payload = wa_arena_printf(
		    c->cx.arena, GOOD_PAYLOAD, (long long)NOW_S, (long long)NOW_S + 900);
		const char *text = wa_arena_printf(c->cx.arena, "%s.%s",
		    encode(c, header, strlen(header)), encode(c, payload, strlen(payload)));

		for (size_t k = 0; k < WA_ARRAY_LEN(keys); k++) {
			crypto_auth_hmacsha256_state mac;
			uint8_t out[crypto_auth_hmacsha256_BYTES];

			crypto_auth_hmacsha256_init(
			    &mac, (const uint8_t *)keys[k], strlen(keys[k]));
			crypto_auth_hmacsha256_update(&mac, (const uint8_t *)text, strlen(text));
			crypto_auth_hmacsha256_final(&mac, out);
			assert_bad(c, &set,
			    wa_arena_printf(
				c->cx.arena, "%s.%s", text, encode(c, out, sizeof(out))),
			    "");
		}
	}
}

static void
token_of_the_secret_names_no_address(void **state)
{
	struct core *c = *state;
	struct wa_key_set set;
	struct wa_json *mail = NULL;

	c->settings->jwt_alg = "HS256";
	set = load(c);
	assert_string_equal(set.signer->kid, WA_KEY_SECRET_KID);
	assert_good(c, &set, mint(c, &set));
	assert_err(wa_jwt_open_shared(wa_keyring_current(c->keyring), mint(c, &set), &mail),
	    WA_ERR_INVALID);
	assert_null(mail);
	c->settings->jwt_alg = "ES256";
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_core(what_is_minted_is_good_and_not_a_bit_may_change),
	    test_with_core(header_decides_nothing),
	    test_with_core(claims_are_typed_and_checked),
	    test_with_core(times_are_judged_again),
	    test_with_core(longest_token_is_read_and_a_longer_one_is_not),
	    test_with_core(shapes_that_are_no_token),
	    test_with_core(keys_that_node_alone_signs_with_verify),
	    test_with_core(public_keys_are_no_secrets),
	    test_with_core(token_of_the_secret_names_no_address),
	};

	wa_json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
