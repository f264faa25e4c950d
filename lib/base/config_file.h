/*
 * A configuration file as it stands there: entries with their sections and lines, nothing judged
 * yet but the file itself.
 */
#ifndef LIB_BASE_CONFIG_FILE_H
#define LIB_BASE_CONFIG_FILE_H

#include "lib/base/config_value.h"

struct wa_config_file {
	const char *name; /* NULL: there is none */
	const struct wa_config_entry *entries;
	size_t n;
};

/*
 * What comes back lives as long as the arena and file do. An optional file may be absent. One that
 * others can change, or with strict_owner one that neither root nor this user owns, is refused:
 * WA_ERR_CONFIG.
 */
WA_OUTCOME wa_config_file_read(struct wa_arena *a, const char *file, bool optional,
    bool strict_owner, struct wa_config_file *ret);

#endif
