/*
 * A user's accounts: the ways she signs in. Here that is a password; a Better Auth app that shares
 * the store may have added social ones.
 */
#ifndef LIB_CORE_ACCOUNT_H
#define LIB_CORE_ACCOUNT_H

#include "lib/core/context.h"
#include "lib/store/account.h"

/* Better Auth reads no more than this of any list (contract.md 2.5). */
#define WA_ACCOUNTS_MAX 100

WA_OUTCOME wa_account_all(
    struct wa_context *cx, const char *user_id, struct account **ret, size_t *ret_n);

/* The account of that row id, if it is the user's. WA_ERR_ACCOUNT_NOT_FOUND. */
WA_OUTCOME wa_account_find(
    struct wa_context *cx, const char *user_id, const char *id, struct account *ret);

/*
 * Removes an account, by row id or (id NULL) by provider. WA_ERR_LAST_ACCOUNT when there is only
 * one and the configuration does not allow to unlink it; WA_ERR_ACCOUNT_NOT_FOUND.
 */
WA_OUTCOME wa_account_unlink(
    struct wa_context *cx, const char *user_id, const char *id, const char *provider_id);

#endif
