/*
 * Path checks before SQLite sees the name, and making the empty file. Root reads what an
 * unprivileged daemon writes, so a name that anybody else could have put there is refused rather
 * than followed.
 */
#include "lib/store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
free_text(char **p)
{
	free(*p);
	*p = NULL;
}

static enum wa_err
errno_outcome(int why)
{
	switch (why) {
	case ENOENT:
	case ENOTDIR: return WA_ERR_STORE_MISSING;
	case EACCES:
	case EPERM:
	case EROFS:
	case ELOOP: return WA_ERR_STORE_DENIED;
	case ENOSPC:
	case EDQUOT: return WA_ERR_STORE_FULL;
	case ENOMEM: return WA_ERR_NOMEM;
	default: return WA_ERR_STORE;
	}
}

static enum wa_err
path_fault(const char *path, const char *what)
{
	int why = errno;

	return wa_fault(errno_outcome(why), "%s: %s: %s", path, what, strerror(why));
}

/*
 * SQLite's NOFOLLOW refuses links in every component, and systems do have /var/run -> /run: the
 * directory is resolved here, so that only a link in the last component is refused.
 */
static enum wa_err
resolve(const char *path, char **ret_dir, char **ret_path)
{
	WA_CLEANUP(free_text) char *parent = NULL;
	WA_CLEANUP(free_text) char *dir = NULL;
	const char *slash = strrchr(path, '/');
	const char *base = slash == NULL ? path : slash + 1;
	char *full = NULL;

	if (*base == '\0')
		return wa_fault(WA_ERR_CONFIG, "store path \"%s\": names no file", path);

	parent = slash == NULL ? strdup(".")
	    : slash == path    ? strdup("/")
			       : strndup(path, (size_t)(slash - path));
	if (parent == NULL)
		return wa_fault(WA_ERR_NOMEM, "%s", path);

	dir = realpath(parent, NULL);
	if (dir == NULL)
		return path_fault(path, "its directory");

	if (asprintf(&full, "%s/%s", strcmp(dir, "/") == 0 ? "" : dir, base) < 0)
		return wa_fault(WA_ERR_NOMEM, "%s", path);

	*ret_dir = WA_TAKE(dir);
	*ret_path = full;
	return WA_OK;
}

/* Who may write the directory may put a -wal beside the store, and with it any content into the
 * store. */
static enum wa_err
check_directory(const char *path, const char *dir, struct stat *ret)
{
	if (stat(dir, ret) != 0)
		return path_fault(path, "its directory");
	if (ret->st_mode & S_IWOTH)
		return wa_fault(WA_ERR_STORE_DENIED,
		    "%s: its directory is writable by everybody (chmod o-w %s, or move the store)",
		    path, dir);
	return WA_OK;
}

static enum wa_err
check_file(const char *path, const struct stat *st)
{
	if (S_ISLNK(st->st_mode))
		return wa_fault(WA_ERR_STORE_DENIED,
		    "%s: is a symbolic link (name the file it points at)", path);
	if (!S_ISREG(st->st_mode))
		return wa_fault(WA_ERR_STORE_DENIED, "%s: is not a regular file", path);
	if (st->st_mode & S_IWOTH)
		return wa_fault(
		    WA_ERR_STORE_DENIED, "%s: is writable by everybody (chmod 600 it)", path);
	return WA_OK;
}

/*
 * O_EXCL says that nobody in this process can hold locks on the file yet, so closing it drops none.
 * The mode is given here because SQLite would take 0644 less the umask, and the umask is the
 * process's.
 */
enum wa_err
store_file_create(const char *path, uid_t uid, gid_t gid)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int failed = 0;

	if (fd < 0)
		return errno == EEXIST ? WA_ERR_CONFLICT : path_fault(path, "create");

	if (geteuid() == 0 && (uid != 0 || gid != 0))
		failed = fchown(fd, uid, gid) == 0 ? 0 : errno;
	(void)close(fd);

	if (failed != 0) {
		(void)unlink(path);
		errno = failed;
		return path_fault(path, "give to its owner");
	}
	return WA_OK;
}

enum wa_err
store_file_find(const char *path, bool create, struct store_file *ret)
{
	WA_CLEANUP(free_text) char *dir = NULL;
	WA_CLEANUP(free_text) char *full = NULL;
	struct stat dir_st;
	struct stat st;
	enum wa_err e;

	e = resolve(path, &dir, &full);
	if (e != WA_OK)
		return e;

	e = check_directory(full, dir, &dir_st);
	if (e != WA_OK)
		return e;

	if (lstat(full, &st) != 0) {
		if (errno != ENOENT || !create)
			return path_fault(full, "store");

		e = store_file_create(full, dir_st.st_uid, dir_st.st_gid);
		if (e != WA_OK && e != WA_ERR_CONFLICT)
			return e;

		if (lstat(full, &st) != 0)
			return path_fault(full, "store");
	}

	e = check_file(full, &st);
	if (e != WA_OK)
		return e;

	*ret = (struct store_file){.path = WA_TAKE(full), .dev = st.st_dev, .ino = st.st_ino};
	return WA_OK;
}

void
store_file_done(struct store_file *f)
{
	free(f->path);
	f->path = NULL;
}

bool
store_file_moved(const struct store_file *f)
{
	struct stat st;

	return lstat(f->path, &st) != 0 || st.st_dev != f->dev || st.st_ino != f->ino;
}
