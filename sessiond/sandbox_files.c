/*
 * Landlock, by its own system calls: Debian 12 has no library for it, and its header knows version
 * 2 of what the running kernel may have in version 7. So the numbers are those of the kernel's
 * documentation (userspace-api/landlock.rst), and each is used from the version on that has it.
 */
#include "sessiond/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRUNCATE  (UINT64_C(1) << 14) /* since version 3 */
#define IOCTL_DEV (UINT64_C(1) << 15) /* 5 */

#define NET_ALL	  (UINT64_C(1) << 0 | UINT64_C(1) << 1) /* 4: bind and connect TCP */
#define SCOPE_ALL (UINT64_C(1) << 0 | UINT64_C(1) << 1) /* 6: abstract sockets, signals */

#define READ_RIGHTS LANDLOCK_ACCESS_FS_READ_FILE
#define STORE_RIGHTS                                                                 \
	(READ_RIGHTS | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | TRUNCATE)
/* Rights that a rule for a single file may name. */
#define FILE_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE)

/* struct landlock_ruleset_attr as it is since version 6; shorter before. */
struct ruleset {
	uint64_t files;
	uint64_t net;
	uint64_t scope;
};

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* What the kernel of this version can deny: all of it is denied. */
static struct ruleset
all_of(long version, size_t *ret_size)
{
	struct ruleset r = {.files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};

	if (version >= 2)
		r.files |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		r.files |= TRUNCATE;
	if (version >= 4)
		r.net = NET_ALL;
	if (version >= 5)
		r.files |= IOCTL_DEV;
	if (version >= 6)
		r.scope = SCOPE_ALL;
	*ret_size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
	return r;
}

static uint64_t
rights_of(enum sandbox_access access)
{
	switch (access) {
	case SANDBOX_READ: return READ_RIGHTS;
	case SANDBOX_STORE: return STORE_RIGHTS;
	case SANDBOX_UNLINK: return LANDLOCK_ACCESS_FS_REMOVE_FILE;
	}
	return 0;
}

static enum wa_err
allow_path(int ruleset, uint64_t handled, const struct sandbox_path *p)
{
	WA_CLEANUP(close_fd) int fd = open(p->path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = {
	    .allowed_access = rights_of(p->access) & handled, .parent_fd = fd};
	struct stat st;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		return WA_OK; /* who needs it says so, then as now */
	if (fd < 0 || fstat(fd, &st) < 0)
		return wa_fault(WA_ERR_SYSTEM, "Landlock: %s: %s", p->path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= FILE_RIGHTS;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return wa_fault(WA_ERR_SYSTEM, "Landlock: %s: %s", p->path, strerror(errno));
	return WA_OK;
}

enum wa_err
sandbox_limit_files(const struct sandbox_path *paths, size_t n, const char **ret_missing)
{
	long version =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	WA_CLEANUP(close_fd) int fd = -1;
	struct ruleset all;
	size_t size;
	enum wa_err e;

	*ret_missing = NULL;
	if (version < 1) {
		*ret_missing = "Landlock";
		return WA_OK;
	}
	all = all_of(version, &size);
	fd = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	if (fd < 0)
		return wa_fault(WA_ERR_SYSTEM, "Landlock: %s", strerror(errno));
	for (size_t i = 0; i < n; i++) {
		e = paths[i].path == NULL ? WA_OK : allow_path(fd, all.files, &paths[i]);
		if (e != WA_OK)
			return e;
	}
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return wa_fault(WA_ERR_SYSTEM, "Landlock: %s", strerror(errno));
	return WA_OK;
}
