#include "sessiond/routes/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/compiler.h"

static const char *
address_of(struct wa_arena *a, const char *proxy, const char *header)
{
	struct wa_settings settings = {
	    .ip_headers = {(const char *[]){"x-forwarded-for"}, 1},
	    .trusted_proxies = {&proxy, 1},
	};
	struct http_request r = {.n_headers = 1};

	r.headers[0].name = (struct http_slice){"X-Forwarded-For", 15};
	r.headers[0].value = (struct http_slice){header, strlen(header)};
	return client_address(a, &settings, &r);
}

static void
a_network_is_trusted_to_the_bit(void **state)
{
	static const struct {
		const char *proxy, *inside, *outside;
	} cases[] = {
	    {"10.1.2.3", "10.1.2.3", "10.1.2.2"},
	    {"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
	    {"10.0.0.0/9", "10.127.255.255", "10.128.0.0"},
	    {"10.0.0.2/31", "10.0.0.3", "10.0.0.4"},
	    {"10.0.0.0/32", "10.0.0.0", "10.0.0.1"},
	    {"0.0.0.0/0", "255.1.2.3", "2001:db8::"},
	    {"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"},
	    {"::1", "::1", "::2"},
	};
	struct wa_arena *a = wa_arena_new(65536);
	char header[128];

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++) {
		assert_true(strlen(cases[i].inside) < 60);
		(void)snprintf(header, sizeof(header), "junk, %s", cases[i].inside);
		assert_string_equal(address_of(a, cases[i].proxy, header), "");
		(void)snprintf(header, sizeof(header), "junk, %s", cases[i].outside);
		assert_string_not_equal(address_of(a, cases[i].proxy, header), "");
	}
	wa_arena_free(a);
}

static void
an_entry_that_is_no_network_trusts_nobody(void **state)
{
	static const char *const entries[] = {"", "/", "/8", "10.0.0.0/33", "10.0.0.0/",
	    "10.0.0.0/-1", "10.0.0.0/8x", "::/129", "junk"};
	struct wa_arena *a = wa_arena_new(65536);

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(entries); i++)
		assert_string_equal(address_of(a, entries[i], "1.2.3.4, 10.0.0.1"), "10.0.0.1");
	wa_arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_network_is_trusted_to_the_bit),
	    cmocka_unit_test(an_entry_that_is_no_network_trusts_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
