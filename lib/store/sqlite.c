/*
 * The SQLite driver, the only caller of SQLite: connecting with every guard on, statements,
 * logical types, and SQLite's result codes as outcomes. It knows no table.
 *
 * It may run inside a foreign process (pam.md 1.5): no sqlite3_config but where a program says that
 * it is alone, no sqlite3_initialize or shutdown, no umask, and the database file is never opened
 * but by SQLite.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/clock.h"
#include "lib/store/connection.h"
#include "lib/store/sqlite_library.h"

/* How much of a statement is named in a detail: texts are constants of ours and hold no values. */
#define SQL_SHOWN 60

#define PRAGMA_MAX 128

static const char *
hint(enum wa_err e)
{
	if (e == WA_ERR_STORE_CORRUPT)
		return " (restore it from a backup)";
	if (e == WA_ERR_STORE_FULL)
		return " (make room on its file system)";
	if (e == WA_ERR_STORE_BUSY)
		return " (another process is writing)";
	return "";
}

/* Files that cannot be opened or written: because they are not there, or because we may not. */
static enum wa_err
gone_or_denied(const struct store *s)
{
	struct stat st;

	if (lstat(s->file.path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return WA_ERR_STORE_MISSING;
	return WA_ERR_STORE_DENIED;
}

static enum wa_err
io_outcome(const struct store *s, int extended)
{
	int why = sqlite3_system_errno(s->db);

	if (extended == SQLITE_IOERR_NOMEM)
		return WA_ERR_NOMEM;
	if (extended == SQLITE_IOERR_CORRUPTFS)
		return WA_ERR_STORE_CORRUPT;
	if (why == ENOSPC || why == EDQUOT)
		return WA_ERR_STORE_FULL;
	return WA_ERR_STORE;
}

static enum wa_err
constraint_outcome(int extended)
{
	switch (extended) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID: return WA_ERR_CONFLICT;
	case SQLITE_CONSTRAINT_FOREIGNKEY: return WA_ERR_NOT_FOUND;
	/* A column the app added, required and without default: only the app can fill it. */
	case SQLITE_CONSTRAINT_NOTNULL: return WA_ERR_STORE_SCHEMA;
	default: return WA_ERR_STORE;
	}
}

static enum wa_err
outcome(const struct store *s, int extended)
{
	switch (extended & 0xff) {
	case SQLITE_CONSTRAINT: return constraint_outcome(extended);
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return WA_ERR_STORE_BUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: return WA_ERR_STORE_CORRUPT;
	case SQLITE_FULL: return WA_ERR_STORE_FULL;
	case SQLITE_IOERR: return io_outcome(s, extended);
	case SQLITE_READONLY:
		if (s->mode == STORE_READ)
			return WA_ERR_WRONG_LANE;
		return gone_or_denied(s);
	case SQLITE_CANTOPEN:
	case SQLITE_AUTH:
	case SQLITE_PERM: return gone_or_denied(s);
	case SQLITE_NOMEM: return WA_ERR_NOMEM;
	default: return WA_ERR_STORE;
	}
}

/* The outcome of the call that just failed. sqlite3_errmsg names tables and columns, never values.
 */
static enum wa_err
failure(const struct store *s, const char *what)
{
	enum wa_err e = outcome(s, sqlite3_extended_errcode(s->db));

	if (wa_err_class(e) == WA_CLASS_REFUSAL)
		return e;
	return wa_fault(
	    e, "%s: %.*s: %s%s", s->file.path, SQL_SHOWN, what, sqlite3_errmsg(s->db), hint(e));
}

/* The same for a text that was never run: ours were tested, so what one does not fit is the schema.
 */
static enum wa_err
misfit(const struct store *s, const char *sql)
{
	if ((sqlite3_errcode(s->db) & 0xff) != SQLITE_ERROR)
		return failure(s, sql);
	return wa_fault(WA_ERR_STORE_SCHEMA, "%s: %.*s: %s", s->file.path, SQL_SHOWN, sql,
	    sqlite3_errmsg(s->db));
}

/* No statistics of memory, which cost a lock on each allocation, and no locks in connections, each
 * of which is one thread's. Refused once SQLite is in use, which does no harm. */
void
store_own_process(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
}

/*
 * Connecting
 */

static enum wa_err
open_failure(struct store *s, int rc)
{
	enum wa_err e;
	int why;

	if (s->db == NULL && rc == SQLITE_MISUSE)
		return wa_fault(WA_ERR_STORE,
		    "%s: open: %s cannot be loaded (or only from another root directory)",
		    s->file.path, SQLITE_LIBRARY);
	if (s->db == NULL)
		return wa_fault(WA_ERR_NOMEM, "%s: open", s->file.path);

	e = outcome(s, sqlite3_extended_errcode(s->db));
	why = sqlite3_system_errno(s->db);
	if (e == WA_ERR_STORE_DENIED && why != 0)
		return wa_fault(e, "%s: open: %s", s->file.path, strerror(why));
	return failure(s, "open");
}

/* A hostile schema runs no code, reaches no extension and cannot confuse a name with a string. */
static enum wa_err
harden(struct store *s)
{
	static const struct {
		int option;
		int value;
	} settings[] = {
	    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
	    {SQLITE_DBCONFIG_DEFENSIVE, 1},
	    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
	    {SQLITE_DBCONFIG_DQS_DML, 0},
	    {SQLITE_DBCONFIG_DQS_DDL, 0},
	    {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(settings); i++) {
		int now = !settings[i].value;

		if (sqlite3_db_config(s->db, settings[i].option, settings[i].value, &now) !=
			SQLITE_OK ||
		    now != settings[i].value)
			return wa_fault(WA_ERR_STORE, "%s: this SQLite refuses setting %d",
			    s->file.path, settings[i].option);
	}
	return WA_OK;
}

static enum wa_err
tune(struct store *s, const struct store_options *o)
{
	char sql[64];
	enum wa_err e;

	/* The first of these to read the schema also reads the file's header. */
	e = store_exec(s,
	    "PRAGMA cell_size_check=ON;"
	    "PRAGMA temp_store=MEMORY;"
	    "PRAGMA synchronous=FULL;"
	    "PRAGMA secure_delete=FAST;"
	    "PRAGMA mmap_size=0;");
	if (e != WA_OK)
		return e;

	if (o->cache_bytes > 0) {
		(void)snprintf(sql, sizeof(sql), "PRAGMA cache_size=-%lld",
		    (long long)o->cache_bytes / 1024 + 1);
		e = store_exec(s, sql);
		if (e != WA_OK)
			return e;
	}

	return o->mode == STORE_READ ? store_exec(s, "PRAGMA query_only=ON") : WA_OK;
}

/* In place of SQLite's own, which copies the WAL back in the commit that makes it long. */
static int
committed(void *arg, struct sqlite3 *db, const char *name, int pages)
{
	struct store *s = arg;

	s->log_pages = pages;
	if (pages < STORE_LOG_PAGES_MAX)
		return SQLITE_OK;
	(void)sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK;
}

enum wa_err
store_connect(struct store *s, const struct store_options *o)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX |
	    SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
	int64_t busy = o->busy_ms < 0 ? 0 : o->busy_ms > INT32_MAX ? INT32_MAX : o->busy_ms;
	int moved = 0;
	enum wa_err e;
	int rc;

	s->broken = calloc(1, sizeof(*s->broken));
	if (s->broken == NULL)
		return wa_fault(WA_ERR_NOMEM, "%s: open", s->file.path);
	s->broken->store = s;
	s->broken->failed = WA_ERR_NOMEM;

	/*
	 * Readers, too, open for writing where the file's mode lets them: only so can they bring a
	 * WAL back that a killed writer left. query_only keeps their statements from writing.
	 */
	rc = sqlite3_open_v2(s->file.path, &s->db, flags, NULL);
	if (rc != SQLITE_OK)
		return open_failure(s, rc);
	if (sqlite3_busy_timeout(s->db, (int)busy) != SQLITE_OK)
		return failure(s, "open");

	e = harden(s);
	if (e != WA_OK)
		return e;

	/* What was checked by name is what was opened. */
	if (sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK ||
	    moved != 0 || store_file_moved(&s->file))
		return wa_fault(
		    WA_ERR_STORE_DENIED, "%s: was replaced while it was opened", s->file.path);

	e = tune(s, o);
	if (e != WA_OK)
		return e;
	if (o->leaves_log)
		(void)sqlite3_wal_hook(s->db, committed, s);

	if (o->mode != STORE_READ && sqlite3_db_readonly(s->db, "main") != 0)
		return wa_fault(WA_ERR_STORE_DENIED, "%s: is not writable for this user (chown it)",
		    s->file.path);
	return WA_OK;
}

void
store_disconnect(struct store *s)
{
	store_forget_statements(s);
	free(s->broken);
	s->broken = NULL;
	(void)sqlite3_close(s->db);
	s->db = NULL;
}

enum wa_err
store_use_wal(struct store *s)
{
	return store_exec(s, "PRAGMA journal_mode=WAL");
}

enum wa_err
store_exec(struct store *s, const char *sql)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return misfit(s, sql);
	return WA_OK;
}

