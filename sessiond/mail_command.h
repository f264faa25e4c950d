/*
 * Running mail_command: no shell, no secrets in its arguments or environment, a time limit. Not in
 * the daemon, which may start nothing, but in mail_process.c's process.
 */
#ifndef SESSIOND_MAIL_COMMAND_H
#define SESSIOND_MAIL_COMMAND_H

#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"

struct mail_end {
	enum {
		MAIL_ENDED,	  /* value: its exit status */
		MAIL_SIGNALLED,	  /* the signal */
		MAIL_LATE,	  /* it was killed; the time it had */
		MAIL_NOT_STARTED, /* errno */
	} how;
	int value;
};

/* The words of the command, closed by NULL; arena memory. WA_ERR_CONFIG unless the first is an
 * absolute path. */
WA_OUTCOME mail_command_split(struct wa_arena *a, const char *command, char ***ret);

/* Runs the program with that file as its standard input, at most timeout_ms, and not after
 * hangup_fd has lost its other end; then it is killed. */
struct mail_end mail_command_run(
    char *const *words, int message, int64_t timeout_ms, int hangup_fd);

#endif
