/* Values: what stands for itself is copied as it is checked. */
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

static void
separate(struct wa_buf *b)
{
	if (wa_json_comma_is_due(b))
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

/* Copies the bytes at the start of s that stand for themselves, and says how many they are. */
static size_t
copy_plain(char *to, const char *s, size_t n)
{
	size_t i = 0;

	for (; n - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
		uint64_t w = wa_word_at(s + i);

		if (!is_plain_word(w))
			break;
		memcpy(to + i, &w, sizeof(w));
	}
	for (; i < n && escapes[(unsigned char)s[i]] == 0; i++)
		to[i] = s[i];
	return i;
}

static void
write_escaped(struct wa_buf *b, const char *s, size_t n)
{
	while (n > 0) {
		char *p = wa_buf_reserve(b, n);
		size_t plain;

		if (p == NULL)
			return;
		plain = copy_plain(p, s, n);
		wa_buf_advance(b, plain);
		if (plain == n)
			return;
		write_escape(b, (unsigned char)s[plain]);
		s += plain + 1;
		n -= plain + 1;
	}
}

/* Nearly every text stands for itself, and goes in one piece with what is around it. */
static void
write_quoted(struct wa_buf *b, const char *s)
{
	bool comma = wa_json_comma_is_due(b);
	size_t n = strlen(s), plain;
	char *p = wa_buf_reserve(b, n + 2 + comma);

	if (p == NULL)
		return;
	*p = ',';
	p += comma;
	*p = '"';
	plain = copy_plain(p + 1, s, n);
	if (plain == n) {
		p[n + 1] = '"';
		wa_buf_advance(b, n + 2 + comma);
		return;
	}
	wa_buf_advance(b, plain + 1 + comma);
	write_escaped(b, s + plain, n - plain);
	wa_buf_char(b, '"');
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
	write_quoted(b, key);
	wa_buf_char(b, ':');
}

void
wa_json_string(struct wa_buf *b, const char *s)
{
	if (s == NULL) {
		wa_json_null(b);
		return;
	}
	write_quoted(b, s);
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
	bool comma = wa_json_comma_is_due(b);
	char *p = wa_buf_reserve(b, WA_ISO_SIZE + 1 + comma);

	if (p == NULL)
		return;
	*p = ',';
	p += comma;
	*p = '"';
	wa_iso_format(ms, p + 1);
	p[WA_ISO_LEN + 1] = '"'; /* where the NUL was */
	wa_buf_advance(b, WA_ISO_LEN + 2 + comma);
}

void
wa_json_raw(struct wa_buf *b, const char *s, size_t n)
{
	separate(b);
	wa_buf_add(b, s, n);
}
