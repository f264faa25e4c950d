/*
 * Cookies whose signature has been found right, so that a browser's is computed once and not with
 * each of its requests. Belongs to the loop thread.
 *
 * Kept are the bytes as they came, so that no other spelling of them is taken for them. All that a
 * hit says is that this process has computed the signature of just these bytes, under the secrets
 * that it has until it ends; what the cookie names is looked up as ever.
 */
#ifndef SESSIOND_ROUTES_COOKIE_CACHE_H
#define SESSIOND_ROUTES_COOKIE_CACHE_H

#include <stddef.h>

#include "lib/base/cache.h"
#include "sessiond/http/request.h"

/* Room for at least that many. NULL when there is no memory. */
struct wa_cache *cookie_cache_new(size_t cookies);

/* The signed value within text, which is its beginning; none (p is NULL) when it is not known. */
struct http_slice cookie_cache_get(const struct wa_cache *c, struct http_slice text);

/* text was found to be signed, and its value to be its first value_len bytes. Longer ones than a
 * session's are not kept. */
void cookie_cache_put(struct wa_cache *c, struct http_slice text, size_t value_len);

#endif
