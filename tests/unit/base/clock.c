#include "lib/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/base/compiler.h"

#define DAY_MS INT64_C(86400000)

static const struct {
	int64_t ms;
	const char *text;
} known[] = {
    {0, "1970-01-01T00:00:00.000Z"},
    {-1, "1969-12-31T23:59:59.999Z"},
    {951782400000, "2000-02-29T00:00:00.000Z"},
    {1795239963960, "2026-11-21T05:46:03.960Z"},
    {2147483648000, "2038-01-19T03:14:08.000Z"},
    {4107542400000, "2100-03-01T00:00:00.000Z"},
    {-62167219200000, "0000-01-01T00:00:00.000Z"},
    {253402300799999, "9999-12-31T23:59:59.999Z"},
};

static void
known_dates_are_written_and_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(known); i++) {
		char text[WA_ISO_SIZE];
		int64_t ms = 42;

		wa_iso_format(known[i].ms, text);
		assert_string_equal(text, known[i].text);
		assert_true(wa_iso_parse(known[i].text, WA_ISO_LEN, &ms));
		assert_true(ms == known[i].ms);
	}
}

/* The calendar repeats after 400 years; libc is the second opinion. */
static void
every_day_of_four_centuries_is_right(void **state)
{
	(void)state;
	for (int64_t day = -25567; day <= 120530; day++) {
		time_t seconds = (time_t)(day * 86400);
		char want[WA_ISO_SIZE] = "", got[WA_ISO_SIZE];
		int64_t ms = 0;
		struct tm tm;

		(void)gmtime_r(&seconds, &tm);
		(void)strftime(want, sizeof(want), "%Y-%m-%dT12:34:56.789Z", &tm);
		wa_iso_format(day * DAY_MS + 45296789, got);
		assert_string_equal(got, want);
		assert_true(wa_iso_parse(got, WA_ISO_LEN, &ms));
		assert_true(ms == day * DAY_MS + 45296789);
	}
}

static void
times_no_four_digit_year_can_hold_are_clamped(void **state)
{
	static const int64_t early[] = {INT64_MIN, -62167219200001};
	static const int64_t late[] = {INT64_MAX, 253402300800000};
	char text[WA_ISO_SIZE];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		wa_iso_format(early[i], text);
		assert_string_equal(text, "0000-01-01T00:00:00.000Z");
		wa_iso_format(late[i], text);
		assert_string_equal(text, "9999-12-31T23:59:59.999Z");
	}
}

static void
text_that_is_no_such_date_is_refused(void **state)
{
	static const char *const bad[] = {
	    "2026-13-01T00:00:00.000Z",
	    "2026-00-01T00:00:00.000Z",
	    "2026-01-00T00:00:00.000Z",
	    "2026-01-32T00:00:00.000Z",
	    "2026-04-31T00:00:00.000Z",
	    "2026-02-29T00:00:00.000Z",
	    "2100-02-29T00:00:00.000Z",
	    "2026-01-01T24:00:00.000Z",
	    "2026-01-01T00:60:00.000Z",
	    "2026-01-01T00:00:60.000Z",
	    "2026-01-01 00:00:00.000Z",
	    "2026-01-01T00:00:00.000z",
	    "2026-01-01T00:00:00,000Z",
	    "2026-01-01T00:00:00.0000",
	    "+026-01-01T00:00:00.000Z",
	    "2026-01-01T 0:00:00.000Z",
	    "2026-01-01T00:00:00.000",
	    "2026-01-01T00:00:00.000ZZ",
	    "2026-01-01T00:00:00Z",
	    "",
	};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(bad); i++) {
		int64_t ms = 42;

		if (wa_iso_parse(bad[i], strlen(bad[i]), &ms))
			fail_msg("accepted %s", bad[i]);
		assert_true(ms == 42);
	}
}

static void
leap_days_are_accepted(void **state)
{
	int64_t ms;

	(void)state;
	assert_true(wa_iso_parse("2028-02-29T00:00:00.000Z", WA_ISO_LEN, &ms));
	assert_true(wa_iso_parse("2000-02-29T00:00:00.000Z", WA_ISO_LEN, &ms));
}

static void
the_clocks_agree_with_the_system_and_do_not_go_back(void **state)
{
	int64_t steady = wa_clock_steady_ms();
	int64_t wall = wa_clock_now_ms();

	(void)state;
	assert_in_range(wall / 1000, time(NULL) - 2, time(NULL) + 2);
	for (int i = 0; i < 1000; i++) {
		int64_t next = wa_clock_steady_ms();

		assert_true(next >= steady);
		steady = next;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_dates_are_written_and_read),
	    cmocka_unit_test(every_day_of_four_centuries_is_right),
	    cmocka_unit_test(times_no_four_digit_year_can_hold_are_clamped),
	    cmocka_unit_test(text_that_is_no_such_date_is_refused),
	    cmocka_unit_test(leap_days_are_accepted),
	    cmocka_unit_test(the_clocks_agree_with_the_system_and_do_not_go_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
