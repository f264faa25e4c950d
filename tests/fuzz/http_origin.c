/*
 * Input: a trusted entry, a line feed, a URL. An origin is its own origin and matches itself; what
 * has none matches nothing, if it is a web URL at all; a safe path is never another site.
 */
#include "sessiond/http/origin.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/limits.h"
#include "tests/fuzz/fuzz.h"

static void
check(struct wa_arena *a, const char *entry, const char *url)
{
	const char *origin = http_origin_of(a, url);
	bool matches = http_origin_matches(a, entry, url);

	if (origin != NULL) {
		assert(strcmp(http_origin_of(a, origin), origin) == 0);
		assert(http_origin_matches(a, origin, url));
		assert(http_origin_matches(a, entry, origin) == matches);
		assert(strpbrk(strstr(origin, "://") + 3, "/\\@?#% ") == NULL);
	} else if (strncasecmp(url, "http:", 5) == 0 || strncasecmp(url, "https:", 6) == 0)
		assert(!matches);
	if (http_origin_is_safe_path(url))
		assert(
		    url[0] == '/' && url[1] != '/' && !matches && strpbrk(url, "\\\t\r\n") == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	char *entry, *url;

	/* The longest URL a client gets through is a body; patterns are the administrator's. */
	if (a == NULL || size > WA_HEAD_MAX) {
		wa_arena_free(a);
		return 0;
	}
	entry = wa_arena_strndup(a, (const char *)data, size);
	if (entry == NULL)
		abort();
	url = strchr(entry, '\n');
	if (url != NULL) {
		*url++ = '\0';
		check(a, entry, url);
	}
	wa_arena_free(a);
	return 0;
}
