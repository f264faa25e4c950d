/* Rows of "webauth_secret": random keys of the store itself, for hashing what is looked up in it.
 */
#ifndef LIB_STORE_SECRET_H
#define LIB_STORE_SECRET_H

#include "lib/base/arena.h"
#include "lib/store/store.h"

/*
 * The key of that name, 32 bytes as hex text, made when a writer first asks for it. It is kept with
 * the data because the PAM module has no other secret: it separates uses and stores from each
 * other, and hides nothing from whoever reads the store. WA_ERR_NOT_FOUND on a reader when none is
 * there.
 */
WA_OUTCOME store_secret(struct store *s, struct wa_arena *a, const char *name, const char **ret);

#endif
