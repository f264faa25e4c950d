/* Loading: the compiled-in files under those of pages_dir, then languages and checks. */
#include "sessiond/pages/pages.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/encode.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "sessiond/pages/embedded.h"
#include "sessiond/pages/page.h"
#include "sessiond/pages/template.h"

#define LANGUAGES_MAX 64
#define TAG_MAX	      16
#define ARENA_MAX     ((size_t)WA_PAGES_FILES_MAX * WA_PAGES_FILE_MAX)

struct language {
	const char *tag;
	struct wa_json *texts;
};

struct pages {
	struct wa_arena *arena; /* what is read from pages_dir */
	struct pages_file files[WA_PAGES_FILES_MAX];
	size_t n_files;
	struct language languages[LANGUAGES_MAX]; /* the first is English */
	size_t n_languages;
};

static enum wa_err
nomem(void)
{
	return wa_fault(WA_ERR_NOMEM, "pages");
}

/* ---- files ---- */

static struct pages_file *
find(struct pages *p, const char *name)
{
	for (size_t i = 0; i < p->n_files; i++)
		if (strcmp(p->files[i].name, name) == 0)
			return &p->files[i];
	return NULL;
}

const struct pages_file *
pages_file(const struct pages *p, const char *name)
{
	for (size_t i = 0; i < p->n_files; i++)
		if (strcmp(p->files[i].name, name) == 0)
			return &p->files[i];
	return NULL;
}

/* Adds the file, or puts it in the place of the one of that name. */
static enum wa_err
put(struct pages *p, const char *name, const char *data, size_t n)
{
	struct pages_file *f = find(p, name);
	uint8_t hash[(PAGES_ETAG_SIZE - 1) / 2];
	uint8_t full[crypto_generichash_BYTES];

	if (f == NULL) {
		if (p->n_files == WA_PAGES_FILES_MAX)
			return wa_fault(
			    WA_ERR_CONFIG, "pages_dir: more than %d files", WA_PAGES_FILES_MAX);
		f = &p->files[p->n_files++];
	}
	*f = (struct pages_file){.name = name, .data = data, .n = n};
	(void)crypto_generichash(full, sizeof(full), (const uint8_t *)data, n, NULL, 0);
	memcpy(hash, full, sizeof(hash));
	wa_hex_encode(hash, sizeof(hash), f->etag);
	return WA_OK;
}

static void
close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static void
close_directory(DIR **d)
{
	if (*d != NULL)
		(void)closedir(*d);
}

static enum wa_err
unreadable(const char *path)
{
	return wa_fault(WA_ERR_CONFIG, "pages_dir: %s: %s", path, strerror(errno));
}

