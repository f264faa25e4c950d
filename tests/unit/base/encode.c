#include "lib/base/encode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/base/limits.h"

static const uint8_t *
bytes(const char *s)
{
	return (const uint8_t *)s;
}

static void
hex_goes_both_ways_in_lower_case(void **state)
{
	uint8_t all[256], back[256];
	char text[513];

	(void)state;
	for (size_t i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	wa_hex_encode(all, 256, text);
	assert_int_equal(strlen(text), 512);
	assert_memory_equal(text, "000102030405060708090a0b0c0d0e0f10", 34);
	assert_true(wa_hex_decode(text, 512, back, 256));
	assert_memory_equal(back, all, 256);

	wa_hex_encode(all, 0, text);
	assert_string_equal(text, "");
	assert_true(wa_hex_decode("", 0, back, 0));
}

static void
hex_of_another_form_is_refused(void **state)
{
	static const char *const bad[] = {"0A0b", "0a0B", "0a0", "0a0b0", "0a0b0c", "0a", "",
	    "0a g", "0a0g", "0x0a", "0a:b", "0a0@"};
	uint8_t out[2];

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(bad); i++) {
		if (wa_hex_decode(bad[i], strlen(bad[i]), out, 2))
			fail_msg("accepted \"%s\"", bad[i]);
	}
	assert_true(wa_hex_decode("0a0b", 4, out, 2));
}

/* RFC 4648 section 10 */
static void
base64_matches_the_rfc(void **state)
{
	static const char *const vectors[][3] = {
	    {"", "", ""},
	    {"f", "Zg==", "Zg"},
	    {"fo", "Zm8=", "Zm8"},
	    {"foo", "Zm9v", "Zm9v"},
	    {"foob", "Zm9vYg==", "Zm9vYg"},
	    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
	    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
	    {"\xfb\xff\xbf", "+/+/", "-_-_"},
	};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(vectors); i++) {
		size_t n = strlen(vectors[i][0]);

		for (int v = WA_BASE64_STD; v <= WA_BASE64_URL; v++) {
			enum wa_base64 variant = (enum wa_base64)v;
			const char *want = vectors[i][1 + v];
			char text[16];
			uint8_t back[16];
			size_t len = 99;

			assert_int_equal(wa_base64_len(variant, n), strlen(want) + 1);
			wa_base64_encode(variant, bytes(vectors[i][0]), n, text, strlen(want) + 1);
			assert_string_equal(text, want);
			assert_true(wa_base64_decode(variant, want, strlen(want), back, n, &len));
			assert_int_equal(len, n);
			assert_memory_equal(back, vectors[i][0], n);
		}
	}
}

static void
base64_that_is_not_canonical_is_refused(void **state)
{
	static const char *const bad_std[] = {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8",
	    "Zm9v=", "Zm9v====", "=", "====", "Z", "Zm9vY", "Zm9v\n", " Zm9v", "Zm 9v", "-_-_",
	    "Zg==Zg==", "Z=g=", "Zm8\xc3"};
	static const char *const bad_url[] = {
	    "Zg==", "Zm8=", "Zh", "Zm9", "Z", "Zm9vY", "+/+/", "Zm9v\n", "Zm 9v", "Zm8="};
	uint8_t out[16];
	size_t len = 42;

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(bad_std); i++) {
		if (wa_base64_decode(
			WA_BASE64_STD, bad_std[i], strlen(bad_std[i]), out, sizeof(out), &len))
			fail_msg("accepted \"%s\"", bad_std[i]);
	}
	for (size_t i = 0; i < WA_ARRAY_LEN(bad_url); i++) {
		if (wa_base64_decode(
			WA_BASE64_URL, bad_url[i], strlen(bad_url[i]), out, sizeof(out), &len))
			fail_msg("accepted \"%s\"", bad_url[i]);
	}
	assert_false(wa_base64_decode(WA_BASE64_STD, "Zm9v\0", 5, out, sizeof(out), &len));
	assert_int_equal(len, 42);
}

/* libsodium 1.0.18 takes them for '/' and '_'. */
static void
base64_has_no_second_spelling_in_bytes_past_ascii(void **state)
{
	uint8_t out[3];
	size_t len;

	(void)state;
	for (int byte = 0x80; byte <= 0xff; byte++) {
		char text[4] = {'Z', 'm', (char)byte, 'v'};

		assert_false(wa_base64_decode(WA_BASE64_STD, text, 4, out, 3, &len));
		assert_false(wa_base64_decode(WA_BASE64_URL, text, 4, out, 3, &len));
	}
}

