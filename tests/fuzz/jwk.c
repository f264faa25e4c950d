/* A public JWK as another process may have stored it: it becomes a key, of its algorithm's kind, or
 * is refused. */
#include <assert.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/limits.h"
#include "lib/core/jwk.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const algs[] = {
	    "ES256", "EdDSA", "RS256", "ES512", "PS256", "HS256", ""};
	static bool ready;
	WA_CLEANUP(wa_arena_freep) struct wa_arena *arena = wa_arena_new(WA_ARENA_MAX);
	const char *text;

	if (!ready) {
		wa_json_init();
		ready = true;
	}
	text = wa_arena_strndup(arena, (const char *)data, size < 16384 ? size : 16384);
	assert(text != NULL);
	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++) {
		struct wa_jwk_key key = {0};
		enum wa_err e = wa_jwk_verifier(arena, algs[i], text, &key);

		assert(e == WA_OK || e == WA_ERR_INVALID);
		if (e == WA_OK)
			assert(i < 5 && (key.pem == NULL) == (strcmp(algs[i], "EdDSA") == 0));
	}
	return 0;
}
