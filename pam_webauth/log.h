/*
 * The module's one way to the log: pam_syslog. What came from outside is escaped, names that are
 * nobody's are left out, secrets have no way in.
 */
#ifndef PAM_WEBAUTH_LOG_H
#define PAM_WEBAUTH_LOG_H

#include <stdbool.h>

#include "lib/base/compiler.h"
#include "pam_webauth/codes.h"

struct call;

/* One line. Control bytes in it are escaped. */
void log_write(const struct call *call, int priority, const char *fmt, ...) WA_PRINTF(3, 4);

/* The same, only when the line or the file says debug. */
void log_debug(const struct call *call, const char *fmt, ...) WA_PRINTF(2, 3);

/* Logs the detail of e as loud as codes.def says, and returns e's PAM code: for every outcome that
 * ends a call without having been an attempt to log in. */
int log_outcome(const struct call *call, enum codes_function function, enum wa_err e);

/* The line that fail2ban and others know from pam_unix. known: the name is an account's, so print
 * it. */
void log_failure(const struct call *call, bool known);

/* PAM_USER for a log line. */
#define LOG_NAME_SIZE 256
const char *log_name(const struct call *call, char buffer[static LOG_NAME_SIZE]);

#endif
