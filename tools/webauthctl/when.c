/* Points in time as an administrator types them. */
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/parse.h"
#include "tools/webauthctl/ctl.h"

/* "Z", "+01:00" or "-01:00": how far local time is ahead of UTC, in ms. */
static bool
parse_zone(const char *s, int64_t *ret_ms)
{
	uint64_t hours = 0, minutes = 0;

	if (strcmp(s, "Z") == 0 || strcmp(s, "z") == 0) {
		*ret_ms = 0;
		return true;
	}
	if ((*s != '+' && *s != '-') || strlen(s) != 6 || s[3] != ':')
		return false;
	for (size_t i = 1; i < 6; i++)
		if (i != 3 && (s[i] < '0' || s[i] > '9'))
			return false;
	hours = (uint64_t)(s[1] - '0') * 10 + (uint64_t)(s[2] - '0');
	minutes = (uint64_t)(s[4] - '0') * 10 + (uint64_t)(s[5] - '0');
	if (hours > 23 || minutes > 59)
		return false;
	*ret_ms = (int64_t)(hours * 60 + minutes) * 60000 * (*s == '-' ? -1 : 1);
	return true;
}

/* RFC 3339 into the one spelling that lib/base/clock.h reads; digits past milliseconds are dropped.
 */
static bool
parse_rfc3339(const char *text, int64_t *ret_ms)
{
	char iso[WA_ISO_SIZE] = "0000-00-00T00:00:00.000Z";
	const char *rest = text + 19;
	int64_t ms, zone;

	if (strlen(text) < 20 || strchr("Tt ", text[10]) == NULL)
		return false;
	memcpy(iso, text, 19);
	iso[10] = 'T';
	if (*rest == '.') {
		size_t digits = strspn(rest + 1, "0123456789");

		if (digits == 0)
			return false;
		memcpy(iso + 20, rest + 1, digits < 3 ? digits : 3);
		rest += 1 + digits;
	}
	if (!parse_zone(rest, &zone) || !wa_iso_parse(iso, WA_ISO_LEN, &ms))
		return false;
	*ret_ms = ms - zone;
	return true;
}

bool
when_parse(const char *text, int64_t now_ms, int64_t *ret_ms)
{
	int64_t ms;

	if (parse_rfc3339(text, ret_ms))
		return true;
	if (!wa_parse_duration(text, &ms) || ms > INT64_MAX - now_ms)
		return false;
	*ret_ms = now_ms + ms;
	return true;
}
