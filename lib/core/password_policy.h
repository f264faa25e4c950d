/*
 * What a new password may be. A password that is proven is never asked: who has a common one still
 * gets in, and is told when changing it.
 *
 * Refused as WA_ERR_PASSWORD_COMPROMISED, each with its own words, and each switched by a key:
 * - by the built-in list: one of its entries; an entry, or up to four characters, over and over; a
 * run up or down the alphabet or the digits (password_blocklist_builtin);
 * - by a list of the administrator's: one of its lines (password_blocklist);
 * - by context: nothing but words of the site and of the user, see context_words.h
 *   (password_context_words).
 * Lists hold whole passwords in folded form (wa_text_fold): no list refuses a password for a part
 * of it. All of it is decided by what stands in the request and the user's own row, before anything
 * else is looked up, so that a refusal tells nothing about anybody else.
 */
#ifndef LIB_CORE_PASSWORD_POLICY_H
#define LIB_CORE_PASSWORD_POLICY_H

#include "lib/core/context_words.h"

/* owner NULL: nobody is known. First the length as wa_password_check_new(), whose outcomes it has;
 * WA_ERR_PASSWORD_COMPROMISED; WA_ERR_CONFIG when a list cannot be read; WA_ERR_NOMEM. */
WA_OUTCOME wa_password_policy_check(struct wa_arena *a, const struct wa_settings *s,
    const struct wa_password_owner *owner, const char *password);

/* At the start of a program: can all lists be read, and are they sorted? WA_ERR_CONFIG. */
WA_OUTCOME wa_password_policy_check_lists(const struct wa_settings *s);

#endif
