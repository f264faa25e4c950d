/* Running mail_command: no shell, no secrets in its arguments or environment, a time limit. */
#ifndef SESSIOND_MAIL_COMMAND_H
#define SESSIOND_MAIL_COMMAND_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/error.h"

/* The words of the command, closed by NULL; arena memory. WA_ERR_CONFIG unless the first is an
 * absolute path. */
WA_OUTCOME mail_command_split(struct wa_arena *a, const char *command, char ***ret);

/*
 * Runs the program with the message on its standard input, at most timeout_ms, and once stop_fd is
 * readable at most stop_ms more; then it is killed. WA_OK when it ended with 0. WA_ERR_SYSTEM
 * otherwise; the detail says how it ended.
 */
WA_OUTCOME mail_command_run(char *const *words, const struct wa_buf *message, int64_t timeout_ms,
    int stop_fd, int64_t stop_ms);

#endif
