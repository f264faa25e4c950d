/*
 * What text is: UTF-8, its length as JavaScript counts it, its NFKC form, and the few character
 * classes that the contract names. The only includer of utf8proc.h is text.c.
 */
#ifndef LIB_BASE_TEXT_H
#define LIB_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"

/* Well-formed UTF-8 (RFC 3629: no surrogates, nothing overlong), without NUL. */
bool wa_text_is_utf8(const char *s, size_t n);

/* UTF-16 code units of a valid UTF-8 text (contract.md 3.2: how password lengths are counted). */
size_t wa_text_utf16_len(const char *s);

/* The NFKC normal form (contract.md 3.1) in arena memory; pure ASCII is returned as it is.
 * WA_ERR_INVALID when s is not UTF-8, WA_ERR_NOMEM. */
WA_OUTCOME wa_text_nfkc(struct wa_arena *a, const char *s, const char **ret);

/* What two texts have in common that only differ in letter case or in ways NFKC takes away: its
 * NFKC form with Unicode's full case folding, in arena memory. WA_ERR_INVALID when s is not UTF-8,
 * WA_ERR_NOMEM. */
WA_OUTCOME wa_text_fold(struct wa_arena *a, const char *s, const char **ret);

/* Lower case as String.prototype.toLowerCase does for ASCII; other characters through Unicode's
 * simple lower-case mapping. Arena memory; NULL when there is none or s is not UTF-8. */
char *wa_text_lower(struct wa_arena *a, const char *s);

/* E-mail syntax of contract.md 0.6. */
bool wa_text_is_email(const char *s);

/* User name syntax of contract.md 9.2: 3 to 30 of a-z A-Z 0-9 _ and dot. */
bool wa_text_is_username(const char *s);

/* True when s holds a C0 or DEL byte, or an encoded C1 control: unfit for a terminal or a log. */
bool wa_text_has_control(const char *s);

/* Case-insensitive comparison of ASCII, independent of the locale. */
bool wa_text_equal_nocase(const char *a, size_t a_len, const char *b);

#endif
