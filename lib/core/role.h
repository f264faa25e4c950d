/* A user's roles: the admin plugin keeps them as one comma-separated text (contract.md 9.3). */
#ifndef LIB_CORE_ROLE_H
#define LIB_CORE_ROLE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/error.h"

/* The role that *at stands before, without the blanks around it, and *at behind it; false at the
 * end. An absent text (NULL) has none; empty ones are passed over. */
bool wa_role_next(const char **at, const char **ret, size_t *ret_n);

bool wa_role_in(const char *roles, const char *role);

/* Appends ["admin","user"]; a is for scratch. WA_ERR_NOMEM. */
WA_OUTCOME wa_role_view(struct wa_buf *b, struct wa_arena *a, const char *roles);

#endif
