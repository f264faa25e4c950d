/*
 * The User and Session objects as clients and JWTs show them (contract.md 0.2, 0.3): which members,
 * in which order. Plugin members appear when the store has their columns.
 */
#ifndef LIB_CORE_VIEW_H
#define LIB_CORE_VIEW_H

#include "lib/base/buf.h"
#include "lib/store/session.h"
#include "lib/store/store.h"
#include "lib/store/user.h"

/* The object with its braces. */
void wa_view_user(struct wa_buf *b, const struct store_shape *shape, const struct user *u);
void wa_view_session(struct wa_buf *b, const struct store_shape *shape, const struct session *s);

/* The user's members without braces, in the order and spelling of the object; for a JWT's claims.
 */
void wa_view_user_members(struct wa_buf *b, const struct store_shape *shape, const struct user *u);

#endif
