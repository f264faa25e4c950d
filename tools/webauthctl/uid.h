/* Uids for accounts that the host does not have. */
#ifndef TOOLS_WEBAUTHCTL_UID_H
#define TOOLS_WEBAUTHCTL_UID_H

#include "tools/webauthctl/ctl.h"

/* May link add --create bring an account of that name? Not where the host has one already, unless
 * it came from here. CTL_OK, or said why not. */
enum ctl_exit uid_check(struct ctl *c, const char *account);

/* The account has a uid from now on, or had one. In the caller's transaction. WA_ERR_NOT_FOUND when
 * uid_range is used up. */
WA_OUTCOME uid_give(struct ctl *c, const char *account);

#endif
