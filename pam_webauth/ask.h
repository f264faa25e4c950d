/*
 * The questions of the entry points, by whichever way leads to the store: this process opens it, or
 * sessiond is asked. The answers are the same, because the same code (lib/core/login*.h) gives
 * them.
 *
 * Outcomes are those of the core's function, and WA_ERR_PEER_DENIED, WA_ERR_DAEMON. A result is
 * filled whatever the outcome; over the daemon, of its user only id and ban are known.
 */
#ifndef PAM_WEBAUTH_ASK_H
#define PAM_WEBAUTH_ASK_H

#include "lib/core/login.h"

struct call;

/* Is it the daemon that is asked? */
bool ask_is_daemon(const struct call *call);

/* Is this the password of name (NULL: nobody's, for the cost alone)? ret_ticket: for
 * ask_session_open, where the service opens sessions; else NULL. */
WA_OUTCOME ask_authenticate(struct call *call, const char *name, const char *password,
    struct wa_login_result *ret, const char **ret_ticket);

/* May call->name come in now? */
WA_OUTCOME ask_account(struct call *call, struct wa_login_result *ret);

/* May the password be changed, by who knows the current one (NULL: root)? Then: change it. */
WA_OUTCOME ask_password_check(
    struct call *call, const char *current, bool expired, struct wa_login_result *ret);
WA_OUTCOME ask_password_change(
    struct call *call, const char *current, const char *password, struct wa_login_result *ret);

/* A web session for a ticket, and its end. */
WA_OUTCOME ask_session_open(
    struct call *call, const char *ticket, const char **ret_id, const char **ret_token);
WA_OUTCOME ask_session_close(struct call *call, const char *id);

#endif