/* The whole file into the arena. */
static enum wa_err
read_file(struct wa_arena *a, int dir, const char *path, const char **ret, size_t *ret_n)
{
	WA_CLEANUP(close_fd) int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t n = 0;
	char *data;

	if (fd < 0 || fstat(fd, &st) < 0)
		return unreadable(path);
	if (!S_ISREG(st.st_mode) || st.st_size > WA_PAGES_FILE_MAX)
		return wa_fault(WA_ERR_CONFIG,
		    "pages_dir: %s: must be a regular file of at most %d bytes", path,
		    WA_PAGES_FILE_MAX);
	data = wa_arena_alloc(a, (size_t)st.st_size + 1);
	if (data == NULL)
		return nomem();
	while (n < (size_t)st.st_size) {
		ssize_t got = read(fd, data + n, (size_t)st.st_size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return unreadable(path);
		n += (size_t)got;
	}
	*ret = data;
	*ret_n = n;
	return WA_OK;
}

/* Which names pages_dir may bring: those that a URL can have without any escape, and no hidden
 * ones, such as an editor leaves. */
static bool
is_plain_name(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n < 48 && name[0] != '.' &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n;
}

static enum wa_err
read_folder(struct wa_arena *a, struct pages *p, const char *dir, const char *folder)
{
	const char *path = wa_arena_printf(a, "%s/%s", dir, folder);
	WA_CLEANUP(close_directory) DIR *d = path == NULL ? NULL : opendir(path);
	const struct dirent *entry;
	enum wa_err e = WA_OK;

	if (path == NULL)
		return nomem();
	if (d == NULL)
		return errno == ENOENT && *folder != '\0' ? WA_OK : unreadable(path);
	while (e == WA_OK && (entry = readdir(d)) != NULL) {
		struct stat st;
		const char *name, *data;
		size_t n;

		if (!is_plain_name(entry->d_name) || fstatat(dirfd(d), entry->d_name, &st, 0) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		name = wa_arena_printf(a, "%s%s", folder, entry->d_name);
		if (name == NULL)
			return nomem();
		e = read_file(a, dirfd(d), entry->d_name, &data, &n);
		if (e == WA_OK)
			e = put(p, name, data, n);
	}
	return e;
}

static enum wa_err
load_files(struct wa_arena *a, struct pages *p, const char *dir)
{
	static const char *const folders[] = {"", "assets/", "texts/"};
	enum wa_err e = WA_OK;

	for (size_t i = 0; e == WA_OK && i < embedded_n; i++)
		e = put(p, embedded_files[i].name, embedded_files[i].data, embedded_files[i].n);
	for (size_t i = 0; e == WA_OK && *dir != '\0' && i < WA_ARRAY_LEN(folders); i++)
		e = read_folder(a, p, dir, folders[i]);
	return e;
}

/* ---- languages ---- */

static enum wa_err
load_language(struct wa_arena *a, struct pages *p, const struct pages_file *f)
{
	size_t n = strlen(f->name) - strlen("texts/") - strlen(".json");
	struct language *l = &p->languages[p->n_languages];

	if (p->n_languages == LANGUAGES_MAX || n > TAG_MAX)
		return wa_fault(
		    WA_ERR_CONFIG, "pages: %s: a language too many, or no tag", f->name);
	l->tag = wa_arena_strndup(a, f->name + strlen("texts/"), n);
	if (l->tag == NULL)
		return nomem();
	if (wa_json_parse(f->data, f->n, &l->texts) != WA_OK ||
	    wa_json_type(l->texts) != WA_JSON_OBJECT)
		return wa_fault(WA_ERR_CONFIG, "pages: %s: not a JSON object", f->name);
	p->n_languages++;
	return WA_OK;
}

static bool
is_texts(const char *name)
{
	size_t n = strlen(name);

	return strncmp(name, "texts/", 6) == 0 && n > 11 && strcmp(name + n - 5, ".json") == 0;
}

/* English first: it is the one that is complete. */
static enum wa_err
load_languages(struct wa_arena *a, struct pages *p)
{
	const struct pages_file *english = find(p, "texts/en.json");
	enum wa_err e;

	if (english == NULL)
		return wa_fault(WA_ERR_CONFIG, "pages: there is no texts/en.json");
	e = load_language(a, p, english);
	for (size_t i = 0; e == WA_OK && i < p->n_files; i++)
		if (is_texts(p->files[i].name) && strcmp(p->files[i].name, "texts/en.json") != 0)
			e = load_language(a, p, &p->files[i]);
	return e;
}

const char *
pages_text(const struct pages *p, size_t language, const char *key)
{
	const char *text = wa_json_get_string(wa_json_get(p->languages[language].texts, key));

	return text != NULL || language == 0 ? text : pages_text(p, 0, key);
}

const char *
pages_language_tag(const struct pages *p, size_t language)
{
	return p->languages[language].tag;
}

/* "de" is good for who asks for "de-AT". */
static bool
tag_fits(struct http_slice range, const char *tag)
{
	size_t n = strlen(tag);

	return range.n >= n && wa_text_equal_nocase(range.p, n, tag) &&
	    (range.n == n || range.p[n] == '-');
}

/* The weight of one range in thousandths: "de;q=0.5" (RFC 9110 12.4.2). */
static unsigned
weight(struct http_slice item, struct http_slice *ret_range)
{
	const char *semicolon = memchr(item.p, ';', item.n);
	const char *end = item.p + item.n, *q;
	unsigned w = 0, unit = 1000;

	*ret_range = item;
	if (semicolon == NULL)
		return 1000;
	ret_range->n = (size_t)(semicolon - item.p);
	q = memmem(semicolon, (size_t)(end - semicolon), "q=", 2);
	if (q == NULL)
		return 1000;
	for (q += 2; q < end && unit > 0; q++) {
		if (*q == '.')
			continue;
		if (*q < '0' || *q > '9')
			break;
		w += unit * (unsigned)(*q - '0');
		unit /= 10;
	}
	return w;
}

size_t
pages_language(const struct pages *p, struct http_slice accept)
{
	size_t best = 0;
	unsigned best_weight = 0;

	while (accept.n > 0) {
		const char *comma = memchr(accept.p, ',', accept.n);
		struct http_slice item = accept, range;
		unsigned w;

		item.n = comma == NULL ? accept.n : (size_t)(comma - accept.p);
		accept.p += item.n + (comma != NULL);
		accept.n -= item.n + (comma != NULL);
		for (; item.n > 0 && *item.p == ' '; item.n--)
			item.p++;
		w = weight(item, &range);
		for (size_t i = 0; w > best_weight && i < p->n_languages; i++) {
			if (tag_fits(range, p->languages[i].tag)) {
				best = i;
				best_weight = w;
			}
		}
	}
	return best;
}

/* ---- beginning and end ---- */

void
pages_free(struct pages *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n_languages; i++)
		wa_json_free(p->languages[i].texts);
	wa_arena_free(p->arena);
	free(p);
}

/* "/auth": absolute, made of plain segments, no closing slash, and not where the API is. */
static enum wa_err
check_path(const struct site *site, const char *path)
{
	size_t n = strlen(path), base = strlen(site->base_path);

	if (n < 2 || path[0] != '/' || path[n - 1] == '/' || strstr(path, "//") != NULL ||
	    strstr(path, "..") != NULL ||
	    strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/") != n)
		return wa_fault(WA_ERR_CONFIG,
		    "pages_path = %s: must be a path such as /auth, without a closing slash", path);
	if (strncmp(path, site->base_path, n < base ? n : base) == 0 &&
	    (n <= base ? site->base_path[n] == '/' || site->base_path[n] == '\0'
		       : path[base] == '/'))
		return wa_fault(
		    WA_ERR_CONFIG, "pages_path = %s: the API is at %s", path, site->base_path);
	return WA_OK;
}

static enum wa_err
load(struct wa_arena *a, struct pages *p, const struct site *site)
{
	enum wa_err e = check_path(site, site->settings->pages_path);

	if (e == WA_OK)
		e = load_files(a, p, site->settings->pages_dir);
	if (e == WA_OK)
		e = load_languages(a, p);
	for (size_t i = 0; e == WA_OK && i < page_templates_n; i++)
		e = template_check(p, page_templates[i]);
	return e;
}

enum wa_err
pages_init(struct site *site, struct pages **ret)
{
	struct pages *p;
	enum wa_err e;

	*ret = NULL;
	if (!site->settings->pages)
		return WA_OK;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return nomem();
	p->arena = wa_arena_new(ARENA_MAX);
	e = p->arena == NULL ? nomem() : load(p->arena, p, site);
	if (e != WA_OK) {
		pages_free(p);
		return e;
	}
	site->pages = p;
	site->pages_path = site->settings->pages_path;
	site->page_routes = page_routes;
	site->n_page_routes = page_routes_n;
	*ret = p;
	return WA_OK;
}
