/*
 * A store with a few people in it, put back as it was before every try, and a context for the core
 * and for requests.
 */
#ifndef TESTS_FAULT_WORLD_H
#define TESTS_FAULT_WORLD_H

#include "lib/core/context.h"
#include "tests/fault/fault.h"

#define WORLD_NOW	  INT64_C(1795239738292)
#define WORLD_DAY	  INT64_C(86400000)
#define WORLD_PASSWORD	  "correct horse battery"
#define WORLD_RESET_TOKEN "abcdefghijklmnopqrstuvwx" /* ada's */
#define WORLD_ORIGIN	  "https://auth.example.com"

/* Written into results before a call, to see that failures leave them alone. */
#define WORLD_POISON 0xa5

struct world_file {
	char *bytes;
	size_t n;
};

struct world {
	char dir[64];
	char path[96];
	char uri[128];
	char secret[128];      /* a file that only we may read */
	char open_secret[128]; /* one that everybody may */
	struct wa_settings *settings;
	struct wa_keyring *keyring;
	struct wa_context cx;
	bool all;		  /* FAULT_ALL is set: no call is left out */
	struct world_file store;  /* as it is before each try */
	struct world_file behind; /* the same, when nothing has been moved there from the log */
	struct world_file log;
	/* Of ada, who has a password, a session, an app password for dovecot and the Unix account
	 * of her name; bob is banned, and carl has no password. */
	char token[64];
	char app_password[64];
	/* For requests: what they carry, her session's and one that nobody signed. */
	char *cookie;
	char *signed_cookie;
	char *forged_cookie;
};

struct world *world_new(void);
void world_free(struct world *w);

/* The store as it was, opened. */
void world_reset(struct world *w);
void world_close(struct world *w);

/*
 * One thing that is done while something fails. It succeeds or ends in a fault, and nothing else;
 * with must_fail it never succeeds, whatever fails. evidence is SQL that tells from the store
 * whether it was done: "1" or "0" and nothing between.
 */
struct trial {
	const char *name;
	enum wa_err (*act)(struct world *w);
	const char *before;   /* SQL that makes the store what the trial is of; or NULL */
	const char *evidence; /* NULL: leaves none */
	bool must_fail;
	bool opens;	/* opens the store itself */
	bool may_stand; /* done and not answered: the answer itself may fail */
};

/* Every kind of failure at every call that the trial makes, once and lasting. */
void world_try(struct world *w, const struct trial *t);

#endif
