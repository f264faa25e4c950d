/*
 * Deciding about a URL by its text is only sound if every browser reads that text as we do. So
 * whatever WHATWG URL would first repair (stray blanks, backslashes, odd numbers of slashes,
 * escaped or international hosts, hosts that are numbers in disguise) is no http URL here, and what
 * remains is serialised as a browser does it.
 */
#include "sessiond/http/origin.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/encode.h"
#include "lib/base/text.h"

#define IPV6_TEXT_MAX 42 /* eight groups of four digits, seven colons, two brackets, NUL */

struct authority {
	const char *host;
	size_t host_n;
	const char *port; /* after the colon; NULL when there is none */
	size_t port_n;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static const char *
lowered(struct wa_arena *a, const char *s, size_t n)
{
	char *copy = wa_arena_strndup(a, s, n);
	size_t i;

	for (i = 0; copy != NULL && i < n; i++)
		copy[i] = lower(copy[i]);
	return copy;
}

/* The length of the scheme that s begins with and "://" follows, 0 when none does. */
static size_t
scheme_len(const char *s)
{
	size_t n = 0;

	if (!is_alpha(s[0]))
		return 0;
	while (is_alpha(s[n]) || is_digit(s[n]) || s[n] == '+' || s[n] == '-' || s[n] == '.')
		n++;
	return strncmp(s + n, "://", 3) == 0 ? n : 0;
}

static bool
is_http(const char *url, size_t scheme_n)
{
	return wa_text_equal_nocase(url, scheme_n, "http") ||
	    wa_text_equal_nocase(url, scheme_n, "https");
}

/* The port is behind the last colon outside of brackets. */
static struct authority
split_authority(const char *s, size_t n)
{
	struct authority au = {.host = s, .host_n = n};
	size_t i;

	for (i = n; i > 0 && s[i - 1] != ']'; i--) {
		if (s[i - 1] != ':')
			continue;
		au.host_n = i - 1;
		au.port = s + i;
		au.port_n = n - i;
		break;
	}
	return au;
}

/* Four decimal numbers as a browser writes them. */
static bool
is_ipv4(const char *s, size_t n)
{
	size_t i = 0, part, digits;
	unsigned v;

	for (part = 0; part < 4; part++) {
		if (part > 0 && (i == n || s[i++] != '.'))
			return false;
		for (v = 0, digits = 0; i < n && is_digit(s[i]) && digits < 4; i++, digits++)
			v = v * 10 + (unsigned)(s[i] - '0');
		if (digits == 0 || v > 255 || (digits > 1 && s[i - digits] == '0'))
			return false;
	}
	return i == n;
}

/*
 * Does a browser take this host for an IPv4 address? It does when the last label is a number, also
 * a hexadecimal one (WHATWG URL 3.5), and then rewrites 127.1 or 0x7f000001 into another host.
 */
static bool
ends_in_number(const char *s, size_t n)
{
	size_t start, i;

	if (n > 0 && s[n - 1] == '.')
		n--;
	for (start = n; start > 0 && s[start - 1] != '.'; start--)
		;
	if (n - start >= 2 && s[start] == '0' && lower(s[start + 1]) == 'x')
		return true;
	for (i = start; i < n; i++)
		if (!is_digit(s[i]))
			return false;
	return n > start;
}

/* Labels of letters, digits, '-' and '_'; none empty, but for the root's at the end. */
static bool
is_name(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == '.') {
			if (i == 0 || s[i - 1] == '.')
				return false;
		} else if (!is_alpha(s[i]) && !is_digit(s[i]) && s[i] != '-' && s[i] != '_')
			return false;
	}
	return n > 0;
}

/* The longest run of at least two zero groups, the first of equals; 8 when there is none. */
static size_t
zero_run(const uint16_t group[static 8], size_t *ret_len)
{
	size_t best = 8, best_len = 1, i, j;

	for (i = 0; i < 8; i++) {
		for (j = i; j < 8 && group[j] == 0; j++)
			;
		if (j - i > best_len) {
			best = i;
			best_len = j - i;
		}
	}
	*ret_len = best_len;
	return best;
}

