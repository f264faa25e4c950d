/*
 * The six functions that libpam looks for, and nothing else: each hands over to the file of its
 * name.
 */
#include <security/pam_modules.h>

#include "lib/base/compiler.h"
#include "pam_webauth/account.h"
#include "pam_webauth/authenticate.h"
#include "pam_webauth/chauthtok.h"
#include "pam_webauth/session.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return authenticate_run(pamh, flags, argc, argv);
}

/*
 * There are no credentials to set. Never an error, not even for a bad configuration: libpam replays
 * the modules that let the user in, and sshd ends a session whose setcred fails.
 */
EXPORT int
pam_sm_setcred(pam_handle_t *pamh WA_UNUSED, int flags WA_UNUSED, int argc WA_UNUSED,
    const char **argv WA_UNUSED)
{
	return PAM_SUCCESS;
}

EXPORT int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return account_run(pamh, flags, argc, argv);
}

EXPORT int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return session_open(pamh, flags, argc, argv);
}

EXPORT int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return session_close(pamh, flags, argc, argv);
}

EXPORT int
pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return chauthtok_run(pamh, flags, argc, argv);
}
