/*
 * Almost all text is ASCII, so every function looks for that first; Unicode is libutf8proc's
 * business. Its own convenience functions are not used: they put copies of a password into memory
 * that is freed without being wiped.
 */
#include "lib/base/text.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#include "lib/base/words.h"

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_alnum(char c)
{
	return is_alpha(c) || (c >= '0' && c <= '9');
}

static char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* How many bytes at the start of s are surely 0x01 to 0x7f; the answer may stop short by a word. */
static size_t
ascii_words(const char *s, size_t n)
{
	size_t i = 0;

	for (; n - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
		uint64_t w = wa_word_at(s + i);

		/* The subtraction borrows into a byte's top bit when that byte is zero. */
		if (((w | (w - WA_EVERY_BYTE(0x01))) & WA_EVERY_BYTE(0x80)) != 0)
			break;
	}
	return i;
}

/* Length of the character at s, or 0 when there is no valid one. */
static size_t
decode(const char *s, size_t n, utf8proc_int32_t *ret)
{
	utf8proc_ssize_t len;

	len = utf8proc_iterate((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, ret);
	return len > 0 ? (size_t)len : 0;
}

bool
wa_text_is_utf8(const char *s, size_t n)
{
	size_t i = ascii_words(s, n);

	while (i < n) {
		utf8proc_int32_t c;
		size_t len;

		if (s[i] == '\0')
			return false;
		if ((unsigned char)s[i] <= 0x7f) {
			i++;
			continue;
		}
		len = decode(s + i, n - i, &c);
		if (len == 0)
			return false;
		i += len;
	}
	return true;
}

static bool
is_ascii(const char *s, size_t n)
{
	for (size_t i = ascii_words(s, n); i < n; i++) {
		if ((unsigned char)s[i] > 0x7f)
			return false;
	}
	return true;
}

/* A character is one unit, one outside the BMP (four bytes) is two. */
size_t
wa_text_utf16_len(const char *s)
{
	size_t units = 0;

	for (; *s != '\0'; s++) {
		unsigned char byte = (unsigned char)*s;

		if ((byte & 0xc0) != 0x80)
			units += byte >= 0xf0 ? 2 : 1;
	}
	return units;
}

#define NFKC (UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT)

static enum wa_err
normalize(struct wa_arena *a, const char *s, utf8proc_option_t form, const char **ret)
{
	const utf8proc_uint8_t *text = (const utf8proc_uint8_t *)s;
	size_t n = strlen(s);
	utf8proc_ssize_t len, needed;
	utf8proc_int32_t *work;

	if (!wa_text_is_utf8(s, n))
		return wa_refuse(WA_ERR_INVALID, "text is not UTF-8");

	needed = utf8proc_decompose(text, (utf8proc_ssize_t)n, NULL, 0, form);
	if (needed < 0)
		return wa_fault(WA_ERR_NOMEM, "NFKC: %s", utf8proc_errmsg(needed));
	work = wa_arena_alloc(a, ((size_t)needed + 1) * sizeof(*work));
	if (work == NULL)
		return wa_fault(WA_ERR_NOMEM, "NFKC of %zu bytes", n);

	/* Composes in place and turns code points into UTF-8 with its NUL, also in place. */
	len = utf8proc_decompose(text, (utf8proc_ssize_t)n, work, needed, form);
	if (len >= 0)
		len = utf8proc_reencode(work, len, form);
	if (len < 0)
		return wa_fault(WA_ERR_NOMEM, "NFKC: %s", utf8proc_errmsg(len));
	*ret = (const char *)work;
	return WA_OK;
}

enum wa_err
wa_text_nfkc(struct wa_arena *a, const char *s, const char **ret)
{
	if (!is_ascii(s, strlen(s)))
		return normalize(a, s, NFKC, ret);
	*ret = s;
	return WA_OK;
}

enum wa_err
wa_text_fold(struct wa_arena *a, const char *s, const char **ret)
{
	if (!is_ascii(s, strlen(s)))
		return normalize(a, s, NFKC | UTF8PROC_CASEFOLD, ret);
	*ret = wa_text_lower(a, s);
	return *ret != NULL ? WA_OK : wa_fault(WA_ERR_NOMEM, "text");
}

/* Characters of two bytes and more may grow, but never past four bytes: twice the text is enough.
 */
static char *
lower_unicode(struct wa_arena *a, const char *s, size_t n)
{
	utf8proc_uint8_t *out, *p;
	size_t i = 0;

	out = wa_arena_alloc(a, 2 * n + 1);
	if (out == NULL)
		return NULL;

	p = out;
	while (i < n) {
		utf8proc_int32_t c;
		size_t len;

		len = decode(s + i, n - i, &c);
		if (len == 0)
			return NULL;
		i += len;
		p += utf8proc_encode_char(utf8proc_tolower(c), p);
	}
	return (char *)out;
}

char *
wa_text_lower(struct wa_arena *a, const char *s)
{
	size_t n = strlen(s);
	char *out;

	if (!is_ascii(s, n))
		return lower_unicode(a, s, n);

	out = wa_arena_alloc(a, n + 1);
	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		out[i] = ascii_lower(s[i]);
	return out;
}

/* Atoms between single dots, the last character neither a dot nor an apostrophe. */
static bool
is_local_part(const char *s, size_t n)
{
	if (n == 0 || s[0] == '.' || s[n - 1] == '.' || s[n - 1] == '\'')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.' ? s[i - 1] == '.' : !is_alnum(s[i]) && strchr("_'+-", s[i]) == NULL)
			return false;
	}
	return true;
}

/* Labels that start with a letter or digit, and a last one of two or more letters. */
static bool
is_domain(const char *s)
{
	const char *last = strrchr(s, '.');
	bool at_start = true;

	if (last == NULL || strlen(last + 1) < 2)
		return false;
	for (const char *p = s; p < last; p++) {
		if (*p == '.' ? at_start : !is_alnum(*p) && (at_start || *p != '-'))
			return false;
		at_start = *p == '.';
	}
	if (at_start)
		return false;
	for (const char *p = last + 1; *p != '\0'; p++) {
		if (!is_alpha(*p))
			return false;
	}
	return true;
}

bool
wa_text_is_email(const char *s)
{
	const char *at = strchr(s, '@');

	return at != NULL && is_local_part(s, (size_t)(at - s)) && is_domain(at + 1);
}

bool
wa_text_is_username(const char *s)
{
	size_t n = 0;

	for (; s[n] != '\0'; n++) {
		if (n == 30 || (!is_alnum(s[n]) && s[n] != '_' && s[n] != '.'))
			return false;
	}
	return n >= 3;
}

bool
wa_text_has_control(const char *s)
{
	for (const unsigned char *p = (const unsigned char *)s; *p != '\0'; p++) {
		if (*p < 0x20 || *p == 0x7f)
			return true;
		/* U+0080 to U+009F */
		if (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
			return true;
	}
	return false;
}

bool
wa_text_equal_nocase(const char *a, size_t a_len, const char *b)
{
	for (size_t i = 0; i < a_len; i++) {
		/* The NUL of a shorter b must end this even if a has one at the same place. */
		if (b[i] == '\0' || ascii_lower(a[i]) != ascii_lower(b[i]))
			return false;
	}
	return b[a_len] == '\0';
}
