/* Input: a URL. With a parameter set it is still of the same site, and the parameter is there. */
#include "sessiond/http/url.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/limits.h"
#include "sessiond/http/origin.h"
#include "tests/fuzz/fuzz.h"

#define ORIGIN "https://auth.example.com"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	const char *url, *result = NULL, *before, *after;

	if (a == NULL)
		abort();
	if (size > WA_URL_MAX)
		return 0;
	url = wa_arena_strndup(a, (const char *)data, size);
	/* What reaches it is a safe path, or of an origin that is trusted. */
	before = http_origin_of(a, url);
	if (before == NULL && !http_origin_is_safe_path(url))
		return 0;
	if (http_url_set_param(a, ORIGIN, url, "token", "a b&c", &result) != WA_OK)
		return 0;
	assert(strpbrk(result, "\r\n") == NULL && strstr(result, "token=a") != NULL);
	after = http_origin_of(a, result);
	assert(after != NULL && strcmp(after, before != NULL ? before : ORIGIN) == 0);
	return 0;
}
