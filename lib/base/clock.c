/*
 * The two clock readers, and dates as JavaScript's toISOString writes them. Formatting is written
 * out by hand: a session answer carries six dates, and each costs a seventh of what gmtime_r() and
 * strftime() take.
 */
#include "lib/base/clock.h"

#include <string.h>
#include <time.h>

#define DAY_MS	      INT64_C(86400000)
#define MIN_MS	      INT64_C(-62167219200000) /* 0000-01-01T00:00:00.000Z */
#define MAX_MS	      INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */
#define DAYS_TO_EPOCH 719468u		       /* from 0000-03-01 to 1970-01-01 */
#define ERA_DAYS      146097u		       /* days in 400 years */

static int64_t
read_ms(clockid_t id)
{
	struct timespec ts = {0};

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
wa_clock_now_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

int64_t
wa_clock_steady_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

struct date {
	unsigned year;
	unsigned month; /* 1 to 12 */
	unsigned day;	/* 1 to 31 */
};

/*
 * Years are counted from 1 March, which puts the leap day last: then the months' lengths repeat
 * as 153 days in five months, and every day number follows from plain arithmetic. The calendar
 * repeats after 400 years. Days are counted from one era before 0000-03-01, so that the first two
 * months of year 0 are not negative.
 */
static struct date
date_from_days(unsigned days)
{
	unsigned era = days / ERA_DAYS;
	unsigned in_era = days % ERA_DAYS;
	unsigned year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	unsigned in_year = in_era - (365 * year + year / 4 - year / 100);
	unsigned from_march = (5 * in_year + 2) / 153;
	struct date d;

	d.day = in_year - (153 * from_march + 2) / 5 + 1;
	d.month = from_march < 10 ? from_march + 3 : from_march - 9;
	d.year = era * 400 + year + (d.month <= 2) - 400;
	return d;
}

static unsigned
days_from_date(struct date d)
{
	unsigned year = d.year + 400 - (d.month <= 2);
	unsigned in_era = year % 400;
	unsigned from_march = d.month > 2 ? d.month - 3 : d.month + 9;
	unsigned in_year = (153 * from_march + 2) / 5 + d.day - 1;

	return year / 400 * ERA_DAYS + in_era * 365 + in_era / 4 - in_era / 100 + in_year;
}

/* Two digits, looked up: computing seventeen of them would be most of what a date costs. */
static void
put(char *out, unsigned v)
{
	static const char digits[] = "00010203040506070809101112131415161718192021222324"
				     "25262728293031323334353637383940414243444546474849"
				     "50515253545556575859606162636465666768697071727374"
				     "75767778798081828384858687888990919293949596979899";

	memcpy(out, digits + (size_t)2 * v, 2);
}

void
wa_iso_format(int64_t ms, char out[static WA_ISO_SIZE])
{
	uint64_t since;
	unsigned rest;
	struct date d;

	if (ms < MIN_MS)
		ms = MIN_MS;
	if (ms > MAX_MS)
		ms = MAX_MS;

	since = (uint64_t)(ms + (int64_t)(DAYS_TO_EPOCH + ERA_DAYS) * DAY_MS);
	d = date_from_days((unsigned)(since / DAY_MS));
	rest = (unsigned)(since % DAY_MS);

	memcpy(out, "0000-00-00T00:00:00.000Z", WA_ISO_SIZE);
	put(out, d.year / 100);
	put(out + 2, d.year % 100);
	put(out + 5, d.month);
	put(out + 8, d.day);
	put(out + 11, rest / 3600000);
	put(out + 14, rest / 60000 % 60);
	put(out + 17, rest / 1000 % 60);
	put(out + 20, rest % 1000 / 10);
	out[22] = (char)('0' + rest % 10);
}

/* The caller has checked that these are digits. */
static unsigned
get(const char *s, unsigned digits)
{
	unsigned v = 0;

	while (digits-- > 0)
		v = v * 10 + (unsigned)(*s++ - '0');
	return v;
}

static bool
has_iso_shape(const char *s, size_t n)
{
	static const char shape[] = "0000-00-00T00:00:00.000Z";

	if (n != WA_ISO_LEN)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (shape[i] == '0' ? s[i] < '0' || s[i] > '9' : s[i] != shape[i])
			return false;
	}
	return true;
}

static unsigned
month_len(unsigned year, unsigned month)
{
	static const unsigned char len[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : len[month - 1];
}

bool
wa_iso_parse(const char *s, size_t n, int64_t *ret_ms)
{
	unsigned hour, minute, second, days;
	struct date d;

	if (!has_iso_shape(s, n))
		return false;

	d.year = get(s, 4);
	d.month = get(s + 5, 2);
	d.day = get(s + 8, 2);
	hour = get(s + 11, 2);
	minute = get(s + 14, 2);
	second = get(s + 17, 2);
	if (d.month < 1 || d.month > 12 || d.day < 1 || d.day > month_len(d.year, d.month))
		return false;
	if (hour > 23 || minute > 59 || second > 59)
		return false;

	days = days_from_date(d);
	*ret_ms = ((int64_t)days - (int64_t)(DAYS_TO_EPOCH + ERA_DAYS)) * DAY_MS +
	    (((int64_t)hour * 60 + minute) * 60 + second) * 1000 + get(s + 20, 3);
	return true;
}
