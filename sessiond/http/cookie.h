/*
 * The request's Cookie header (contract.md 4.2): pairs split at ';', blanks trimmed, the first of a
 * name wins, a value that begins with a double quote loses its first and last character. Pairs
 * without '=' or without a name are skipped. Values are not percent-decoded here.
 */
#ifndef SESSIOND_HTTP_COOKIE_H
#define SESSIOND_HTTP_COOKIE_H

#include "sessiond/http/request.h"

/* The value of the first cookie of that name; absent when there is none. */
struct http_slice http_cookie_get(struct http_slice header, const char *name);

/* Walks the pairs: start with *rest = the header's value; false at the end. */
bool http_cookie_next(
    struct http_slice *rest, struct http_slice *ret_name, struct http_slice *ret_value);

#endif
