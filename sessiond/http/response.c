/*
 * Builds what goes out. Values are checked where they come in, and the one flag that says "this
 * must not be sent" is read in one place, http_response_write(): no caller can forget it.
 */
#include "sessiond/http/response.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/base/compiler.h"
#include "lib/base/limits.h"
#include "lib/base/words.h"
#include "sessiond/http/request.h"

#define RESPONSE_HEADERS_MAX 32768
#define RESPONSE_COOKIES_MAX ((size_t)HTTP_SET_COOKIES_MAX * 8192)
#define RESPONSE_BODY_MAX    ((size_t)WA_ARENA_MAX)

#define SET_COOKIE "Set-Cookie: "

void
http_response_init(struct http_response *r)
{
	*r = (struct http_response){
	    .status = 200,
	    .headers = WA_BUF_INIT(RESPONSE_HEADERS_MAX),
	    .cookies = WA_BUF_INIT(RESPONSE_COOKIES_MAX),
	    .body = WA_BUF_INIT(RESPONSE_BODY_MAX),
	};
}

void
http_response_done(struct http_response *r)
{
	wa_buf_done(&r->headers);
	wa_buf_done(&r->cookies);
	wa_buf_done(&r->body);
}

void
http_response_clear(struct http_response *r)
{
	wa_buf_clear(&r->headers);
	wa_buf_clear(&r->cookies);
	wa_buf_clear(&r->body);
	r->status = 200;
	r->close = false;
	r->invalid = false;
}

/* A CR or LF would end the line and begin the attacker's; the rest of the controls has no business
 * in a header either (RFC 9110 5.5). */
static bool
is_clean(const char *s, size_t n)
{
	size_t i = 0;

	for (; n - i >= sizeof(uint64_t); i += sizeof(uint64_t))
		if (wa_word_has_control(wa_word_at(s + i)))
			return false;
	for (; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return true;
}

static bool
check_clean(struct http_response *r, struct http_slice name, struct http_slice value)
{
	if (is_clean(name.p, name.n) && is_clean(value.p, value.n))
		return true;

	r->invalid = true;
	return false;
}

static struct http_slice
slice_of(const char *text)
{
	return (struct http_slice){text, strlen(text)};
}

static void
add(char **to, const void *bytes, size_t n)
{
	if (n > 0)
		memcpy(*to, bytes, n);
	*to += n;
}

static void
add_text(char **to, const char *text)
{
	add(to, text, strlen(text));
}

/* The line after the one at p; lines in our buffers always end in CRLF. */
static char *
next_line(char *p, char *end)
{
	char *lf = memchr(p, '\n', (size_t)(end - p));

	return lf == NULL ? end : lf + 1;
}

/* name, what stands between, value, CRLF. */
static void
add_line(struct wa_buf *b, const char *prefix, struct http_slice name, const char *between,
    struct http_slice value)
{
	size_t n = strlen(prefix) + name.n + strlen(between) + value.n + 2;
	char *p = wa_buf_reserve(b, n);

	if (p == NULL)
		return;
	add_text(&p, prefix);
	add(&p, name.p, name.n);
	add_text(&p, between);
	add(&p, value.p, value.n);
	add_text(&p, "\r\n");
	wa_buf_advance(b, n);
}

void
http_response_header(struct http_response *r, const char *name, const char *value)
{
	struct http_slice n = slice_of(name), v = slice_of(value);

	if (check_clean(r, n, v))
		add_line(&r->headers, "", n, ": ", v);
}

static char *
find_header(struct http_response *r, const char *name)
{
	size_t len = strlen(name);
	char *p = r->headers.data;
	char *end;

	if (r->headers.len == 0)
		return NULL;
	for (end = p + r->headers.len; p < end; p = next_line(p, end))
		if ((size_t)(end - p) > len && p[len] == ':' && strncasecmp(p, name, len) == 0)
			return p;
	return NULL;
}

void
http_response_header_join(struct http_response *r, const char *name, const char *value)
{
	struct wa_buf *b = &r->headers;
	size_t at, n = strlen(value) + 2;
	char *line;

	line = find_header(r, name);
	if (line == NULL) {
		http_response_header(r, name, value);
		return;
	}
	if (!check_clean(r, slice_of(name), slice_of(value)))
		return;

	/* Before that line's CRLF; reserving may move the bytes, so the place is kept as a number.
	 */
	at = (size_t)(next_line(line, b->data + b->len) - b->data) - 2;
	if (wa_buf_reserve(b, n) == NULL)
		return;

	memmove(b->data + at + n, b->data + at, b->len - at);
	memcpy(b->data + at, ", ", 2);
	memcpy(b->data + at + 2, value, n - 2);
	wa_buf_advance(b, n);
}

/* Is the Set-Cookie line at p one of name, or of a chunk of it: name.0, name.1 (contract.md 4.5)?
 */
static bool
line_sets(const char *p, const char *end, const char *name, bool chunks_too)
{
	size_t len = strlen(name);

	p += strlen(SET_COOKIE);
	if ((size_t)(end - p) <= len || memcmp(p, name, len) != 0)
		return false;

	p += len;
	if (chunks_too && *p == '.' && p[1] >= '0' && p[1] <= '9')
		for (p++; *p >= '0' && *p <= '9'; p++)
			;
	return *p == '=';
}

/* Drops the lines of that name and returns how many of other names there are. */
static size_t
remove_cookies(struct wa_buf *b, const char *name)
{
	char *p = b->data, *to = b->data;
	char *end, *next;
	size_t n = 0;

	if (b->len == 0)
		return 0;
	for (end = p + b->len; p < end; p = next) {
		next = next_line(p, end);
		if (line_sets(p, next, name, true))
			continue;

		memmove(to, p, (size_t)(next - p));
		to += next - p;
		n++;
	}
	b->len = (size_t)(to - b->data);
	return n;
}

void
http_response_cookie(struct http_response *r, const char *name, const char *rest)
{
	struct http_slice n = slice_of(name), v = slice_of(rest);

	if (!check_clean(r, n, v))
		return;
	if (remove_cookies(&r->cookies, name) >= HTTP_SET_COOKIES_MAX) {
		r->invalid = true;
		return;
	}

	add_line(&r->cookies, SET_COOKIE, n, "=", v);
}

const char *
http_response_cookie_get(const struct http_response *r, const char *name, size_t *ret_n)
{
	char *p = r->cookies.data;
	char *end, *next;
	const char *rest;

	if (r->cookies.len == 0)
		return NULL;
	for (end = p + r->cookies.len; p < end; p = next) {
		next = next_line(p, end);
		if (!line_sets(p, next, name, false))
			continue;

		rest = p + strlen(SET_COOKIE) + strlen(name) + 1;
		*ret_n = (size_t)(next - 2 - rest);
		return rest;
	}
	return NULL;
}

static void
add_number(char **to, size_t v)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	add(to, digits + i, sizeof(digits) - i);
}