/* Between brackets, as WHATWG URL 3.6 serialises: never with a dotted tail, unlike inet_ntop(). */
static bool
format_ipv6(const char *s, size_t n, char out[static IPV6_TEXT_MAX])
{
	uint8_t bytes[16];
	uint16_t group[8];
	char text[INET6_ADDRSTRLEN];
	size_t i, run, run_len, len = 0;

	if (n < 2 || s[0] != '[' || s[n - 1] != ']' || n - 2 >= sizeof(text))
		return false;
	memcpy(text, s + 1, n - 2);
	text[n - 2] = '\0';
	if (inet_pton(AF_INET6, text, bytes) != 1)
		return false;

	for (i = 0; i < 8; i++)
		group[i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
	run = zero_run(group, &run_len);

	out[len++] = '[';
	for (i = 0; i < 8; i++) {
		if (i == run) {
			out[len++] = ':';
			if (i == 0)
				out[len++] = ':';
			i += run_len - 1;
			continue;
		}
		len += (size_t)snprintf(
		    out + len, IPV6_TEXT_MAX - len, i < 7 ? "%x:" : "%x", (unsigned)group[i]);
	}
	out[len++] = ']';
	out[len] = '\0';
	return true;
}

/* The host in lower case; NULL when it is none that we and a browser agree on. */
static const char *
format_host(struct wa_arena *a, const char *s, size_t n)
{
	char ipv6[IPV6_TEXT_MAX];

	if (n > 0 && s[0] == '[')
		return format_ipv6(s, n, ipv6) ? wa_arena_strdup(a, ipv6) : NULL;
	if (!is_name(s, n) || (ends_in_number(s, n) && !is_ipv4(s, n)))
		return NULL;

	return lowered(a, s, n);
}

static bool
parse_port(struct authority au, unsigned default_port, unsigned *ret)
{
	unsigned v = 0;
	size_t i;

	for (i = 0; i < au.port_n; i++) {
		if (!is_digit(au.port[i]))
			return false;
		v = v * 10 + (unsigned)(au.port[i] - '0');
		if (v > 65535)
			return false;
	}
	*ret = au.port_n == 0 ? default_port : v;
	return true;
}

const char *
http_origin_of(struct wa_arena *a, const char *url)
{
	struct authority au;
	const char *host, *scheme;
	unsigned default_port, port;
	size_t n;

	n = scheme_len(url);
	if (n == 0 || !is_http(url, n) || wa_text_has_control(url))
		return NULL;

	scheme = n == strlen("https") ? "https" : "http";
	default_port = n == strlen("https") ? 443 : 80;
	url += n + strlen("://");
	au = split_authority(url, strcspn(url, "/?#"));
	host = format_host(a, au.host, au.host_n);
	if (host == NULL || !parse_port(au, default_port, &port))
		return NULL;

	if (port == default_port)
		return wa_arena_printf(a, "%s://%s", scheme, host);
	return wa_arena_printf(a, "%s://%s:%u", scheme, host, port);
}

/* '*' is any number of characters, '?' is one. On a mismatch only the last star can give way, which
 * keeps this at pattern times text. */
static bool
glob(const char *p, size_t p_n, const char *s, size_t s_n)
{
	size_t i = 0, j = 0, star = p_n, mark = 0;

	while (j < s_n) {
		if (i < p_n && p[i] == '*') {
			star = i++;
			mark = j;
		} else if (i < p_n && (p[i] == '?' || p[i] == s[j])) {
			i++;
			j++;
		} else if (star < p_n) {
			i = star + 1;
			j = ++mark;
		} else
			return false;
	}
	while (i < p_n && p[i] == '*')
		i++;
	return i == p_n;
}

/* 192.168.* is meant for addresses; as a mere pattern it would also let 192.168.evil.com in. */
static bool
wants_ipv4(const char *host, size_t n)
{
	bool digit = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (is_digit(host[i]))
			digit = true;
		else if (host[i] != '.' && host[i] != '*' && host[i] != '?')
			return false;
	}
	return digit;
}

/* Pattern and text are both host[:port]. */
static bool
glob_authority(const char *p, size_t p_n, const char *s, size_t s_n)
{
	struct authority pattern = split_authority(p, p_n);
	struct authority text = split_authority(s, s_n);

	if (wants_ipv4(pattern.host, pattern.host_n) && !is_ipv4(text.host, text.host_n))
		return false;
	return glob(p, p_n, s, s_n);
}

static bool
has_wildcard(const char *s)
{
	return strpbrk(s, "*?") != NULL;
}

