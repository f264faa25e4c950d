/*
 * The last byte written says whether a comma is due, so there is no state to keep and pieces
 * written by different functions fit together.
 */
#include "lib/base/json_write.h"

#include <string.h>

#include "lib/base/clock.h"

/* For each byte: 0 when it stands for itself, the letter of its short escape, or 'u'. The NUL that
 * ends a text is marked too, so that one look-up per byte finds the end of a run. */
static const char escapes[256] = {
    ['\0'] = 'u',
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

static void
separate(struct wa_buf *b)
{
	char before;

	if (b->len == 0)
		return;
	before = b->data[b->len - 1];
	if (before != '{' && before != '[' && before != ':')
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

static size_t
plain_len(const char *s)
{
	size_t n = 0;

	while (escapes[(unsigned char)s[n]] == 0)
		n++;
	return n;
}

static void
write_escaped(struct wa_buf *b, const char *s)
{
	wa_buf_char(b, '"');
	for (;;) {
		size_t n = plain_len(s);

		wa_buf_add(b, s, n);
		s += n;
		if (*s == '\0')
			break;
		write_escape(b, (unsigned char)*s++);
	}
	wa_buf_char(b, '"');
}

/* Nearly every text stands for itself: in one piece, with what follows it. */
static void
write_quoted(struct wa_buf *b, const char *s, char after)
{
	size_t n = plain_len(s), more = after != '\0' ? 1 : 0;
	char *p;

	if (s[n] != '\0') {
		write_escaped(b, s);
		if (after != '\0')
			wa_buf_char(b, after);
		return;
	}
	p = wa_buf_reserve(b, n + 2 + more);
	if (p == NULL)
		return;
	p[0] = '"';
	memcpy(p + 1, s, n);
	p[n + 1] = '"';
	if (more > 0)
		p[n + 2] = after;
	wa_buf_advance(b, n + 2 + more);
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
	separate(b);
	write_quoted(b, key, ':');
}

void
wa_json_string(struct wa_buf *b, const char *s)
{
	if (s == NULL) {
		wa_json_null(b);
		return;
	}
	separate(b);
	write_quoted(b, s, '\0');
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
