/*
 * The last byte written says whether a comma is due, so there is no state to keep and pieces
 * written by different functions fit together.
 */
#include "lib/base/json_write.h"

#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/words.h"

/* For each byte: 0 when it stands for itself, the letter of its short escape, or 'u'. */
static const char escapes[256] = {
    [0x00] = 'u',
    [0x01] = 'u',
    [0x02] = 'u',
    [0x03] = 'u',
    [0x04] = 'u',
    [0x05] = 'u',
    [0x06] = 'u',
    [0x07] = 'u',
    ['\b'] = 'b',
    ['\t'] = 't',
    ['\n'] = 'n',
    [0x0b] = 'u',
    ['\f'] = 'f',
    ['\r'] = 'r',
    [0x0e] = 'u',
    [0x0f] = 'u',
    [0x10] = 'u',
    [0x11] = 'u',
    [0x12] = 'u',
    [0x13] = 'u',
    [0x14] = 'u',
    [0x15] = 'u',
    [0x16] = 'u',
    [0x17] = 'u',
    [0x18] = 'u',
    [0x19] = 'u',
    [0x1a] = 'u',
    [0x1b] = 'u',
    [0x1c] = 'u',
    [0x1d] = 'u',
    [0x1e] = 'u',
    [0x1f] = 'u',
    ['"'] = '"',
    ['\\'] = '\\',
};

static bool
comma_is_due(const struct wa_buf *b)
{
	char before = b->len == 0 ? '[' : b->data[b->len - 1];

	return before != '{' && before != '[' && before != ':';
}

static void
separate(struct wa_buf *b)
{
	if (comma_is_due(b))
		wa_buf_char(b, ',');
}

static void
write_escape(struct wa_buf *b, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	char letter = escapes[byte];

	if (letter == 'u')
		wa_buf_add(
		    b, (char[]){'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]}, 6);
	else
		wa_buf_add(b, (char[]){'\\', letter}, 2);
}

static bool
is_plain_word(uint64_t w)
{
	return (wa_word_less(w, 0x20) | wa_word_equal(w, '"') | wa_word_equal(w, '\\')) == 0;
}

/* How many bytes at the start of s stand for themselves. */
static size_t
plain_len(const char *s, size_t n)
{
	size_t i = 0;

	while (n - i >= sizeof(uint64_t) && is_plain_word(wa_word_at(s + i)))
		i += sizeof(uint64_t);
	while (i < n && escapes[(unsigned char)s[i]] == 0)
		i++;
	return i;
}

static void
write_escaped(struct wa_buf *b, const char *s, size_t n)
{
	wa_buf_char(b, '"');
	for (;;) {
		size_t plain = plain_len(s, n);

		wa_buf_add(b, s, plain);
		s += plain;
		n -= plain;
		if (n == 0)
			break;
		write_escape(b, (unsigned char)*s++);
		n--;
	}
	wa_buf_char(b, '"');
}

/* Nearly every text stands for itself, and goes in one piece with the comma before it and the colon
 * after it. */
static void
write_quoted(struct wa_buf *b, const char *s, bool is_key)
{
	bool comma = comma_is_due(b);
	size_t n = strlen(s);
	char *p;

	if (plain_len(s, n) < n) {
		separate(b);
		write_escaped(b, s, n);
		if (is_key)
			wa_buf_char(b, ':');
		return;
	}
	p = wa_buf_reserve(b, n + 2 + comma + is_key);
	if (p == NULL)
		return;
	if (comma)
		*p++ = ',';
	*p++ = '"';
	memcpy(p, s, n);
	p[n] = '"';
	if (is_key)
		p[n + 1] = ':';
	wa_buf_advance(b, n + 2 + comma + is_key);
}

void
wa_json_open(struct wa_buf *b, char bracket)
{
	separate(b);
	wa_buf_char(b, bracket);
}

void
wa_json_close(struct wa_buf *b, char bracket)
{
	wa_buf_char(b, bracket);
}

void
wa_json_key(struct wa_buf *b, const char *key)
{
	write_quoted(b, key, true);
}

void
wa_json_member(struct wa_buf *b, const char *quoted, size_t n)
{
	bool comma = comma_is_due(b);
	char *p = wa_buf_reserve(b, n + comma);

	if (p == NULL)
		return;
	*p = ',';
	memcpy(p + comma, quoted, n);
	wa_buf_advance(b, n + comma);
}

void
wa_json_string(struct wa_buf *b, const char *s)
{
	if (s == NULL) {
		wa_json_null(b);
		return;
	}
	write_quoted(b, s, false);
}

void
wa_json_bool(struct wa_buf *b, bool v)
{
	wa_json_raw(b, v ? "true" : "false", v ? 4 : 5);
}

void
wa_json_int(struct wa_buf *b, int64_t v)
{
	separate(b);
	wa_buf_int(b, v);
}

void
wa_json_null(struct wa_buf *b)
{
	wa_json_raw(b, "null", 4);
}

void
wa_json_time(struct wa_buf *b, int64_t ms)
{
	char text[WA_ISO_SIZE + 2];

	text[0] = '"';
	wa_iso_format(ms, text + 1);
	text[WA_ISO_LEN + 1] = '"';
	wa_json_raw(b, text, WA_ISO_LEN + 2);
}

void
wa_json_raw(struct wa_buf *b, const char *s, size_t n)
{
	separate(b);
	wa_buf_add(b, s, n);
}
