/*
 * Failures on request: the nth call of a kind fails, once or from then on. Calls of our own code
 * are caught by the linker (--wrap, meson.build), SQLite's memory by its configuration, its files
 * by a VFS between it and the system's (vfs.c).
 */
#ifndef TESTS_FAULT_FAULT_H
#define TESTS_FAULT_FAULT_H

#include <stdbool.h>
#include <stddef.h>

enum fault_kind {
	FAULT_MEMORY,	     /* an allocation of ours */
	FAULT_SYSTEM,	     /* a system call of ours */
	FAULT_KDF,	     /* a password KDF, for want of memory */
	FAULT_STORE_MEMORY,  /* an allocation of SQLite's */
	FAULT_DISK_ERROR,    /* any access of a file of the store: EIO */
	FAULT_DISK_FULL,     /* a write */
	FAULT_DISK_READONLY, /* opening for writing, a write, a removal */
	FAULT_DISK_CORRUPT,  /* a read of the database gives other bytes than were written */
	FAULT_LOG_CORRUPT,   /* the same of its log */
	FAULT_KINDS,
};

const char *fault_name(enum fault_kind kind);

/* The nth call of that kind from now fails, 1 being the next, and with sticky all that follow; n 0:
 * none does. */
void fault_at(enum fault_kind kind, size_t n, bool sticky);
void fault_off(void);

/* Has it? */
bool fault_happened(void);

/* Asked by each call that may fail: counts it. */
bool fault_now(enum fault_kind kind);

/* Before the first use of SQLite. */
void fault_memory_install(void);
void fault_vfs_install(void);

#endif
