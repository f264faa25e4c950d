/*
 * SQLite for the PAM module, linked instead of the library: functions of the same names that pass
 * on to it, and an sqlite3_open_v2 that loads it when the first store is opened. Debian's build
 * binds its 1,600 symbols when it is loaded, which is half of what the module costs a process; and
 * most processes that load the module never open a store: they ask sessiond, end a session, or have
 * a name that is none of ours.
 *
 * sqlite3.h declares these functions, so that a signature that differs is no program. One that the
 * driver calls and that is not here brings the library back: tests/pam/symbols.sh fails. Once
 * loaded the library stays. Whatever is called before it is loaded has no connection and does
 * nothing.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/compiler.h"
#include "lib/store/sqlite_library.h"

/* Of each function: what it answers, its name, and its parameters, declared and passed. */
#define FUNCTIONS(F)                                                                               \
	F(int, backup_finish, (sqlite3_backup * b), (b))                                           \
	F(sqlite3_backup *, backup_init,                                                           \
	    (sqlite3 * to, const char *to_name, sqlite3 *from, const char *from_name),             \
	    (to, to_name, from, from_name))                                                        \
	F(int, backup_step, (sqlite3_backup * b, int pages), (b, pages))                           \
	F(int, bind_int64, (sqlite3_stmt * st, int i, sqlite3_int64 v), (st, i, v))                \
	F(int, bind_null, (sqlite3_stmt * st, int i), (st, i))                                     \
	F(int, bind_text,                                                                          \
	    (sqlite3_stmt * st, int i, const char *v, int n, void (*free_v)(void *)),              \
	    (st, i, v, n, free_v))                                                                 \
	F(int, busy_timeout, (sqlite3 * db, int ms), (db, ms))                                     \
	F(sqlite3_int64, changes64, (sqlite3 * db), (db))                                          \
	F(int, clear_bindings, (sqlite3_stmt * st), (st))                                          \
	F(int, close, (sqlite3 * db), (db))                                                        \
	F(int, column_bytes, (sqlite3_stmt * st, int i), (st, i))                                  \
	F(double, column_double, (sqlite3_stmt * st, int i), (st, i))                              \
	F(sqlite3_int64, column_int64, (sqlite3_stmt * st, int i), (st, i))                        \
	F(const char *, column_name, (sqlite3_stmt * st, int i), (st, i))                          \
	F(const unsigned char *, column_text, (sqlite3_stmt * st, int i), (st, i))                 \
	F(int, column_type, (sqlite3_stmt * st, int i), (st, i))                                   \
	F(int, db_readonly, (sqlite3 * db, const char *name), (db, name))                          \
	F(int, errcode, (sqlite3 * db), (db))                                                      \
	F(const char *, errmsg, (sqlite3 * db), (db))                                              \
	F(int, exec,                                                                               \
	    (sqlite3 * db, const char *sql, int (*row)(void *, int, char **, char **), void *arg,  \
		char **ret_error),                                                                 \
	    (db, sql, row, arg, ret_error))                                                        \
	F(int, extended_errcode, (sqlite3 * db), (db))                                             \
	F(int, file_control, (sqlite3 * db, const char *name, int op, void *arg),                  \
	    (db, name, op, arg))                                                                   \
	F(int, finalize, (sqlite3_stmt * st), (st))                                                \
	F(int, get_autocommit, (sqlite3 * db), (db))                                               \
	F(int, prepare_v3,                                                                         \
	    (sqlite3 * db, const char *sql, int n, unsigned flags, sqlite3_stmt **ret,             \
		const char **ret_rest),                                                            \
	    (db, sql, n, flags, ret, ret_rest))                                                    \
	F(int, reset, (sqlite3_stmt * st), (st))                                                   \
	F(int, step, (sqlite3_stmt * st), (st))                                                    \
	F(int, system_errno, (sqlite3 * db), (db))                                                 \
	F(int, table_column_metadata,                                                              \
	    (sqlite3 * db, const char *name, const char *table, const char *column,                \
		const char **ret_type, const char **ret_collation, int *ret_not_null,              \
		int *ret_key, int *ret_counts),                                                    \
	    (db, name, table, column, ret_type, ret_collation, ret_not_null, ret_key, ret_counts)) \
	F(sqlite3_int64, total_changes64, (sqlite3 * db), (db))                                    \
	F(int, wal_checkpoint_v2,                                                                  \
	    (sqlite3 * db, const char *name, int mode, int *ret_n, int *ret_done),                 \
	    (db, name, mode, ret_n, ret_done))                                                     \
	F(void *, wal_hook,                                                                        \
	    (sqlite3 * db, int (*fn)(void *, sqlite3 *, const char *, int), void *arg),            \
	    (db, fn, arg))

