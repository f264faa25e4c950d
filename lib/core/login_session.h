/*
 * A web session for who logged in through PAM.
 *
 * authenticate and open_session may run in different processes, and what lies between them is the
 * PAM environment, which a user may be able to write (pam_env, ~/.pam_environment). So what
 * authenticate leaves there is a ticket: a random text that means nothing without its row in the
 * store, works once, for a few minutes, and for the user and the name it was given to.
 */
#ifndef LIB_CORE_LOGIN_SESSION_H
#define LIB_CORE_LOGIN_SESSION_H

#include "lib/core/login.h"
#include "lib/store/session.h"

#define WA_TICKET_LEN 32

/* A ticket for who was just let in by wa_login_authenticate. WA_ERR_WRONG_LANE on a reader, faults.
 */
WA_OUTCOME wa_login_ticket(struct wa_context *cx, const struct wa_login *login,
    const struct wa_login_result *result, const char **ret);

/*
 * Takes the ticket for a session of a day. The user must still be let in: WA_ERR_NOT_FOUND when the
 * ticket is none, used, old, or another user's or name's; the refusals of wa_login_account; faults.
 */
WA_OUTCOME wa_login_session_open(struct wa_context *cx, const struct wa_login *login,
    const char *ticket, struct wa_login_result *result, struct session *ret);

/* Ends the session of that id, if it is this name's; anything else is left alone, and that is fine.
 * WA_ERR_USER_UNKNOWN, faults. */
WA_OUTCOME wa_login_session_close(struct wa_context *cx, const struct wa_login *login,
    const char *session_id, struct wa_login_result *result);

#endif
