/* The signing keys in memory. */
#include "sessiond/routes/key_cache.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/limits.h"

struct key_cache {
	struct wa_arena *arena;
	struct wa_key_set set;
	bool loaded;
	int64_t stamp;
	int64_t valid_until_ms; /* a key's expiry changes the choice without any write */
};

struct key_cache *
key_cache_new(void)
{
	struct key_cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->arena = wa_arena_new_guarded(WA_ARENA_MAX);
	if (c->arena == NULL) {
		free(c);
		return NULL;
	}
	return c;
}

void
key_cache_free(struct key_cache *c)
{
	if (c == NULL)
		return;
	wa_arena_free(c->arena);
	free(c);
}

static void
key_cache_forget(struct key_cache *c)
{
	c->loaded = false;
	c->set = (struct wa_key_set){0};
	wa_arena_reset(c->arena);
}

/* The next moment at which a key signs no more, or is published no more. */
static int64_t
next_change(const struct wa_context *cx, const struct wa_key_set *set)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < set->n; i++) {
		int64_t expires = set->keys[i].expires_ms;

		if (expires == 0)
			continue;
		if (expires <= cx->now_ms)
			expires += cx->settings->jwt_grace;
		if (expires < next)
			next = expires;
	}
	return next;
}

static enum wa_err
key_cache_keep(struct key_cache *c, const struct wa_context *cx, int64_t stamp, enum wa_err e)
{
	if (e != WA_OK) {
		key_cache_forget(c);
		return e;
	}
	c->loaded = true;
	c->stamp = stamp;
	c->valid_until_ms = next_change(cx, &c->set);
	return WA_OK;
}

/* The stamp moves with every commit of any process, sign-ins included, and hardly ever because of a
 * key: the rows are read to see, which costs a hundredth of parsing them. */
static enum wa_err
has_changed(const struct key_cache *c, const struct wa_context *cx, int64_t stamp, bool *ret)
{
	uint8_t fingerprint[WA_KEY_FINGERPRINT_LEN];
	enum wa_err e;

	*ret = true;
	if (!c->loaded || cx->now_ms >= c->valid_until_ms)
		return WA_OK;
	*ret = false;
	if (c->stamp == stamp)
		return WA_OK;

	e = wa_key_fingerprint(cx, fingerprint);
	if (e == WA_OK)
		*ret = memcmp(c->set.fingerprint, fingerprint, sizeof(fingerprint)) != 0;
	return e;
}

enum wa_err
key_cache_load(struct key_cache *c, struct wa_context *cx, const struct wa_key_set **ret)
{
	bool changed;
	int64_t stamp;
	enum wa_err e;

	e = store_jwk_stamp(cx->store, &stamp);
	if (e == WA_OK)
		e = has_changed(c, cx, stamp, &changed);
	if (e != WA_OK)
		return e;

	*ret = &c->set;
	c->stamp = stamp;
	if (!changed)
		return WA_OK;
	key_cache_forget(c);
	return key_cache_keep(c, cx, stamp, wa_key_load(cx, c->arena, &c->set));
}

bool
key_cache_is_due(const struct wa_context *cx, const struct wa_key_set *set)
{
	return set->signer == NULL || wa_key_wants_successor(cx, set);
}

enum wa_err
key_cache_signer(struct key_cache *c, struct wa_context *cx, const struct wa_key_set **ret)
{
	enum wa_err e;

	e = key_cache_load(c, cx, ret);
	if (e != WA_OK || !key_cache_is_due(cx, *ret))
		return e;
	if ((*ret)->signer != NULL) {
		e = wa_key_add_successor(cx);
		return e == WA_OK ? key_cache_load(c, cx, ret) : e;
	}
	key_cache_forget(c);
	e = wa_key_ensure(cx, c->arena, &c->set);
	/* Our own insert has moved the stamp: the next call compares once more, and that is all. */
	return key_cache_keep(c, cx, -1, e);
}
