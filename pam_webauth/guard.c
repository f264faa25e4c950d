/*
 * Local accounts: NSS's answer, and the core's decision on it.
 */
#include "pam_webauth/guard.h"

#include <string.h>

#include "lib/core/local_account.h"
#include "pam_webauth/call.h"

enum wa_err
guard_admit(struct call *call)
{
	/* NSS sees no name that could not be one: modules of it put names into queries and paths.
	 */
	if (wa_identity_name_is_valid(call->name))
		call->local = wa_local_account_find(call->arena, &call->service, call->name);
	return wa_identity_admit(&call->service, call->name, &call->local);
}

bool
guard_is_local(const struct call *call)
{
	return call->local.known == WA_LOCAL_EXISTS || strcmp(call->name, "root") == 0;
}
