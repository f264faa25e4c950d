/* The signing keys in memory. */
#include "sessiond/routes/key_cache.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/limits.h"

struct key_cache {
	struct wa_arena *arena;
	struct wa_key_set set;
	bool loaded;
	int64_t stamp;
	uint8_t rows[crypto_generichash_BYTES]; /* digest of what the table held */
	int64_t valid_until_ms; /* a key's expiry changes the choice without any write */
};

struct key_cache *
key_cache_new(void)
{
	struct key_cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->arena = wa_arena_new(WA_ARENA_MAX);
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

static void
add_text(crypto_generichash_state *state, const char *text)
{
	/* With its end: where one column stops and the next begins counts. */
	crypto_generichash_update(state, (const uint8_t *)(text == NULL ? "" : text),
	    text == NULL ? 1 : strlen(text) + 1);
}

/* Every sign-in moves the stamp, the keys hardly ever change: the rows are read to see, which costs
 * a hundredth of parsing them. */
static enum wa_err
digest_rows(struct wa_context *cx, uint8_t digest[static crypto_generichash_BYTES])
{
	crypto_generichash_state state;
	struct jwk_row *rows;
	enum wa_err e;
	size_t n;

	e = store_jwk_all(cx->store, cx->arena, WA_KEYS_MAX, &rows, &n);
	if (e != WA_OK)
		return e;
	crypto_generichash_init(&state, NULL, 0, crypto_generichash_BYTES);
	for (size_t i = 0; i < n; i++) {
		add_text(&state, rows[i].id);
		add_text(&state, rows[i].public_key);
		add_text(&state, rows[i].private_key);
		add_text(&state, rows[i].alg);
		crypto_generichash_update(
		    &state, (const uint8_t *)&rows[i].created_ms, sizeof(rows[i].created_ms));
		crypto_generichash_update(
		    &state, (const uint8_t *)&rows[i].expires_ms, sizeof(rows[i].expires_ms));
	}
	crypto_generichash_final(&state, digest, crypto_generichash_BYTES);
	return WA_OK;
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

enum wa_err
key_cache_load(struct key_cache *c, struct wa_context *cx, const struct wa_key_set **ret)
{
	uint8_t rows[sizeof(c->rows)];
	int64_t stamp;
	enum wa_err e;

	*ret = &c->set;
	e = store_jwk_stamp(cx->store, &stamp);
	if (e != WA_OK)
		return e;
	if (c->loaded && c->stamp == stamp && cx->now_ms < c->valid_until_ms)
		return WA_OK;
	e = digest_rows(cx, rows);
	if (e != WA_OK)
		return e;
	if (c->loaded && cx->now_ms < c->valid_until_ms &&
	    memcmp(c->rows, rows, sizeof(rows)) == 0) {
		c->stamp = stamp;
		return WA_OK;
	}
	key_cache_forget(c);
	memcpy(c->rows, rows, sizeof(rows));
	return key_cache_keep(c, cx, stamp, wa_key_load(cx, c->arena, &c->set));
}

enum wa_err
key_cache_signer(struct key_cache *c, struct wa_context *cx, const struct wa_key_set **ret)
{
	enum wa_err e;

	e = key_cache_load(c, cx, ret);
	if (e != WA_OK || (*ret)->signer != NULL)
		return e;
	key_cache_forget(c);
	e = wa_key_ensure(cx, c->arena, &c->set);
	/* Our own insert has changed the rows: the next call reads once more, and that is all. */
	sodium_memzero(c->rows, sizeof(c->rows));
	return key_cache_keep(c, cx, -1, e);
}
