/* The pages' files as they were compiled in: embed.py writes the table. */
#ifndef SESSIOND_PAGES_EMBEDDED_H
#define SESSIOND_PAGES_EMBEDDED_H

#include <stddef.h>

struct embedded {
	const char *name; /* relative to sessiond/pages, e.g. "assets/style.css" */
	const char *data; /* followed by a NUL that n does not count */
	size_t n;
};

extern const struct embedded embedded_files[];
extern const size_t embedded_n;

#endif
