/*
 * Column lists and row readers that several entity files share. In a column list the user's table
 * is u, the session's s, and webauth_ban's b.
 */
#ifndef LIB_STORE_ROWS_H
#define LIB_STORE_ROWS_H

#include "lib/store/driver.h"
#include "lib/store/session.h"
#include "lib/store/user.h"

#define USER_COLUMNS                                                                \
	"u.\"id\", u.\"name\", u.\"email\", u.\"emailVerified\", u.\"image\","      \
	" u.\"createdAt\", u.\"updatedAt\","                                        \
	" {admin:u.\"role\", u.\"banned\", u.\"banReason\", u.\"banExpires\",}"     \
	"{!admin:NULL, b.\"userId\" IS NOT NULL, b.\"reason\", b.\"expiresAt\",}"   \
	" {username:u.\"username\", u.\"displayUsername\",}{!username:NULL, NULL,}" \
	" {two_factor:u.\"twoFactorEnabled\"}{!two_factor:NULL}"
#define USER_COLUMNS_N 14

/* Goes after the join of u. Stores with ban columns do not pay for it. */
#define USER_BANS "{!admin: LEFT JOIN \"webauth_ban\" b ON b.\"userId\" = u.\"id\"}"

#define SESSION_COLUMNS                                                          \
	"s.\"id\", s.\"token\", s.\"userId\", s.\"expiresAt\", s.\"createdAt\"," \
	" s.\"updatedAt\", s.\"ipAddress\", s.\"userAgent\","                    \
	" {impersonation:s.\"impersonatedBy\"}{!impersonation:NULL}"
#define SESSION_COLUMNS_N 9

/* Reads such a list that begins at column first. */
WA_OUTCOME store_user_row(struct store_stmt *st, int first, struct wa_arena *a, struct user *ret);
WA_OUTCOME store_session_row(
    struct store_stmt *st, int first, struct wa_arena *a, struct session *ret);

#endif