static enum wa_err
has_wal(struct store *s, bool *ret)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(4096);
	struct store_stmt *st = store_prepare(s, "PRAGMA journal_mode");
	enum wa_err e = a == NULL ? wa_fault(WA_ERR_NOMEM, "%s: mode", s->file.path) : WA_OK;

	if (e == WA_OK)
		e = store_step_row(st);
	if (e == WA_OK)
		*ret = strcmp(store_col_need_text(st, 0, a), "wal") == 0;
	store_done(st);
	return e;
}

/* Without a WAL the same setting could leave a damaged file behind, not only an older one. */
enum wa_err
store_sync_commits(struct store *s, bool sync)
{
	bool wal = false;
	enum wa_err e = sync ? WA_OK : has_wal(s, &wal);

	if (e != WA_OK || (!sync && !wal))
		return e;
	e = store_exec(s, sync ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
	if (e == WA_OK)
		s->unsynced = !sync;
	return e;
}

bool
store_in_transaction(const struct store *s)
{
	return sqlite3_get_autocommit(s->db) == 0;
}

int
store_log_pages(const struct store *s)
{
	return s->log_pages;
}

/* Readers that hold an old state are not waited for; the next call gets further. */
enum wa_err
store_checkpoint(struct store *s)
{
	int rc;

	if (s->mode == STORE_READ)
		return WA_ERR_WRONG_LANE;

	rc = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY)
		return failure(s, "checkpoint");
	return WA_OK;
}

