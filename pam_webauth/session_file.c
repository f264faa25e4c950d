/*
 * Written by root into a tree that leads through a directory of the daemon's: each step is taken
 * from the one before, follows no symbolic link, and is looked at before it is used.
 */
#include "pam_webauth/session_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/compiler.h"

/* Others may pass, to the file that is theirs, but see nothing. */
#define DIRECTORY_MODE 0711

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static enum wa_err
failed(const char *directory, const char *what, int error)
{
	return wa_fault(
	    WA_ERR_SYSTEM, "%s: %s: %s (session_dir)", directory, what, strerror(error));
}

/* Ours, and nobody else's to write. made: so is its mode, whatever umask the host has. */
static enum wa_err
check(const char *directory, int fd, bool made)
{
	struct stat st;

	if (made && fchmod(fd, DIRECTORY_MODE) < 0)
		return failed(directory, "mode", errno);
	if (fstat(fd, &st) < 0)
		return failed(directory, "look", errno);
	if (st.st_uid != geteuid() || (st.st_mode & 0022) != 0)
		return wa_fault(WA_ERR_SYSTEM,
		    "%s: uid %u or others can change it; it must be root's alone (session_dir)",
		    directory, (unsigned)st.st_uid);
	return WA_OK;
}

static enum wa_err
enter(int at, const char *name, const char *directory, bool make, int *ret)
{
	bool made = make && mkdirat(at, name, 0700) == 0;

	if (make && !made && errno != EEXIST)
		return failed(directory, "make", errno);
	*ret = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*ret < 0)
		return failed(directory, "open", errno);
	return check(directory, *ret, made);
}

static enum wa_err
write_token(const char *directory, int at, const char *id, const char *token, uid_t uid)
{
	size_t n = strlen(token);
	WA_CLEANUP(close_fd)
	int fd = openat(at, id, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return failed(directory, "make a file", errno);
	/* The owner last: until then nobody but us can have it open. */
	if (fchmod(fd, 0600) == 0 && write(fd, token, n) == (ssize_t)n && write(fd, "\n", 1) == 1 &&
	    (uid == geteuid() || fchown(fd, uid, (gid_t)-1) == 0))
		return WA_OK;
	(void)failed(directory, "write", errno);
	(void)unlinkat(at, id, 0);
	return WA_ERR_SYSTEM;
}

enum wa_err
session_file_write(struct wa_arena *a, const char *directory, uid_t uid, const char *id,
    const char *token, const char **ret_path)
{
	WA_CLEANUP(close_fd) int base = -1;
	WA_CLEANUP(close_fd) int own = -1;
	const char *name = wa_arena_printf(a, "%u", (unsigned)uid);
	const char *path = wa_arena_printf(a, "%s/%u/%s", directory, (unsigned)uid, id);
	enum wa_err e;

	if (name == NULL || path == NULL)
		return wa_fault(WA_ERR_NOMEM, "session file");
	e = enter(AT_FDCWD, directory, directory, true, &base);
	if (e == WA_OK)
		e = enter(base, name, directory, true, &own);
	if (e == WA_OK)
		e = write_token(directory, own, id, token, uid);
	if (e != WA_OK)
		return e;
	*ret_path = path;
	return WA_OK;
}

void
session_file_remove(struct wa_arena *a, const char *directory, uid_t uid, const char *id)
{
	WA_CLEANUP(close_fd) int base = -1;
	WA_CLEANUP(close_fd) int own = -1;
	const char *name = wa_arena_printf(a, "%u", (unsigned)uid);

	if (name == NULL || enter(AT_FDCWD, directory, directory, false, &base) != WA_OK ||
	    enter(base, name, directory, false, &own) != WA_OK)
		return;
	(void)unlinkat(own, id, 0);
	(void)unlinkat(base, name, AT_REMOVEDIR);
}
