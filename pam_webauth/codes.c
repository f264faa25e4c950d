/*
 * Outcomes to PAM codes and log priorities. The switches have no default, so that the compiler
 * names an outcome without a row; a value outside the enum falls out at the end, as a refusal.
 */
#include "pam_webauth/codes.h"

#include <security/pam_modules.h>
#include <syslog.h>

static int
choose(enum codes_function function, int authenticate, int account, int chauthtok)
{
	switch (function) {
	case CODES_AUTHENTICATE: return authenticate;
	case CODES_ACCOUNT: return account;
	case CODES_CHAUTHTOK: return chauthtok;
	}
	return PAM_SERVICE_ERR;
}

int
codes_pam(enum codes_function function, enum wa_err e)
{
	switch (e) {
	case WA_OK: return PAM_SUCCESS;
#define CODE(outcome, authenticate, account, chauthtok, priority) \
	case WA_ERR_##outcome:                                    \
		return choose(function, authenticate, account, chauthtok);
#include "pam_webauth/codes.def"
#undef CODE
	}
	return PAM_SERVICE_ERR;
}

int
codes_priority(enum wa_err e)
{
	switch (e) {
	case WA_OK: return LOG_INFO;
#define CODE(outcome, authenticate, account, chauthtok, priority) \
	case WA_ERR_##outcome:                                    \
		return priority;
#include "pam_webauth/codes.def"
#undef CODE
	}
	return LOG_CRIT;
}
