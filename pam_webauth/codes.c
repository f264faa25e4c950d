/*
 * Outcomes to PAM codes and log priorities: codes.def as an array, searched. A value that is in no
 * row is doubt, and so a refusal.
 */
#include "pam_webauth/codes.h"

#include <security/pam_modules.h>
#include <stddef.h>
#include <syslog.h>

struct row {
	enum wa_err e;
	int authenticate;
	int account;
	int chauthtok;
	int priority;
};

static const struct row rows[] = {
    {WA_OK, PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS, LOG_INFO},
#define CODE(outcome, authenticate, account, chauthtok, priority) \
	{WA_ERR_##outcome, authenticate, account, chauthtok, priority},
#include "pam_webauth/codes.def"
#undef CODE
};

static const struct row stray = {
    WA_OK, PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_TRY_AGAIN, LOG_CRIT};

static const struct row *
find(enum wa_err e)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(rows); i++)
		if (rows[i].e == e)
			return &rows[i];
	return &stray;
}

/* There is one code for all that a session can lack but for these. */
static int
session(enum wa_err e)
{
	if (e == WA_OK)
		return PAM_SUCCESS;
	if (e == WA_ERR_CONFIG)
		return PAM_SERVICE_ERR;
	return e == WA_ERR_NOMEM ? PAM_BUF_ERR : PAM_SESSION_ERR;
}

int
codes_pam(enum codes_function function, enum wa_err e)
{
	switch (function) {
	case CODES_AUTHENTICATE: return find(e)->authenticate;
	case CODES_ACCOUNT: return find(e)->account;
	case CODES_CHAUTHTOK: return find(e)->chauthtok;
	case CODES_SESSION: return session(e);
	}
	return PAM_SERVICE_ERR;
}

int
codes_priority(enum wa_err e)
{
	return find(e)->priority;
}
