/*
 * The one includer of SQLite's header: for the driver (sqlite.c), and for what takes the library's
 * place in the PAM module (sqlite_loaded.c).
 */
#ifndef LIB_STORE_SQLITE_LIBRARY_H
#define LIB_STORE_SQLITE_LIBRARY_H

#include <sqlite3.h>

#define SQLITE_LIBRARY "libsqlite3.so.0"

#endif
