/* Client addresses and agents. */
#include "sessiond/routes/client.h"

#include <string.h>

#include "lib/base/ip_address.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"

static const char *
address_text(struct wa_arena *arena, const struct wa_ip_address *a)
{
	char text[WA_IP_ADDRESS_SIZE];

	wa_ip_address_format(a, text);
	return wa_arena_strdup(arena, text);
}

static bool
is_trusted_proxy(const struct wa_settings *s, const struct wa_ip_address *a)
{
	for (size_t i = 0; i < s->trusted_proxies.n; i++)
		if (wa_ip_address_in(a, s->trusted_proxies.v[i]))
			return true;
	return false;
}

static struct http_slice
trim(struct http_slice s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/*
 * Without trusted proxies a header counts only when it is one address: of a list nobody knows which
 * hop to believe. With them, the first hop from the right that is not one of ours.
 */
static const char *
address_from_header(struct wa_arena *arena, const struct wa_settings *s, struct http_slice h)
{
	struct wa_ip_address a;

	if (s->trusted_proxies.n == 0) {
		h = trim(h);
		return wa_ip_address_parse(h.p, h.n, &a) ? address_text(arena, &a) : NULL;
	}
	while (h.n > 0) {
		const char *comma = memrchr(h.p, ',', h.n);
		size_t skip = comma == NULL ? 0 : (size_t)(comma - h.p) + 1;
		struct http_slice hop = trim((struct http_slice){h.p + skip, h.n - skip});

		if (!wa_ip_address_parse(hop.p, hop.n, &a))
			return NULL;
		if (!is_trusted_proxy(s, &a))
			return address_text(arena, &a);
		h.n = skip == 0 ? 0 : skip - 1;
	}
	return NULL;
}

/* All lines of that name as the one list they are (RFC 9110 5.3): of two lines, a client wrote the
 * first and only the proxy the second. */
static struct http_slice
joined_header(struct wa_arena *a, const struct http_request *r, const char *name)
{
	struct http_slice all = http_request_header(r, name);
	bool first = true;

	for (size_t i = 0; i < r->n_headers; i++) {
		struct http_slice v = r->headers[i].value;

		if (!http_slice_is_nocase(r->headers[i].name, name))
			continue;
		if (!first) {
			char *both = wa_arena_alloc(a, all.n + 1 + v.n);

			if (both == NULL)
				return (struct http_slice){NULL, 0};
			memcpy(both, all.p, all.n);
			both[all.n] = ',';
			memcpy(both + all.n + 1, v.p, v.n);
			all = (struct http_slice){both, all.n + 1 + v.n};
		}
		first = false;
	}
	return all;
}

const char *
client_address(struct wa_arena *a, const struct wa_settings *s, const struct http_request *r)
{
	for (size_t i = 0; i < s->ip_headers.n; i++) {
		struct http_slice h = joined_header(a, r, s->ip_headers.v[i]);
		const char *text = h.p != NULL ? address_from_header(a, s, h) : NULL;

		if (text != NULL)
			return text;
	}
	return "";
}

const char *
client_user_agent(struct wa_arena *a, const struct http_request *r)
{
	struct http_slice h = http_request_header(r, "user-agent");
	size_t n = h.n;

	if (h.p == NULL || n == 0)
		return "";
	if (n > WA_USER_AGENT_MAX)
		for (n = WA_USER_AGENT_MAX; n > 0 && ((uint8_t)h.p[n] & 0xc0) == 0x80;)
			n--;
	/* Header bytes may be anything; the store keeps text. */
	if (!wa_text_is_utf8(h.p, n))
		return "";
	return wa_arena_strndup(a, h.p, n);
}
