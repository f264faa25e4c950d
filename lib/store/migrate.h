/*
 * What it takes to bring a database to this program's schema. Doing it is opening it with
 * STORE_CREATE or STORE_MIGRATE (store.h).
 */
#ifndef LIB_STORE_MIGRATE_H
#define LIB_STORE_MIGRATE_H

#include "lib/store/store.h"

struct store_plan {
	int from; /* the version of our tables; 0: none yet */
	int to;
	bool empty;	   /* nothing at all is in the database, so nothing is backed up */
	bool makes_core;   /* Better Auth's tables, where there are none */
	bool makes_jwks;   /* its table of keys, which an app without the plugin has not */
	bool frees_issuer; /* alters a table of the app's: only with STORE_MIGRATE */
	bool moves_bans;   /* from our table to columns that the app has got since */
};

/* What STORE_MIGRATE would do. Writes nothing, whatever options->mode is; fails as opening would.
 */
WA_OUTCOME store_plan(const struct store_options *options, struct store_plan *ret);

/* Is there anything to do? */
bool store_plan_changes(const struct store_plan *p);

/* Where the backup of a migration would be, or is, that starts at that time: beside the store, with
 * its version and the time in the name. */
WA_OUTCOME store_backup_name(const char *store, int version, int64_t now_ms, char **ret);

#endif
