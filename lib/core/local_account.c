/*
 * getpwnam_r and getpwuid_r, and what their answers mean for us.
 */
#include "lib/core/local_account.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>

#include "lib/base/parse.h"
#include "lib/base/text.h"

/* A passwd entry longer than this is none. */
#define ENTRY_MAX 65536

/* By name, or by uid where name is NULL. 0 with *ret NULL: clearly none. */
static int
look_up(struct wa_arena *a, const char *name, uid_t uid, struct passwd *entry, struct passwd **ret)
{
	int error = ERANGE;

	for (size_t size = 1024; error == ERANGE && size <= ENTRY_MAX; size *= 4) {
		char *buffer = wa_arena_alloc(a, size);
		int tries = 3;

		if (buffer == NULL)
			return ENOMEM;
		do
			error = name != NULL ? getpwnam_r(name, entry, buffer, size, ret)
					     : getpwuid_r(uid, entry, buffer, size, ret);
		while (error == EINTR && --tries > 0);
	}
	return error;
}

/*
 * Only a clear "no such account" counts as none. An error, such as a directory service that is
 * down, might hide an account of that name.
 */
struct wa_local_account
wa_local_account_by_name(struct wa_arena *a, const char *name)
{
	struct passwd entry, *found = NULL;

	if (look_up(a, name, 0, &entry, &found) != 0)
		return (struct wa_local_account){.known = WA_LOCAL_UNKNOWN};
	if (found == NULL)
		return (struct wa_local_account){.known = WA_LOCAL_NONE};
	return (struct wa_local_account){WA_LOCAL_EXISTS, found->pw_uid};
}

/*
 * Web user names have no case, and a mail server may fold what it hands on to a Unix account: so
 * for them "Daemon" is daemon's name too.
 */
struct wa_local_account
wa_local_account_find(struct wa_arena *a, const struct wa_service *service, const char *name)
{
	struct wa_local_account local = wa_local_account_by_name(a, name);
	char *lower;

	if (local.known != WA_LOCAL_NONE || service->account == WA_ACCOUNT_UNIX)
		return local;

	lower = wa_text_lower(a, name);
	if (lower == NULL)
		return (struct wa_local_account){.known = WA_LOCAL_UNKNOWN};
	return strcmp(lower, name) == 0 ? local : wa_local_account_by_name(a, lower);
}

enum wa_err
wa_local_account_name(struct wa_arena *a, uid_t uid, const char **ret)
{
	struct passwd entry, *found = NULL;
	int error = look_up(a, NULL, uid, &entry, &found);

	if (error != 0)
		return wa_fault(
		    WA_ERR_SYSTEM, "account of uid %u: %s", (unsigned)uid, strerror(error));
	if (found == NULL)
		return WA_ERR_NOT_FOUND;
	*ret = found->pw_name; /* in the buffer, which is the arena's */
	return WA_OK;
}

enum wa_err
wa_local_account_uid(struct wa_arena *a, const char *text, uid_t *ret)
{
	struct wa_local_account local;
	uint64_t uid;

	/* -1 is nobody's: it means "leave as it is" to chown. */
	if (wa_parse_uint(text, strlen(text), UINT32_MAX - 1, &uid)) {
		*ret = (uid_t)uid;
		return WA_OK;
	}
	local = wa_local_account_by_name(a, text);
	switch (local.known) {
	case WA_LOCAL_EXISTS: *ret = (uid_t)local.uid; return WA_OK;
	case WA_LOCAL_NONE: return WA_ERR_NOT_FOUND;
	case WA_LOCAL_UNKNOWN: break;
	}
	return wa_fault(WA_ERR_SYSTEM, "account \"%s\": the host could not tell", text);
}
