/*
 * pam_sm_chauthtok: who changes a web user's password, if not us.
 */
#ifndef PAM_WEBAUTH_CHAUTHTOK_H
#define PAM_WEBAUTH_CHAUTHTOK_H

#include <security/pam_modules.h>

int chauthtok_run(pam_handle_t *pamh, int flags, int argc, const char **argv);

#endif
