/*
 * The questions of the entry points, by whichever way leads to the store: this process opens it, or
 * sessiond is asked. The answers are the same, because the same code (lib/core/login.h) gives them.
 */
#ifndef PAM_WEBAUTH_ASK_H
#define PAM_WEBAUTH_ASK_H

#include "lib/core/login.h"

struct call;

/* Is this the password of name (NULL: nobody's, for the cost alone)? Outcomes of
 * wa_login_authenticate; WA_ERR_PEER_DENIED, WA_ERR_DAEMON. *ret is filled whatever the outcome;
 * over the daemon, of result->user only the id is known. */
WA_OUTCOME ask_authenticate(
    struct call *call, const char *name, const char *password, struct wa_login_result *ret);

/* May call->name come in now? Outcomes of wa_login_account; WA_ERR_PEER_DENIED, WA_ERR_DAEMON. */
WA_OUTCOME ask_account(struct call *call, struct wa_login_result *ret);

/* Is it the daemon that is asked? */
bool ask_daemon(const struct call *call);

#endif
