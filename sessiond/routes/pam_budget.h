/*
 * How often a local user who is nobody special may ask over the PAM socket: a few times for free,
 * then after waits that double. It is what makes "check my own password" no way to guess it, and no
 * way to keep the hash lane busy. Loop thread only; memory is bounded.
 */
#ifndef SESSIOND_ROUTES_PAM_BUDGET_H
#define SESSIOND_ROUTES_PAM_BUDGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PAM_BUDGET_FREE	       5      /* questions in a row */
#define PAM_BUDGET_REFILL_MS   12000  /* after which one of them is forgotten */
#define PAM_BUDGET_WAIT_MS     1000   /* the first wait */
#define PAM_BUDGET_WAIT_MAX_MS 900000 /* the longest */
#define PAM_BUDGET_SLOTS       256    /* users; the one idle longest makes room */

struct pam_budget;

/* NULL without memory. */
struct pam_budget *pam_budget_new(void);
void pam_budget_free(struct pam_budget *b);

/* May this user ask now? If so it has been counted. now_ms is of a clock that never jumps. */
bool pam_budget_take(struct pam_budget *b, uid_t uid, int64_t now_ms);

#endif
