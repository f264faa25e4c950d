/*
 * The parser of WHATWG URL 5.1 and the UTF-8 decoder of WHATWG Encoding 8.1.1 it ends in, so that a
 * form means here what it means to the browser that made it.
 */
#include "sessiond/http/form.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/text.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* '+' and %XX to bytes; an escape that is none stays. out holds n bytes. */
static size_t
unescape(struct http_slice s, char *out)
{
	size_t i, len = 0;
	int hi, lo;

	for (i = 0; i < s.n; i++) {
		hi = lo = -1;
		if (s.p[i] == '%' && s.n - i > 2) {
			hi = hex_value(s.p[i + 1]);
			lo = hex_value(s.p[i + 2]);
		}
		if (hi >= 0 && lo >= 0) {
			out[len++] = (char)(hi << 4 | lo);
			i += 2;
		} else
			out[len++] = s.p[i] == '+' ? ' ' : s.p[i];
	}
	return len;
}

/*
 * The length of the well-formed character at p, or, negative, of the ill-formed piece that becomes
 * one U+FFFD: a lead byte and as many of its continuations as could have been part of a character.
 */
static int
utf8_step(const uint8_t *p, size_t n)
{
	uint8_t lo = 0x80, hi = 0xbf;
	int need, i;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		need = 1;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		need = 2;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		need = 3;
	else
		return -1;

	/* The second byte's range keeps out overlong forms, surrogates and what is past U+10FFFF.
	 */
	if (p[0] == 0xe0)
		lo = 0xa0;
	else if (p[0] == 0xf0)
		lo = 0x90;
	else if (p[0] == 0xed)
		hi = 0x9f;
	else if (p[0] == 0xf4)
		hi = 0x8f;

	for (i = 1; i <= need; i++) {
		if ((size_t)i == n || p[i] < lo || p[i] > hi)
			return -i;
		lo = 0x80;
		hi = 0xbf;
	}
	return need + 1;
}

/* Replaces what is ill-formed. out holds 3 * n + 1 bytes: a bad byte becomes three. */
static void
repair(const char *s, size_t n, char *out)
{
	size_t i = 0, len = 0;
	int step;

	while (i < n) {
		step = utf8_step((const uint8_t *)s + i, n - i);
		if (step > 0) {
			memcpy(out + len, s + i, (size_t)step);
			len += (size_t)step;
			i += (size_t)step;
		} else {
			memcpy(out + len, "\xef\xbf\xbd", 3);
			len += 3;
			i += (size_t)-step;
		}
	}
	out[len] = '\0';
}

static enum wa_err
decode(struct wa_arena *a, struct http_slice s, const char **ret)
{
	char *raw, *whole;
	size_t len;

	raw = wa_arena_alloc(a, s.n + 1);
	if (raw == NULL)
		return wa_fault(WA_ERR_NOMEM, "form");

	len = unescape(s, raw);
	raw[len] = '\0';
	if (memchr(raw, '\0', len) != NULL)
		return WA_ERR_INVALID;
	if (wa_text_is_utf8(raw, len)) {
		*ret = raw;
		return WA_OK;
	}

	whole = wa_arena_alloc(a, 3 * len + 1);
	if (whole == NULL)
		return wa_fault(WA_ERR_NOMEM, "form");

	repair(raw, len, whole);
	*ret = whole;
	return WA_OK;
}

static enum wa_err
decode_field(struct wa_arena *a, struct http_slice pair, struct http_form_field *ret)
{
	struct http_slice name = pair, value = {pair.p + pair.n, 0};
	const char *eq;
	enum wa_err e;

	eq = memchr(pair.p, '=', pair.n);
	if (eq != NULL) {
		name.n = (size_t)(eq - pair.p);
		value = (struct http_slice){eq + 1, pair.n - name.n - 1};
	}

	e = decode(a, name, &ret->name);
	if (e != WA_OK)
		return e;
	return decode(a, value, &ret->value);
}

/* The next pair that is not empty. */
static bool
next_pair(struct http_slice *rest, struct http_slice *ret)
{
	const char *amp;

	while (rest->n > 0) {
		amp = memchr(rest->p, '&', rest->n);
		*ret = *rest;
		if (amp != NULL)
			ret->n = (size_t)(amp - rest->p);

		rest->p += ret->n + (amp != NULL);
		rest->n -= ret->n + (amp != NULL);
		if (ret->n > 0)
			return true;
	}
	return false;
}

enum wa_err
http_form_parse(struct wa_arena *a, struct http_slice text, struct http_form *ret)
{
	struct http_form f = {NULL, 0};
	struct http_slice rest = text, pair;
	size_t n = 0;
	enum wa_err e;

	while (next_pair(&rest, &pair))
		n++;
	if (n > WA_QUERY_PARAMS_MAX)
		return wa_refuse(WA_ERR_TOO_LONG, "Too many parameters");

	f.fields = wa_arena_alloc(a, n * sizeof(*f.fields));
	if (f.fields == NULL)
		return wa_fault(WA_ERR_NOMEM, "form");

	rest = text;
	while (next_pair(&rest, &pair)) {
		e = decode_field(a, pair, &f.fields[f.n]);
		if (e != WA_OK)
			return e;
		f.n++;
	}
	*ret = f;
	return WA_OK;
}

const char *
http_form_get(const struct http_form *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (strcmp(f->fields[i].name, name) == 0)
			return f->fields[i].value;
	return NULL;
}

size_t
http_form_count(const struct http_form *f, const char *name)
{
	size_t i, n = 0;

	for (i = 0; i < f->n; i++)
		n += strcmp(f->fields[i].name, name) == 0;
	return n;
}
