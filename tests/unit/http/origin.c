/*
 * "seen" marks what a real Better Auth was observed to accept or refuse (contract.md 10.1). Where
 * it accepts and we refuse, on purpose: user info in a URL that a wildcard matches, URLs of other
 * schemes without "//" or with malformed escapes, and other schemes for an entry that names none.
 */
#include "sessiond/http/origin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/compiler.h"
#include "lib/base/limits.h"

static void
origins_are_serialised_as_a_browser_does(void **state)
{
	static const struct {
		const char *url, *origin;
	} cases[] = {
	    {"https://good.test", "https://good.test"},
	    {"https://good.test/", "https://good.test"},
	    {"https://good.test/path?x=y#z", "https://good.test"},
	    {"https://good.test?x", "https://good.test"},
	    {"https://good.test#x", "https://good.test"},
	    {"HTTPS://Good.TEST/Path", "https://good.test"},
	    {"hTtP://good.test", "http://good.test"},
	    {"https://good.test:443", "https://good.test"},
	    {"http://good.test:80/", "http://good.test"},
	    {"https://good.test:80", "https://good.test:80"},
	    {"http://good.test:443", "http://good.test:443"},
	    {"http://localhost:3000/x", "http://localhost:3000"},
	    {"https://good.test:", "https://good.test"},
	    {"https://good.test:00443", "https://good.test"},
	    {"https://good.test:65535", "https://good.test:65535"},
	    {"https://good.test.", "https://good.test."},
	    {"https://a_b-c.test", "https://a_b-c.test"},
	    {"https://xn--mnchen-3ya.test", "https://xn--mnchen-3ya.test"},
	    {"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
	    {"http://1.test", "http://1.test"},
	    {"http://0x1.test", "http://0x1.test"},
	    {"http://[::1]:3000/", "http://[::1]:3000"},
	    {"https://[::1]:443", "https://[::1]"},
	    {"http://[0:0:0:0:0:0:0:0]", "http://[::]"},
	    {"http://[0:0:0:0:0:0:0:1]", "http://[::1]"},
	    {"http://[1:0:0:0:0:0:0:0]", "http://[1::]"},
	    {"http://[2001:DB8::00:1]", "http://[2001:db8::1]"},
	    {"http://[2001:db8:0:0:1:0:0:1]", "http://[2001:db8::1:0:0:1]"},
	    {"http://[1:0:2:3:4:5:6:7]", "http://[1:0:2:3:4:5:6:7]"},
	    {"http://[1:0:0:2:0:0:0:3]", "http://[1:0:0:2::3]"},
	    {"http://[::ffff:127.0.0.1]", "http://[::ffff:7f00:1]"},
	    {"http://[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
		"http://[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]"},
	};
	const char *origin;
	size_t i;

	for (i = 0; i < WA_ARRAY_LEN(cases); i++) {
		origin = http_origin_of(*state, cases[i].url);
		if (origin == NULL || strcmp(origin, cases[i].origin) != 0)
			fail_msg("%s gave %s", cases[i].url, origin == NULL ? "none" : origin);
		assert_string_equal(http_origin_of(*state, origin), origin);
	}
}

/* Everything that browsers repair before they follow it, or that has no origin. */
static const char *const no_origin[] = {
    "",
    "null",
    "foo",
    "good.test",
    "//good.test",
    "/path",
    "https:",
    "https:/good.test",
    "https:good.test",
    "https://",
    "https:///good.test",
    "https://:443",
    "https://?x",
    "https:\\\\good.test",
    "https://good.test\\@evil.test",
    "https://good.test\\.evil.test",
    "https://evil.test@good.test",
    "https://good.test@evil.test",
    "https://good.test:443@evil.test",
    "https://user:pass@good.test",
    "https://@good.test",
    " https://good.test",
    "https://good.test ",
    "https://good .test",
    "\thttps://good.test",
    "ht\ntps://good.test",
    "https://good\t.test",
    "https://good.test/\r\nX: y",
    "https://good.test/\x7f",
    "https://good.test/\xc2\x85",
    "https://good%2etest",
    "https://good.test%2f.evil.test",
    "https://good.test%00.evil.test",
    "https://f\xc3\xb6\xc3\xb6.test",
    "https://good.test\xef\xbc\x8f.evil.test",
    "https://good..test",
    "https://.good.test",
    "https://.",
    "https://good.test..",
    "https://*.good.test",
    "https://good.test:x",
    "https://good.test:65536",
    "https://good.test:99999999999999999999",
    "https://good.test:-1",
    "https://good.test:80:80",
    "http://2130706433",
    "http://0x7f000001",
    "http://0x",
    "http://127.1",
    "http://127.0.0.01",
    "http://127.0.0.256",
    "http://127.0.0.1.",
    "http://1.2.3.4.5",
    "http://good.1",
    "http://good.0x1",
    "http://::1",
    "http://[::1",
    "http://::1]",
    "http://[]",
    "http://[::1]x",
    "http://[::1]:x",
    "http://[::g]",
    "http://[::1%25eth0]",
    "http://[1:2:3:4:5:6:7:8:9]",
    "http://x[::1]",
    "http+x://good.test",
    "ftp://good.test",
    "ws://good.test",
    "javascript://good.test/%0aalert(1)",
    "data:text/html,x",
};

static void
what_a_browser_would_repair_has_no_origin(void **state)
{
	size_t i;

	for (i = 0; i < WA_ARRAY_LEN(no_origin); i++)
		if (http_origin_of(*state, no_origin[i]) != NULL)
			fail_msg("\"%s\" has an origin", no_origin[i]);
}

static void
what_has_no_origin_matches_not_even_a_star(void **state)
{
	size_t i;

	for (i = 0; i < WA_ARRAY_LEN(no_origin); i++) {
		if (http_origin_matches(*state, "*", no_origin[i]) ||
		    http_origin_matches(*state, "https://*", no_origin[i]) ||
		    http_origin_matches(*state, "http://*", no_origin[i]))
			fail_msg("\"%s\" matches", no_origin[i]);
	}
}

static const struct match {
	const char *entry, *url;
	bool expected;
} matches[] = {
    /* a plain origin */
    {"https://good.test", "https://good.test", true},
    {"https://good.test", "https://good.test/any/path?x#y", true},
    {"https://good.test", "HTTPS://GOOD.test:443/", true},
    {"https://good.test:8443", "https://good.test:8443/x", true},
    {"http://[::1]:3000", "http://[0::1]:3000", true},
    {"https://good.test", "http://good.test", false},
    {"https://good.test", "https://good.test:8443", false},
    {"https://good.test", "https://good.test.", false},
    {"https://good.test", "https://good.test.evil.test", false},
    {"https://good.test", "https://evilgood.test", false},
    {"https://good.test", "https://evil.test/https://good.test", false},
    {"https://good.test", "https://evil.test?https://good.test", false},
    {"https://good.test", "https://evil.test#https://good.test", false},
    {"https://good.test", "https://good.test@evil.test", false},
    {"https://good.test", "https://a.good.test", false},
    {"https://good.test", "/path", false},
    {"https://good.test", "null", false},
    {"https://good.test", "", false},
    {"", "https://good.test", false},
    /* an entry that is no origin equals none */
    {"https://good.test/", "https://good.test", false},
    {"https://good.test/app", "https://good.test/app", false},
    {"good.test", "https://good.test", false},

    /* wildcards on the whole origin */
    {"https://*.x.com", "https://a.x.com", true},
    {"https://*.x.com", "https://a.b.x.com/path", true},
    {"https://*.x.com", "https://x.com", false},  /* seen */
    {"https://*.x.com", "http://a.x.com", false}, /* seen */
    {"https://*.x.com", "https://a.x.com:8443", false},
    {"https://*.x.com", "https://a.x.com.evil.test", false},
    {"https://*.x.com", "https://evil.test/.x.com", false},
    {"https://*.x.com", "https://evil.test?.x.com", false},
    {"https://*.x.com", "https://evil.test#.x.com", false},
    {"https://*.x.com", "https://evil.test\\.x.com", false},
    {"https://*.x.com", "https://evil.test@a.x.com", false},
    {"https://*.x.com:*", "https://a.x.com:8443", true},
    {"https://*.x.com:*", "https://a.x.com", false},
    {"https://a?.x.com", "https://ab.x.com", true},
    {"https://a?.x.com", "https://a.x.com", false},
    {"https://a?.x.com", "https://abc.x.com", false},
    {"http*://x.com", "https://x.com", true},
    {"*://x.com", "http://x.com", true},
    {"https://*", "https://anything.test:81", true},
    {"https://*a*b*", "https://xxaxxbxx", true},
    {"https://*a*b*", "https://xxbxxaxx", false},

    /* wildcards on host and port */
    {"*.x.io", "https://a.x.io", true},
    {"*.x.io", "http://a.x.io/path", true},
    {"*.x.io", "https://a.x.io:443", true},
    {"*.x.io", "https://a.x.io:88", false}, /* seen */
    {"*.x.io", "https://x.io", false},
    {"*.x.io", "https://a.x.io.", false},
    {"*.x.io", "https://a.x.io.evil.test", false},
    {"*.x.io", "https://evil.test/a.x.io", false},
    {"*.x.io:88", "https://a.x.io:88", true},
    {"*.x.io:88", "https://a.x.io", false},
    {"*.x.io:*", "https://a.x.io:88", true},
    {"?.x.io", "https://a.x.io", true},
    {"*.x.io", "myapp://a.x.io", false},
    {"*", "https://anything.test", true},

    /* numeric patterns want addresses */
    {"http://192.168.*.*", "http://192.168.1.20", true},
    {"http://192.168.*.*:3000", "http://192.168.1.20:3000", true},
    {"192.168.1.*", "http://192.168.1.7", true},
    {"192.168.*:*", "http://192.168.1.7:81", true},
    {"10.0.0.?", "http://10.0.0.9", true},
    {"http://192.168.*", "http://192.168.evil.test", false},
    {"192.168.*", "http://192.168.1.evil.test", false},
    {"192.168.*.*", "https://192.168.a.b", false},
    {"http://192.168.*:*", "http://192.168.1.evil.test:80", false},
    {"http://192.168.*.*:3000", "http://192.168.1.evil.test:3000", false},
    {"1*", "http://1.test", false},

    /* other schemes */
    {"myapp://", "myapp://", true},
    {"myapp://", "myapp://anything/at/all", true},
    {"myapp://", "MyApp://x", true},
    {"myapp://", "myapp:x", false},
    {"myapp://", "myapps://x", false},
    {"myapp://", "javascript://x", false},
    {"myapp://", "https://x", false},
    {"myapp://host", "myapp://host", true},
    {"myapp://host", "myapp://host/any?x", true},
    {"myapp://Host", "myapp://hOST", true},
    {"myapp://host/cb", "myapp://host/CB", false},
    {"exp://*.Expo.dev", "exp://U.expo.DEV", true},
    {"myapp://host", "myapp://other", false},
    {"myapp://host", "myapp://hostile", false},
    {"myapp://host", "myapp://host:1", false},
    {"myapp://host", "myapp://x@host", false},
    {"myapp://host", "myapp://host\\x", false},
    {"myapp://host", "myapp://", false},
    {"myapp://host/cb", "myapp://host/cb", true},
    {"myapp://host/cb", "myapp://host/cb/", true},
    {"myapp://host/cb", "myapp://host/cb/deeper?x#y", true},
    {"myapp://host/cb", "myapp://host/%63b", true},
    {"myapp://host/cb/", "myapp://host/cb/x", true},
    {"myapp://host/cb", "myapp://host/cbx", false},
    {"myapp://host/cb", "myapp://host/", false},
    {"myapp://host/cb", "myapp://host", false},
    {"myapp://host/cb", "myapp://host/cb/../x", false},
    {"myapp://host/cb", "myapp://host/cb/%2e%2e/x", false},
    {"myapp://host/cb", "myapp://host/cb%2f..%2fx", false},
    {"myapp://host/cb", "myapp://host/cb\\..\\x", false},
    {"myapp://host/cb", "myapp://host/cb%5c..%5cx", false},
    {"myapp://host/cb", "myapp://host/cb/%zz", false},
    {"myapp://host/cb", "myapp://host/cb/%00", false},
    {"myapp://host/cb", "myapp://host/x?/cb", false},
    {"myapp://host/cb", "myapp://host/x/../cb", true},
    {"myapp://host/cb", "myapp://host/../../cb", true},
    {"myapp:///cb", "myapp:///cb/x", true},
    {"myapp:///cb", "myapp:///x", false},
    {"myapp://host/", "myapp://host/x", true},
    {"exp://", "exp://192.168.1.5:8081/--/x", true},
    {"exp://**", "exp://u.expo.dev/x", true},
    {"exp://192.168.*.*:*", "exp://192.168.1.5:8081/--/x", true},
    {"exp://192.168.*.*:*/**", "exp://192.168.1.5:8081", true},
    {"exp://192.168.*.*:*/**", "exp://192.168.1.5:8081/--/x", true},
    {"exp://192.168.*.*:*", "exp://192.168.1.evil.test:8081", false},
    {"exp://192.168.*.*:*", "exp://192.168.1.5:1@evil.test", false},
    {"exp://*.expo.dev", "exp://u.expo.dev", true},
    {"exp://*.expo.dev", "exp://evil.test/.expo.dev", false},
    {"myapp://", "myapp://x\n", false},
};

static void
entries_match_exactly_what_they_should(void **state)
{
	const struct match *m;
	size_t i;

	for (i = 0; i < WA_ARRAY_LEN(matches); i++) {
		m = &matches[i];
		if (http_origin_matches(*state, m->entry, m->url) != m->expected)
			fail_msg(
			    "entry \"%s\", url \"%s\": expected %d", m->entry, m->url, m->expected);
	}
}

static void
only_paths_on_our_own_site_are_safe(WA_UNUSED void **state)
{
	static const char *const good[] = {
	    "/",
	    "/a b",		  /* seen */
	    "/\xc3\xbcn\xc3\xaf", /* seen */
	    "/..//evil.com",	  /* seen */
	    "/ok?x=https://evil", /* seen */
	    "/a//b",
	    "/%41%20",
	    "/ok?x=%2f%5c",
	    "/ok#%2f",
	    "/@evil.test",
	    "/https://evil.test",
	    "/%",
	    "/%2",
	};
	static const char *const bad[] = {
	    "//evil",	/* seen */
	    "/\\evil",	/* seen */
	    "/%2fevil", /* seen */
	    "/ok\n",	/* seen */
	    "foo",	/* seen */
	    "",
	    "//",
	    "///evil",
	    "\\/evil",
	    "\\\\evil",
	    " //evil",
	    "/%2Fevil",
	    "/%5cevil",
	    "/%5Cevil",
	    "/a/%2f",
	    "/a\\b",
	    "/ok?\\",
	    "/\t/evil",
	    "/\n/evil",
	    "/\r/evil",
	    "/ok\r\nSet-Cookie: a=b",
	    "/\x01",
	    "/\x7f",
	    "/\xc2\x80",
	    "/\xc2\x9f",
	    "/\xff",
	    "/ok?x=\n",
	    "?x",
	    "#x",
	    "./x",
	    "https://evil.test",
	    "javascript:alert(1)",
	};
	size_t i;

	for (i = 0; i < WA_ARRAY_LEN(good); i++)
		if (!http_origin_is_safe_path(good[i]))
			fail_msg("\"%s\" is refused", good[i]);
	for (i = 0; i < WA_ARRAY_LEN(bad); i++)
		if (http_origin_is_safe_path(bad[i]))
			fail_msg("\"%s\" is accepted", bad[i]);
}

static void
without_memory_nothing_matches(WA_UNUSED void **state)
{
	struct wa_arena *a = wa_arena_new(1);

	assert_non_null(a);
	assert_null(http_origin_of(a, "https://good.test"));
	assert_false(http_origin_matches(a, "*", "https://good.test"));
	assert_false(http_origin_matches(a, "myapp:///cb", "myapp:///cb"));
	wa_arena_free(a);
}

static int
setup(void **state)
{
	*state = wa_arena_new(WA_ARENA_MAX);
	return *state == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	wa_arena_free(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(origins_are_serialised_as_a_browser_does),
	    cmocka_unit_test(what_a_browser_would_repair_has_no_origin),
	    cmocka_unit_test(what_has_no_origin_matches_not_even_a_star),
	    cmocka_unit_test(entries_match_exactly_what_they_should),
	    cmocka_unit_test(only_paths_on_our_own_site_are_safe),
	    cmocka_unit_test(without_memory_nothing_matches),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
