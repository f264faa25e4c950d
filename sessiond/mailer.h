/*
 * Sends what waits in the outbox: one mail at a time, on the mail lane, through mail_command. The
 * loop says when: after a request that left a mail, and when one that failed is due again.
 *
 * A mail is in the outbox until mail_command has taken it. When a daemon dies in between, it is
 * sent again, with the same Message-ID.
 */
#ifndef SESSIOND_MAILER_H
#define SESSIOND_MAILER_H

#include "sessiond/routes/site.h"
#include "sessiond/worker.h"

struct mail_process;
struct mailer;

/* *ret is NULL where mail_command is empty: all functions below take that. The process, borrowed,
 * need not run where none is sent. WA_ERR_CONFIG for a sender that can never work. */
WA_OUTCOME mailer_new(
    const struct site *site, const struct mail_process *process, struct mailer **ret);

/* Logs what is missing and can be mended while the daemon runs: the program, a template. */
void mailer_warn(const struct mailer *m);

/* Once no lane runs any more. */
void mailer_free(struct mailer *m);

/* For the loop thread; steady_ms is its clock. */

/* There may be a mail to send now. */
void mailer_wake(struct mailer *m, int64_t steady_ms);

/* Hands itself to the mail lane when there is something to do. */
void mailer_run_due(struct mailer *m, struct workers *ws, int64_t steady_ms);

/* When mailer_run_due has to be called next; INT64_MAX: when woken or finished. */
int64_t mailer_deadline(const struct mailer *m);

/* Is this finished work the mailer's? Then it has been taken care of. */
bool mailer_finish(struct mailer *m, const struct work *w, int64_t steady_ms);

/* No further mail is begun; one that is under way is given up after stop_timeout, and stays in the
 * outbox. */
void mailer_stop(struct mailer *m);

#endif
