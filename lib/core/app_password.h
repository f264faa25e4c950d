/*
 * App passwords: what a mail client or a script uses in place of its owner's password. Random, so
 * that one costs no KDF; made by machines, shown once, kept as a keyed digest, good for the PAM
 * services they were made for and never for the web.
 *
 *	wap_ id(8) secret(26) check(4)		42 characters of 0-9 a-z without i, l, o, u
 *
 * The id names the row, 130 bits are secret, and the check tells a slip of the hand from a guess
 * before the store is asked. Upper case is read as lower case.
 */
#ifndef LIB_CORE_APP_PASSWORD_H
#define LIB_CORE_APP_PASSWORD_H

#include <stdbool.h>

#include "lib/core/context.h"
#include "lib/core/guess.h"
#include "lib/store/app_password.h"
#include "lib/store/user.h"

#define WA_APP_PASSWORD_PREFIX "wap_"
#define WA_APP_PASSWORD_LEN    42
#define WA_APP_PASSWORD_SIZE   (WA_APP_PASSWORD_LEN + 1)

struct wa_new_app_password {
	const char *name; /* what the user calls it */
	const char *const *services;
	size_t n_services;  /* 0: for all */
	int64_t expires_ms; /* 0: never */
};

/*
 * Makes one, fills *ret and writes the text that nobody will see again to ret_text.
 * WA_ERR_INVALID or WA_ERR_TOO_LONG (detail: which field), WA_ERR_CONFLICT (the user has
 * WA_APP_PASSWORDS_MAX), WA_ERR_NOT_FOUND (the user is gone).
 */
WA_OUTCOME wa_app_password_create(struct wa_context *cx, const char *user_id,
    const struct wa_new_app_password *in, struct app_password_row *ret,
    char ret_text[static WA_APP_PASSWORD_SIZE]);

/* Those of a user, oldest first; fn returns false to stop. */
WA_OUTCOME wa_app_password_each(struct wa_context *cx, const char *user_id,
    bool (*fn)(void *arg, const struct app_password_row *row), void *arg);

/* Was this text meant as one? Then it is never tried as anything else. */
bool wa_app_password_is_meant(const char *text);

/* Ends one, of that user or (NULL) of whoever has it. WA_ERR_NOT_FOUND. */
WA_OUTCOME wa_app_password_revoke(struct wa_context *cx, const char *user_id, const char *id);

/* Ends all of a user's. */
WA_OUTCOME wa_app_password_revoke_all(
    struct wa_context *cx, const char *user_id, int64_t *ret_ended);

/*
 * Is it this user's (NULL: nobody's)? *ret is its row then, and ret_guess is to be told of the
 * success; for what it is good is another question (wa_app_password_check_use). A wrong one is
 * counted and recorded. WA_ERR_BAD_CREDENTIALS, WA_ERR_THROTTLED, faults of the store.
 */
WA_OUTCOME wa_app_password_prove(struct wa_context *cx, const struct user *user, const char *text,
    struct app_password_row *ret, struct wa_guess *ret_guess);

/*
 * Is the one that was proven for this service, now? One without services is for all that give no
 * Unix account: such a service it must name. WA_ERR_BAD_CREDENTIALS, as for a wrong one: whoever
 * tries it is not told that it opens another door.
 */
WA_OUTCOME wa_app_password_check_use(const struct wa_context *cx, const struct wa_service *service,
    const struct app_password_row *row);

/* Is the last use that is written down so old that this one should be? Then do so. */
bool wa_app_password_is_used_anew(const struct wa_context *cx, const struct app_password_row *row);
WA_OUTCOME wa_app_password_used(struct wa_context *cx, const struct app_password_row *row);

/* The services of a row, one by one; false past the last. The text is cut up in the arena. */
WA_OUTCOME wa_app_password_services(
    struct wa_arena *a, const struct app_password_row *row, struct wa_strings *ret);

/* May this be a PAM service's name? */
bool wa_app_password_service_is_valid(const char *service);

#endif
