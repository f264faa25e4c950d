/*
 * pam_sm_acct_mgmt: may this name, however it was proven, come in now?
 */
#ifndef PAM_WEBAUTH_ACCOUNT_H
#define PAM_WEBAUTH_ACCOUNT_H

#include <security/pam_modules.h>

int account_run(pam_handle_t *pamh, int flags, int argc, const char **argv);

#endif
