/* Addresses of clients. */
#include "lib/base/ip_address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/parse.h"

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool
wa_ip_address_parse(const char *s, size_t n, struct wa_ip_address *ret)
{
	struct wa_ip_address a;
	char text[INET6_ADDRSTRLEN];

	if (n == 0 || n >= sizeof(text))
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	if (inet_pton(AF_INET6, text, a.bytes) != 1) {
		memcpy(a.bytes, mapped_prefix, sizeof(mapped_prefix));
		if (inet_pton(AF_INET, text, a.bytes + sizeof(mapped_prefix)) != 1)
			return false;
	}
	*ret = a;
	return true;
}

static bool
is_ipv4(const struct wa_ip_address *a)
{
	return memcmp(a->bytes, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

void
wa_ip_address_format(const struct wa_ip_address *a, char out[static WA_IP_ADDRESS_SIZE])
{
	const uint8_t *b = a->bytes;

	if (is_ipv4(a))
		(void)snprintf(out, WA_IP_ADDRESS_SIZE, "%u.%u.%u.%u", b[12], b[13], b[14], b[15]);
	else
		(void)snprintf(out, WA_IP_ADDRESS_SIZE,
		    "%02x%02x:%02x%02x:%02x%02x:%02x%02x:0000:0000:0000:0000", b[0], b[1], b[2],
		    b[3], b[4], b[5], b[6], b[7]);
}

bool
wa_ip_address_in(const struct wa_ip_address *a, const char *network)
{
	size_t len = strcspn(network, "/");
	uint64_t bits = 128;
	struct wa_ip_address net;

	if (!wa_ip_address_parse(network, len, &net))
		return false;
	if (network[len] == '/') {
		const char *text = network + len + 1;

		if (!wa_parse_uint(text, strlen(text), is_ipv4(&net) ? 32 : 128, &bits))
			return false;
		bits += is_ipv4(&net) ? 96 : 0;
	}
	for (size_t i = 0; i < sizeof(a->bytes) && bits > 0; i++) {
		uint8_t mask = (uint8_t)(bits >= 8 ? 0xff : 0xff << (8 - bits));

		if ((a->bytes[i] & mask) != (net.bytes[i] & mask))
			return false;
		bits -= bits >= 8 ? 8 : bits;
	}
	return true;
}
