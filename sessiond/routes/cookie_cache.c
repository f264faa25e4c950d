/* Where the value ends in the text: all that there is to know of a cookie that was right. */
#include "sessiond/routes/cookie_cache.h"

/* A session's is 78 characters, and two more for each of its signature that is percent-encoded. */
#define TEXT_MAX 118

struct wa_cache *
cookie_cache_new(size_t cookies)
{
	return wa_cache_new(cookies, TEXT_MAX + sizeof(size_t));
}

struct http_slice
cookie_cache_get(const struct wa_cache *c, struct http_slice text)
{
	const size_t *value_len = wa_cache_get(c, text.p, text.n);

	if (value_len == NULL)
		return (struct http_slice){NULL, 0};
	return (struct http_slice){text.p, *value_len};
}

void
cookie_cache_put(struct wa_cache *c, struct http_slice text, size_t value_len)
{
	size_t *kept = wa_cache_put(c, text.p, text.n, sizeof(*kept));

	if (kept != NULL)
		*kept = value_len;
}
