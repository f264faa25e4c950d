/* Rendering: one pass over the text, by recursion into sections and partials. */
#include "sessiond/pages/template.h"

#include <stdio.h>
#include <string.h>

#include "sessiond/routes/schema.h"

#define DEPTH_MAX 16
#define NAME_SIZE 64

/* Where names are looked up: the item of a loop, then what is around it. */
struct scope {
	const struct wa_json *value;
	const struct scope *outer;
};

struct render {
	const struct pages *pages;
	size_t language;
	const char *path; /* of the pages */
	struct wa_buf *out;
	bool checking; /* nothing is written, and both branches are walked */
	const char *file;
	unsigned depth;
};

enum tag_kind {
	TAG_VALUE,
	TAG_TEXT,
	TAG_ASSET,
	TAG_SECTION,
	TAG_INVERTED,
	TAG_CLOSE,
	TAG_PARTIAL,
};

struct tag {
	enum tag_kind kind;
	char name[NAME_SIZE];
	const char *begin; /* of "{{" */
	const char *end;   /* behind "}}" */
};

static enum wa_err
bad(const struct render *r, const char *what, const char *name)
{
	return wa_fault(WA_ERR_CONFIG, "pages: %s: %s: %s", r->file, what, name);
}

void
template_escape(struct wa_buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&': wa_buf_str(out, "&amp;"); break;
		case '<': wa_buf_str(out, "&lt;"); break;
		case '>': wa_buf_str(out, "&gt;"); break;
		case '"': wa_buf_str(out, "&quot;"); break;
		case '\'': wa_buf_str(out, "&#39;"); break;
		default: wa_buf_char(out, *text);
		}
	}
}

/* "a.b": the first part from the inside out, the rest below it. */
static const struct wa_json *
lookup(const struct scope *s, const char *name)
{
	const struct wa_json *v = NULL;
	char part[NAME_SIZE];
	size_t n = strcspn(name, ".");

	(void)snprintf(part, sizeof(part), "%.*s", (int)n, name);
	for (; v == NULL && s != NULL; s = s->outer)
		v = wa_json_get(s->value, part);
	while (v != NULL && name[n] == '.') {
		name += n + 1;
		n = strcspn(name, ".");
		(void)snprintf(part, sizeof(part), "%.*s", (int)n, name);
		v = wa_json_get(v, part);
	}
	return v;
}

static bool
is_true(const struct wa_json *v)
{
	return wa_json_type(v) == WA_JSON_ARRAY ? wa_json_array_len(v) > 0 : schema_is_truthy(v);
}

static void
put_value(const struct render *r, const struct wa_json *v)
{
	const char *text = wa_json_get_string(v);
	int64_t number;

	if (text != NULL)
		template_escape(r->out, text);
	else if (wa_json_get_int(v, &number))
		wa_buf_int(r->out, number);
}

/* A text of ours is escaped like anything else: a translator must not need to know HTML. */
static void
put_text(const struct render *r, const struct scope *s, const char *text)
{
	char piece[NAME_SIZE];

	while (*text != '\0') {
		size_t n = strcspn(text, "{");
		const char *close = text[n] == '{' ? strchr(text + n, '}') : NULL;

		if (n == 0 && close != NULL && close - text < NAME_SIZE) {
			(void)snprintf(
			    piece, sizeof(piece), "%.*s", (int)(close - text - 1), text + 1);
			put_value(r, lookup(s, piece));
			text = close + 1;
			continue;
		}
		n = n == 0 ? 1 : n >= NAME_SIZE ? NAME_SIZE - 1 : n;
		(void)snprintf(piece, sizeof(piece), "%.*s", (int)n, text);
		template_escape(r->out, piece);
		text += n;
	}
}

static enum wa_err
run_text(const struct render *r, const struct scope *s, const char *key)
{
	const char *variable = strchr(key, '='), *text;
	const char *last =
	    variable == NULL || r->checking ? NULL : wa_json_get_string(lookup(s, variable + 1));
	char full[NAME_SIZE * 2];

	if (variable == NULL)
		(void)snprintf(full, sizeof(full), "%s", key);
	else
		(void)snprintf(full, sizeof(full), "%.*s%s", (int)(variable - key), key,
		    last == NULL ? "" : last);
	text = pages_text(r->pages, r->language, full);
	if (r->checking)
		return text != NULL || variable != NULL ? WA_OK : bad(r, "no such text", key);
	if (text != NULL)
		put_text(r, s, text);
	return WA_OK;
}

static enum wa_err
run_asset(const struct render *r, const char *name)
{
	char full[NAME_SIZE + sizeof("assets/")];
	const struct pages_file *f;

	(void)snprintf(full, sizeof(full), "assets/%s", name);
	f = pages_file(r->pages, full);
	if (f == NULL)
		return bad(r, "no such asset", name);
	if (!r->checking)
		wa_buf_printf(r->out, "%s/%s?v=%s", r->path, full, f->etag);
	return WA_OK;
}