/* In one go: other processes go on writing to their log meanwhile, and a copy in steps would begin
 * anew with each of their commits. */
enum wa_err
store_copy_pages(struct store *from, struct store *to)
{
	struct sqlite3_backup *b = sqlite3_backup_init(to->db, "main", from->db, "main");

	if (b == NULL)
		return failure(to, "backup");
	(void)sqlite3_backup_step(b, -1);
	return sqlite3_backup_finish(b) == SQLITE_OK ? WA_OK : failure(to, "backup");
}

/*
 * Statements
 */

enum wa_err
store_stmt_compile(struct store_stmt *st, const char *sql)
{
	struct store *s = st->store;

	if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st->stmt, NULL) !=
	    SQLITE_OK)
		return misfit(s, st->sql);
	return WA_OK;
}

void
store_stmt_finalize(struct store_stmt *st)
{
	(void)sqlite3_finalize(st->stmt);
	st->stmt = NULL;
}

static bool
may_bind(struct store_stmt *st)
{
	st->used = true;
	return st->failed == WA_OK;
}

static void
bound(struct store_stmt *st, int rc)
{
	if (rc != SQLITE_OK)
		st->failed = failure(st->store, st->sql);
}

void
store_bind_text(struct store_stmt *st, int i, const char *v)
{
	if (may_bind(st))
		bound(st, sqlite3_bind_text(st->stmt, i, v, -1, SQLITE_STATIC));
}

void
store_bind_int(struct store_stmt *st, int i, int64_t v)
{
	if (may_bind(st))
		bound(st, sqlite3_bind_int64(st->stmt, i, v));
}

void
store_bind_time(struct store_stmt *st, int i, int64_t ms)
{
	char iso[WA_ISO_SIZE];

	if (!may_bind(st))
		return;
	wa_iso_format(ms, iso);
	bound(st, sqlite3_bind_text(st->stmt, i, iso, WA_ISO_LEN, SQLITE_TRANSIENT));
}

void
store_bind_null(struct store_stmt *st, int i)
{
	if (may_bind(st))
		bound(st, sqlite3_bind_null(st->stmt, i));
}

