/*
 * A connection to the store: opening it safely, transactions, migrations. One connection belongs to
 * one thread. What is stored is in the entity files beside this one (user.h, account.h, session.h,
 * …), one SQL text per operation; how a database is spoken to is in driver.h. No policy in here.
 *
 * The schema is Better Auth's (contract.md section 2), with our own tables beside it, prefix
 * webauth_.
 */
#ifndef LIB_STORE_STORE_H
#define LIB_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

struct store;

enum store_mode {
	STORE_READ,    /* never writes: a write ends as WA_ERR_WRONG_LANE */
	STORE_WRITE,   /* reads and writes a store that exists */
	STORE_CREATE,  /* also creates the file, 0600, and migrates to the newest schema */
	STORE_MIGRATE, /* migrates one that exists, and where that is due an app's own tables too */
};

struct store_options {
	const char *uri; /* "sqlite:PATH" */
	enum store_mode mode;
	int64_t
	    busy_ms; /* how long a writer waits for another; 0 answers WA_ERR_STORE_BUSY at once */
	int64_t cache_bytes; /* page cache of this connection; 0 for the driver's default */
	size_t sessions;     /* that may be kept in memory between turns; STORE_READ only */
	bool leaves_log;     /* commits leave the WAL to whoever calls store_checkpoint */
};

/*
 * Opens and checks the store. Path checks: a regular file, no symbolic link in the last component,
 * neither it nor its directory writable by everybody. Then: integrity header, our schema version
 * not newer than this program, Better Auth's tables with the columns we need.
 *
 * WA_ERR_CONFIG (bad uri), WA_ERR_STORE_MISSING, WA_ERR_STORE_DENIED, WA_ERR_STORE_CORRUPT (also:
 * not a database), WA_ERR_STORE_SCHEMA (tables missing, or needs "webauthctl store migrate"/a newer
 * program), WA_ERR_STORE_BUSY, WA_ERR_STORE_FULL, WA_ERR_STORE, WA_ERR_NOMEM. Details name the path
 * and the fix.
 */
WA_OUTCOME store_open(const struct store_options *options, struct store **ret);

/*
 * For a program that is nobody's guest, before it opens a store and before it has threads: what a
 * process decides about its database library as a whole. Never called in a PAM module's host.
 */
void store_own_process(void);

/* Rolls back what is open. NULL does nothing. freep is for WA_CLEANUP. */
void store_close(struct store *s);
void store_closep(struct store **s);

/*
 * Transactions. A read transaction sees one moment; a write transaction holds the writer's place
 * from its beginning (BEGIN IMMEDIATE) so that it cannot fail half-way with BUSY. They do not nest.
 * store_end rolls back when e is not WA_OK, else commits; it returns e, or the commit's own
 * failure.
 */
WA_OUTCOME store_begin_read(struct store *s);
WA_OUTCOME store_begin_write(struct store *s);
WA_OUTCOME store_end(struct store *s, enum wa_err e);
bool store_in_transaction(const struct store *s);

/*
 * The same for what nobody relies on: the commit does not wait for the disk. It outlives every
 * process, but when the power fails within the half minute that the kernel takes to write, it may
 * be gone, and then with all that was committed after it in this way: never alone, and never with a
 * commit of the other kind, which takes along to the disk what was before it. A store that has left
 * WAL waits all the same.
 */
WA_OUTCOME store_begin_write_unsynced(struct store *s);

/*
 * One write transaction around several statements, for operations that need one and may be called
 * in the caller's. open writes true to *ret_own where it began one; close ends that, or passes e
 * on.
 */
WA_OUTCOME store_open_write(struct store *s, bool *ret_own);
WA_OUTCOME store_close_write(struct store *s, bool own, enum wa_err e);

/*
 * Turns, for a service that answers many requests from one connection (STORE_READ). All that is
 * read in a turn is what the store held at some moment after store_turn_begin; with several, at one
 * such moment, and for less than as many single reads cost. Whether anybody has committed since the
 * last turn is asked once, and where nobody has, sessions that were read before are not read again.
 * WA_ERR_WRONG_LANE for other modes; a turn that did not begin is read without.
 */
WA_OUTCOME store_turn_begin(struct store *s, bool several);
WA_OUTCOME store_turn_end(struct store *s);

/* False for STORE_READ: work whose only end is a write need not begin. */
bool store_may_write(const struct store *s);

/* Who made the store: decides the default password scheme (design.md, Store). */
enum store_origin {
	STORE_ORIGIN_OURS,
	STORE_ORIGIN_NODE, /* Better Auth's tables were there before ours */
};

/* What the database looks like, read once when it is opened. */
struct store_shape {
	enum store_origin origin;
	bool has_admin; /* user.role, banned, banReason, banExpires; session.impersonatedBy apart */
	bool has_impersonation; /* session.impersonatedBy */
	bool has_username;	/* user.username, displayUsername */
	bool has_two_factor;	/* user.twoFactorEnabled */
	bool has_issuer; /* account.issuer, left by Better Auth 1.7.0 to 1.7.2 (contract.md 2.7) */
	bool has_jwks_alg; /* jwks.alg, jwks.crv */
	/* The user's plugin columns in table order, which is the order of the JSON (contract.md
	 * 0.2). */
	enum store_plugin {
		STORE_PLUGIN_NONE,
		STORE_PLUGIN_ADMIN,
		STORE_PLUGIN_USERNAME,
		STORE_PLUGIN_TWO_FACTOR,
	} plugins[3];
};

const struct store_shape *store_shape(const struct store *s);

/*
 * Brings our tables to this program's version and creates Better Auth's where none are, all in one
 * transaction. Where there is something to do and something to lose, the database is copied first;
 * without that copy nothing is done. Tables and columns that a Better Auth app made stay as they
 * are, but for account.issuer (contract.md 2.7 rule 3) with STORE_MIGRATE. STORE_CREATE and
 * STORE_MIGRATE do it in store_open; a running service never does it. migrate.h says beforehand
 * what would be done.
 */
WA_OUTCOME store_migrate(struct store *s);

/* The copy that the migration of this connection made; NULL where it made none. */
const char *store_backup(const struct store *s);

/* The newest schema version this program knows, and the store's. */
int store_schema_known(void);
int store_schema_version(const struct store *s);

/*
 * Time to open anew: true when the path now names another file than the open one, or when the
 * schema has another shape (an app may have got plugin columns that store_shape does not know).
 */
bool store_was_replaced(struct store *s);

/*
 * Copies the WAL back into the file as far as readers allow, without keeping anybody waiting. By
 * itself the commit that makes the WAL longer than STORE_LOG_PAGES does this, and is late by the
 * milliseconds that the disk takes. A service has a thread for it: its other connections are opened
 * with leaves_log, and store_log_pages says after a commit how long the WAL has become. One that
 * becomes longer than STORE_LOG_PAGES_MAX all the same is copied back by the commit.
 */
#define STORE_LOG_PAGES	    1000  /* 4 MB */
#define STORE_LOG_PAGES_MAX 16000 /* 64 MB */
WA_OUTCOME store_checkpoint(struct store *s);

/* What the last commit of this connection left in the WAL; 0 before, and without leaves_log. */
int store_log_pages(const struct store *s);

#endif
