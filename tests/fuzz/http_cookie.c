/*
 * Every pair lies inside the header and holds no separator; the walk ends; looking a name up finds
 * the first pair of that name.
 */
#include "sessiond/http/cookie.h"

#include <assert.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_slice header = {(const char *)data, size};
	struct http_slice rest = header, name, value, found;
	char text[64];
	size_t left = size;

	while (http_cookie_next(&rest, &name, &value)) {
		assert(rest.n < left);
		left = rest.n;
		assert(name.n > 0 && name.p >= header.p && name.p + name.n < value.p);
		assert(value.p + value.n <= header.p + header.n);
		assert(memchr(name.p, ';', name.n) == NULL && memchr(name.p, '=', name.n) == NULL);
		assert(memchr(value.p, ';', value.n) == NULL);

		if (name.n >= sizeof(text) || memchr(name.p, '\0', name.n) != NULL)
			continue;
		memcpy(text, name.p, name.n);
		text[name.n] = '\0';
		found = http_cookie_get(header, text);
		assert(found.p != NULL && found.p <= value.p);
	}
	return 0;
}