/* NOLINTNEXTLINE(bugprone-macro-parentheses): a declaration's name bears none */
#define POINTER(type, name, parameters, arguments) __typeof__(&sqlite3_##name) name;

struct library {
	FUNCTIONS(POINTER)
	__typeof__(&sqlite3_open_v2) open_v2;
	__typeof__(&sqlite3_db_config) db_config;
};

/* Hosts may have threads: whoever loads it second throws the second table away. */
static _Atomic(struct library *) loaded;

static bool
find(void *handle, const char *name, void *ret)
{
	void *function = dlsym(handle, name);

	memcpy(ret, &function, sizeof(function));
	return function != NULL;
}

#define FIND(type, name, parameters, arguments) &&find(handle, "sqlite3_" #name, &l->name)

static bool
find_all(void *handle, struct library *l)
{
	return find(handle, "sqlite3_open_v2", &l->open_v2) &&
	    find(handle, "sqlite3_db_config", &l->db_config) FUNCTIONS(FIND);
}

/* Where names began when the module was loaded; 0 and 0 where that cannot be said. */
static struct {
	dev_t device;
	ino_t inode;
} root;

__attribute__((constructor)) static void
remember_root(void)
{
	struct stat st;

	if (stat("/", &st) == 0) {
		root.device = st.st_dev;
		root.inode = st.st_ino;
	}
}

/*
 * Some hosts chroot between two calls, into a directory that a user may write to, and are still
 * root when they end the session: nothing is loaded from there.
 */
static bool
root_is_the_same(void)
{
	struct stat st;

	return stat("/", &st) == 0 && st.st_dev == root.device && st.st_ino == root.inode;
}

/* The name of a file in the system's own folders, as the linker would have noted it. NODELETE, as
 * the module itself. */
static struct library *
load(void)
{
	struct library *first = NULL;
	struct library *l;
	void *handle;

	if (!root_is_the_same())
		return NULL;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return NULL;
	handle = dlopen(SQLITE_LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (handle == NULL || !find_all(handle, l)) {
		free(l);
		return NULL;
	}
	if (atomic_compare_exchange_strong(&loaded, &first, l))
		return l;
	free(l);
	return first;
}

/* SQLITE_MISUSE, and no connection: there is no SQLite. */
int
sqlite3_open_v2(const char *path, sqlite3 **ret, int flags, const char *vfs)
{
	struct library *l = atomic_load(&loaded);

	*ret = NULL;
	if (l == NULL)
		l = load();
	return l != NULL ? l->open_v2(path, ret, flags, vfs) : SQLITE_MISUSE;
}

/* All of the driver's options take a number and a place for the answer. */
int
sqlite3_db_config(sqlite3 *db, int option, ...)
{
	struct library *l = atomic_load(&loaded);
	va_list more;
	int value, *ret;

	va_start(more, option);
	value = va_arg(more, int);
	ret = va_arg(more, int *);
	va_end(more);
	return l != NULL ? l->db_config(db, option, value, ret) : SQLITE_MISUSE;
}

/* Never a guest's business. */
int
sqlite3_config(int option, ...)
{
	(void)option;
	return SQLITE_MISUSE;
}

#define PASS_ON(type, name, parameters, arguments)              \
	type sqlite3_##name parameters                          \
	{                                                       \
		struct library *l = atomic_load(&loaded);       \
                                                                \
		return l != NULL ? l->name arguments : (type)0; \
	}

FUNCTIONS(PASS_ON)
