/*
 * A struct wa_json is jansson's json_t under another name. Depth is measured before parsing:
 * jansson's own bound is generous, and ours also bounds the recursion of whoever walks a document.
 */
#include "lib/base/json.h"

#include <jansson.h>
#include <malloc.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json_write.h"

/* Jansson's lexer reports a failed allocation as bad syntax; this tells the two apart. */
static _Thread_local bool out_of_memory;

static void *
alloc(size_t n)
{
	void *p;

	p = malloc(n);
	if (p == NULL)
		out_of_memory = true;
	return p;
}

static void
wipe_and_free(void *p)
{
	if (p == NULL)
		return;
	sodium_memzero(p, malloc_usable_size(p));
	free(p);
}

void
wa_json_init(void)
{
	json_set_alloc_funcs(alloc, wipe_and_free);
	json_object_seed(0);
}

static struct wa_json *
from_jansson(json_t *v)
{
	return (struct wa_json *)v;
}

/* Jansson asks for writable values even where it only reads, as iterators do; nothing is changed
 * through what this returns. */
static json_t *
to_jansson(const struct wa_json *v)
{
	return (json_t *)(uintptr_t)v;
}

/* Brackets are counted outside strings only. Text that is not JSON may be miscounted, but the
 * parser refuses it anyway. */
static bool
is_too_deep(const char *text, size_t n)
{
	bool in_string = false;
	size_t depth = 0;

	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '[' || c == '{') && ++depth > WA_JSON_DEPTH_MAX)
			return true;
		else if (!in_string && (c == ']' || c == '}') && depth > 0)
			depth--;
	}
	return false;
}

enum wa_err
wa_json_parse(const char *text, size_t n, struct wa_json **ret)
{
	json_error_t error;
	json_t *doc;

	if (is_too_deep(text, n))
		return WA_ERR_BAD_JSON;

	out_of_memory = false;
	doc = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	/* Also where there is a document: jansson's lexer goes on without the character that it had
	 * no room for, and a password would lose it. */
	if (out_of_memory) {
		json_decref(doc);
		return wa_fault(WA_ERR_NOMEM, "JSON document of %zu bytes", n);
	}
	if (doc == NULL)
		return WA_ERR_BAD_JSON;
	*ret = from_jansson(doc);
	return WA_OK;
}

void
wa_json_free(struct wa_json *doc)
{
	json_decref(to_jansson(doc));
}

void
wa_json_freep(struct wa_json **doc)
{
	wa_json_free(*doc);
	*doc = NULL;
}

enum wa_json_type
wa_json_type(const struct wa_json *v)
{
	if (v == NULL)
		return WA_JSON_UNDEFINED;
	switch (json_typeof(to_jansson(v))) {
	case JSON_NULL: return WA_JSON_NULL;
	case JSON_TRUE:
	case JSON_FALSE: return WA_JSON_BOOLEAN;
	case JSON_INTEGER:
	case JSON_REAL: return WA_JSON_NUMBER;
	case JSON_STRING: return WA_JSON_STRING;
	case JSON_ARRAY: return WA_JSON_ARRAY;
	case JSON_OBJECT: return WA_JSON_OBJECT;
	}
	return WA_JSON_UNDEFINED;
}

const char *
wa_json_type_name(const struct wa_json *v)
{
	static const char *const names[] = {
	    [WA_JSON_UNDEFINED] = "undefined",
	    [WA_JSON_NULL] = "null",
	    [WA_JSON_BOOLEAN] = "boolean",
	    [WA_JSON_NUMBER] = "number",
	    [WA_JSON_STRING] = "string",
	    [WA_JSON_ARRAY] = "array",
	    [WA_JSON_OBJECT] = "object",
	};

	return names[wa_json_type(v)];
}

const struct wa_json *
wa_json_get(const struct wa_json *v, const char *key)
{
	return from_jansson(json_object_get(to_jansson(v), key));
}

size_t
wa_json_array_len(const struct wa_json *v)
{
	return json_array_size(to_jansson(v));
}

const struct wa_json *
wa_json_array_get(const struct wa_json *v, size_t i)
{
	return from_jansson(json_array_get(to_jansson(v), i));
}

void
wa_json_each(const struct wa_json *v,
    bool (*fn)(void *arg, const char *key, const struct wa_json *value), void *arg)
{
	json_t *object = to_jansson(v);
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (!fn(arg, key, from_jansson(value)))
			return;
	}
}

