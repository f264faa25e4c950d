/*
 * Query parameters put into a URL that a browser is sent to. Whether it may be sent there is
 * origin.h's to say, and has been asked before.
 */
#ifndef SESSIOND_HTTP_URL_H
#define SESSIOND_HTTP_URL_H

#include "lib/base/arena.h"
#include "lib/base/error.h"

/*
 * As new URL(url, origin) with searchParams.set(name, value): a path gets the origin before it, the
 * query is written anew, parameters of that name give way. Arena memory. WA_ERR_INVALID when the
 * query is none (http_form_parse), WA_ERR_NOMEM.
 */
WA_OUTCOME http_url_set_param(struct wa_arena *a, const char *origin, const char *url,
    const char *name, const char *value, const char **ret);

/* Appends name=value to the query, before a fragment; all else stays as it is. Arena memory; NULL
 * when there is none. name and value need no encoding. */
const char *http_url_add_param(
    struct wa_arena *a, const char *url, const char *name, const char *value);

#endif
