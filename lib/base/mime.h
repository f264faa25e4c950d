/*
 * The bytes of a mail: header lines, dates, bodies (RFC 5322, 2045, 2047). Whatever the text, it
 * cannot begin another line of the header or end the part it is in. Lines end with LF, as
 * sendmail(1) takes them.
 */
#ifndef LIB_BASE_MIME_H
#define LIB_BASE_MIME_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

/* "name: text" of UTF-8 text: as it is when that is safe, else in encoded words of at most 75
 * characters. Control characters become blanks. */
void wa_mime_header(struct wa_buf *b, const char *name, const char *text);

/* A display name before an address: a quoted string, or encoded words. */
void wa_mime_phrase(struct wa_buf *b, const char *text);

/* "Sat, 21 Nov 2026 05:42:18 +0000" */
void wa_mime_date(struct wa_buf *b, int64_t now_ms);

/* text in quoted-printable, closed by a line's end. */
void wa_mime_quoted_printable(struct wa_buf *b, const char *text, size_t n);

#endif
