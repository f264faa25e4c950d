/*
 * What an entity file needs of a database: prepare once per connection, bind and read logical types
 * (text, integer, boolean, time), step. Only lib/store/ includes this. SQLite is the one driver now;
 * the SQL is kept to what PostgreSQL reads too ("quoted" names, ?1 placeholders are the driver's to
 * translate, RETURNING, ON CONFLICT).
 *
 * Errors stick to the statement: binds and reads need no check, store_step reports the first failure.
 * A text column read as time, or a time that is not the contract's ISO text, is WA_ERR_STORE_CORRUPT.
 */
#ifndef LIB_STORE_DRIVER_H
#define LIB_STORE_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/store/store.h"

struct store_stmt;

/*
 * The statement of this text, prepared on first use and kept with the connection, reset and unbound.
 * sql must be a constant: its address is its identity. Names in it may be guarded: "$USER" expands to
 * the user's column list as this database has it (NULL for plugin columns it has not).
 * Never NULL: a failure to prepare is reported by store_step.
 */
struct store_stmt *store_prepare(struct store *s, const char *sql);

void store_bind_text(struct store_stmt *st, int i, const char *v); /* NULL binds NULL */
void store_bind_int(struct store_stmt *st, int i, int64_t v);
void store_bind_bool(struct store_stmt *st, int i, bool v);
void store_bind_time(struct store_stmt *st, int i, int64_t ms);
void store_bind_null(struct store_stmt *st, int i);

/* Bound text is borrowed until store_done. *ret_row: there is a row to read. */
WA_OUTCOME store_step(struct store_stmt *st, bool *ret_row);

/* Runs to the end: for statements that answer no rows. */
WA_OUTCOME store_run(struct store_stmt *st, int64_t *ret_changes /* may be NULL */);

/* Columns of the current row, from 0. Text goes to the arena (NULL for NULL). */
const char *store_col_text(struct store_stmt *st, int i, struct wa_arena *a);
int64_t store_col_int(struct store_stmt *st, int i);
bool store_col_bool(struct store_stmt *st, int i);
int64_t store_col_time(struct store_stmt *st, int i); /* 0 for NULL */
bool store_col_is_null(struct store_stmt *st, int i);

/* The first failure of reading columns since the last step; WA_OK otherwise. */
WA_OUTCOME store_row_check(struct store_stmt *st);

/* Resets the statement: ends the implicit read. Call on every path once rows have been read. */
void store_done(struct store_stmt *st);

#endif
