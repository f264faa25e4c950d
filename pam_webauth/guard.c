/*
 * Local accounts: getpwnam_r, and what its answers mean for us.
 */
#include "pam_webauth/guard.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>

#include "lib/base/text.h"
#include "pam_webauth/call.h"

/* A passwd entry longer than this is none. */
#define ENTRY_MAX 65536

/*
 * Only a clear "no such account" counts as none. An error, such as a directory service that is
 * down, might hide an account of that name.
 */
static struct wa_local_account
look_up(struct wa_arena *arena, const char *name)
{
	struct wa_local_account unknown = {.known = WA_LOCAL_UNKNOWN};
	int error = ERANGE;

	for (size_t size = 1024; error == ERANGE && size <= ENTRY_MAX; size *= 4) {
		char *buffer = wa_arena_alloc(arena, size);
		struct passwd entry, *found = NULL;
		int tries = 3;

		if (buffer == NULL)
			return unknown;
		do
			error = getpwnam_r(name, &entry, buffer, size, &found);
		while (error == EINTR && --tries > 0);

		if (error == 0 && found == NULL)
			return (struct wa_local_account){.known = WA_LOCAL_NONE};
		if (error == 0)
			return (struct wa_local_account){WA_LOCAL_EXISTS, found->pw_uid};
	}
	return unknown;
}

/*
 * Web user names have no case, and a mail server may fold what it hands on to a Unix account: so
 * for them "Daemon" is daemon's name too.
 */
static struct wa_local_account
look_up_folded(struct call *call)
{
	struct wa_local_account local = look_up(call->arena, call->name);
	char *lower;

	if (local.known != WA_LOCAL_NONE || call->service.account == WA_ACCOUNT_UNIX)
		return local;

	lower = wa_text_lower(call->arena, call->name);
	if (lower == NULL)
		return (struct wa_local_account){.known = WA_LOCAL_UNKNOWN};
	return strcmp(lower, call->name) == 0 ? local : look_up(call->arena, lower);
}

enum wa_err
guard_admit(struct call *call)
{
	/* NSS sees no name that could not be one: modules of it put names into queries and paths.
	 */
	if (wa_identity_name_is_valid(call->name))
		call->local = look_up_folded(call);
	return wa_identity_admit(&call->service, call->name, &call->local);
}

bool
guard_is_local(const struct call *call)
{
	return call->local.known == WA_LOCAL_EXISTS || strcmp(call->name, "root") == 0;
}
