/*
 * IPv4 and IPv6 addresses as text: read strictly, compared with networks, written in the contract's
 * spelling (contract.md 6.1).
 */
#ifndef LIB_BASE_IP_ADDRESS_H
#define LIB_BASE_IP_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wa_ip_address {
	uint8_t bytes[16]; /* network order; IPv4 in its mapped form, so that one comparison serves
			      both */
};

/* The longest text of wa_ip_address_format, with its NUL. */
#define WA_IP_ADDRESS_SIZE 40

/* An IPv4 or IPv6 address and nothing else: no port, no zone, no brackets. */
bool wa_ip_address_parse(const char *s, size_t n, struct wa_ip_address *ret);

/* IPv4 and IPv4-mapped IPv6 dotted; other IPv6 with eight full groups in lower case, masked to its
 * first 64 bits: what one client has. */
void wa_ip_address_format(const struct wa_ip_address *a, char out[static WA_IP_ADDRESS_SIZE]);

/* Is it inside "address" or "address/bits"? A text that is neither holds nothing. */
bool wa_ip_address_in(const struct wa_ip_address *a, const char *network);

#endif
