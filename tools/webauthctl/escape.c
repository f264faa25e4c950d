/* Making text harmless for a terminal: controls, direction overrides and malformed UTF-8. */
#include <string.h>

#include "lib/base/text.h"
#include "tools/webauthctl/output.h"

/* The length of the well-formed character at s and its code point; 0 when there is none. */
static size_t
decode(const unsigned char *s, size_t n, uint32_t *ret)
{
	size_t len = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t cp = len == 1 ? s[0] : s[0] & (0x7fU >> len);

	if (len > n || (s[0] != '\0' && !wa_text_is_utf8((const char *)s, len)))
		return 0;
	for (size_t i = 1; i < len; i++)
		cp = cp << 6 | (s[i] & 0x3fU);
	*ret = cp;
	return len;
}

/* C0, DEL, C1; marks and overrides of direction, with which one name can be made to look like
 * another; line separators; the byte order mark. */
static bool
is_unfit(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) || cp == 0x061c || cp == 0x200e ||
	    cp == 0x200f || (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) ||
	    cp == 0xfeff;
}

static bool
escape_short(struct wa_buf *b, uint32_t cp, enum output_escape how)
{
	if (how == OUTPUT_ESCAPE_JSON || how == OUTPUT_ESCAPE_LINES) {
		/* Inside JSON's strings these are escaped already: what is left is layout. */
		if (cp != '\n' && cp != '\t' && (cp >= 0x20 || how == OUTPUT_ESCAPE_LINES))
			return false;
		wa_buf_char(b, (char)cp);
		return true;
	}
	switch (cp) {
	case '\n': wa_buf_str(b, "\\n"); return true;
	case '\t': wa_buf_str(b, "\\t"); return true;
	case '\r': wa_buf_str(b, "\\r"); return true;
	case '\\': wa_buf_str(b, "\\\\"); return true;
	default: return false;
	}
}

void
output_escape(struct wa_buf *b, const char *s, size_t n, enum output_escape how)
{
	while (n > 0) {
		uint32_t cp = 0;
		size_t len = decode((const unsigned char *)s, n, &cp);

		if (len == 0 && how == OUTPUT_ESCAPE_JSON)
			wa_buf_str(b, "\\ufffd");
		else if (len == 0)
			wa_buf_printf(b, "\\x%02x", (unsigned)(unsigned char)*s);
		else if (escape_short(b, cp, how))
			;
		else if (!is_unfit(cp))
			wa_buf_add(b, s, len);
		else if (cp < 0x80 && how != OUTPUT_ESCAPE_JSON)
			wa_buf_printf(b, "\\x%02x", cp);
		else
			wa_buf_printf(b, "\\u%04x", cp);
		len += len == 0;
		s += len;
		n -= len;
	}
}
