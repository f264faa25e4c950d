/*
 * Time: read in one place, written in the contract's one spelling. Code below the callers of these
 * two clock readers takes the time as an argument.
 */
#ifndef LIB_BASE_CLOCK_H
#define LIB_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Milliseconds since the epoch, wall clock. */
int64_t wa_clock_now_ms(void);

/* Milliseconds of a clock that never jumps, for deadlines only. */
int64_t wa_clock_steady_ms(void);

/* "2026-11-21T05:42:38.292Z" and its NUL (contract.md 0.1). */
#define WA_ISO_LEN  24
#define WA_ISO_SIZE (WA_ISO_LEN + 1)

/* Years 0000 to 9999; anything outside is clamped to the nearest of the two ends. */
void wa_iso_format(int64_t ms, char out[static WA_ISO_SIZE]);

/* Exactly the 24-character form with a valid date. False leaves *ret alone. */
bool wa_iso_parse(const char *s, size_t n, int64_t *ret_ms);

#endif
