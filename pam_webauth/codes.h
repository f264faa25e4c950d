/*
 * What an outcome is to PAM: the matrix of codes.def, looked up.
 */
#ifndef PAM_WEBAUTH_CODES_H
#define PAM_WEBAUTH_CODES_H

#include "lib/base/error.h"

enum codes_function {
	CODES_AUTHENTICATE,
	CODES_ACCOUNT,
	CODES_CHAUTHTOK,
	CODES_SESSION,
};

/* The PAM code of e; of what has no row, a refusal. */
int codes_pam(enum codes_function function, enum wa_err e);

/* How loud the log is about e. */
int codes_priority(enum wa_err e);

#endif
