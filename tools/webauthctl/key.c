/* webauthctl key: what JWTs are signed with. Private keys are never shown. */
#include "lib/core/key.h"

#include <string.h>

#include "tools/webauthctl/ctl.h"

static const struct output_field fields[] = {
    {"kid", "KEY ID", false},
    {"alg", "ALGORITHM", false},
    {"signs", "SIGNS", false},
    {"usable", "USABLE", false},
    {"createdAt", "CREATED", false},
    {"expiresAt", "EXPIRES", false},
};

static void
write_key(struct output *o, const struct wa_key_set *set, const struct wa_key *k)
{
	output_text(o, k->kid);
	output_text(o, k->alg_name);
	output_bool(o, k == set->signer);
	output_bool(o, k->usable);
	output_time(o, k->created_ms);
	output_time(o, k->expires_ms);
	output_row(o);
}

enum ctl_exit
key_list(struct ctl *c)
{
	struct wa_key_set set = {0};
	struct output o;
	bool unusable = false;
	enum wa_err e = wa_key_load(&c->cx, c->arena, &set);

	if (e != WA_OK)
		return message_fail(e, "key list");
	output_list(&o, c->format, "keys", fields, WA_ARRAY_LEN(fields));
	for (size_t i = 0; i < set.n; i++) {
		write_key(&o, &set, &set.keys[i]);
		unusable = unusable || !set.keys[i].usable;
	}
	if (!output_end(&o))
		return CTL_FAILED;
	if (unusable)
		message_say(
		    "a key that is not usable was encrypted with another secret, or is of a "
		    "kind webauth only publishes");
	if (set.signer == NULL)
		message_say(
		    "no key can sign; sessiond makes one when it starts, or run: webauthctl key "
		    "rotate");
	return CTL_OK;
}

static enum ctl_exit
put_key(struct ctl *c, const char *kid, const char *alg)
{
	struct wa_key_set set = {0};
	struct output o;
	enum wa_err e = wa_key_load(&c->cx, c->arena, &set);

	if (e != WA_OK)
		return message_fail(e, kid);
	output_record(&o, c->format, "key", fields, WA_ARRAY_LEN(fields));
	for (size_t i = 0; i < set.n; i++)
		if (strcmp(set.keys[i].kid, kid) == 0)
			write_key(&o, &set, &set.keys[i]);
	if (!output_end(&o))
		return CTL_FAILED;
	/* The configured algorithm goes first, whatever else was made since (key.h). */
	if (set.signer == NULL || strcmp(set.signer->kid, kid) != 0)
		message_say(
		    "%s: is published, but signs nothing yet; for that, set jwt_alg = %s in the "
		    "configuration",
		    kid, alg);
	return CTL_OK;
}

enum ctl_exit
key_rotate(struct ctl *c)
{
	const char *given = options_get(c, "alg");
	enum wa_jwk_alg alg = wa_jwk_alg_from_name(given != NULL ? given : c->settings->jwt_alg);
	const char *kid = NULL;
	enum wa_err e;

	if (alg == WA_JWK_OTHER)
		return message_usage(c, "--alg takes ES256, EdDSA or RS256");
	e = wa_key_rotate(&c->cx, alg, &kid);
	if (e != WA_OK)
		return message_fail(e, "key rotate");
	return put_key(c, kid, wa_jwk_alg_name(alg));
}
