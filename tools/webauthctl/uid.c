/* Which uid a new account gets: the next of uid_range that neither the host nor the store has
 * given. */
#include "tools/webauthctl/uid.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "lib/store/uid.h"

#define ENTRY_BYTES 65536
#define ACCOUNT_MAX 32 /* what Linux's own tools take */

/* Given to nobody: what the kernel and 16-bit programs take for "no such user". */
#define UID_NOBODY  65534
#define UID_NONE_16 65535

static bool
is_account_name(const char *s)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz_";
	static const char rest[] = "abcdefghijklmnopqrstuvwxyz_0123456789-";
	size_t n = strlen(s);

	return n > 0 && n <= ACCOUNT_MAX && strchr(first, s[0]) != NULL && strspn(s, rest) == n;
}

/* An answer of a name service that is neither yes nor no. */
static bool
is_doubt(int failed)
{
	return failed != 0 && failed != ENOENT && failed != ESRCH;
}

enum ctl_exit
uid_check(struct ctl *c, const char *account)
{
	char *bytes = wa_arena_alloc(c->arena, ENTRY_BYTES);
	struct passwd user, *pw = NULL;
	struct group group, *gr = NULL;
	int64_t uid = -1;
	int failed;

	if (bytes == NULL)
		return message_fail(WA_ERR_NOMEM, account);
	if (!is_account_name(account))
		return message_usage(c,
		    "%s: a new account's name is up to %d of a-z, 0-9, _ and -, and begins with a "
		    "letter or _",
		    account, ACCOUNT_MAX);
	if (store_uid_find(c->cx.store, account, &uid) == WA_ERR_NOT_FOUND)
		uid = -1;
	failed = getpwnam_r(account, &user, bytes, ENTRY_BYTES, &pw);
	if (pw == NULL && !is_doubt(failed))
		failed = getgrnam_r(account, &group, bytes, ENTRY_BYTES, &gr);
	if (pw == NULL && gr == NULL && is_doubt(failed)) {
		message_say("%s: looking the account up: %s; nothing is changed", account,
		    strerror(failed));
		return CTL_FAILED;
	}
	if ((pw != NULL && (int64_t)pw->pw_uid != uid) ||
	    (gr != NULL && (int64_t)gr->gr_gid != uid)) {
		message_say("%s: the host has a %s of that name; to link it, leave --create out",
		    account, pw != NULL ? "user" : "group");
		return CTL_CONFLICT;
	}
	return CTL_OK;
}

/* Is it a user's or a group's on this host? */
static enum wa_err
is_taken(struct ctl *c, int64_t id, bool *ret)
{
	char *bytes = wa_arena_alloc(c->arena, ENTRY_BYTES);
	struct passwd user, *pw = NULL;
	struct group group, *gr = NULL;
	int failed;

	if (bytes == NULL)
		return wa_fault(WA_ERR_NOMEM, "uid");
	failed = getpwuid_r((uid_t)id, &user, bytes, ENTRY_BYTES, &pw);
	if (!is_doubt(failed) && pw == NULL)
		failed = getgrgid_r((gid_t)id, &group, bytes, ENTRY_BYTES, &gr);
	if (pw == NULL && gr == NULL && is_doubt(failed))
		return wa_fault(
		    WA_ERR_SYSTEM, "looking uid %jd up: %s", (intmax_t)id, strerror(failed));
	*ret = pw != NULL || gr != NULL || id == UID_NOBODY || id == UID_NONE_16;
	return WA_OK;
}

static enum wa_err
next_free(struct ctl *c, int64_t *ret)
{
	int64_t first, last, id;
	bool taken = true;
	enum wa_err e;

	if (!wa_settings_uid_range(c->settings, &first, &last))
		return wa_fault(WA_ERR_CONFIG, "uid_range = %s", c->settings->uid_range);
	e = store_uid_next(c->cx.store, first, last, &id);
	while (e == WA_OK && taken) {
		e = id > last ? WA_ERR_NOT_FOUND : is_taken(c, id, &taken);
		id += taken;
	}
	if (e == WA_ERR_NOT_FOUND)
		return wa_refuse(e, "uid_range = %s is used up", c->settings->uid_range);
	if (e == WA_OK)
		*ret = id;
	return e;
}

enum wa_err
uid_give(struct ctl *c, const char *account)
{
	int64_t id;
	enum wa_err e = store_uid_find(c->cx.store, account, &id);

	if (e != WA_ERR_NOT_FOUND)
		return e;
	e = next_free(c, &id);
	return e == WA_OK ? store_uid_insert(c->cx.store, account, id, c->cx.now_ms) : e;
}
