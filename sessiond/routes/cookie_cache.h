/*
 * Cookies whose signature has been found right, so that a browser's is computed once and not with
 * each of its requests. Bounded; a newer one takes an older one's place. Belongs to the loop
 * thread.
 *
 * Kept are the bytes as they came, so that no other spelling of them is taken for them. All that a
 * hit says is that this process has computed the signature of just these bytes, under the secrets
 * that it has until it ends; what the cookie names is looked up as ever.
 */
#ifndef SESSIOND_ROUTES_COOKIE_CACHE_H
#define SESSIOND_ROUTES_COOKIE_CACHE_H

#include <stddef.h>

#include "sessiond/http/request.h"

struct cookie_cache;

/* Room for at least that many. NULL when there is no memory. */
struct cookie_cache *cookie_cache_new(size_t cookies);

/* Wipes what it held. NULL does nothing. */
void cookie_cache_free(struct cookie_cache *c);

/* The signed value within text, which is its beginning; none (p is NULL) when it is not known. */
struct http_slice cookie_cache_get(const struct cookie_cache *c, struct http_slice text);

/* text was found to be signed, and its value to be its first value_len bytes. Longer ones than a
 * session's are not kept. */
void cookie_cache_put(struct cookie_cache *c, struct http_slice text, size_t value_len);

#endif
