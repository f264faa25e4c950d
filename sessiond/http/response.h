/*
 * One HTTP/1.1 response: status, header lines, cookies, body. Header values come from our own code
 * and from clients' data alike, so every one is checked: no control byte ever reaches the wire.
 */
#ifndef SESSIOND_HTTP_RESPONSE_H
#define SESSIOND_HTTP_RESPONSE_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/error.h"

#define HTTP_SET_COOKIES_MAX 128

struct http_response {
	int status;
	struct wa_buf headers; /* finished lines with CRLF, cookies not among them */
	struct wa_buf cookies; /* finished Set-Cookie lines */
	struct wa_buf body;
	bool close;   /* end the connection after this response */
	bool invalid; /* something that must not be sent was added: see http_response_write() */
};

/* An empty 200. done frees; clear keeps the memory for the next response. */
void http_response_init(struct http_response *r);
void http_response_done(struct http_response *r);
void http_response_clear(struct http_response *r);

/* Adds a header line. A value with a control byte marks the response as failed (see write). */
void http_response_header(struct http_response *r, const char *name, const char *value);

/* Adds whole lines, each with its CRLF: a literal of ours, in which there is nothing to check. */
#define HTTP_RESPONSE_LINES(r, lines) wa_buf_add(&(r)->headers, "" lines, sizeof(lines) - 1)

/* Joins value to the header of that name with ", ", or adds it (Access-Control-Expose-Headers). */
void http_response_header_join(struct http_response *r, const char *name, const char *value);

/*
 * Adds "Set-Cookie: name=rest", rest being the encoded value and the attributes, after removing any
 * earlier Set-Cookie of that name or its chunks name.0, name.1 ... (contract.md 4.3). One more than
 * HTTP_SET_COOKIES_MAX marks the response as failed.
 */
void http_response_cookie(struct http_response *r, const char *name, const char *rest);

/* The text after "name=" of the Set-Cookie queued under name, for n bytes; NULL when none is. */
const char *http_response_cookie_get(
    const struct http_response *r, const char *name, size_t *ret_n);

/*
 * Appends the whole response to out: status line, Date (an IMF-fixdate the caller keeps), the
 * header lines, Content-Length and, when keep_alive is false or close is set, "Connection: close".
 * A 204 or 304 has neither body nor Content-Length. WA_ERR_NOMEM, or WA_ERR_INVALID for a header
 * with a control byte or too many cookies; nothing is appended then. The answer to a HEAD must have
 * no body.
 */
WA_OUTCOME http_response_write(
    const struct http_response *r, const char *date, bool keep_alive, struct wa_buf *out);

/* The standard reason phrase; "Unknown" for a status we never send. */
const char *http_reason(int status);

/* "Sat, 21 Nov 2026 08:41:00 GMT" and a NUL. */
#define HTTP_DATE_SIZE 30
void http_date_format(long long now_s, char out[static HTTP_DATE_SIZE]);

#endif
