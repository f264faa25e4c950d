/* Trusted peers: names to uids, and looking them up. */
#include "sessiond/routes/pam_trust.h"

#include <string.h>

#include "lib/core/local_account.h"

static enum wa_err
read_uid(struct wa_arena *a, const char *text, uid_t *ret)
{
	enum wa_err e = wa_local_account_uid(a, text, ret);

	if (e == WA_ERR_NOT_FOUND)
		return wa_fault(WA_ERR_CONFIG, "trusted_peer = %s: no such user", text);
	return e;
}

static enum wa_err
read_service(struct wa_arena *a, const struct wa_service *service, struct pam_trusted *ret)
{
	uid_t *uids = wa_arena_alloc(a, service->trusted_peers.n * sizeof(*uids));
	enum wa_err e;

	if (uids == NULL)
		return wa_fault(WA_ERR_NOMEM, "trusted_peer");
	for (size_t i = 0; i < service->trusted_peers.n; i++) {
		e = read_uid(a, service->trusted_peers.v[i], &uids[i]);
		if (e != WA_OK)
			return e;
	}
	*ret = (struct pam_trusted){service->name, uids, service->trusted_peers.n};
	return WA_OK;
}

enum wa_err
pam_trust_init(struct wa_arena *a, const struct wa_settings *s, struct pam_trust *ret)
{
	struct pam_trusted *services = wa_arena_alloc(a, (s->n_services + 1) * sizeof(*services));
	enum wa_err e;

	if (services == NULL)
		return wa_fault(WA_ERR_NOMEM, "trusted_peer");
	e = read_service(a, &s->pam, &services[0]);
	for (size_t i = 0; e == WA_OK && i < s->n_services; i++)
		e = read_service(a, s->services[i], &services[i + 1]);
	if (e != WA_OK)
		return e;
	*ret = (struct pam_trust){services, s->n_services + 1};
	return WA_OK;
}

static bool
has_uid(const struct pam_trusted *t, uid_t uid)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->uids[i] == uid)
			return true;
	return false;
}

bool
pam_trust_has(const struct pam_trust *t, const char *service, uid_t uid)
{
	for (size_t i = 1; i < t->n; i++)
		if (strcmp(t->services[i].service, service) == 0)
			return has_uid(&t->services[i], uid);
	return t->n > 0 && has_uid(&t->services[0], uid);
}

bool
pam_trust_knows(const struct pam_trust *t, uid_t uid)
{
	for (size_t i = 0; i < t->n; i++)
		if (has_uid(&t->services[i], uid))
			return true;
	return false;
}
