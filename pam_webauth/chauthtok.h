/*
 * pam_sm_chauthtok: a web user's password, changed in PAM's two steps.
 */
#ifndef PAM_WEBAUTH_CHAUTHTOK_H
#define PAM_WEBAUTH_CHAUTHTOK_H

#include <security/pam_modules.h>

int chauthtok_run(pam_handle_t *pamh, int flags, int argc, const char **argv);

#endif
