#include "lib/base/ip_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/compiler.h"

static void
an_address_has_one_spelling(void **state)
{
	static const struct {
		const char *text, *normal;
	} cases[] = {
	    {"1.2.3.4", "1.2.3.4"},
	    {"2001:DB8::1", "2001:0db8:0000:0000:0000:0000:0000:0000"},
	    {"2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002:0000:0000:0000:0000"},
	    {"::ffff:9.9.9.9", "9.9.9.9"},
	    {"::FFFF:909:909", "9.9.9.9"},
	    {"::9.9.9.9", "0000:0000:0000:0000:0000:0000:0000:0000"},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
		"ffff:ffff:ffff:ffff:0000:0000:0000:0000"},
	    {"", NULL},
	    {"1.2.3", NULL},
	    {"1.2.3.4 ", NULL},
	    {"1.2.3.4:80", NULL},
	    {"0x1.2.3.4", NULL},
	    {"[::1]", NULL},
	    {"::1%lo", NULL},
	    {"1.1.1.3, 10.0.0.1", NULL},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555", NULL},
	};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++) {
		char normal[WA_IP_ADDRESS_SIZE];
		struct wa_ip_address a;
		bool parsed = wa_ip_address_parse(cases[i].text, strlen(cases[i].text), &a);

		if (parsed)
			wa_ip_address_format(&a, normal);
		if (parsed != (cases[i].normal != NULL) ||
		    (parsed && strcmp(normal, cases[i].normal) != 0))
			fail_msg("%s gave %s", cases[i].text, parsed ? normal : "none");
	}
}

static void
a_network_holds_its_addresses_to_the_bit(void **state)
{
	static const struct {
		const char *network, *inside, *outside;
	} cases[] = {
	    {"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
	    {"10.1.2.0/23", "10.1.3.255", "10.1.4.0"},
	    {"192.0.2.1", "192.0.2.1", "192.0.2.2"},
	    {"192.0.2.1/32", "192.0.2.1", "192.0.2.0"},
	    {"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"},
	    {"2001:db8::1", "2001:db8::1", "2001:db8::2"},
	    {"0.0.0.0/0", "255.255.255.255", "2001:db8::1"},
	};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++) {
		struct wa_ip_address in, out;

		assert_true(wa_ip_address_parse(cases[i].inside, strlen(cases[i].inside), &in));
		assert_true(wa_ip_address_parse(cases[i].outside, strlen(cases[i].outside), &out));
		if (!wa_ip_address_in(&in, cases[i].network) ||
		    wa_ip_address_in(&out, cases[i].network))
			fail_msg("%s", cases[i].network);
	}
}

static void
a_text_that_is_no_network_holds_nothing(void **state)
{
	static const char *const cases[] = {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
	    "10.0.0.0/8 ", "2001:db8::/129", "all"};
	struct wa_ip_address a;

	(void)state;
	assert_true(wa_ip_address_parse("10.0.0.1", 8, &a));
	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++)
		assert_false(wa_ip_address_in(&a, cases[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_address_has_one_spelling),
	    cmocka_unit_test(a_network_holds_its_addresses_to_the_bit),
	    cmocka_unit_test(a_text_that_is_no_network_holds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
