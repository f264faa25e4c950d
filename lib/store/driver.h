/*
 * What an entity file needs of a database: prepare once per connection, bind and read logical types
 * (text, integer, boolean, time), step. Only lib/store/ includes this. SQLite is the one driver
 * now; the SQL is kept to what PostgreSQL reads too ("quoted" names, ?1 placeholders are the
 * driver's to translate, RETURNING, ON CONFLICT).
 *
 * Errors stick to the statement: binds and reads need no check, store_step reports the first
 * failure of binding, store_row_check that of reading. A column of another type than it is read as
 * is WA_ERR_STORE_CORRUPT. Outcomes of a step: WA_ERR_CONFLICT (a unique column has that value),
 * WA_ERR_NOT_FOUND (the row that the new one refers to is gone), WA_ERR_WRONG_LANE (a write through
 * STORE_READ), and the faults of store.h.
 */
#ifndef LIB_STORE_DRIVER_H
#define LIB_STORE_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/store/store.h"

struct store_stmt;

/*
 * The statement of this text, prepared on first use and kept with the connection, reset and
 * unbound. sql must be a constant: its address is its identity. One text is one operation: it
 * cannot be used again while its rows are being read.
 *
 * Parts of it may be guarded by what the database has: {admin:text} stays only where the shape has
 * has_admin, {!admin:text} only where it has not. Guards are admin, impersonation, username,
 * two_factor, issuer and jwks_alg; they do not nest.
 *
 * Never NULL: a failure to prepare is reported by store_step.
 */
struct store_stmt *store_prepare(struct store *s, const char *sql);

void store_bind_text(struct store_stmt *st, int i, const char *v); /* NULL binds NULL */
void store_bind_int(struct store_stmt *st, int i, int64_t v);
void store_bind_bool(struct store_stmt *st, int i, bool v);
void store_bind_time(struct store_stmt *st, int i, int64_t ms);
void store_bind_time_or_null(struct store_stmt *st, int i, int64_t ms); /* 0 binds NULL */
void store_bind_null(struct store_stmt *st, int i);

/* Bound text is borrowed until store_done. *ret_row: there is a row to read. */
WA_OUTCOME store_step(struct store_stmt *st, bool *ret_row);

/* The same where a row is expected: WA_ERR_NOT_FOUND when there is none. */
WA_OUTCOME store_step_row(struct store_stmt *st);

/* Runs to the end, and store_done: for statements whose rows nobody reads. */
WA_OUTCOME store_run(struct store_stmt *st, int64_t *ret_changes /* may be NULL */);

/* The same where one row is meant: WA_ERR_NOT_FOUND when none was changed. */
WA_OUTCOME store_run_row(struct store_stmt *st);

/* The text, not NULL, in the first column of the first row, in a; and store_done. WA_ERR_NOT_FOUND
 * when there is no row; *ret is then left alone, as with every failure. */
WA_OUTCOME store_run_text(struct store_stmt *st, struct wa_arena *a, const char **ret);

/*
 * Columns of the current row, from 0. Text goes to the arena (NULL for NULL; a NUL inside, which no
 * string of ours can hold, becomes U+FFFD). need_text: NULL is WA_ERR_STORE_CORRUPT, and "" is
 * returned. Boolean: exactly 1 is true (contract.md 2.3). Time: 0 for NULL.
 */
const char *store_col_text(struct store_stmt *st, int i, struct wa_arena *a);
const char *store_col_need_text(struct store_stmt *st, int i, struct wa_arena *a);
int64_t store_col_int(struct store_stmt *st, int i);
bool store_col_bool(struct store_stmt *st, int i);
int64_t store_col_time(struct store_stmt *st, int i);
bool store_col_is_null(struct store_stmt *st, int i);

/* The first failure of reading columns since the last step; WA_OK otherwise. */
WA_OUTCOME store_row_check(struct store_stmt *st);

/* Resets the statement: ends the implicit read. Call on every path once rows have been read. */
void store_done(struct store_stmt *st);

/* Statements without parameters or answers, separated by semicolons: schema changes. */
WA_OUTCOME store_exec(struct store *s, const char *sql);

/* The columns of a table in their order; none where there is no such table. Its name is a constant
 * of ours. */
struct store_column {
	const char *name;
	const char *type; /* as declared */
	bool not_null;
	bool has_default;
	bool is_key; /* part of the primary key */
};

#define STORE_COLUMNS_MAX 128 /* a table with more is not one of ours */

struct store_columns {
	struct store_column at[STORE_COLUMNS_MAX];
	size_t n;
};

WA_OUTCOME store_columns(
    struct store *s, struct wa_arena *a, const char *table, struct store_columns *ret);

/*
 * One column, by name in any case; has_default is left false, type is borrowed until the next call.
 * *ret_there: there is one, and its table is no view. The answer is about the schema that this
 * connection last ran a statement under.
 */
WA_OUTCOME store_column_find(struct store *s, const char *table, const char *name,
    struct store_column *ret, bool *ret_there);

/* A number that changes whenever anybody, this connection included, commits. */
WA_OUTCOME store_stamp(struct store *s, int64_t *ret);

#endif
