/*
 * libjwt gets a key that jwk.c has checked, an algorithm that the key's record names, and claims
 * that we wrote; its answer is looked at before it goes out. Of a token that comes in it is asked
 * one thing, whether the signature is right, after every part of the token has been looked at here
 * or in claims.c.
 */
#include "lib/core/jwt.h"

#include <assert.h>
#include <errno.h>
#include <jwt.h>
#include <limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/encode.h"
#include "lib/base/json.h"
#include "lib/base/json_write.h"
#include "lib/base/limits.h"
#include "lib/core/role.h"
#include "lib/core/view.h"

/* libjwt encodes on the stack, and a header has to carry the token. Escaped, the longest name and
 * image of limits.h take less than this; a Node process may store more. */
#define CLAIMS_MAX 32768
#define HEADER_MAX 1024

static void
jwt_freep(jwt_t **jwt)
{
	jwt_free(*jwt);
}

static void
token_freep(char **token)
{
	if (*token != NULL)
		sodium_memzero(*token, strlen(*token));
	free(*token);
}

static void
write_audience(struct wa_buf *b, const struct wa_strings *audience, const char *origin)
{
	wa_json_key(b, "aud");
	if (audience->n <= 1) {
		wa_json_string(b, audience->n == 0 ? origin : audience->v[0]);
		return;
	}
	wa_json_open(b, '[');
	for (size_t i = 0; i < audience->n; i++)
		wa_json_string(b, audience->v[i]);
	wa_json_close(b, ']');
}

/* The order is contract.md 7.3's; of the ways to sign below, only EdDSA keeps it. */
static enum wa_err
write_claims(struct wa_buf *b, const struct wa_context *cx, const char *origin,
    const struct session *s, const struct user *u, int64_t expires_s)
{
	const char *issuer = cx->settings->jwt_issuer;
	enum wa_err e = WA_OK;

	wa_json_open(b, '{');
	wa_json_key(b, "iat");
	wa_json_int(b, cx->now_ms / 1000);
	wa_view_user_members(b, store_shape(cx->store), u);
	wa_json_key(b, "sub");
	wa_json_string(b, u->id);
	wa_json_key(b, "exp");
	wa_json_int(b, expires_s);
	wa_json_key(b, "iss");
	wa_json_string(b, issuer[0] != '\0' ? issuer : origin);
	write_audience(b, &cx->settings->jwt_audience, origin);
	wa_json_key(b, "sid");
	wa_json_string(b, s->id);
	if (cx->settings->jwt_roles) {
		wa_json_key(b, "roles");
		e = wa_role_view(b, cx->arena, u->role);
	}
	wa_json_close(b, '}');
	return e;
}

/* Base64url of n bytes, appended. */
static void
add_base64(struct wa_buf *b, const void *bytes, size_t n)
{
	size_t size = wa_base64_len(WA_BASE64_URL, n);
	char *text = wa_buf_reserve(b, size);

	if (text == NULL)
		return;
	wa_base64_encode(WA_BASE64_URL, bytes, n, text, size);
	wa_buf_advance(b, size - 1);
}

static enum wa_err
take_token(struct wa_arena *a, const char *text, size_t n, const char **ret)
{
	const char *token = wa_arena_strndup(a, text, n);

	if (token == NULL)
		return wa_fault(WA_ERR_NOMEM, "JWT of %zu bytes", n);
	*ret = token;
	return WA_OK;
}

static enum wa_err
sign_eddsa(
    struct wa_arena *a, const struct wa_key *key, const struct wa_buf *claims, const char **ret)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf header = WA_BUF_INIT(HEADER_MAX);
	WA_CLEANUP(wa_buf_done) struct wa_buf token = WA_BUF_INIT((size_t)4 * CLAIMS_MAX);
	uint8_t signature[crypto_sign_BYTES];
	enum wa_err e;

	wa_json_open(&header, '{');
	wa_json_key(&header, "alg");
	wa_json_string(&header, "EdDSA");
	wa_json_key(&header, "kid");
	wa_json_string(&header, key->kid);
	wa_json_close(&header, '}');
	e = wa_buf_check(&header);
	if (e != WA_OK)
		return e;

	add_base64(&token, header.data, header.len);
	wa_buf_char(&token, '.');
	add_base64(&token, claims->data, claims->len);
	e = wa_buf_check(&token);
	if (e != WA_OK)
		return e;

	(void)crypto_sign_detached(signature, NULL, (const uint8_t *)token.data, token.len,
	    key->private_key.ed25519_secret);
	wa_buf_char(&token, '.');
	add_base64(&token, signature, sizeof(signature));
	e = wa_buf_check(&token);
	if (e != WA_OK)
		return e;
	return take_token(a, token.data, token.len, ret);
}

