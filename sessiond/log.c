/* Log lines. */
#include "sessiond/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/text.h"

#define VALUE_MAX 512

static enum wa_log_level wanted_level = WA_LOG_INFO;
static bool with_prefix = true;

static const char *const prefixes[] = {
    [WA_LOG_ERROR] = "<3>",
    [WA_LOG_WARNING] = "<4>",
    [WA_LOG_NOTICE] = "<5>",
    [WA_LOG_INFO] = "<6>",
    [WA_LOG_DEBUG] = "<7>",
};

void
log_init(enum wa_log_level level)
{
	wanted_level = level;
	with_prefix = isatty(STDERR_FILENO) == 0;
}

bool
log_wants(enum wa_log_level level)
{
	return level <= wanted_level;
}

/* Room is kept for the newline. */
static void
put(struct log_line *l, const char *s, size_t n)
{
	if (n > sizeof(l->text) - 1 - l->len)
		n = sizeof(l->text) - 1 - l->len;
	memcpy(l->text + l->len, s, n);
	l->len += n;
}

void
log_begin(struct log_line *l, enum wa_log_level level, const char *event)
{
	l->wanted = log_wants(level);
	l->len = 0;
	if (!l->wanted)
		return;
	if (with_prefix)
		put(l, prefixes[level], 3);
	put(l, event, strlen(event));
}

/* U+0080 to U+009F, in UTF-8: the terminal's other controls. at is either of its bytes. */
static bool
is_c1(const char *value, size_t n, size_t at)
{
	unsigned char c = (unsigned char)value[at];

	if (c == 0xc2)
		return at + 1 < n && (unsigned char)value[at + 1] < 0xa0;
	return c >= 0x80 && c < 0xa0 && at > 0 && (unsigned char)value[at - 1] == 0xc2;
}

/* Printable ASCII but quotes and backslashes stands as it is; UTF-8 too, which terminals and the
 * journal read; anything else as \xNN. */
static void
put_escaped(struct log_line *l, const char *value, size_t n)
{
	bool utf8 = wa_text_is_utf8(value, n);

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)value[i];
		bool plain = c < 0x80 ? c >= 0x20 && c != 0x7f && c != '"' && c != '\\'
				      : utf8 && !is_c1(value, n, i);
		char hex[5];

		if (!plain) {
			(void)snprintf(hex, sizeof(hex), "\\x%02x", c);
			put(l, hex, 4);
		} else {
			put(l, &value[i], 1);
		}
	}
}

static bool
is_plain(const char *value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (value[i] <= ' ' || value[i] == '"' || value[i] == '\\' || value[i] == '=' ||
		    value[i] == 0x7f)
			return false;
	return n > 0;
}

void
log_text(struct log_line *l, const char *key, const char *value, size_t n)
{
	bool cut = n > VALUE_MAX;

	if (!l->wanted)
		return;
	if (cut)
		for (n = VALUE_MAX; n > 0 && ((unsigned char)value[n] & 0xc0) == 0x80;)
			n--;
	put(l, " ", 1);
	put(l, key, strlen(key));
	put(l, "=", 1);
	if (is_plain(value, n)) {
		put(l, value, n);
	} else {
		put(l, "\"", 1);
		put_escaped(l, value, n);
		put(l, "\"", 1);
	}
	if (cut)
		put(l, "[cut]", 5);
}

void
log_str(struct log_line *l, const char *key, const char *value)
{
	log_text(l, key, value, strlen(value));
}

void
log_int(struct log_line *l, const char *key, int64_t value)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%lld", (long long)value);

	log_text(l, key, text, (size_t)n);
}

void
log_end(struct log_line *l)
{
	if (!l->wanted)
		return;
	l->text[l->len++] = '\n';
	/* A log that cannot be written is no reason to stop letting people in. */
	if (write(STDERR_FILENO, l->text, l->len) < 0)
		return;
}

void
log_note(enum wa_log_level level, const char *event, const char *fmt, ...)
{
	struct log_line l;
	char text[1024];
	va_list ap;

	if (!log_wants(level))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_begin(&l, level, event);
	log_str(&l, "detail", text);
	log_end(&l);
}
