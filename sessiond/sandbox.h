/*
 * What the daemon gives up once it has all it needs: new privileges, all but some system calls, and
 * all files but its own. What each rule is for stands in docs/design.md, Sandbox.
 */
#ifndef SESSIOND_SANDBOX_H
#define SESSIOND_SANDBOX_H

#include "lib/base/config.h"
#include "lib/base/error.h"

struct listeners;

/*
 * Before any thread is started: all that are started later inherit it. What this kernel cannot do
 * is logged once, and with sandbox = require is a WA_ERR_SYSTEM. What goes wrong where it could is
 * one always.
 */
WA_OUTCOME sandbox_enter(const struct wa_settings *s, const struct listeners *listeners);

/* The parts, each for itself. *ret_missing is what the kernel lacks, in words, or NULL. */

/* Of system calls: those of sandbox_syscalls.def, or the process is killed; only_log: or the kernel
 * writes that into its log. */
WA_OUTCOME sandbox_limit_syscalls(bool only_log, const char **ret_missing);

enum sandbox_access {
	SANDBOX_READ,	/* files in it may be read */
	SANDBOX_STORE,	/* and made, written and removed */
	SANDBOX_UNLINK, /* removed, and nothing else */
};

struct sandbox_path {
	const char *path; /* a directory or a file; NULL, or one that is not there, is none */
	enum sandbox_access access;
};

/* Of files: these. No TCP socket is bound or connected any more either, and no abstract Unix socket
 * and no process outside reached, as far as the kernel knows how to deny it. */
WA_OUTCOME sandbox_limit_files(
    const struct sandbox_path *paths, size_t n, const char **ret_missing);

#endif
