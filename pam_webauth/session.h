/*
 * pam_sm_open_session and pam_sm_close_session: a web session for the length of a login, where the
 * service is told to have one.
 */
#ifndef PAM_WEBAUTH_SESSION_H
#define PAM_WEBAUTH_SESSION_H

#include <security/pam_modules.h>

struct call;

/* Remembers, in the PAM environment, that this handle's user was let in: the one thing that every
 * host carries from authenticate to open_session (sshd forks between them). ticket NULL: nothing
 * does. */
void session_remember(const struct call *call, const char *ticket);

int session_open(pam_handle_t *pamh, int flags, int argc, const char **argv);
int session_close(pam_handle_t *pamh, int flags, int argc, const char **argv);

#endif
