/*
 * lib/core/key.c and jwt.c for token.test.mjs.
 *
 *	token_helper encrypt SECRET TEXT        the ciphertext
 *	token_helper decrypt SECRET TEXT        the text
 *	token_helper mint URI SECRET ALG        {"token":…,"jwks":…} from the store's keys, or a new
 *one
 *
 * SECRET has the syntax of BETTER_AUTH_SECRETS. What fails ends with status 1 and its name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/json_write.h"
#include "lib/core/jwt.h"
#include "lib/core/key.h"

#define HOUR INT64_C(3600000)

static void
need(enum wa_err e)
{
	if (e == WA_OK)
		return;
	(void)fprintf(stderr, "%s: %s\n", wa_err_name(e), wa_err_detail(e));
	exit(1);
}

static struct wa_settings *
settings_of(const char *alg)
{
	char choice[64];
	const char *overrides[] = {choice};
	const struct wa_config_source source = {
	    .file = "none", .overrides = overrides, .n_overrides = 1};
	struct wa_settings *s = NULL;

	(void)snprintf(choice, sizeof(choice), "jwt_alg=%s", alg);
	need(wa_settings_load(&source, &s));
	return s;
}

static void
mint(struct wa_context *cx)
{
	struct wa_buf out = WA_BUF_INIT((size_t)1 << 20);
	struct wa_key_set set;
	const struct user u = {
	    .id = "u1", .name = "\xc3\x84 \xf0\x9f\x98\x80 \"x\"", .email = "u1@example.com"};
	const struct session s = {
	    .id = "s1", .token = "t", .user_id = "u1", .expires_ms = cx->now_ms + HOUR};
	const char *token;
	int64_t expires_ms;

	need(wa_key_ensure(cx, cx->arena, &set));
	need(wa_jwt_mint(cx, set.signer, "https://auth.example.com", &s, &u, &token, &expires_ms));
	wa_json_open(&out, '{');
	wa_json_key(&out, "token");
	wa_json_string(&out, token);
	wa_json_key(&out, "jwks");
	need(wa_key_publish(&set, &out));
	wa_json_close(&out, '}');
	(void)puts(wa_buf_cstr(&out));
	wa_buf_done(&out);
}

static void
open_and_mint(
    struct wa_arena *a, const struct wa_keyring *keyring, const char *uri, const char *alg)
{
	const struct store_options o = {.uri = uri, .mode = STORE_CREATE, .busy_ms = 5000};
	struct wa_settings *settings = settings_of(alg);
	struct wa_context cx = {
	    .settings = settings,
	    .keyring = keyring,
	    .arena = a,
	    .now_ms = wa_clock_now_ms(),
	    .ip_address = "",
	    .user_agent = "",
	};

	need(store_open(&o, &cx.store));
	mint(&cx);
	store_close(cx.store);
	wa_settings_free(settings);
}

int
main(int argc, char **argv)
{
	struct wa_arena *a = wa_arena_new((size_t)1 << 20);
	struct wa_keyring *keyring = NULL;
	const char *command = argc > 1 ? argv[1] : "";
	bool minting = strcmp(command, "mint") == 0;
	const char *text = NULL;

	if (a == NULL || argc != (minting ? 5 : 4))
		return 2;
	wa_json_init();
	need(wa_keyring_parse(argv[minting ? 3 : 2], "arguments", &keyring));

	if (minting) {
		open_and_mint(a, keyring, argv[2], argv[4]);
	} else if (strcmp(command, "encrypt") == 0) {
		need(wa_key_encrypt(a, keyring, argv[3], &text));
		(void)puts(text);
	} else {
		need(wa_key_decrypt(a, keyring, argv[3], &text));
		(void)puts(text);
	}
	wa_keyring_free(keyring);
	wa_arena_free(a);
	return 0;
}
