/* Where the routes are: base_url of the configuration, taken apart. */
#include "lib/base/base_url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEFAULT_BASE_PATH "/api/auth"

const char *
wa_base_url_given(const char *configured)
{
	const char *environment = secure_getenv("BETTER_AUTH_URL");

	return environment != NULL && *environment != '\0' ? environment : configured;
}

enum wa_err
wa_base_path(struct wa_arena *a, const char *url, const char **ret)
{
	const char *host = strstr(url, "://") + 3;
	const char *path = host + strcspn(host, "/?#");
	size_t len = strcspn(path, "?#");

	if (path[len] != '\0')
		return wa_fault(
		    WA_ERR_CONFIG, "base_url = %s: must have neither a query nor a fragment", url);
	while (len > 0 && path[len - 1] == '/')
		len--;
	*ret = len == 0 ? DEFAULT_BASE_PATH : wa_arena_strndup(a, path, len);
	return *ret != NULL ? WA_OK : wa_fault(WA_ERR_NOMEM, "base_url");
}

enum wa_err
wa_base_url(struct wa_arena *a, const char *url, const char **ret)
{
	const char *host = strstr(url, "://");
	const char *path;
	enum wa_err e;

	if (host == NULL ||
	    (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0))
		return wa_fault(WA_ERR_CONFIG,
		    "base_url = %s: expected the URL that browsers use, http://… or https://…",
		    url);
	e = wa_base_path(a, url, &path);
	if (e != WA_OK)
		return e;

	host += strlen("://");
	*ret =
	    wa_arena_printf(a, "%.*s%s", (int)(host - url + (long)strcspn(host, "/")), url, path);
	return *ret != NULL ? WA_OK : wa_fault(WA_ERR_NOMEM, "base_url");
}
