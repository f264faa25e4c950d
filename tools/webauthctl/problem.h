/*
 * Checks that go on after the first finding: one row per problem, exit code 8 when there is any.
 */
#ifndef TOOLS_WEBAUTHCTL_PROBLEM_H
#define TOOLS_WEBAUTHCTL_PROBLEM_H

#include "tools/webauthctl/ctl.h"

struct problem_list {
	struct output out;
	size_t n;
};

void problem_begin(struct problem_list *p, const struct ctl *c);
void problem_add(struct problem_list *p, const char *area, const char *fmt, ...) WA_PRINTF(3, 4);

/* The outcome's detail as a problem. */
void problem_add_err(struct problem_list *p, const char *area, enum wa_err e);

/* Writes, frees, and gives the exit code. */
enum ctl_exit problem_end(struct problem_list *p);

/* store.c: the store that the settings name. deep: also reads all of its content. */
void problem_check_store(struct problem_list *p, struct ctl *c, bool deep);

#endif
