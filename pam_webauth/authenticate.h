/*
 * pam_sm_authenticate: is this password this name's?
 */
#ifndef PAM_WEBAUTH_AUTHENTICATE_H
#define PAM_WEBAUTH_AUTHENTICATE_H

#include <security/pam_modules.h>

int authenticate_run(pam_handle_t *pamh, int flags, int argc, const char **argv);

#endif
