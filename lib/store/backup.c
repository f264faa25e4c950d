/*
 * The copy that is made of a store before its schema changes: whole, for its owner alone, under a
 * name that nothing else has. It is copied page by page, so that it is what the store was, whatever
 * an app keeps in there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/store/connection.h"
#include "lib/store/migrate.h"

static void
free_text(char **p)
{
	free(*p);
	*p = NULL;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static enum wa_err
path_fault(const char *path, int why)
{
	enum wa_err e = why == ENOSPC || why == EDQUOT	    ? WA_ERR_STORE_FULL
	    : why == EACCES || why == EPERM || why == EROFS ? WA_ERR_STORE_DENIED
							    : WA_ERR_STORE;

	return wa_fault(e, "%s: %s", path, strerror(why));
}

/* What went wrong with the copy, with what that means for the store. */
static enum wa_err
refuse(const struct store *s, enum wa_err e)
{
	char why[512];

	(void)snprintf(why, sizeof(why), "%s", wa_err_detail(e));
	return wa_fault(
	    e, "%s: not migrated, because it could not be backed up: %s", s->file.path, why);
}

enum wa_err
store_backup_name(const char *store, int version, int64_t now_ms, char **ret)
{
	char iso[WA_ISO_SIZE];
	char *name = NULL;
	size_t n = 0;

	/* 20261121T054218.292Z: no colons, which scp and rsync take for the end of a host. */
	wa_iso_format(now_ms, iso);
	for (size_t i = 0; iso[i] != '\0'; i++)
		if (iso[i] != '-' && iso[i] != ':')
			iso[n++] = iso[i];
	iso[n] = '\0';

	if (asprintf(&name, "%s.v%d-%s.backup", store, version, iso) < 0)
		return wa_fault(WA_ERR_NOMEM, "%s: backup", store);
	*ret = name;
	return WA_OK;
}

/* Another connection than the one that holds the writer's place: SQLite copies nothing from a
 * connection that is in a write transaction. */
static enum wa_err
copy(const char *from_path, const char *to_path)
{
	const struct store_options options = {.mode = STORE_WRITE};
	WA_CLEANUP(store_closep) struct store *from = NULL;
	WA_CLEANUP(store_closep) struct store *to = NULL;
	enum wa_err e;

	e = store_open_unchecked(from_path, &options, &from);
	if (e != WA_OK)
		return e;

	e = store_open_unchecked(to_path, &options, &to);
	if (e != WA_OK)
		return e;

	/* Beside an empty file nothing needs a journal; a killed process would leave one. */
	e = store_exec(to, "PRAGMA journal_mode=MEMORY");
	if (e != WA_OK)
		return e;
	return store_copy_pages(from, to);
}

/* The name is lasting once its directory is on the disk. */
static enum wa_err
sync_directory(const char *path)
{
	WA_CLEANUP(free_text) char *dir = strndup(path, (size_t)(strrchr(path, '/') - path + 1));
	WA_CLEANUP(close_fd) int fd = -1;

	if (dir == NULL)
		return wa_fault(WA_ERR_NOMEM, "%s: backup", path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		return path_fault(path, errno);
	return WA_OK;
}

/* link, unlike rename, takes no name that there is. */
static enum wa_err
give_name(const char *part, const char *name)
{
	if (link(part, name) != 0)
		return path_fault(name, errno);
	return sync_directory(name);
}

/*
 * The caller holds the writer's place of the store, so whatever has the name of the unfinished copy
 * was left by a process that was killed: at most one is ever there.
 */
static enum wa_err
make_part(const struct store *s, const char *part)
{
	struct stat st;
	enum wa_err e;

	if (unlink(part) != 0 && errno != ENOENT)
		return path_fault(part, errno);
	if (lstat(s->file.path, &st) != 0)
		return path_fault(part, errno);

	e = store_file_create(part, st.st_uid, st.st_gid);
	if (e == WA_ERR_CONFLICT)
		return path_fault(part, EEXIST);
	if (e != WA_OK)
		return e;
	return copy(s->file.path, part);
}

enum wa_err
store_back_up(struct store *s)
{
	WA_CLEANUP(free_text) char *part = NULL;
	WA_CLEANUP(free_text) char *name = NULL;
	enum wa_err e;

	if (asprintf(&part, "%s.backup.part", s->file.path) < 0) {
		part = NULL;
		return wa_fault(WA_ERR_NOMEM, "%s: backup", s->file.path);
	}
	e = store_backup_name(s->file.path, s->version, wa_clock_now_ms(), &name);
	if (e != WA_OK)
		return e;

	e = make_part(s, part);
	if (e == WA_OK)
		e = give_name(part, name);
	(void)unlink(part);
	if (e != WA_OK)
		return refuse(s, e);

	free_text(&s->backup);
	s->backup = WA_TAKE(name);
	return WA_OK;
}

/* What was to be kept safe did not change. */
void
store_backup_drop(struct store *s)
{
	if (s->backup == NULL)
		return;
	(void)unlink(s->backup);
	free_text(&s->backup);
}
