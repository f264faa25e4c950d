/* Peers, by SO_PEERCRED and SO_PEERGROUPS. */
#include "sessiond/routes/peer.h"

#include <grp.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/limits.h"
#include "lib/base/parse.h"
#include "lib/base/secret.h"

#define GROUPS_MAX 1024 /* a peer in more has only its first group */

_Static_assert(
    sizeof(((struct peer_policy *)NULL)->secret_hash) == crypto_generichash_BYTES, "digest");

static enum wa_err
read_uids(struct wa_arena *a, const struct wa_strings *list, struct peer_policy *p)
{
	uid_t *uids = wa_arena_alloc(a, list->n * sizeof(*uids));
	uint64_t v;

	if (uids == NULL)
		return wa_fault(WA_ERR_NOMEM, "introspect_uids");
	for (size_t i = 0; i < list->n; i++) {
		if (!wa_parse_uint(list->v[i], strlen(list->v[i]), UINT32_MAX - 1, &v))
			return wa_fault(WA_ERR_CONFIG,
			    "introspect_uids = %s: expected a number, as id -u NAME prints it",
			    list->v[i]);
		uids[i] = (uid_t)v;
	}
	p->uids = uids;
	p->n_uids = list->n;
	return WA_OK;
}

static enum wa_err
read_groups(struct wa_arena *a, const struct wa_strings *list, struct peer_policy *p)
{
	gid_t *gids = wa_arena_alloc(a, list->n * sizeof(*gids));

	if (gids == NULL)
		return wa_fault(WA_ERR_NOMEM, "introspect_groups");
	for (size_t i = 0; i < list->n; i++) {
		const struct group *group = getgrnam(list->v[i]);

		if (group == NULL)
			return wa_fault(
			    WA_ERR_CONFIG, "introspect_groups = %s: no such group", list->v[i]);
		gids[i] = group->gr_gid;
	}
	p->gids = gids;
	p->n_gids = list->n;
	return WA_OK;
}

static void
hash(const char *text, size_t n, uint8_t ret[static crypto_generichash_BYTES])
{
	(void)crypto_generichash(ret, crypto_generichash_BYTES, (const uint8_t *)text, n, NULL, 0);
}

static enum wa_err
read_secret(const char *path, struct peer_policy *p)
{
	WA_CLEANUP(wa_secret_done) struct wa_secret secret = WA_SECRET_NONE;
	enum wa_err e;

	if (path[0] == '\0')
		return WA_OK;
	e = wa_secret_read_file(path, WA_SECRET_MAX, &secret);
	if (e != WA_OK)
		return e;
	if (secret.len < WA_SECRET_MIN)
		return wa_fault(WA_ERR_CONFIG,
		    "%s: the secret has %zu characters, at least %d are needed; make one with: "
		    "openssl rand -base64 33",
		    path, secret.len, WA_SECRET_MIN);
	hash(secret.bytes, secret.len, p->secret_hash);
	p->has_secret = true;
	return WA_OK;
}

enum wa_err
peer_policy_init(struct wa_arena *a, const struct wa_settings *s, struct peer_policy *ret)
{
	struct peer_policy p = {0};
	enum wa_err e;

	e = read_uids(a, &s->introspect_uids, &p);
	if (e == WA_OK)
		e = read_groups(a, &s->introspect_groups, &p);
	if (e == WA_OK)
		e = read_secret(s->introspect_secret_file, &p);
	if (e != WA_OK)
		return e;
	*ret = p;
	return WA_OK;
}

static bool
has_gid(const struct peer_policy *p, gid_t gid)
{
	for (size_t i = 0; i < p->n_gids; i++)
		if (p->gids[i] == gid)
			return true;
	return false;
}

static bool
is_in_group(int fd, const struct peer_policy *p, gid_t first)
{
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof(groups);

	if (p->n_gids == 0)
		return false;
	if (has_gid(p, first))
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return false;
	for (size_t i = 0; i < len / sizeof(*groups); i++)
		if (has_gid(p, groups[i]))
			return true;
	return false;
}

static bool
has_uid(const struct peer_policy *p, uid_t uid)
{
	for (size_t i = 0; i < p->n_uids; i++)
		if (p->uids[i] == uid)
			return true;
	return uid == 0 || uid == geteuid();
}

struct peer
peer_of(int fd, const struct peer_policy *policy)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int domain = 0;
	socklen_t domain_len = sizeof(domain);

	/* A TCP socket answers SO_PEERCRED too, with nobody's credentials. */
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_len) < 0 || domain != AF_UNIX ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 || cred.pid == 0)
		return (struct peer){.uid = (uid_t)-1, .gid = (gid_t)-1};
	return (struct peer){
	    .is_local = true,
	    .uid = cred.uid,
	    .gid = cred.gid,
	    .may_introspect = has_uid(policy, cred.uid) || is_in_group(fd, policy, cred.gid),
	};
}

bool
peer_secret_fits(const struct peer_policy *policy, const char *text, size_t n)
{
	uint8_t given[crypto_generichash_BYTES];

	if (!policy->has_secret)
		return false;
	hash(text, n, given);
	return sodium_memcmp(given, policy->secret_hash, sizeof(given)) == 0;
}
