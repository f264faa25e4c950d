/*
 * application/x-www-form-urlencoded, in bodies and query strings, decoded by URLSearchParams' rules
 * (WHATWG URL 5.1): '+' is a blank, a malformed escape stays as it is, invalid UTF-8 becomes
 * U+FFFD.
 */
#ifndef SESSIOND_HTTP_FORM_H
#define SESSIOND_HTTP_FORM_H

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "sessiond/http/request.h"

struct http_form_field {
	const char *name;
	const char *value; /* arena memory, NUL-terminated */
};

struct http_form {
	struct http_form_field *fields; /* in order of appearance */
	size_t n;
};

/* Empty pairs are skipped. WA_ERR_TOO_LONG past WA_QUERY_PARAMS_MAX, WA_ERR_INVALID when a decoded
 * text holds a NUL, WA_ERR_NOMEM. */
WA_OUTCOME http_form_parse(struct wa_arena *a, struct http_slice text, struct http_form *ret);

/* The first value of that name, NULL when there is none. */
const char *http_form_get(const struct http_form *f, const char *name);

/* How many fields have that name. */
size_t http_form_count(const struct http_form *f, const char *name);

#endif
