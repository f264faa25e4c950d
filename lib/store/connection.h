/*
 * What a connection is made of, for the files that make it: store.c (what a store is), shape.c
 * (what it looks like), migrate.c (how it becomes that) and sqlite.c (how it is spoken to). Entity
 * files need driver.h only. A second driver adds its handle here and its branch in the functions of
 * driver.h.
 */
#ifndef LIB_STORE_CONNECTION_H
#define LIB_STORE_CONNECTION_H

#include "lib/store/driver.h"
#include "lib/store/file.h"
#include "lib/store/store.h"

struct sqlite3;
struct sqlite3_stmt;
struct wa_cache;

/* Statements are found by the address of their text, in an open-addressed table that is never full.
 */
#define STORE_STMT_SLOTS 256
#define STORE_STMT_MAX	 (STORE_STMT_SLOTS / 4 * 3)

struct store_stmt {
	struct store *store;
	const char *sql;
	struct sqlite3_stmt *stmt;
	enum wa_err failed; /* of preparing or binding: store_step answers it */
	enum wa_err row_failed;
	bool used; /* since the last reset */
};

struct store {
	struct store_file file;
	enum store_mode mode;
	int version; /* of our schema; 0: none yet */
	int64_t schema_cookie;
	bool stuck;    /* in what store_settle could not end */
	bool unsynced; /* commits do not wait for the disk */
	int log_pages;
	char *backup; /* that this connection made; NULL: none */
	struct store_shape shape;

	struct sqlite3 *db;
	struct store_stmt *stmts[STORE_STMT_SLOTS];
	size_t n_stmts;
	struct wa_cache *sessions; /* NULL: none */
	bool in_turn;
	bool stamp_known; /* in this turn */
	int64_t stamp;
	struct store_stmt *broken; /* answered where there is no statement to answer with */
};

/* store.c: where the database is, as the options name it. */
WA_OUTCOME store_uri_path(const struct store_options *o, const char **ret);

/* store.c: the file found and connected to, nothing read of it and nothing done to it. */
WA_OUTCOME store_open_unchecked(
    const char *path, const struct store_options *o, struct store **ret);

/* sqlite.c: opens s->file and sets the connection up; store_disconnect takes what connect left. */
WA_OUTCOME store_connect(struct store *s, const struct store_options *o);
void store_disconnect(struct store *s);

/* sqlite.c, for driver.c: a text whose guards are settled; the end of a statement; and the first
 * failure of the current row, with the column's name. */
WA_OUTCOME store_stmt_compile(struct store_stmt *st, const char *sql);
void store_stmt_finalize(struct store_stmt *st);
void store_row_fail(struct store_stmt *st, int i, enum wa_err e, const char *why);

/* driver.c, for sqlite.c: the contract's spellings. A NUL inside becomes U+FFFD; NULL is no memory.
 */
const char *store_text_copy(struct wa_arena *a, const char *text, size_t n);
bool store_time_parse(const char *text, size_t n, int64_t *ret_ms);

/* driver.c: drops prepared statements: their text depends on the shape. */
void store_forget_statements(struct store *s);

/* Readers and a writer side by side from now on, for every process (contract.md 2.3). */
WA_OUTCOME store_use_wal(struct store *s);

/* sqlite.c: all that is committed in one, into the empty other. */
WA_OUTCOME store_copy_pages(struct store *from, struct store *to);

/* backup.c: copies the store, in whose write transaction this is, and keeps the copy's name; and
 * takes the copy back. */
WA_OUTCOME store_back_up(struct store *s);
void store_backup_drop(struct store *s);

/* A number that changes with every change of the schema by anybody. */
WA_OUTCOME store_schema_cookie(struct store *s, int64_t *ret);

/* sqlite.c: whether commits wait for the disk, outside of transactions. Where there is no WAL they
 * always do. */
WA_OUTCOME store_sync_commits(struct store *s, bool sync);

/* store.c: ends what is open, and has commits wait for the disk; where even that fails, the
 * connection is stuck until it succeeds. */
void store_settle(struct store *s);

/* store.c: reads version and shape, and refuses what this program cannot serve. */
WA_OUTCOME store_check(struct store *s);
WA_OUTCOME store_read_version(struct store *s);

/* sqlite.c */
WA_OUTCOME store_has_table(struct store *s, const char *table, bool *ret);

/* shape.c: Better Auth's four tables; then, read after them, jwks, which a Node app has only with
 * the plugin. */
WA_OUTCOME store_shape_read(struct store *s, struct store_shape *ret);
WA_OUTCOME store_shape_read_jwks(struct store *s, struct store_shape *ret);

/* The text with its {guards} settled for this shape (driver.h). */
WA_OUTCOME store_shape_expand(const struct store_shape *shape, const char *sql, struct wa_buf *out);

#endif
