/*
 * The store's file as the file system sees it, looked at by name only. Nothing in here opens an
 * existing database: closing any descriptor of it would drop every POSIX lock this process has on
 * it, also those of a host program that uses SQLite for itself (performance.md, pam.md 1.5).
 */
#ifndef LIB_STORE_FILE_H
#define LIB_STORE_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/error.h"

struct store_file {
	char *path; /* owned; no symbolic link in any component */
	dev_t dev;
	ino_t ino;
};

/*
 * Checks path (store.h, store_open) and fills *ret. create makes the file, empty and 0600, where
 * there is none; root makes it for the directory's owner, who will run the daemon.
 */
WA_OUTCOME store_file_find(const char *path, bool create, struct store_file *ret);

/* An empty file, 0600, which root gives to that owner. WA_ERR_CONFLICT: there is one. */
WA_OUTCOME store_file_create(const char *path, uid_t uid, gid_t gid);

void store_file_done(struct store_file *f);

/* The path names another file than the one that was found, or none. */
bool store_file_moved(const struct store_file *f);

#endif