static bool
match_http(struct wa_arena *a, const char *entry, const char *url)
{
	const char *origin, *address, *pattern;

	origin = http_origin_of(a, url);
	if (origin == NULL)
		return false;
	if (!has_wildcard(entry))
		return strcmp(entry, origin) == 0;

	address = strstr(origin, "://") + strlen("://");
	pattern = strstr(entry, "://");
	if (pattern == NULL)
		return glob_authority(entry, strlen(entry), address, strlen(address));

	/* The authority first, for its IPv4 rule, then the whole with the scheme. */
	pattern += strlen("://");
	return glob_authority(pattern, strlen(pattern), address, strlen(address)) &&
	    glob(entry, strlen(entry), origin, strlen(origin));
}

/*
 * Escapes decoded, "." and ".." and empty segments resolved, always with a leading and never with a
 * trailing slash (the root is ""). NULL when an escape is malformed, a backslash could be taken for
 * a slash, or there is no memory.
 */
static const char *
resolve_path(struct wa_arena *a, const char *s, size_t n)
{
	const char *p, *end;
	char *path, *out;
	size_t len = 0, seg;

	path = wa_percent_decode(a, s, n);
	if (path == NULL || strchr(path, '\\') != NULL || wa_text_has_control(path))
		return NULL;
	out = wa_arena_alloc(a, strlen(path) + 2);
	if (out == NULL)
		return NULL;

	for (p = path; *p != '\0'; p = end) {
		p += strspn(p, "/");
		end = strchrnul(p, '/');
		seg = (size_t)(end - p);
		if (seg == 0 || (seg == 1 && p[0] == '.'))
			continue;
		if (seg == 2 && p[0] == '.' && p[1] == '.') {
			while (len > 0 && out[--len] != '/')
				;
			continue;
		}
		out[len++] = '/';
		memcpy(out + len, p, seg);
		len += seg;
	}
	out[len] = '\0';
	return out;
}

/* Equal or below: /cb lets /cb and /cb/x in, not /cbx. */
static bool
match_path(struct wa_arena *a, const char *entry, const char *url)
{
	const char *want, *got;
	size_t n = strcspn(entry, "#");

	got = resolve_path(a, url, strcspn(url, "?#"));
	if (got == NULL)
		return false;
	if (has_wildcard(entry))
		return glob(entry, n, got[0] == '\0' ? "/" : got, got[0] == '\0' ? 1 : strlen(got));

	want = resolve_path(a, entry, n);
	if (want == NULL || strncmp(got, want, strlen(want)) != 0)
		return false;
	return got[strlen(want)] == '\0' || got[strlen(want)] == '/';
}

static bool
match_other(struct wa_arena *a, const char *entry, size_t scheme_n, const char *url)
{
	const char *text, *want, *got;
	size_t entry_n, url_n;

	/* Both after "://", cut at the path. A query cannot begin in the entry's authority: '?' is
	 * a wildcard there. */
	entry += scheme_n + strlen("://");
	url += scheme_n + strlen("://");
	entry_n = strcspn(entry, "/#");
	url_n = strcspn(url, "/?#");

	/* User info and backslashes make it a matter of taste where the host ends. */
	for (text = url; text < url + url_n; text++)
		if (*text == '@' || *text == '\\' || *text == ' ')
			return false;
	if (entry_n > 0) {
		want = lowered(a, entry, entry_n);
		got = lowered(a, url, url_n);
		if (want == NULL || got == NULL || !glob_authority(want, entry_n, got, url_n))
			return false;
	}
	return entry[entry_n] != '/' || match_path(a, entry + entry_n, url + url_n);
}

bool
http_origin_matches(struct wa_arena *a, const char *entry, const char *url)
{
	size_t n = scheme_len(url);
	size_t i;

	if (n == 0 || wa_text_has_control(url))
		return false;
	if (is_http(url, n))
		return match_http(a, entry, url);
	if (scheme_len(entry) != n)
		return false;
	for (i = 0; i < n; i++)
		if (lower(entry[i]) != lower(url[i]))
			return false;
	return match_other(a, entry, n, url);
}

/*
 * "//x" and "/\x" are other hosts to a browser, which also drops tabs and newlines from in between;
 * an escaped slash or backslash becomes a real one in whichever proxy decodes before it redirects.
 */
bool
http_origin_is_safe_path(const char *url)
{
	const char *p, *end;

	if (url[0] != '/' || url[1] == '/' || strchr(url, '\\') != NULL)
		return false;
	if (!wa_text_is_utf8(url, strlen(url)) || wa_text_has_control(url))
		return false;

	end = url + strcspn(url, "?#");
	for (p = url; end - p >= 3; p++)
		if (p[0] == '%' &&
		    ((p[1] == '2' && lower(p[2]) == 'f') || (p[1] == '5' && lower(p[2]) == 'c')))
			return false;
	return true;
}
