/*
 * JSON as JSON.stringify writes it: no blanks, only what must be escaped is (contract.md 4.4).
 * For objects and arrays of known shape; reading JSON is lib/base/json.h.
 *
 *	wa_json_open(b, '{');  wa_json_key(b, "ok");  wa_json_bool(b, true);  wa_json_close(b, '}');
 */
#ifndef LIB_BASE_JSON_WRITE_H
#define LIB_BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/buf.h"

void wa_json_open(struct wa_buf *b, char bracket);
void wa_json_close(struct wa_buf *b, char bracket);

/* Writes the comma where one is due, the quoted key and the colon. */
void wa_json_key(struct wa_buf *b, const char *key);

/* The same, and several times as fast, for a literal in which nothing has to be escaped. */
#define WA_JSON_KEY(b, key) wa_json_member((b), "\"" key "\":", sizeof("\"" key "\":") - 1)
static inline void wa_json_member(struct wa_buf *b, const char *quoted, size_t n); /* "key": */

/* Values; inside an array they put the comma themselves. A NULL string is null. */
void wa_json_string(struct wa_buf *b, const char *s);
void wa_json_bool(struct wa_buf *b, bool v);
void wa_json_int(struct wa_buf *b, int64_t v);
void wa_json_null(struct wa_buf *b);
void wa_json_time(struct wa_buf *b, int64_t ms);	     /* ISO text */
void wa_json_raw(struct wa_buf *b, const char *s, size_t n); /* text that is JSON already */

/* The last byte written says whether a comma is due, so there is no state to keep and pieces
 * written by different functions fit together. */
static inline bool
wa_json_comma_is_due(const struct wa_buf *b)
{
	char before = b->len == 0 ? '[' : b->data[b->len - 1];

	return before != '{' && before != '[' && before != ':';
}

static inline void
wa_json_member(struct wa_buf *b, const char *quoted, size_t n)
{
	bool comma = wa_json_comma_is_due(b);
	char *p = wa_buf_reserve(b, n + comma);

	if (p == NULL)
		return;
	*p = ',';
	memcpy(p + comma, quoted, n); /* n is a constant, and this no call */
	wa_buf_advance(b, n + comma);
}

#endif
