/*
 * Questions about eight bytes at once, for texts that nearly always consist of plain bytes: a word
 * with something else in it sends its reader to look at the bytes one by one. A borrow may mark a
 * byte above one that is rightly marked, so a mark says that there is one, not which it is.
 */
#ifndef LIB_BASE_WORDS_H
#define LIB_BASE_WORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define WA_EVERY_BYTE(b) (UINT64_C(0x0101010101010101) * (uint8_t)(b))

static inline uint64_t
wa_word_at(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

/* Not zero when one of them is less than limit, which is 0x80 at most. */
static inline uint64_t
wa_word_less(uint64_t w, uint8_t limit)
{
	return (w - WA_EVERY_BYTE(limit)) & ~w & WA_EVERY_BYTE(0x80);
}

/* Not zero when one of them is that byte. */
static inline uint64_t
wa_word_equal(uint64_t w, char byte)
{
	return wa_word_less(w ^ WA_EVERY_BYTE(byte), 1);
}

/* Is one of them a C0 control or DEL? */
static inline bool
wa_word_has_control(uint64_t w)
{
	return (wa_word_less(w, 0x20) | wa_word_equal(w, 0x7f)) != 0;
}

#endif
