#include "lib/base/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/base/compiler.h"

static bool
uint_of(const char *s, uint64_t max, uint64_t *ret)
{
	return wa_parse_uint(s, strlen(s), max, ret);
}

static void
a_number_up_to_the_maximum_is_read(void **state)
{
	uint64_t v = 1;

	(void)state;
	assert_true(uint_of("0", 0, &v));
	assert_true(v == 0);
	assert_true(uint_of("255", 255, &v));
	assert_true(v == 255);
	assert_true(uint_of("18446744073709551615", UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	assert_true(wa_parse_uint("123garbage", 3, 1000, &v));
	assert_true(v == 123);
}

static void
a_number_past_the_maximum_is_refused(void **state)
{
	uint64_t v = 42;

	(void)state;
	assert_false(uint_of("256", 255, &v));
	assert_false(uint_of("1", 0, &v));
	assert_false(uint_of("18446744073709551616", UINT64_MAX, &v));
	assert_false(uint_of("99999999999999999999999", UINT64_MAX, &v));
	assert_true(v == 42);
}

static void
what_is_not_only_digits_is_no_number(void **state)
{
	static const char *const bad[] = {
	    "", " 1", "1 ", "+1", "-1", "-0", "01", "00", "0x1", "1e3", "1.0", "1_000", "\xd9\xa1"};
	uint64_t v = 42;

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(bad); i++) {
		if (uint_of(bad[i], UINT64_MAX, &v))
			fail_msg("accepted \"%s\"", bad[i]);
	}
	assert_false(wa_parse_uint("1\0", 2, 10, &v));
	assert_true(v == 42);
}

static void
the_eight_words_are_booleans_and_no_others(void **state)
{
	static const char *const yes[] = {"true", "yes", "on", "1"};
	static const char *const no[] = {"false", "no", "off", "0"};
	static const char *const bad[] = {"", "True", "YES", "t", "y", "2", "true ", " on", "offf"};
	bool v;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		v = false;
		assert_true(wa_parse_bool(yes[i], &v));
		assert_true(v);
		assert_true(wa_parse_bool(no[i], &v));
		assert_false(v);
	}
	v = true;
	for (size_t i = 0; i < WA_ARRAY_LEN(bad); i++)
		assert_false(wa_parse_bool(bad[i], &v));
	assert_true(v);
}

static void
durations_have_their_units(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
	    {"0", 0},
	    {"5", 5000},
	    {"250ms", 250},
	    {"30s", 30000},
	    {"15m", 900000},
	    {"1h", 3600000},
	    {"7d", 604800000},
	    {"9223372036854775807ms", INT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(good); i++) {
		int64_t ms = -1;

		assert_true(wa_parse_duration(good[i].text, &ms));
		assert_true(ms == good[i].ms);
	}
}

static void
bad_durations_are_refused(void **state)
{
	static const char *const bad[] = {"", "s", "1w", "1 s", "1S", "-1s", "1.5h", "1h30m", "01s",
	    "1sec", "9223372036854775808ms", "9223372036854776s", "106751991168d"};
	int64_t ms = 42;

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(bad); i++) {
		if (wa_parse_duration(bad[i], &ms))
			fail_msg("accepted \"%s\"", bad[i]);
	}
	assert_true(ms == 42);
}

static void
sizes_have_their_units(void **state)
{
	uint64_t v = 0;

	(void)state;
	assert_true(wa_parse_size("100", &v));
	assert_true(v == 100);
	assert_true(wa_parse_size("64K", &v));
	assert_true(v == 65536);
	assert_true(wa_parse_size("2M", &v));
	assert_true(v == 2097152);
	assert_true(wa_parse_size("17179869183G", &v));
	assert_true(v == UINT64_C(17179869183) << 30);
}

static void
bad_sizes_are_refused(void **state)
{
	static const char *const bad[] = {
	    "", "K", "1k", "1KB", "1 K", "-1K", "1.5M", "17179869184G", "18446744073709551616"};
	uint64_t v = 42;

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(bad); i++) {
		if (wa_parse_size(bad[i], &v))
			fail_msg("accepted \"%s\"", bad[i]);
	}
	assert_true(v == 42);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_number_up_to_the_maximum_is_read),
	    cmocka_unit_test(a_number_past_the_maximum_is_refused),
	    cmocka_unit_test(what_is_not_only_digits_is_no_number),
	    cmocka_unit_test(the_eight_words_are_booleans_and_no_others),
	    cmocka_unit_test(durations_have_their_units),
	    cmocka_unit_test(bad_durations_are_refused),
	    cmocka_unit_test(sizes_have_their_units),
	    cmocka_unit_test(bad_sizes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
