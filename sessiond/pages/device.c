/* Every browser names those that it wants to be taken for, too: the order decides. */
#include "sessiond/pages/device.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/compiler.h"

struct mark {
	const char *text;
	const char *name;
};

static const char *
first_of(const struct mark *marks, size_t n, const char *user_agent)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(user_agent, marks[i].text) != NULL)
			return marks[i].name;
	return NULL;
}

const char *
device_browser(const char *user_agent)
{
	static const struct mark marks[] = {
	    {"Edg/", "Edge"},
	    {"EdgA/", "Edge"},
	    {"EdgiOS/", "Edge"},
	    {"OPR/", "Opera"},
	    {"Vivaldi/", "Vivaldi"},
	    {"SamsungBrowser/", "Samsung Internet"},
	    {"FxiOS/", "Firefox"},
	    {"Firefox/", "Firefox"},
	    {"CriOS/", "Chrome"},
	    {"HeadlessChrome/", "Chrome"},
	    {"Chrome/", "Chrome"},
	    {"Safari/", "Safari"},
	    {"curl/", "curl"},
	    {"Wget/", "Wget"},
	    {"python", "Python"},
	    {"node", "Node.js"},
	};

	return first_of(marks, WA_ARRAY_LEN(marks), user_agent);
}

const char *
device_system(const char *user_agent)
{
	static const struct mark marks[] = {
	    {"iPhone", "iPhone"},
	    {"iPad", "iPad"},
	    {"Android", "Android"},
	    {"CrOS", "ChromeOS"},
	    {"Windows", "Windows"},
	    {"Mac OS X", "macOS"},
	    {"Linux", "Linux"},
	    {"FreeBSD", "FreeBSD"},
	    {"OpenBSD", "OpenBSD"},
	};

	return first_of(marks, WA_ARRAY_LEN(marks), user_agent);
}
