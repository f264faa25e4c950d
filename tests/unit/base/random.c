#include "lib/base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

static void
a_text_has_its_length_and_only_letters_and_digits(void **state)
{
	char text[203];

	(void)state;
	for (size_t n = 0; n <= 200; n++) {
		memset(text, '#', sizeof(text));
		wa_random_text(text, n);
		assert_int_equal(strlen(text), n);
		assert_int_equal(strspn(text, alphabet), n);
		assert_int_equal(text[n + 1], '#');
	}
}

static void
two_identifiers_differ(void **state)
{
	char a[WA_ID_SIZE], b[WA_ID_SIZE];

	(void)state;
	wa_random_text(a, WA_ID_LEN);
	wa_random_text(b, WA_ID_LEN);
	assert_string_not_equal(a, b);
}

/*
 * 10000 of each are expected, with a standard deviation under 100. Taking bytes modulo 62 would
 * give the first eight about 12100. Six deviations make a false alarm in ten million runs.
 */
static void
every_character_is_equally_likely(void **state)
{
	unsigned count[256] = {0};
	char text[1001];

	(void)state;
	for (int i = 0; i < 620; i++) {
		wa_random_text(text, 1000);
		for (int k = 0; k < 1000; k++)
			count[(unsigned char)text[k]]++;
	}
	for (const char *c = alphabet; *c != '\0'; c++)
		assert_in_range(count[(unsigned char)*c], 9400, 10600);
}

static void
bytes_are_filled_to_the_last_and_no_further(void **state)
{
	unsigned char bytes[34] = {0}, seen[34] = {0};

	(void)state;
	for (int i = 0; i < 64; i++) {
		wa_random_bytes(bytes, 33);
		for (int k = 0; k < 34; k++)
			seen[k] |= bytes[k];
	}
	for (int k = 0; k < 33; k++)
		assert_int_not_equal(seen[k], 0);
	assert_int_equal(seen[33], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_text_has_its_length_and_only_letters_and_digits),
	    cmocka_unit_test(two_identifiers_differ),
	    cmocka_unit_test(every_character_is_equally_likely),
	    cmocka_unit_test(bytes_are_filled_to_the_last_and_no_further),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
