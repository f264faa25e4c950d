/*
 * What the store needs and nobody waits for, on a lane of its own: its log is copied back when it
 * has become long, and rows that have ended are deleted, every sweep_every, in small steps with
 * pauses.
 */
#ifndef SESSIOND_UPKEEP_H
#define SESSIOND_UPKEEP_H

#include "lib/base/config.h"
#include "sessiond/worker.h"

struct upkeep;

WA_OUTCOME upkeep_new(const struct wa_settings *settings, struct upkeep **ret);

/* Once no lane runs any more. */
void upkeep_free(struct upkeep *u);

/* For the loop thread; steady_ms is its clock. */

/* A commit left so many pages in the log: store_log_pages. */
void upkeep_note_log(struct upkeep *u, int pages);

/* Hands itself to its lane when there is something to do. */
void upkeep_run_due(struct upkeep *u, struct workers *ws, int64_t steady_ms);

/* When upkeep_run_due has to be called next. */
int64_t upkeep_deadline(const struct upkeep *u);

/* Is this finished work the upkeep's? Then it has been taken care of. */
bool upkeep_finish(struct upkeep *u, const struct work *w, int64_t steady_ms);

/* Nothing further is begun. A step under way is short. */
void upkeep_stop(struct upkeep *u);

#endif