static enum wa_err
libjwt_fault(const char *what, int error)
{
	if (error == ENOMEM)
		return wa_fault(WA_ERR_NOMEM, "libjwt: %s", what);
	return wa_fault(WA_ERR_CRYPTO, "libjwt: %s: error %d", what, error);
}

static bool
header_is(const struct wa_json *header, const char *member, const char *expected)
{
	const char *text = wa_json_get_string(wa_json_get(header, member));

	return text != NULL && strcmp(text, expected) == 0;
}

/* What libjwt made says the algorithm and the key that were asked for. */
static enum wa_err
check_header(const char *token, const struct wa_key *key)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *header = NULL;
	uint8_t text[HEADER_MAX];
	size_t len;
	enum wa_err e;

	if (!wa_base64_decode(WA_BASE64_URL, token, strcspn(token, "."), text, sizeof(text), &len))
		return wa_fault(WA_ERR_CRYPTO, "libjwt made a token without a header");

	e = wa_json_parse((const char *)text, len, &header);
	if (wa_err_class(e) == WA_CLASS_FAULT)
		return e;
	if (e != WA_OK || !header_is(header, "alg", key->alg_name) ||
	    !header_is(header, "kid", key->kid))
		return wa_fault(WA_ERR_CRYPTO, "libjwt made a token of another algorithm or key");
	return WA_OK;
}

/* What libjwt takes for a key. An empty one would make it sign nothing and accept everything, and
 * say so nowhere. */
struct key_bytes {
	const char *p;
	size_t n;
};

static struct key_bytes
key_bytes(const struct wa_key *key, const struct wa_jwk_key *half)
{
	struct key_bytes k = {half->pem, half->pem == NULL ? 0 : strlen(half->pem)};

	if (key->alg == WA_JWK_SECRET)
		k = (struct key_bytes){key->secret->bytes, key->secret->len};
	assert(k.p != NULL && k.n > 0 && k.n <= INT_MAX);
	return k;
}

/* Everything but the encoding. */
static enum wa_err
libjwt_prepare(jwt_t *jwt, jwt_alg_t alg, const struct wa_key *key, const char *claims)
{
	struct key_bytes k = key_bytes(key, &key->private_key);
	int error;

	error = jwt_add_grants_json(jwt, claims);
	if (error != 0)
		return libjwt_fault("claims", error);

	error = jwt_add_header(jwt, "kid", key->kid);
	if (error != 0)
		return libjwt_fault("header", error);

	error = jwt_set_alg(jwt, alg, (const unsigned char *)k.p, (int)k.n);
	if (error != 0)
		return libjwt_fault("key", error);
	return WA_OK;
}

static enum wa_err
sign_libjwt(struct wa_arena *a, jwt_alg_t alg, const struct wa_key *key, struct wa_buf *claims,
    const char **ret)
{
	WA_CLEANUP(jwt_freep) jwt_t *jwt = NULL;
	WA_CLEANUP(token_freep) char *token = NULL;
	const char *text = wa_buf_cstr(claims);
	int error;
	enum wa_err e;

	if (text == NULL)
		return wa_fault(WA_ERR_NOMEM, "JWT claims");
	error = jwt_new(&jwt);
	if (error != 0)
		return libjwt_fault("new token", error);

	e = libjwt_prepare(jwt, alg, key, text);
	if (e != WA_OK)
		return e;

	errno = 0;
	token = jwt_encode_str(jwt);
	if (token == NULL)
		return libjwt_fault("signing", errno);

	e = check_header(token, key);
	if (e != WA_OK)
		return e;
	return take_token(a, token, strlen(token), ret);
}

static enum wa_err
sign(struct wa_arena *a, const struct wa_key *key, struct wa_buf *claims, const char **ret)
{
	switch (key->alg) {
	case WA_JWK_ES256: return sign_libjwt(a, JWT_ALG_ES256, key, claims, ret);
	case WA_JWK_RS256: return sign_libjwt(a, JWT_ALG_RS256, key, claims, ret);
	case WA_JWK_EDDSA: return sign_eddsa(a, key, claims, ret);
	case WA_JWK_SECRET: return sign_libjwt(a, JWT_ALG_HS256, key, claims, ret);
	case WA_JWK_OTHER: break;
	}
	return wa_fault(WA_ERR_CRYPTO, "no key of algorithm %s signs here", key->alg_name);
}

