/* The wire's constants from the configuration. */
#include "sessiond/routes/site.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/base_url.h"
#include "sessiond/http/origin.h"

static enum wa_err
nomem(void)
{
	return wa_fault(WA_ERR_NOMEM, "site");
}

static enum wa_err
trust(struct wa_arena *a, struct wa_strings *list, const char *origin, size_t n)
{
	const char **grown = wa_arena_alloc(a, (list->n + 1) * sizeof(*grown));
	char *copy = wa_arena_strndup(a, origin, n);

	if (grown == NULL || copy == NULL)
		return nomem();
	if (list->n > 0)
		memcpy(grown, list->v, list->n * sizeof(*grown));
	grown[list->n] = copy;
	list->v = grown;
	list->n++;
	return WA_OK;
}

static enum wa_err
trusted_origins(struct wa_arena *a, struct site *site)
{
	const char *more = secure_getenv("BETTER_AUTH_TRUSTED_ORIGINS");
	enum wa_err e = trust(a, &site->trusted, site->origin, strlen(site->origin));

	for (size_t i = 0; e == WA_OK && i < site->settings->trusted_origins.n; i++) {
		const char *origin = site->settings->trusted_origins.v[i];

		e = trust(a, &site->trusted, origin, strlen(origin));
	}
	for (; e == WA_OK && more != NULL && *more != '\0'; more += *more == ',') {
		size_t len = strcspn(more, ",");

		if (len > 0)
			e = trust(a, &site->trusted, more, len);
		more += len;
	}
	return e;
}

static bool
is_secure(const struct wa_settings *s, const char *origin)
{
	if (strcmp(s->secure_cookies, "auto") == 0)
		return strncmp(origin, "https://", 8) == 0;
	return strcmp(s->secure_cookies, "true") == 0;
}

static enum wa_err
cookie_names(struct wa_arena *a, struct site *site)
{
	static const char *const names[SITE_COOKIE_COUNT] = {
	    [SITE_COOKIE_SESSION_TOKEN] = "session_token",
	    [SITE_COOKIE_SESSION_DATA] = "session_data",
	    [SITE_COOKIE_DONT_REMEMBER] = "dont_remember",
	};
	const char *domain = site->settings->cookie_domain;
	const char *prefix = "";

	if (site->secure)
		prefix = site->settings->host_cookies ? "__Host-" : "__Secure-";
	for (size_t i = 0; i < SITE_COOKIE_COUNT; i++) {
		site->cookies[i] =
		    wa_arena_printf(a, "%s%s.%s", prefix, site->settings->cookie_prefix, names[i]);
		if (site->cookies[i] == NULL)
			return nomem();
	}
	site->cookie_attributes = wa_arena_printf(a, "%s%s; Path=/; HttpOnly%s; SameSite=Lax",
	    *domain != '\0' ? "; Domain=" : "", domain, site->secure ? "; Secure" : "");
	return site->cookie_attributes != NULL ? WA_OK : nomem();
}

enum wa_err
site_init(struct wa_arena *a, const struct wa_settings *settings, const struct wa_keyring *keyring,
    struct site *ret)
{
	const char *url = wa_base_url_given(settings->base_url);
	struct site site = {.settings = settings, .keyring = keyring};
	enum wa_err e;

	site.origin = http_origin_of(a, url);
	if (site.origin == NULL)
		return wa_fault(WA_ERR_CONFIG,
		    "base_url = %s: expected the URL that browsers use, http://… or https://…",
		    url);
	site.secure = is_secure(settings, site.origin);

	e = wa_base_path(a, url, &site.base_path);
	if (e == WA_OK) {
		site.base = wa_arena_printf(a, "%s%s", site.origin, site.base_path);
		e = site.base != NULL ? WA_OK : nomem();
	}
	if (e == WA_OK)
		e = peer_policy_init(a, settings, &site.peers);
	if (e == WA_OK)
		e = pam_trust_init(a, settings, &site.pam_trust);
	if (e == WA_OK)
		e = trusted_origins(a, &site);
	if (e == WA_OK)
		e = cookie_names(a, &site);
	if (e != WA_OK)
		return e;
	*ret = site;
	return WA_OK;
}
