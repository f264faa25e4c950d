/*
 * What the pages are made of: templates, texts and assets. Compiled in, and read once at start from
 * pages_dir where that has a file of the same name; no request ever opens a file. Immutable, shared
 * by all threads.
 */
#ifndef SESSIOND_PAGES_PAGES_H
#define SESSIOND_PAGES_PAGES_H

#include "lib/base/json.h"
#include "sessiond/http/request.h"
#include "sessiond/routes/site.h"

#define PAGES_ETAG_SIZE 17

struct pages_file {
	const char *name;
	const char *data; /* NUL-terminated */
	size_t n;
	char etag[PAGES_ETAG_SIZE]; /* of the content, without quotes */
};

struct pages;

/*
 * Loads the files and puts the pages' routes and path into site, if site->settings wants pages.
 * *ret is NULL if not; otherwise the caller frees it after the last request.
 * WA_ERR_CONFIG names the key, the file or the template that is wrong.
 */
WA_OUTCOME pages_init(struct site *site, struct pages **ret);
void pages_free(struct pages *p);

/* NULL when there is no such file. */
const struct pages_file *pages_file(const struct pages *p, const char *name);

/* The language that fits an Accept-Language header best; English when none does. */
size_t pages_language(const struct pages *p, struct http_slice accept);

/* Its tag, as <html lang> wants it. */
const char *pages_language_tag(const struct pages *p, size_t language);

/* The text of that key, in English where the language has none; NULL for an unknown key. */
const char *pages_text(const struct pages *p, size_t language, const char *key);

#endif
