/*
 * One call into the module: everything it needs, everything that must be given back at its end.
 * There is nothing between calls: sshd asks in one process and goes on in another (pam.md 0), sudo
 * changes PAM_USER half-way, so each call looks for itself.
 */
#ifndef PAM_WEBAUTH_CALL_H
#define PAM_WEBAUTH_CALL_H

#include <security/pam_modules.h>

#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/core/identity.h"
#include "lib/core/login.h"
#include "lib/store/store.h"

#define CALL_HELD_MAX 3

struct call {
	pam_handle_t *pamh;
	unsigned flags;		/* as PAM_SILENT and its like are */
	struct wa_arena *arena; /* wiped at the end: names, rows, hashes */
	struct wa_settings *settings;
	struct wa_service service;
	const char *name; /* PAM_USER, our copy */
	struct wa_local_account local;
	struct store *store;
	int held[CALL_HELD_MAX]; /* descriptors 0 to 2, where the host had closed them */
	size_t n_held;
};

/* Memory and configuration. Call call_done on every path after it: WA_CLEANUP(call_done).
 * service.nodelay is right even when this fails. WA_ERR_NOMEM, WA_ERR_CONFIG. */
WA_OUTCOME call_begin(
    struct call *call, pam_handle_t *pamh, int flags, int argc, const char **argv);
void call_done(struct call *call);

/* PAM_USER as it is, without asking: "" when there is none, which is nobody's name. WA_ERR_NOMEM.
 */
WA_OUTCOME call_take_name(struct call *call);

/* May this process write the store: is it root, or the store's owner? */
bool call_owns_store(const struct call *call);

/* Opens the store, unless it is open: for writing when asked and when it is ours to write. Faults
 * of store_open. */
WA_OUTCOME call_open_store(struct call *call, bool to_write);

/* The core's context of this call, valid until call_done. */
struct wa_context call_context(const struct call *call);

#endif
