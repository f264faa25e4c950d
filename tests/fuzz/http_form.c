/*
 * What comes out is valid UTF-8 without NUL, no more fields than allowed, and each can be found.
 */
#include "sessiond/http/form.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_form f = {NULL, 0};
	struct wa_arena *a;
	size_t i;

	a = wa_arena_new(WA_ARENA_MAX);
	if (a == NULL)
		abort();

	if (http_form_parse(a, (struct http_slice){(const char *)data, size}, &f) == WA_OK)
		assert(f.n <= WA_QUERY_PARAMS_MAX);
	for (i = 0; i < f.n; i++) {
		assert(wa_text_is_utf8(f.fields[i].name, strlen(f.fields[i].name)));
		assert(wa_text_is_utf8(f.fields[i].value, strlen(f.fields[i].value)));
		assert(http_form_get(&f, f.fields[i].name) != NULL);
		assert(http_form_count(&f, f.fields[i].name) > 0);
	}
	wa_arena_free(a);
	return 0;
}
