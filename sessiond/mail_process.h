/*
 * The process that starts mail_command. The daemon itself can start nothing and gain no privileges,
 * and a sendmail that is set-group-ID must; so this one, which holds no secret, does it.
 */
#ifndef SESSIOND_MAIL_PROCESS_H
#define SESSIOND_MAIL_PROCESS_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "sessiond/beside.h"

struct mail_process {
	char *const *words;
	int64_t timeout_ms;
	struct beside beside;
};

#define MAIL_PROCESS_NONE ((struct mail_process){.beside = BESIDE_NONE})

/* Before any secret is read. words are mail_command's, and live as long as p. */
WA_OUTCOME mail_process_start(struct mail_process *p, char *const *words, int64_t timeout_ms);

/*
 * Has mail_command run with the message, at most the time it was started with; once stop_fd is
 * readable, waits for it at most stop_ms more. WA_OK when it ended with 0. WA_ERR_SYSTEM otherwise;
 * the detail says how it ended. One at a time.
 */
WA_OUTCOME mail_process_deliver(
    const struct mail_process *p, const struct wa_buf *message, int stop_fd, int64_t stop_ms);

#endif
