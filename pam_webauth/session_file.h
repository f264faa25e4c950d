/*
 * The file in which a user finds the token of the web session of a login: DIR/UID/ID, readable by
 * the user alone. The directories are root's, so nothing that a user can do there misleads us.
 */
#ifndef PAM_WEBAUTH_SESSION_FILE_H
#define PAM_WEBAUTH_SESSION_FILE_H

#include <sys/types.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"

/* Makes it; *ret_path is arena memory. WA_ERR_SYSTEM with what is wrong, WA_ERR_NOMEM. */
WA_OUTCOME session_file_write(struct wa_arena *a, const char *directory, uid_t uid, const char *id,
    const char *token, const char **ret_path);

/* Removes it, and the user's directory with the last one; that there is none is fine. */
void session_file_remove(struct wa_arena *a, const char *directory, uid_t uid, const char *id);

#endif
