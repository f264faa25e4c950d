/*
 * Numbers out of configuration, headers and stored text. Every character is accounted for.
 */
#include "lib/base/parse.h"

#include <string.h>

struct unit {
	const char *suffix;
	uint64_t factor;
};

bool
wa_parse_uint(const char *s, size_t n, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (n == 0 || (n > 1 && s[0] == '0'))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint64_t digit;

		if (s[i] < '0' || s[i] > '9')
			return false;
		digit = (uint64_t)(s[i] - '0');
		if (v > max / 10 || digit > max - v * 10)
			return false;
		v = v * 10 + digit;
	}
	*ret = v;
	return true;
}

bool
wa_parse_bool(const char *s, bool *ret)
{
	static const char *const words[][2] = {
	    {"false", "true"}, {"no", "yes"}, {"off", "on"}, {"0", "1"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (size_t v = 0; v < 2; v++) {
			if (strcmp(s, words[i][v]) == 0) {
				*ret = v == 1;
				return true;
			}
		}
	}
	return false;
}

/* A number and one of the suffixes; the product is at most max. */
static bool
parse_scaled(const char *s, const struct unit *units, size_t n_units, uint64_t max, uint64_t *ret)
{
	size_t digits = strspn(s, "0123456789");
	uint64_t v;

	for (size_t i = 0; i < n_units; i++) {
		if (strcmp(s + digits, units[i].suffix) != 0)
			continue;
		if (!wa_parse_uint(s, digits, max / units[i].factor, &v))
			return false;
		*ret = v * units[i].factor;
		return true;
	}
	return false;
}

bool
wa_parse_duration(const char *s, int64_t *ret_ms)
{
	static const struct unit units[] = {
	    {"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
	uint64_t ms;

	if (!parse_scaled(s, units, sizeof(units) / sizeof(units[0]), INT64_MAX, &ms))
		return false;
	*ret_ms = (int64_t)ms;
	return true;
}

bool
wa_parse_size(const char *s, uint64_t *ret)
{
	static const struct unit units[] = {
	    {"", 1}, {"K", 1024}, {"M", 1024 * 1024}, {"G", 1024 * 1024 * 1024}};

	return parse_scaled(s, units, sizeof(units) / sizeof(units[0]), UINT64_MAX, ret);
}