/* The next tag from p on; false when there is none. */
static enum wa_err
next_tag(const struct render *r, const char *p, const char *end, struct tag *ret, bool *ret_found)
{
	const char *begin = memmem(p, (size_t)(end - p), "{{", 2), *close;
	size_t n;

	*ret_found = begin != NULL;
	if (begin == NULL)
		return WA_OK;
	close = memmem(begin, (size_t)(end - begin), "}}", 2);
	n = close == NULL ? 0 : (size_t)(close - begin) - 2;
	if (n == 0 || n >= NAME_SIZE)
		return bad(r, "a tag that is empty, too long or without end", "{{");
	*ret = (struct tag){.kind = TAG_VALUE, .begin = begin, .end = close + 2};
	p = begin + 2;
	switch (*p) {
	case '#': ret->kind = TAG_SECTION; break;
	case '^': ret->kind = TAG_INVERTED; break;
	case '/': ret->kind = TAG_CLOSE; break;
	case '>': ret->kind = TAG_PARTIAL; break;
	default: break;
	}
	if (ret->kind != TAG_VALUE) {
		p++;
	} else if (strncmp(p, "t ", 2) == 0) {
		ret->kind = TAG_TEXT;
		p += 2;
	} else if (strncmp(p, "asset ", 6) == 0) {
		ret->kind = TAG_ASSET;
		p += 6;
	}
	memcpy(ret->name, p, (size_t)(close - p));
	return WA_OK;
}

/* The tag that closes the section opened by open. */
static enum wa_err
find_close(const struct render *r, const struct tag *open, const char *end, struct tag *ret)
{
	const char *p = open->end;
	unsigned depth = 1;
	bool found;

	for (;;) {
		enum wa_err e = next_tag(r, p, end, ret, &found);

		if (e != WA_OK)
			return e;
		if (!found)
			return bad(r, "a section without end", open->name);
		if (strcmp(ret->name, open->name) == 0) {
			if (ret->kind == TAG_SECTION || ret->kind == TAG_INVERTED)
				depth++;
			else if (ret->kind == TAG_CLOSE && --depth == 0)
				return WA_OK;
		}
		p = ret->end;
	}
}

static enum wa_err run(struct render *r, const struct scope *s, const char *text, const char *end);

static enum wa_err
run_section(
    struct render *r, const struct scope *s, const struct tag *open, const struct tag *close)
{
	const struct wa_json *v = lookup(s, open->name);
	size_t n = wa_json_type(v) == WA_JSON_ARRAY ? wa_json_array_len(v) : 1;

	if (r->checking)
		return run(r, s, open->end, close->begin);
	if (is_true(v) != (open->kind == TAG_SECTION))
		return WA_OK;
	if (open->kind == TAG_INVERTED)
		return run(r, s, open->end, close->begin);
	for (size_t i = 0; i < n; i++) {
		struct scope inner = {
		    wa_json_type(v) == WA_JSON_ARRAY ? wa_json_array_get(v, i) : v, s};
		enum wa_err e = run(r, &inner, open->end, close->begin);

		if (e != WA_OK)
			return e;
	}
	return WA_OK;
}

static enum wa_err
run_file(struct render *r, const struct scope *s, const char *name)
{
	char full[NAME_SIZE + sizeof(".html")];
	const struct pages_file *f;
	const char *outer = r->file;
	enum wa_err e;

	(void)snprintf(full, sizeof(full), "%s.html", name);
	f = pages_file(r->pages, full);
	if (f == NULL)
		return bad(r, "no such template", full);
	if (++r->depth > DEPTH_MAX)
		return bad(r, "templates too deep in each other", full);
	r->file = f->name;
	e = run(r, s, f->data, f->data + f->n);
	r->file = outer;
	r->depth--;
	return e;
}

static enum wa_err
run_tag(struct render *r, const struct scope *s, const struct tag *tag, const char *end,
    const char **ret_next)
{
	struct tag close;
	enum wa_err e;

	*ret_next = tag->end;
	switch (tag->kind) {
	case TAG_VALUE:
		if (!r->checking)
			put_value(r, lookup(s, tag->name));
		return WA_OK;
	case TAG_TEXT: return run_text(r, s, tag->name);
	case TAG_ASSET: return run_asset(r, tag->name);
	case TAG_PARTIAL: return run_file(r, s, tag->name);
	case TAG_CLOSE: return bad(r, "closes what is not open", tag->name);
	case TAG_SECTION:
	case TAG_INVERTED:
		e = find_close(r, tag, end, &close);
		if (e != WA_OK)
			return e;
		*ret_next = close.end;
		return run_section(r, s, tag, &close);
	}
	return WA_OK;
}

static enum wa_err
run(struct render *r, const struct scope *s, const char *text, const char *end)
{
	struct tag tag;
	bool found;

	for (;;) {
		enum wa_err e = next_tag(r, text, end, &tag, &found);

		if (e != WA_OK)
			return e;
		if (!r->checking)
			wa_buf_add(r->out, text, (size_t)((found ? tag.begin : end) - text));
		if (!found)
			return WA_OK;
		e = run_tag(r, s, &tag, end, &text);
		if (e != WA_OK)
			return e;
	}
}

enum wa_err
template_check(const struct pages *p, const char *name)
{
	struct render r = {.pages = p, .checking = true, .file = name};

	return run_file(&r, NULL, name);
}

enum wa_err
template_render(const struct pages *p, size_t language, const char *path, const char *name,
    const struct wa_json *values, struct wa_buf *out)
{
	struct render r = {
	    .pages = p, .language = language, .path = path, .out = out, .file = name};
	struct scope root = {values, NULL};
	enum wa_err e = run_file(&r, &root, name);

	return e == WA_OK ? wa_buf_check(out) : e;
}
