/*
 * Origins of URLs, and whether a URL is one we trust (contract.md 10.1). Text only: which origins
 * are trusted, and when the question is asked, is the dispatcher's.
 */
#ifndef SESSIOND_HTTP_ORIGIN_H
#define SESSIOND_HTTP_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/arena.h"

/*
 * The origin of an http or https URL as a browser serialises it: lower-case scheme and host, the
 * port only when it is not the default one. Refuses user info, an empty host, characters no host
 * may have. Arena memory; NULL when url has none.
 */
const char *http_origin_of(struct wa_arena *a, const char *url);

/* Does url match the trusted entry: an origin, a wildcard, or another scheme (contract.md 10.1)? */
bool http_origin_matches(struct wa_arena *a, const char *entry, const char *url);

/* A path on our own site that no browser will take for another one (contract.md 10.1, first point).
 */
bool http_origin_is_safe_path(const char *url);

#endif
