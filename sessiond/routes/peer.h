/*
 * The process at the other end of a connection, and what the configuration lets it do that others
 * may not.
 */
#ifndef SESSIOND_ROUTES_PEER_H
#define SESSIOND_ROUTES_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/error.h"

struct peer {
	bool is_local; /* a Unix socket; the rest is known only then */
	uid_t uid;
	gid_t gid;
	bool may_introspect;
};

/* Who may introspect: root and the daemon's own user, these users, members of these groups. */
struct peer_policy {
	const uid_t *uids;
	size_t n_uids;
	const gid_t *gids;
	size_t n_gids;
	bool has_secret;
	uint8_t secret_hash[32];
};

/* Memory from a. WA_ERR_CONFIG: no number, no such group, no usable secret file. */
WA_OUTCOME peer_policy_init(
    struct wa_arena *a, const struct wa_settings *s, struct peer_policy *ret);

/* What the kernel knew when the peer connected. What cannot be learnt is no permission. */
struct peer peer_of(int fd, const struct peer_policy *policy);

/* Is that the secret of introspect_secret_file? False when there is none. Constant time. */
bool peer_secret_fits(const struct peer_policy *policy, const char *text, size_t n);

#endif
