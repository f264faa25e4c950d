/* A store of its own for each test, in a directory of its own, and outcomes as assertions. */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/store/driver.h"
#include "lib/store/session.h"
#include "lib/store/user.h"

#define NOW INT64_C(1795239738292) /* 2026-11-21T05:42:18.292Z */
#define DAY INT64_C(86400000)

struct fixture {
	char dir[64];
	char path[96];
	char uri[128];
	struct store *s; /* created and open */
	struct wa_arena *a;
};

int fixture_setup(void **state);
int fixture_setup_empty(void **state); /* directory and arena only */
int fixture_teardown(void **state);

/* Another connection, or none (NULL) where the outcome is not want. */
struct store *fixture_open(struct fixture *f, enum store_mode mode, enum wa_err want);
void fixture_close(struct fixture *f);

/* Makes the store what an app's migration would have left: these tables and nothing else. */
void fixture_node(struct fixture *f, const char *ddl);

/* Better Auth's tables without plugins. */
extern const char fixture_plain_ddl[];

/* One value of the first row as text; NULL for NULL, "(none)" for no row. Valid until the next
 * call. */
const char *fixture_value(struct store *s, const char *sql);

/* Appends to a text of that size. */
void fixture_append(char *text, size_t size, const char *more);

struct user fixture_user(const char *id, const char *email);
void fixture_add_user(struct store *s, const char *id, const char *email);
void fixture_add_session(struct store *s, const char *id, const char *user_id, int64_t expires_ms);

void fixture_assert(enum wa_err e, enum wa_err want, const char *file, int line);
#define assert_ok(e)	    fixture_assert((e), WA_OK, __FILE__, __LINE__)
#define assert_err(e, want) fixture_assert((e), (want), __FILE__, __LINE__)

/* The detail of the last fault names the store's path and this. */
void fixture_assert_detail(struct fixture *f, enum wa_err e, const char *words);

#define test_with_store(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
#define test_with_dir(f)   cmocka_unit_test_setup_teardown(f, fixture_setup_empty, fixture_teardown)

/* Drops every table of ours, as if only Better Auth had been there. */
void fixture_drop_ours(struct store *s);

#endif