enum wa_err
wa_jwt_mint(const struct wa_context *cx, const struct wa_key *key, const char *origin,
    const struct session *s, const struct user *u, const char **ret_token, int64_t *ret_expires_ms)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf claims = WA_BUF_INIT(CLAIMS_MAX);
	int64_t session_end_s = s->expires_ms / 1000;
	int64_t expires_s = (cx->now_ms + cx->settings->jwt_expires_in) / 1000;
	struct user shown = *u;
	enum wa_err e;

	assert(key->usable);

	if (key->alg == WA_JWK_SECRET)
		shown.email = NULL;
	if (expires_s > session_end_s)
		expires_s = session_end_s;
	e = write_claims(&claims, cx, origin, s, &shown, expires_s);
	if (e != WA_OK)
		return e;
	if (claims.full)
		return wa_refuse(WA_ERR_TOO_LONG, "the user's data does not fit into a JWT");
	e = wa_buf_check(&claims);
	if (e != WA_OK)
		return e;

	e = sign(cx->arena, key, &claims, ret_token);
	if (e != WA_OK)
		return e;

	*ret_expires_ms = expires_s * 1000;
	return WA_OK;
}

/* Verifying */

static enum wa_err
wrong_signature(void)
{
	return wa_refuse(WA_ERR_INVALID, "The token's signature does not fit");
}

static enum wa_err
verify_eddsa(const struct wa_claims *c)
{
	if (crypto_sign_verify_detached(c->signature, (const uint8_t *)c->text, c->signed_len,
		c->key->public_key.ed25519_public) != 0)
		return wrong_signature();
	return WA_OK;
}

static enum wa_err
verify_libjwt(const struct wa_claims *c, jwt_alg_t alg)
{
	WA_CLEANUP(jwt_freep) jwt_t *jwt = NULL;
	struct key_bytes k = key_bytes(c->key, &c->key->public_key);
	int error = jwt_decode(&jwt, c->text, (const unsigned char *)k.p, (int)k.n);

	if (error == ENOMEM)
		return libjwt_fault("verifying", error);
	/* The second look tells a verified token from one that libjwt let through for want of a
	 * key. */
	if (error != 0 || jwt == NULL || jwt_get_alg(jwt) != alg)
		return wrong_signature();
	return WA_OK;
}

/* What is verified with what. libjwt compares no length: the signature's must be exact. */
static const struct verifier {
	const char *alg_name;
	jwt_alg_t alg;	      /* JWT_ALG_NONE: not libjwt's */
	size_t signature_len; /* 0: as long as the key */
} verifiers[] = {
    {"ES256", JWT_ALG_ES256, 64},
    {"EdDSA", JWT_ALG_NONE, crypto_sign_BYTES},
    {"RS256", JWT_ALG_RS256, 0},
    {"ES512", JWT_ALG_ES512, 132},
    {"PS256", JWT_ALG_NONE, 0},
    {"HS256", JWT_ALG_HS256, crypto_auth_hmacsha256_BYTES},
};

static const struct verifier *
verifier_of(const struct wa_key *key)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(verifiers); i++)
		if (strcmp(verifiers[i].alg_name, key->alg_name) == 0)
			return &verifiers[i];
	return NULL;
}

enum wa_err
wa_jwt_verify(const struct wa_claims *c)
{
	const struct verifier *v = verifier_of(c->key);
	enum wa_err e;

	assert(v != NULL && c->key->verifies);

	/* An HMAC is checked with the secret alone, and the secret checks nothing else. */
	assert((v->alg == JWT_ALG_HS256) == (c->key->alg == WA_JWK_SECRET));

	if (v->signature_len != 0 && c->signature_len != v->signature_len)
		return wrong_signature();
	if (c->key->alg == WA_JWK_EDDSA)
		return verify_eddsa(c);
	if (v->alg != JWT_ALG_NONE)
		return verify_libjwt(c, v->alg);
	e = wa_jwk_verify_ps256(
	    &c->key->public_key, c->text, c->signed_len, c->signature, c->signature_len);
	return e == WA_ERR_INVALID ? wrong_signature() : e;
}

bool
wa_jwt_verifies_quickly(const struct wa_key *key)
{
	return key->alg == WA_JWK_EDDSA || key->alg == WA_JWK_SECRET;
}

/* An empty key would make libjwt sign nothing, or accept what is signed with nothing. */
static bool
is_key(const struct wa_secret *secret)
{
	return secret->bytes != NULL && secret->len > 0 && secret->len <= WA_SECRET_MAX;
}

static enum wa_err
shared_prepare(jwt_t *jwt, const struct wa_secret *secret, const char *claims)
{
	int error = jwt_add_grants_json(jwt, claims);

	if (error != 0)
		return libjwt_fault("claims", error);
	error =
	    jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)secret->bytes, (int)secret->len);
	return error == 0 ? WA_OK : libjwt_fault("key", error);
}