const char *
wa_json_get_string(const struct wa_json *v)
{
	return json_string_value(to_jansson(v));
}

bool
wa_json_get_bool(const struct wa_json *v, bool *ret)
{
	if (!json_is_boolean(to_jansson(v)))
		return false;
	*ret = json_is_true(to_jansson(v));
	return true;
}

bool
wa_json_get_int(const struct wa_json *v, int64_t *ret)
{
	if (!json_is_integer(to_jansson(v)))
		return false;
	*ret = json_integer_value(to_jansson(v));
	return true;
}

/* A number as 0.DIGITS times ten to the power of point. */
struct decimal {
	char digits[18];
	int len;
	int point;
};

/* The fewest digits that read back as the same number; x > 0. */
static struct decimal
shortest(double x)
{
	struct decimal d = {0};
	char text[32];
	bool negative;
	const char *p;
	double back;

	for (int precision = 0; precision <= 16; precision++) {
		(void)snprintf(text, sizeof(text), "%.*e", precision, x);
		back = strtod(text, NULL);
		if (back >= x && back <= x)
			break;
	}

	for (p = text; *p != 'e'; p++) {
		if (*p >= '0' && *p <= '9')
			d.digits[d.len++] = *p;
	}
	negative = p[1] == '-';
	for (p += 2; *p != '\0'; p++)
		d.point = d.point * 10 + (*p - '0');
	d.point = (negative ? -d.point : d.point) + 1;
	return d;
}

static void
add_zeros(struct wa_buf *b, int n)
{
	while (n-- > 0)
		wa_buf_char(b, '0');
}

/* ECMA-262, Number::toString: where the point goes, and from where on there is an exponent. */
static void
layout(struct wa_buf *b, const struct decimal *d)
{
	if (d->len <= d->point && d->point <= 21) {
		wa_buf_add(b, d->digits, (size_t)d->len);
		add_zeros(b, d->point - d->len);
	} else if (0 < d->point && d->point <= 21) {
		wa_buf_add(b, d->digits, (size_t)d->point);
		wa_buf_char(b, '.');
		wa_buf_add(b, d->digits + d->point, (size_t)(d->len - d->point));
	} else if (-6 < d->point && d->point <= 0) {
		wa_buf_str(b, "0.");
		add_zeros(b, -d->point);
		wa_buf_add(b, d->digits, (size_t)d->len);
	} else {
		wa_buf_char(b, d->digits[0]);
		if (d->len > 1)
			wa_buf_char(b, '.');
		wa_buf_add(b, d->digits + 1, (size_t)d->len - 1);
		wa_buf_printf(b, "e%+d", d->point - 1);
	}
}

static void
dump_real(double x, struct wa_buf *b)
{
	struct decimal d;

	wa_json_raw(b, "-", x < 0);
	if (!(x < 0) && !(x > 0)) {
		wa_buf_char(b, '0'); /* minus zero, too */
		return;
	}
	d = shortest(x < 0 ? -x : x);
	layout(b, &d);
}

static bool
dump_member(void *arg, const char *key, const struct wa_json *value)
{
	struct wa_buf *b = arg;

	wa_json_key(b, key);
	wa_json_dump(value, b);
	return true;
}

/* Not jansson's own dump: that one writes numbers and control characters unlike JSON.stringify. */
void
wa_json_dump(const struct wa_json *v, struct wa_buf *b)
{
	const json_t *j = to_jansson(v);

	switch (wa_json_type(v)) {
	case WA_JSON_UNDEFINED: break;
	case WA_JSON_NULL: wa_json_null(b); break;
	case WA_JSON_BOOLEAN: wa_json_bool(b, json_is_true(j)); break;
	case WA_JSON_NUMBER:
		if (json_is_integer(j))
			wa_json_int(b, json_integer_value(j));
		else
			dump_real(json_real_value(j), b);
		break;
	case WA_JSON_STRING: wa_json_string(b, json_string_value(j)); break;
	case WA_JSON_ARRAY:
		wa_json_open(b, '[');
		for (size_t i = 0; i < wa_json_array_len(v); i++)
			wa_json_dump(wa_json_array_get(v, i), b);
		wa_json_close(b, ']');
		break;
	case WA_JSON_OBJECT:
		wa_json_open(b, '{');
		wa_json_each(v, dump_member, b);
		wa_json_close(b, '}');
		break;
	}
}
