/* URLs with one more parameter. */
#include "sessiond/http/url.h"

#include <string.h>
#include <strings.h>

#include "lib/base/buf.h"
#include "sessiond/http/form.h"

#define URL_BYTES 32768

/* Bytes that no URL holds as they are; '%' and everything reserved stays. */
static void
put_encoded(struct wa_buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c <= 0x20 || c >= 0x7f || strchr("\"<>`{}", c) != NULL)
			wa_buf_printf(b, "%%%02X", c);
		else
			wa_buf_char(b, s[i]);
	}
}

/* application/x-www-form-urlencoded, as URLSearchParams writes it. */
static void
put_form(struct wa_buf *b, const char *s)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789*-._";

	for (; *s != '\0'; s++) {
		if (*s == ' ')
			wa_buf_char(b, '+');
		else if (strchr(plain, *s) != NULL)
			wa_buf_char(b, *s);
		else
			wa_buf_printf(b, "%%%02X", (unsigned char)*s);
	}
}

static void
put_pair(struct wa_buf *b, char before, const char *name, const char *value)
{
	wa_buf_char(b, before);
	put_form(b, name);
	wa_buf_char(b, '=');
	put_form(b, value);
}

/* The query without its '?', then the parameter in the place of the first of its name. */
static enum wa_err
put_query(struct wa_arena *a, struct wa_buf *b, struct http_slice query, const char *name,
    const char *value)
{
	struct http_form form = {0};
	bool placed = false;
	char before = '?';
	enum wa_err e = WA_OK;

	if (query.n > 0)
		e = http_form_parse(a, query, &form);
	if (e == WA_ERR_TOO_LONG)
		return WA_ERR_INVALID;
	if (e != WA_OK)
		return e;
	for (size_t i = 0; i < form.n; i++) {
		bool same = strcmp(form.fields[i].name, name) == 0;

		if (same && placed)
			continue;
		put_pair(b, before, form.fields[i].name, same ? value : form.fields[i].value);
		placed = placed || same;
		before = '&';
	}
	if (!placed)
		put_pair(b, before, name, value);
	return WA_OK;
}

/* The root that a browser writes where the first n bytes name a web site and no path. */
static bool
lacks_path(const char *url, size_t n)
{
	const char *host = strstr(url, "://");

	if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
		return false;
	host += 3;
	return memchr(host, '/', n - (size_t)(host - url)) == NULL;
}

enum wa_err
http_url_set_param(struct wa_arena *a, const char *origin, const char *url, const char *name,
    const char *value, const char **ret)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(URL_BYTES);
	size_t n = strcspn(url, "?#");
	const char *fragment = strchr(url, '#');
	struct http_slice query = {NULL, 0};
	enum wa_err e;

	if (url[0] == '/')
		wa_buf_str(&b, origin);
	put_encoded(&b, url, n);
	if (lacks_path(url, n))
		wa_buf_char(&b, '/');
	if (url[n] == '?') {
		query.p = url + n + 1;
		query.n = strcspn(query.p, "#");
	}
	e = put_query(a, &b, query, name, value);
	if (e != WA_OK)
		return e;
	if (fragment != NULL)
		put_encoded(&b, fragment, strlen(fragment));
	*ret = wa_arena_strdup(a, wa_buf_cstr(&b));
	return *ret != NULL ? WA_OK : wa_fault(WA_ERR_NOMEM, "URL");
}

const char *
http_url_add_param(struct wa_arena *a, const char *url, const char *name, const char *value)
{
	size_t n = strcspn(url, "#");
	const char *query = memchr(url, '?', n);
	const char *before = query == NULL ? "?" : query + 1 == url + n ? "" : "&";

	return wa_arena_printf(a, "%.*s%s%s=%s%s", (int)n, url, before, name, value, url + n);
}