enum wa_err
wa_jwt_sign_shared(struct wa_arena *a, const struct wa_secret *secret, struct wa_buf *claims,
    const char **ret_token)
{
	WA_CLEANUP(jwt_freep) jwt_t *jwt = NULL;
	WA_CLEANUP(token_freep) char *token = NULL;
	WA_CLEANUP(wa_json_freep) struct wa_json *check = NULL;
	const char *text = wa_buf_cstr(claims);
	int error;
	enum wa_err e;

	assert(is_key(secret));

	if (text == NULL)
		return wa_fault(WA_ERR_NOMEM, "JWT claims");
	error = jwt_new(&jwt);
	if (error != 0)
		return libjwt_fault("new token", error);
	e = shared_prepare(jwt, secret, text);
	if (e != WA_OK)
		return e;

	errno = 0;
	token = jwt_encode_str(jwt);
	if (token == NULL)
		return libjwt_fault("signing", errno);

	/* What cannot be opened again must not go out. */
	e = wa_jwt_open_shared(secret, token, &check);
	if (e == WA_ERR_INVALID)
		return wa_fault(WA_ERR_CRYPTO, "libjwt made a token of another algorithm or key");
	return e == WA_OK ? take_token(a, token, strlen(token), ret_token) : e;
}

/* One segment, up to the dot or the end; WA_ERR_INVALID unless it is a JSON object. */
static enum wa_err
parse_segment(const char *segment, size_t n, struct wa_json **ret)
{
	uint8_t text[WA_EMAIL_TOKEN_MAX];
	size_t len;
	enum wa_err e;

	if (n == 0 || !wa_base64_decode(WA_BASE64_URL, segment, n, text, sizeof(text), &len))
		return WA_ERR_INVALID;
	e = wa_json_parse((const char *)text, len, ret);
	sodium_memzero(text, sizeof(text));
	if (wa_err_class(e) == WA_CLASS_FAULT)
		return e;
	return e == WA_OK && wa_json_type(*ret) == WA_JSON_OBJECT ? WA_OK : WA_ERR_INVALID;
}

static bool
is_shared_member(void *arg, const char *key, const struct wa_json *value)
{
	const char *text = wa_json_get_string(value);
	bool *good = arg;

	if (strcmp(key, "alg") == 0)
		*good = *good && text != NULL && strcmp(text, "HS256") == 0;
	else if (strcmp(key, "typ") == 0)
		*good = *good && text != NULL && strcmp(text, "JWT") == 0;
	else
		*good = false; /* crit, b64, a key of its own … */
	return *good;
}

static enum wa_err
check_shared_header(const char *token, size_t n)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *header = NULL;
	bool good = true;
	enum wa_err e;

	e = parse_segment(token, n, &header);
	if (e != WA_OK)
		return e;
	wa_json_each(header, is_shared_member, &good);
	return good && wa_json_get(header, "alg") != NULL ? WA_OK : WA_ERR_INVALID;
}

static enum wa_err
check_shared_signature(const struct wa_secret *secret, const char *token)
{
	WA_CLEANUP(jwt_freep) jwt_t *jwt = NULL;
	int error = jwt_decode(&jwt, token, (const unsigned char *)secret->bytes, (int)secret->len);

	if (error == ENOMEM)
		return libjwt_fault("verifying", error);
	return error == 0 && jwt_get_alg(jwt) == JWT_ALG_HS256 ? WA_OK : WA_ERR_INVALID;
}

enum wa_err
wa_jwt_open_shared(const struct wa_secret *secret, const char *token, struct wa_json **ret_claims)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *claims = NULL;
	const char *payload, *signature;
	uint8_t mac[crypto_auth_hmacsha256_BYTES];
	size_t len;
	enum wa_err e;

	assert(is_key(secret));

	if (strlen(token) > WA_EMAIL_TOKEN_MAX)
		return WA_ERR_INVALID;
	payload = strchr(token, '.');
	signature = payload == NULL ? NULL : strchr(payload + 1, '.');
	if (signature == NULL)
		return WA_ERR_INVALID;
	if (!wa_base64_decode(
		WA_BASE64_URL, signature + 1, strlen(signature + 1), mac, sizeof(mac), &len) ||
	    len != sizeof(mac))
		return WA_ERR_INVALID;

	e = check_shared_header(token, (size_t)(payload - token));
	if (e == WA_OK)
		e = parse_segment(payload + 1, (size_t)(signature - payload - 1), &claims);
	if (e == WA_OK)
		e = check_shared_signature(secret, token);
	if (e == WA_OK)
		*ret_claims = WA_TAKE(claims);
	return e;
}
