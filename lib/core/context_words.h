/*
 * Is a password made of nothing but words that belong to the site or to its owner?
 *
 * Words are the site's name, the host of base_url, the user's name, user name and e-mail address:
 * each as a whole, and each run of letters in them, of three bytes and more (three Latin letters,
 * one Chinese character). Letters are a to z and every character outside ASCII. Words and password
 * are compared in their folded form (wa_text_fold).
 *
 * The rule: a password is refused when it can be cut completely into such words, at least one, and
 * ASCII characters that are no letters. "Anna-1987" is refused for Anna, "anna likes trains" is
 * not.
 */
#ifndef LIB_CORE_CONTEXT_WORDS_H
#define LIB_CORE_CONTEXT_WORDS_H

#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/error.h"

/* Whose password it is to be; NULL where one is not known. */
struct wa_password_owner {
	const char *name;
	const char *username;
	const char *email;
};

/* folded is the password in its folded form; owner may be NULL. WA_ERR_NOMEM. */
WA_OUTCOME wa_context_words_are_all(struct wa_arena *a, const struct wa_settings *s,
    const struct wa_password_owner *owner, const char *folded, bool *ret);

#endif
