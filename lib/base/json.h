/*
 * Reading JSON: the one includer of jansson.h. A document is checked as a whole before anything is
 * taken from it: one value, no trailing bytes, no duplicate member, no NUL, bounded depth.
 *
 * Jansson's allocator is replaced by one that wipes what it frees (wa_json_init), because request
 * bodies hold passwords. For the daemon and the tools only.
 */
#ifndef LIB_BASE_JSON_H
#define LIB_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/error.h"

#define WA_JSON_DEPTH_MAX 32

struct wa_json; /* a value; members are borrowed from the document they are in */

enum wa_json_type {
	WA_JSON_UNDEFINED, /* absent: the type of NULL */
	WA_JSON_NULL,
	WA_JSON_BOOLEAN,
	WA_JSON_NUMBER,
	WA_JSON_STRING,
	WA_JSON_ARRAY,
	WA_JSON_OBJECT,
};

/* Once per process, before the first document and before any thread. */
void wa_json_init(void);

/* WA_ERR_BAD_JSON, WA_ERR_NOMEM. The document belongs to the caller. A refusal has no detail: the
 * wire's message is fixed (contract.md 1.1), and a quoted place could be part of a password. */
WA_OUTCOME wa_json_parse(const char *text, size_t n, struct wa_json **ret);
void wa_json_free(struct wa_json *doc);
void wa_json_freep(struct wa_json **doc);

enum wa_json_type wa_json_type(const struct wa_json *v);

/* The words of contract.md 0.5: "undefined", "null", "boolean", "number", "string", … */
const char *wa_json_type_name(const struct wa_json *v);

/* A member of an object; NULL when v is no object or has no such member. */
const struct wa_json *wa_json_get(const struct wa_json *v, const char *key);
size_t wa_json_array_len(const struct wa_json *v);
const struct wa_json *wa_json_array_get(const struct wa_json *v, size_t i);

/* Calls fn for every member of an object, in document order, until it returns false. */
void wa_json_each(const struct wa_json *v,
    bool (*fn)(void *arg, const char *key, const struct wa_json *value), void *arg);

/* The value when the type is right, NULL or false otherwise. Strings are borrowed. */
const char *wa_json_get_string(const struct wa_json *v);
bool wa_json_get_bool(const struct wa_json *v, bool *ret);
bool wa_json_get_int(const struct wa_json *v, int64_t *ret); /* integers only, no 1.0 */

/* Writes v compactly into b, members in document order. */
void wa_json_dump(const struct wa_json *v, struct wa_buf *b);

#endif