/* More than the status line, the Date, Content-Length and Connection lines and the empty one take.
 */
#define OWN_LINES_MAX 256

enum wa_err
http_response_write(
    const struct http_response *r, const char *date, bool keep_alive, struct wa_buf *out)
{
	bool has_body = r->status != 204 && r->status != 304;
	char *start, *p;

	assert(r->status >= 200 && r->status <= 599 && strlen(date) < HTTP_DATE_SIZE);
	if (r->invalid)
		return wa_fault(
		    WA_ERR_INVALID, "response: a header with a control byte, or too many cookies");
	if (r->headers.failed || r->cookies.failed || r->body.failed)
		return wa_fault(WA_ERR_NOMEM, "response");

	start = p =
	    wa_buf_reserve(out, OWN_LINES_MAX + r->headers.len + r->cookies.len + r->body.len);
	if (p == NULL)
		return wa_fault(WA_ERR_NOMEM, "response");

	add_text(&p, "HTTP/1.1 ");
	add_number(&p, (size_t)r->status);
	add_text(&p, " ");
	add_text(&p, http_reason(r->status));
	add_text(&p, "\r\nDate: ");
	add_text(&p, date);
	add_text(&p, "\r\n");
	add(&p, r->headers.data, r->headers.len);
	add(&p, r->cookies.data, r->cookies.len);
	if (has_body) {
		add_text(&p, "Content-Length: ");
		add_number(&p, r->body.len);
		add_text(&p, "\r\n");
	}
	if (r->close || !keep_alive)
		add_text(&p, "Connection: close\r\n");
	add_text(&p, "\r\n");
	if (has_body)
		add(&p, r->body.data, r->body.len);

	wa_buf_advance(out, (size_t)(p - start));
	return WA_OK;
}

const char *
http_reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} reasons[] = {
	    {100, "Continue"},
	    {200, "OK"},
	    {201, "Created"},
	    {204, "No Content"},
	    {302, "Found"},
	    {303, "See Other"},
	    {304, "Not Modified"},
	    {307, "Temporary Redirect"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {408, "Request Timeout"},
	    {409, "Conflict"},
	    {410, "Gone"},
	    {413, "Content Too Large"},
	    {414, "URI Too Long"},
	    {415, "Unsupported Media Type"},
	    {417, "Expectation Failed"},
	    {422, "Unprocessable Content"},
	    {429, "Too Many Requests"},
	    {431, "Request Header Fields Too Large"},
	    {500, "Internal Server Error"},
	    {501, "Not Implemented"},
	    {503, "Service Unavailable"},
	    {504, "Gateway Timeout"},
	    {505, "HTTP Version Not Supported"},
	};
	size_t i;

	for (i = 0; i < WA_ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Unknown";
}

static char *
put_digits(char *p, int v, int n)
{
	int i;

	for (i = n - 1; i >= 0; i--, v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + n;
}

/* RFC 9110 5.6.7, without strftime: the names must not follow the locale. */
void
http_date_format(long long now_s, char out[static HTTP_DATE_SIZE])
{
	static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[12][4] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	const long long last = 253402300799; /* the end of the year 9999 */
	struct tm tm = {0};
	time_t t = (time_t)(now_s < 0 ? 0 : now_s > last ? last : now_s);
	char *p = out;

	(void)gmtime_r(&t, &tm);
	add_text(&p, days[tm.tm_wday]);
	add_text(&p, ", ");
	p = put_digits(p, tm.tm_mday, 2);
	*p++ = ' ';
	add_text(&p, months[tm.tm_mon]);
	*p++ = ' ';
	p = put_digits(p, tm.tm_year + 1900, 4);
	*p++ = ' ';
	p = put_digits(p, tm.tm_hour, 2);
	*p++ = ':';
	p = put_digits(p, tm.tm_min, 2);
	*p++ = ':';
	p = put_digits(p, tm.tm_sec, 2);
	add_text(&p, " GMT");
	*p = '\0';
}
