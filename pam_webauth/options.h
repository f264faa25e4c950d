/*
 * The words on the PAM line and the file they name, as the settings of this service. Nothing is
 * taken from the environment, which in su and sudo is the caller's.
 */
#ifndef PAM_WEBAUTH_OPTIONS_H
#define PAM_WEBAUTH_OPTIONS_H

#include <stdbool.h>

#include "lib/base/error.h"

struct call;

/* Fills call->settings and call->service: the file (conf=, else the default place), its section for
 * PAM_SERVICE, then the line. An unknown word is an error: a misspelt restriction must not be none.
 * WA_ERR_CONFIG, WA_ERR_NOMEM. */
WA_OUTCOME options_load(struct call *call, int argc, const char **argv);

/* The new password must be an earlier module's. */
#define OPTIONS_USE_AUTHTOK "use_authtok"

/* Does the line have this very word? */
bool options_has_word(const char *word, int argc, const char **argv);

#endif
