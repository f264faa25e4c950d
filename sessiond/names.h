/*
 * The process that asks NSS. Its modules open files, connect to services and load code, each as it
 * likes and none of it known here, so they run outside the daemon's sandbox; and not in the
 * daemon's memory, where the secrets are.
 */
#ifndef SESSIOND_NAMES_H
#define SESSIOND_NAMES_H

#include "sessiond/beside.h"
#include "sessiond/routes/accounts.h"

struct names {
	struct accounts accounts; /* first: what the routes see */
	struct beside beside;
};

#define NAMES_NONE ((struct names){.beside = BESIDE_NONE})

/* Before any secret is read. */
WA_OUTCOME names_start(struct names *n);

#endif
