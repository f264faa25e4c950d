/* Rows of "webauth_must_change": users whose password an administrator wants changed. */
#ifndef LIB_STORE_MUST_CHANGE_H
#define LIB_STORE_MUST_CHANGE_H

#include "lib/store/store.h"

WA_OUTCOME store_must_change_get(struct store *s, const char *user_id, bool *ret);

/* Fine when it is so already. */
WA_OUTCOME store_must_change_set(struct store *s, const char *user_id, int64_t now_ms);
WA_OUTCOME store_must_change_clear(struct store *s, const char *user_id);

#endif
