/*
 * Splitting only. Whether a value is signed, encoded or ours is asked by who knows the name.
 */
#include "sessiond/http/cookie.h"

#include <string.h>

static struct http_slice
trim(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (p < end && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (struct http_slice){p, (size_t)(end - p)};
}

/* As Better Auth reads it: an opening quote costs the first and the last character, whatever the
 * last one is. */
static struct http_slice
unquote(struct http_slice s)
{
	if (s.n == 0 || s.p[0] != '"')
		return s;
	return (struct http_slice){s.p + 1, s.n > 1 ? s.n - 2 : 0};
}

bool
http_cookie_next(struct http_slice *rest, struct http_slice *ret_name, struct http_slice *ret_value)
{
	const char *pair, *stop, *eq, *end;
	struct http_slice name;

	while (rest->n > 0) {
		pair = rest->p;
		end = pair + rest->n;
		stop = memchr(pair, ';', rest->n);
		if (stop == NULL)
			stop = end;
		rest->p = stop < end ? stop + 1 : end;
		rest->n = (size_t)(end - rest->p);

		eq = memchr(pair, '=', (size_t)(stop - pair));
		if (eq == NULL)
			continue;
		name = trim(pair, eq);
		if (name.n == 0)
			continue;

		*ret_name = name;
		*ret_value = unquote(trim(eq + 1, stop));
		return true;
	}
	return false;
}

struct http_slice
http_cookie_get(struct http_slice header, const char *name)
{
	struct http_slice rest = header, found, value;

	while (http_cookie_next(&rest, &found, &value))
		if (http_slice_is(found, name))
			return value;
	return (struct http_slice){NULL, 0};
}
