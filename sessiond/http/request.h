/*
 * One HTTP/1.1 request, as slices into the bytes it was read from. Bytes in, fields out: nothing
 * here knows routes, users or sockets.
 *
 * Framing is stricter than RFC 9112 asks, because a proxy stands in front and every leniency the
 * two do not share is a way to smuggle a request: Content-Length only, once, digits only; no
 * Transfer-Encoding; no obs-fold; no bare LF, bare CR or NUL; exactly one Host; at most one Cookie,
 * Authorization, Content-Type and Origin; origin-form targets only.
 */
#ifndef SESSIOND_HTTP_REQUEST_H
#define SESSIOND_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/limits.h"

struct http_slice {
	const char *p; /* not NUL-terminated; NULL when absent, never NULL when present but empty */
	size_t n;
};

enum http_method {
	HTTP_GET,
	HTTP_POST,
	HTTP_HEAD,
	HTTP_OPTIONS,
	HTTP_OTHER, /* any other token: no route has it */
};

struct http_header {
	struct http_slice name;
	struct http_slice value; /* without the blanks around it */
};

struct http_request {
	enum http_method method;
	struct http_slice target; /* as sent: path, or path?query */
	struct http_slice path;	  /* as sent, not decoded */
	struct http_slice query;  /* without the '?'; absent when there is none */
	struct http_header headers[WA_HEADERS_MAX];
	size_t n_headers;
	struct http_slice
	    cookie; /* the values of these, among the headers too; absent when not sent */
	struct http_slice authorization;
	struct http_slice content_type;
	struct http_slice origin;
	size_t content_length;	/* 0 when there is no body */
	bool keep_alive;	/* HTTP/1.1 without "close", or HTTP/1.0 with "keep-alive" */
	bool expect_continue;	/* an HTTP/1.1 client waits for a 100 before it sends the body */
	struct http_slice body; /* set by the caller once content_length bytes are there */
};

enum http_parse {
	HTTP_PARSE_DONE,  /* a whole head; *ret_len is its length with the empty line */
	HTTP_PARSE_MORE,  /* a valid beginning; read on */
	HTTP_PARSE_ERROR, /* answer *ret_status and close: what follows cannot be framed */
};

/*
 * Parses the head at the start of n bytes. The request borrows from data; only DONE leaves it
 * whole. A prefix of the bytes gives MORE or the same ERROR. *ret_status on error: 400; 413
 * Content-Length above WA_BODY_MAX; 414 request line over WA_HEAD_MAX; 417 an Expect other than
 * 100-continue; 431 head over WA_HEAD_MAX or more than WA_HEADERS_MAX lines; 501 Transfer-Encoding;
 * 505 another HTTP version than 1.0 and 1.1.
 */
enum http_parse http_request_parse(
    const char *data, size_t n, struct http_request *ret, size_t *ret_len, int *ret_status);

/* The first header of that name (letter case ignored); absent when there is none. */
struct http_slice http_request_header(const struct http_request *r, const char *name);

/* Helpers on slices: equality with text, exact or ignoring ASCII case. */
bool http_slice_is(struct http_slice s, const char *text);
bool http_slice_is_nocase(struct http_slice s, const char *text);

#endif