static void
base64_never_writes_past_its_output(void **state)
{
	uint8_t out[3] = {0, 0, 7};
	char text[9] = "########";
	size_t len = 42;

	(void)state;
	assert_false(wa_base64_decode(WA_BASE64_STD, "Zm9v", 4, out, 2, &len));
	assert_int_equal(out[2], 7);
	assert_int_equal(len, 42);

	wa_base64_encode(WA_BASE64_STD, bytes("foo"), 3, text, 4);
	assert_string_equal(text, "");
	assert_memory_equal(text + 1, "#######", 7);
	wa_base64_encode(WA_BASE64_STD, bytes("foo"), 3, text + 1, 0);
	assert_memory_equal(text + 1, "#######", 7);
}

static void
percent_encoding_is_encode_uri_component(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(2000);
	char ascii[127];

	(void)state;
	for (size_t i = 0; i < 127; i++)
		ascii[i] = (char)(i + 1);
	wa_percent_encode(&b, ascii, 127);
	assert_string_equal(wa_buf_cstr(&b),
	    "%01%02%03%04%05%06%07%08%09%0A%0B%0C%0D%0E%0F%10%11%12%13%14%15%16%17%18%19%1A%1B%1C%"
	    "1D"
	    "%1E%1F%20!%22%23%24%25%26'()*%2B%2C-.%2F0123456789%3A%3B%3C%3D%3E%3F%40"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D~%7F");

	wa_buf_clear(&b);
	wa_percent_encode(&b, "\xc3\xa9\0\xff", 4);
	assert_string_equal(wa_buf_cstr(&b), "%C3%A9%00%FF");
}

/* Appendix B.2 of the contract: as the cookie is sent. */
static void
a_signed_cookie_value_is_encoded_as_node_does(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(1000);
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(1000);
	const char *plain = "true.jQw058xYl+7x8CAE8nzr0EOeTgL3zrlgyormbDsIZtk=";
	const char *sent = "true.jQw058xYl%2B7x8CAE8nzr0EOeTgL3zrlgyormbDsIZtk%3D";

	(void)state;
	wa_percent_encode(&b, plain, strlen(plain));
	assert_string_equal(wa_buf_cstr(&b), sent);
	assert_string_equal(wa_percent_decode(a, sent, strlen(sent)), plain);
}

static void
percent_decoding_takes_both_cases_and_leaves_the_rest(void **state)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(1000);

	(void)state;
	assert_string_equal(wa_percent_decode(a, "a%2bb%2Bc+d%25%", 14), "a+b+c+d%");
	assert_string_equal(wa_percent_decode(a, "%c3%A9", 6), "\xc3\xa9");
	assert_string_equal(wa_percent_decode(a, "", 0), "");
}

static void
bad_escapes_and_bad_text_do_not_decode(void **state)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	static const char *const bad[] = {"%", "a%2", "%2", "%g0", "%0g", "%%41", "% 1", "%+1",
	    "%-1", "%00", "%ff", "%C3", "%C3x", "%ED%A0%80", "%C0%80", "\xff"};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(bad); i++) {
		if (wa_percent_decode(a, bad[i], strlen(bad[i])) != NULL)
			fail_msg("accepted \"%s\"", bad[i]);
	}
	/* The digits must be inside the text, not behind it. */
	assert_null(wa_percent_decode(a, "a%41", 3));
	assert_null(wa_percent_decode(a, "a%41", 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hex_goes_both_ways_in_lower_case),
	    cmocka_unit_test(hex_of_another_form_is_refused),
	    cmocka_unit_test(base64_matches_the_rfc),
	    cmocka_unit_test(base64_that_is_not_canonical_is_refused),
	    cmocka_unit_test(base64_has_no_second_spelling_in_bytes_past_ascii),
	    cmocka_unit_test(base64_never_writes_past_its_output),
	    cmocka_unit_test(percent_encoding_is_encode_uri_component),
	    cmocka_unit_test(a_signed_cookie_value_is_encoded_as_node_does),
	    cmocka_unit_test(percent_decoding_takes_both_cases_and_leaves_the_rest),
	    cmocka_unit_test(bad_escapes_and_bad_text_do_not_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