enum wa_err
store_step(struct store_stmt *st, bool *ret_row)
{
	int rc;

	if (st->failed != WA_OK)
		return st->failed;

	st->used = true;
	st->row_failed = WA_OK;
	rc = sqlite3_step(st->stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
		st->failed = failure(st->store, st->sql);
		return st->failed;
	}

	*ret_row = rc == SQLITE_ROW;
	return WA_OK;
}

enum wa_err
store_run(struct store_stmt *st, int64_t *ret_changes)
{
	bool row = false;
	enum wa_err e;

	do {
		e = store_step(st, &row);
	} while (e == WA_OK && row);

	if (e == WA_OK && ret_changes != NULL)
		*ret_changes = sqlite3_changes64(st->store->db);
	store_done(st);
	return e;
}

void
store_done(struct store_stmt *st)
{
	if (!st->used || st->stmt == NULL)
		return;
	(void)sqlite3_reset(st->stmt);
	(void)sqlite3_clear_bindings(st->stmt);
	st->used = false;
}

/*
 * Reading a row
 */

void
store_row_fail(struct store_stmt *st, int i, enum wa_err e, const char *why)
{
	const char *name = st->stmt == NULL ? NULL : sqlite3_column_name(st->stmt, i);

	if (st->row_failed == WA_OK)
		st->row_failed = wa_fault(e, "%s: %.*s: column %s: %s", st->store->file.path,
		    SQL_SHOWN, st->sql, name == NULL ? "?" : name, why);
}

const char *
store_col_text(struct store_stmt *st, int i, struct wa_arena *a)
{
	int type = sqlite3_column_type(st->stmt, i);
	const char *text;
	const char *copy;
	size_t n;

	if (type == SQLITE_NULL)
		return NULL;
	if (type != SQLITE_TEXT) {
		store_row_fail(st, i, WA_ERR_STORE_CORRUPT, "is not text");
		return NULL;
	}

	text = (const char *)sqlite3_column_text(st->stmt, i);
	n = (size_t)sqlite3_column_bytes(st->stmt, i);
	if (text == NULL) {
		store_row_fail(st, i, WA_ERR_NOMEM, "no memory");
		return NULL;
	}

	copy = store_text_copy(a, text, n);
	if (copy == NULL)
		store_row_fail(st, i, WA_ERR_NOMEM, "larger than a request may use");
	return copy;
}

int64_t
store_col_int(struct store_stmt *st, int i)
{
	int type = sqlite3_column_type(st->stmt, i);

	if (type != SQLITE_INTEGER && type != SQLITE_NULL)
		store_row_fail(st, i, WA_ERR_STORE_CORRUPT, "is not an integer");
	return sqlite3_column_int64(st->stmt, i);
}

bool
store_col_bool(struct store_stmt *st, int i)
{
	int type = sqlite3_column_type(st->stmt, i);

	if (type == SQLITE_FLOAT)
		return sqlite3_column_double(st->stmt, i) == 1.0;
	return type == SQLITE_INTEGER && sqlite3_column_int64(st->stmt, i) == 1;
}

int64_t
store_col_time(struct store_stmt *st, int i)
{
	int type = sqlite3_column_type(st->stmt, i);
	const char *text;
	int64_t ms = 0;

	if (type == SQLITE_NULL)
		return 0;

	text = type == SQLITE_TEXT ? (const char *)sqlite3_column_text(st->stmt, i) : NULL;
	if (text == NULL ||
	    !store_time_parse(text, (size_t)sqlite3_column_bytes(st->stmt, i), &ms)) {
		store_row_fail(
		    st, i, WA_ERR_STORE_CORRUPT, "is not a date as Better Auth writes it");
		return 0;
	}
	return ms;
}

bool
store_col_is_null(struct store_stmt *st, int i)
{
	return sqlite3_column_type(st->stmt, i) == SQLITE_NULL;
}

/*
 * What SQLite knows about the database
 */

static enum wa_err
read_int(struct store *s, const char *sql, int64_t *ret)
{
	struct store_stmt *st = store_prepare(s, sql);
	enum wa_err e;

	e = store_step_row(st);
	if (e == WA_OK)
		*ret = store_col_int(st, 0);
	store_done(st);
	return e;
}

