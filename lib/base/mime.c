/* Writing MIME. Reading it is nobody's business here. */
#include "lib/base/mime.h"

#include <string.h>
#include <time.h>

#include "lib/base/encode.h"

#define WORD_BYTES 30 /* of an encoded word: with its frame and the longest name below 76 */
#define PLAIN_MAX  60 /* bytes of a text that goes into a header as it is */
#define LINE_MAX   75 /* of quoted-printable, before the sign of a soft break */

static bool
is_plain(const char *text)
{
	size_t n = strlen(text);

	if (n > PLAIN_MAX || strstr(text, "=?") != NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] > 0x7e)
			return false;
	return true;
}

/* How many bytes of text make whole characters and fit into a word. */
static size_t
word_len(const char *text)
{
	size_t n = strnlen(text, WORD_BYTES + 1);

	if (n <= WORD_BYTES)
		return n;
	for (n = WORD_BYTES; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
		;
	return n > 0 ? n : WORD_BYTES; /* not UTF-8: bytes are bytes */
}

static void
add_word(struct wa_buf *b, const char *text, size_t n)
{
	uint8_t clean[WORD_BYTES];
	char encoded[WORD_BYTES * 2];

	for (size_t i = 0; i < n; i++)
		clean[i] =
		    (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? ' ' : (uint8_t)text[i];
	wa_base64_encode(WA_BASE64_STD, clean, n, encoded, sizeof(encoded));
	wa_buf_str(b, "=?UTF-8?B?");
	wa_buf_str(b, encoded);
	wa_buf_str(b, "?=");
}

static void
add_words(struct wa_buf *b, const char *text)
{
	while (*text != '\0') {
		size_t n = word_len(text);

		add_word(b, text, n);
		text += n;
		if (*text != '\0')
			wa_buf_str(b, "\n ");
	}
}

void
wa_mime_header(struct wa_buf *b, const char *name, const char *text)
{
	wa_buf_str(b, name);
	wa_buf_str(b, ": ");
	if (is_plain(text))
		wa_buf_str(b, text);
	else
		add_words(b, text);
	wa_buf_char(b, '\n');
}

void
wa_mime_phrase(struct wa_buf *b, const char *text)
{
	if (!is_plain(text)) {
		add_words(b, text);
		return;
	}
	wa_buf_char(b, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			wa_buf_char(b, '\\');
		wa_buf_char(b, *text);
	}
	wa_buf_char(b, '"');
}

void
wa_mime_date(struct wa_buf *b, int64_t now_ms)
{
	/* strftime would use the host's language. */
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t now = (time_t)(now_ms / 1000);
	struct tm tm;

	(void)gmtime_r(&now, &tm);
	wa_buf_printf(b, "%s, %d %s %d %02d:%02d:%02d +0000", days[tm.tm_wday], tm.tm_mday,
	    months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* May the byte at i stand for itself, at this column of its line? */
static bool
is_literal(const char *text, size_t n, size_t i, size_t column)
{
	unsigned char c = (unsigned char)text[i];

	if (c == ' ' || c == '\t') /* not at the end of a line, where relays strip it */
		return i + 1 < n && text[i + 1] != '\n' && text[i + 1] != '\r';
	if (c < 0x21 || c > 0x7e || c == '=')
		return false;
	/* What some relays change at the beginning of a line. */
	return column > 0 || (c != '.' && c != 'F');
}

void
wa_mime_quoted_printable(struct wa_buf *b, const char *text, size_t n)
{
	size_t column = 0;

	for (size_t i = 0; i < n; i++) {
		bool literal = is_literal(text, n, i, column);

		if (text[i] == '\r' && i + 1 < n && text[i + 1] == '\n')
			continue;
		if (text[i] == '\n') {
			wa_buf_char(b, '\n');
			column = 0;
			continue;
		}
		if (column + (literal ? 1 : 3) > LINE_MAX) {
			wa_buf_str(b, "=\n");
			column = 0;
			literal = is_literal(text, n, i, column);
		}
		if (literal)
			wa_buf_char(b, text[i]);
		else
			wa_buf_printf(b, "=%02X", (unsigned char)text[i]);
		column += literal ? 1 : 3;
	}
	if (column > 0)
		wa_buf_char(b, '\n');
}
