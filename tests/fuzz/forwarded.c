/*
 * Input: one forwarding header line after the other. Whatever they say, the address that counts is
 * one, in its one spelling, and never one of a proxy that is trusted.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/ip_address.h"
#include "lib/base/limits.h"
#include "sessiond/routes/client.h"
#include "tests/fuzz/fuzz.h"

static void
check(struct wa_arena *a, const struct wa_settings *s, const struct http_request *r)
{
	struct wa_ip_address address;
	char again[WA_IP_ADDRESS_SIZE];
	const char *text = client_address(a, s, r);

	assert(text != NULL);
	if (*text == '\0')
		return;
	assert(wa_ip_address_parse(text, strlen(text), &address));
	wa_ip_address_format(&address, again);
	assert(strcmp(text, again) == 0);
	for (size_t i = 0; i < s->trusted_proxies.n; i++)
		assert(!wa_ip_address_in(&address, s->trusted_proxies.v[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const overrides[] = {
	    "ip_headers=x-forwarded-for", "trusted_proxies=10.0.0.0/8", "trusted_proxies=fd00::/8"};
	struct wa_config_source source = {.file = "none", .overrides = overrides};
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	struct http_request r = {0};
	const char *p = (const char *)data, *end = p + size;

	if (a == NULL)
		abort();
	if (size > WA_HEAD_MAX)
		return 0;
	while (p < end && r.n_headers < WA_HEADERS_MAX) {
		const char *line = memchr(p, '\n', (size_t)(end - p));
		size_t n = line == NULL ? (size_t)(end - p) : (size_t)(line - p);

		r.headers[r.n_headers].name = (struct http_slice){"X-Forwarded-For", 15};
		r.headers[r.n_headers++].value = (struct http_slice){p, n};
		p += n + 1;
	}
	for (source.n_overrides = 1; source.n_overrides <= 3; source.n_overrides += 2) {
		WA_CLEANUP(wa_settings_freep) struct wa_settings *s = NULL;

		if (wa_settings_load(&source, &s) != WA_OK)
			abort();
		check(a, s, &r);
	}
	return 0;
}