enum wa_err
store_schema_cookie(struct store *s, int64_t *ret)
{
	return read_int(s, "PRAGMA schema_version", ret);
}

/*
 * data_version tells other connections' commits and total_changes our own: neither alone is a
 * stamp. Rows changed and rolled back count too, which costs a reader one needless look.
 */
enum wa_err
store_stamp(struct store *s, int64_t *ret)
{
	int64_t others = 0;
	enum wa_err e;

	if (s->in_turn && s->stamp_known) {
		*ret = s->stamp;
		return WA_OK;
	}
	e = read_int(s, "PRAGMA data_version", &others);
	if (e != WA_OK)
		return e;

	*ret = (int64_t)(((uint64_t)others << 32) + (uint64_t)sqlite3_total_changes64(s->db));
	s->stamp = *ret;
	s->stamp_known = true;
	return WA_OK;
}

static enum wa_err
read_columns(struct store_stmt *st, struct wa_arena *a, struct store_columns *ret)
{
	bool row = false;
	enum wa_err e;

	for (ret->n = 0;; ret->n++) {
		e = store_step(st, &row);
		if (e != WA_OK || !row)
			return e;
		if (ret->n == STORE_COLUMNS_MAX)
			return wa_fault(WA_ERR_STORE_SCHEMA, "%s: a table with over %d columns",
			    st->store->file.path, STORE_COLUMNS_MAX);

		ret->at[ret->n] = (struct store_column){
		    .name = store_col_need_text(st, 1, a),
		    .type = store_col_need_text(st, 2, a),
		    .not_null = store_col_bool(st, 3),
		    .has_default = !store_col_is_null(st, 4),
		    .is_key = store_col_int(st, 5) != 0,
		};
		e = store_row_check(st);
		if (e != WA_OK)
			return e;
	}
}

/*
 * A view is not a table, however it is named. What the schema had when it was parsed is taken for
 * there; what it had not is looked for once more, since somebody may have made it meanwhile.
 */
enum wa_err
store_has_table(struct store *s, const char *name, bool *ret)
{
	struct store_stmt *st;
	enum wa_err e;

	if (sqlite3_table_column_metadata(
		s->db, "main", name, NULL, NULL, NULL, NULL, NULL, NULL) == SQLITE_OK) {
		*ret = true;
		return WA_OK;
	}
	st = store_prepare(
	    s, "SELECT 1 FROM sqlite_schema WHERE \"type\" = 'table' AND \"name\" = ?1");
	store_bind_text(st, 1, name);
	e = store_step(st, ret);
	store_done(st);
	return e;
}

/* From the schema as it is parsed already: no statement, and a twentieth of what table_info costs.
 */
enum wa_err
store_column_find(
    struct store *s, const char *table, const char *name, struct store_column *ret, bool *ret_there)
{
	int not_null = 0, is_key = 0;
	const char *type = NULL;
	int rc = sqlite3_table_column_metadata(
	    s->db, "main", table, name, &type, NULL, &not_null, &is_key, NULL);

	*ret_there = rc == SQLITE_OK;
	if (rc == SQLITE_ERROR)
		return WA_OK;
	if (rc != SQLITE_OK)
		return failure(s, "columns");

	*ret = (struct store_column){
	    .name = name,
	    .type = type == NULL ? "" : type,
	    .not_null = not_null != 0,
	    .is_key = is_key != 0,
	};
	return WA_OK;
}

/* By the pragma itself: as a table-valued function it prepares a statement within the statement,
 * and the module, which opens a store for every login, would spend a third of its time on that. */
enum wa_err
store_columns(struct store *s, struct wa_arena *a, const char *table, struct store_columns *ret)
{
	struct store_stmt st = {.store = s, .sql = "PRAGMA table_info"};
	char sql[PRAGMA_MAX];
	bool there = false;
	enum wa_err e;

	ret->n = 0;
	e = store_has_table(s, table, &there);
	if (e != WA_OK || !there)
		return e;

	if (snprintf(sql, sizeof(sql), "PRAGMA main.table_info(\"%s\")", table) >= (int)sizeof(sql))
		return wa_fault(WA_ERR_STORE, "%s: the name of a table is too long", s->file.path);
	e = store_stmt_compile(&st, sql);
	if (e == WA_OK)
		e = read_columns(&st, a, ret);
	store_stmt_finalize(&st);
	return e;
}
