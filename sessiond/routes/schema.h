/*
 * Request bodies against a table of fields, with the messages of contract.md 0.5. Unknown members
 * are dropped in silence; an explicit null for an optional field is a type error.
 */
#ifndef SESSIOND_ROUTES_SCHEMA_H
#define SESSIOND_ROUTES_SCHEMA_H

#include "sessiond/routes/exchange.h"

enum schema_kind {
	SCHEMA_STRING,	 /* const char *; NULL when an optional one is absent */
	SCHEMA_NONEMPTY, /* const char *, at least one character */
	SCHEMA_EMAIL,	 /* const char *, contract.md 0.6 */
	SCHEMA_BOOLEAN,	 /* struct schema_bool */
};

struct schema_bool {
	bool given;
	bool value;
};

struct schema_field {
	const char *name;
	enum schema_kind kind;
	bool optional;
	size_t offset;
};

/* Fills `into` from x->body. WA_ERR_VALIDATION with all issues in the order of the fields.
 * `record`: the body is also checked as a free record (sign-up), which doubles the issue of a body
 * that is none. */
WA_OUTCOME schema_body(
    struct exchange *x, const struct schema_field *fields, size_t n, bool record, void *into);

/* The same for the query string, whose values are strings (SCHEMA_STRING and SCHEMA_NONEMPTY). A
 * name given more than once is an array, and so no string. */
WA_OUTCOME schema_query(
    struct exchange *x, const struct schema_field *fields, size_t n, void *into);

/* WA_ERR_FIELD_NOT_ALLOWED when the body gives a value to one of these, which clients may not set.
 */
WA_OUTCOME schema_not_allowed(const struct exchange *x, const char *const *names, size_t n);

/* Is this what JavaScript takes for true? */
bool schema_is_truthy(const struct wa_json *v);

#endif
