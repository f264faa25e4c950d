/*
 * Questions to the administrator: passwords and confirmations. Only a terminal is asked; what is
 * not a terminal must say what it wants on the command line.
 */
#ifndef TOOLS_WEBAUTHCTL_ASK_H
#define TOOLS_WEBAUTHCTL_ASK_H

#include "lib/base/secret.h"
#include "tools/webauthctl/ctl.h"

/*
 * The new password of `whom` from where the verb's options say: --password-stdin, --password-file,
 * --generate (*ret_generated: it must be shown) or the terminal, twice. CTL_OK, or said why not.
 */
enum ctl_exit ask_new_password(
    struct ctl *c, const char *whom, struct wa_secret *ret, bool *ret_generated);

/* Is --yes given, or answered on the terminal? Otherwise said, and the exit code. */
enum ctl_exit ask_confirmed(struct ctl *c, const char *question);

#endif
