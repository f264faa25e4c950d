/*
 * What the configuration means for the wire, worked out once at start: our origin, the path under
 * which routes live, cookie names and attributes. Immutable, shared by all threads.
 */
#ifndef SESSIOND_ROUTES_SITE_H
#define SESSIOND_ROUTES_SITE_H

#include <stdbool.h>

#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/error.h"
#include "lib/base/keyring.h"
#include "sessiond/routes/pam_trust.h"
#include "sessiond/routes/peer.h"

struct accounts;
struct pages;
struct route;

enum site_cookie {
	SITE_COOKIE_SESSION_TOKEN,
	SITE_COOKIE_SESSION_DATA, /* Node's cookie cache: never written, only cleared */
	SITE_COOKIE_DONT_REMEMBER,
	SITE_COOKIE_COUNT,
};

struct site {
	const struct wa_settings *settings;
	const struct wa_keyring *keyring;
	const char *origin;    /* of base_url, e.g. "https://auth.example.com" */
	const char *base_path; /* without a closing slash, e.g. "/api/auth" */
	const char *base; /* origin and base path: what links in redirects and mails begin with */
	bool secure;
	const char *cookies[SITE_COOKIE_COUNT]; /* full names */
	/* Attributes as contract.md 4.1 orders them: after Max-Age, and before HttpOnly comes Path.
	 */
	const char
	    *cookie_attributes; /* "[; Domain=…]; Path=/; HttpOnly[; Secure]; SameSite=Lax" */
	struct peer_policy peers;
	/* Pages: what sessiond/pages put here; NULL and 0 where none are served */
	const struct pages *pages;
	const char *pages_path; /* without a closing slash, e.g. "/auth" */
	const struct route *page_routes;
	size_t n_page_routes;
	struct wa_strings trusted;  /* our origin, then trusted_origins and the environment's */
	struct pam_trust pam_trust; /* who may ask for PAM services */
	const struct accounts *accounts; /* how those ask the host; NULL: in this process */
};

/* Memory from a. WA_ERR_CONFIG when base_url is not usable. */
WA_OUTCOME site_init(struct wa_arena *a, const struct wa_settings *settings,
    const struct wa_keyring *keyring, struct site *ret);

#endif
