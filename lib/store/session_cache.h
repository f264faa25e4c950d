/*
 * Sessions with their users in memory, for a connection that reads in turns (store_turn_begin). An
 * entry counts only in a turn whose stamp is the entry's: since it was read nobody, in whatever
 * process, has committed anything. So a session that is revoked is gone at the next turn, and a
 * store that is written to all the time is simply read all the time.
 */
#ifndef LIB_STORE_SESSION_CACHE_H
#define LIB_STORE_SESSION_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/cache.h"
#include "lib/store/session.h"

/* What a session is asked for by. */
enum session_key {
	SESSION_KEY_TOKEN,
	SESSION_KEY_ID,
};

/* Room for at least that many; memory is taken as entries come. NULL: no memory. */
struct wa_cache *session_cache_new(size_t entries);

/* Copies into a; false when it is not there, is of another stamp, or does not fit into a. */
bool session_cache_get(const struct wa_cache *c, enum session_key which, const char *key,
    int64_t stamp, struct wa_arena *a, struct session *ret, struct user *ret_user);

/* As read at that stamp or later. What is larger than usual, or finds no memory, is not kept. */
void session_cache_put(struct wa_cache *c, enum session_key which, const char *key, int64_t stamp,
    const struct session *s, const struct user *u);

#endif
