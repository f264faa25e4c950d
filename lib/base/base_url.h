/* The URL below which the routes are, as browsers and mailed links name it. */
#ifndef LIB_BASE_BASE_URL_H
#define LIB_BASE_BASE_URL_H

#include "lib/base/arena.h"
#include "lib/base/error.h"

/* The URL that counts: BETTER_AUTH_URL of the environment, or else the one that is configured. */
const char *wa_base_url_given(const char *configured);

/*
 * The path of url, which has "://" in it; where it has none, Better Auth's (contract.md 1). Without
 * a slash at its end. WA_ERR_CONFIG for a query or a fragment.
 */
WA_OUTCOME wa_base_path(struct wa_arena *a, const char *url, const char **ret);

/* The whole of it, http or https, with that path. WA_ERR_CONFIG for any other text. */
WA_OUTCOME wa_base_url(struct wa_arena *a, const char *url, const char **ret);

#endif
