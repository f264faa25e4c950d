/*
 * A token as anybody may send it: whatever it is, it is read without harm, what is read has its
 * shape, and its signature does not fit, for the keys are new in each run and sign nothing.
 */
#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/limits.h"
#include "lib/core/jwt.h"
#include "tests/fuzz/fuzz.h"

#define ORIGIN "https://auth.example.com"
#define NOW    1795239738292

static struct wa_key keys[1];
static struct wa_key secret_key;
static struct wa_secret secret;
static struct wa_key_set set;
static struct wa_settings settings;

static void
prepare(void)
{
	static char bytes[33];

	assert(sodium_init() >= 0);
	wa_json_init();
	settings.jwt_issuer = "";
	keys[0] = (struct wa_key){
	    .kid = "ed", .alg = WA_JWK_EDDSA, .alg_name = "EdDSA", .verifies = true};
	(void)crypto_sign_keypair(
	    keys[0].public_key.ed25519_public, keys[0].public_key.ed25519_secret);
	for (size_t i = 0; i < 32; i++)
		bytes[i] = (char)('a' + randombytes_uniform(26));
	secret = (struct wa_secret){.bytes = bytes, .len = 32};
	secret_key = (struct wa_key){.kid = WA_KEY_SECRET_KID,
	    .alg = WA_JWK_SECRET,
	    .alg_name = "HS256",
	    .usable = true,
	    .verifies = true,
	    .secret = &secret};
	set = (struct wa_key_set){.keys = keys, .n = 1, .signer = &secret_key};
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *arena = wa_arena_new(WA_ARENA_MAX);
	struct wa_context cx = {.settings = &settings, .arena = arena, .now_ms = NOW};
	struct wa_claims c;
	enum wa_err e;

	if (set.n == 0)
		prepare();
	assert(arena != NULL);
	e = wa_claims_read(&cx, &set, ORIGIN, (const char *)data, size, &c);
	assert(e == WA_OK || e == WA_ERR_INVALID);
	if (e != WA_OK)
		return 0;
	assert(size <= WA_JWT_MAX && c.signed_len < size && c.text[c.signed_len] == '.');
	assert(memcmp(c.text, data, size) == 0);
	assert(strcmp(c.iss, ORIGIN) == 0 && c.sub[0] != '\0' && c.sid[0] != '\0');
	assert(c.expires_s > NOW / 1000 && c.signature_len > 0);
	assert(wa_jwt_verify(&c) == WA_ERR_INVALID);
	return 0;
}
