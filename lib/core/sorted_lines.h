/*
 * Is a text one of the lines of a sorted list? The list is memory, or a file that stays on the
 * disk: one of a few hundred MB costs some thirty small reads and no memory.
 *
 * A list is in byte order, one entry a line, as LC_ALL=C sort -u leaves it.
 */
#ifndef LIB_CORE_SORTED_LINES_H
#define LIB_CORE_SORTED_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

struct wa_sorted_lines {
	const char *name; /* for messages; borrowed */
	const char *text; /* borrowed; NULL: it is fd */
	int fd;
	uint64_t size;
};

/* Opens a file; WA_ERR_CONFIG with the reason when it cannot be read or is no regular file. */
WA_OUTCOME wa_sorted_lines_open(const char *path, struct wa_sorted_lines *ret);
void wa_sorted_lines_close(struct wa_sorted_lines *l);

/* WA_OK and the answer; WA_ERR_CONFIG when the file cannot be read any more. */
WA_OUTCOME wa_sorted_lines_has(const struct wa_sorted_lines *l, const char *line, bool *ret);

/*
 * Looks at up to some thousand places all over the list: each line must stand after the one before,
 * without capital letters and carriage returns, or lookups would miss what is there.
 * WA_ERR_CONFIG with what to do about it.
 */
WA_OUTCOME wa_sorted_lines_check(const struct wa_sorted_lines *l);

#endif
