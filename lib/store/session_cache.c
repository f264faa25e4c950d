/*
 * Sets of four entries, the set chosen by a keyed hash, so that nobody can aim at one. Of a set the
 * entry that was not used for longest goes. All texts of an entry are in one block, in which the
 * rows point; a copy of the block and of the rows, moved by the distance between the blocks, is a
 * copy of both.
 */
#include "lib/store/session_cache.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"

#define WAYS	  4
#define BLOCK_MAX 1024

/* Every text of the two rows. */
static const size_t session_texts[] = {
    offsetof(struct session, id),
    offsetof(struct session, token),
    offsetof(struct session, user_id),
    offsetof(struct session, ip_address),
    offsetof(struct session, user_agent),
    offsetof(struct session, impersonated_by),
};
static const size_t user_texts[] = {
    offsetof(struct user, id),
    offsetof(struct user, name),
    offsetof(struct user, email),
    offsetof(struct user, image),
    offsetof(struct user, role),
    offsetof(struct user, ban_reason),
    offsetof(struct user, username),
    offsetof(struct user, display_username),
};

/* A member was added? If it is a text, it belongs into the lists above. */
_Static_assert(sizeof(struct session) == 9 * 8, "the texts of a session are listed");
_Static_assert(sizeof(struct user) == 14 * 8, "the texts of a user are listed");

struct entry {
	char *block; /* NULL: nothing here */
	size_t len;
	int64_t stamp;
	uint64_t used; /* the last time, in calls */
	enum session_key which;
	struct session session;
	struct user user;
};

struct session_cache {
	struct entry (*sets)[WAYS];
	size_t mask;
	uint64_t calls;
	uint8_t key[crypto_shorthash_KEYBYTES];
};

struct session_cache *
session_cache_new(size_t entries)
{
	struct session_cache *c = calloc(1, sizeof(*c));
	size_t n = 1;

	if (c == NULL)
		return NULL;
	while (n * WAYS < entries)
		n *= 2;
	c->sets = calloc(n, sizeof(*c->sets));
	if (c->sets == NULL) {
		free(c);
		return NULL;
	}
	c->mask = n - 1;
	crypto_shorthash_keygen(c->key);
	return c;
}

static void
entry_clear(struct entry *e)
{
	if (e->block == NULL)
		return;
	sodium_memzero(e->block, e->len);
	free(e->block);
	*e = (struct entry){0};
}

void
session_cache_free(struct session_cache *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i <= c->mask; i++)
		for (size_t way = 0; way < WAYS; way++)
			entry_clear(&c->sets[i][way]);
	free(c->sets);
	sodium_memzero(c->key, sizeof(c->key));
	free(c);
}

static struct entry *
set_of(struct session_cache *c, const char *key)
{
	uint8_t hash[crypto_shorthash_BYTES];
	uint64_t index;

	crypto_shorthash(hash, (const uint8_t *)key, strlen(key), c->key);
	memcpy(&index, hash, sizeof(index));
	return c->sets[index & c->mask];
}

static const char *
key_of(const struct entry *e)
{
	return e->which == SESSION_KEY_TOKEN ? e->session.token : e->session.id;
}

static struct entry *
find(struct entry *set, enum session_key which, const char *key)
{
	for (size_t way = 0; way < WAYS; way++)
		if (set[way].block != NULL && set[way].which == which &&
		    strcmp(key_of(&set[way]), key) == 0)
			return &set[way];
	return NULL;
}

/* The texts of a row that lie in one block, into the other. */
static void
move_texts(void *row, const size_t *texts, size_t n, const char *from, const char *to)
{
	for (size_t i = 0; i < n; i++) {
		const char **text = (const char **)((char *)row + texts[i]);

		if (*text != NULL)
			*text = to + (*text - from);
	}
}

bool
session_cache_get(struct session_cache *c, enum session_key which, const char *key, int64_t stamp,
    struct wa_arena *a, struct session *ret, struct user *ret_user)
{
	struct entry *e = find(set_of(c, key), which, key);
	char *block;

	if (e == NULL || e->stamp != stamp)
		return false;
	block = wa_arena_alloc(a, e->len);
	if (block == NULL)
		return false;
	memcpy(block, e->block, e->len);
	*ret = e->session;
	*ret_user = e->user;
	move_texts(ret, session_texts, WA_ARRAY_LEN(session_texts), e->block, block);
	move_texts(ret_user, user_texts, WA_ARRAY_LEN(user_texts), e->block, block);
	e->used = ++c->calls;
	return true;
}

static size_t
texts_len(const void *row, const size_t *texts, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		const char *const *text = (const char *const *)((const char *)row + texts[i]);

		len += *text == NULL ? 0 : strlen(*text) + 1;
	}
	return len;
}

/* Copies the texts to p, lets the row point there, and returns where the next goes. */
static char *
take_texts(void *row, const size_t *texts, size_t n, char *p)
{
	for (size_t i = 0; i < n; i++) {
		const char **text = (const char **)((char *)row + texts[i]);
		size_t len;

		if (*text == NULL)
			continue;
		len = strlen(*text) + 1;
		memcpy(p, *text, len);
		*text = p;
		p += len;
	}
	return p;
}

static struct entry *
victim(struct entry *set)
{
	struct entry *oldest = &set[0];

	for (size_t way = 0; way < WAYS; way++) {
		if (set[way].block == NULL)
			return &set[way];
		if (set[way].used < oldest->used)
			oldest = &set[way];
	}
	return oldest;
}

void
session_cache_put(struct session_cache *c, enum session_key which, const char *key, int64_t stamp,
    const struct session *s, const struct user *u)
{
	struct entry *set = set_of(c, key), *e = find(set, which, key);
	size_t len = texts_len(s, session_texts, WA_ARRAY_LEN(session_texts)) +
	    texts_len(u, user_texts, WA_ARRAY_LEN(user_texts));
	char *p;

	if (e == NULL)
		e = victim(set);
	entry_clear(e);
	if (len > BLOCK_MAX)
		return;
	p = malloc(len);
	if (p == NULL)
		return;
	*e = (struct entry){
	    .block = p,
	    .len = len,
	    .stamp = stamp,
	    .used = ++c->calls,
	    .which = which,
	    .session = *s,
	    .user = *u,
	};
	p = take_texts(&e->session, session_texts, WA_ARRAY_LEN(session_texts), p);
	(void)take_texts(&e->user, user_texts, WA_ARRAY_LEN(user_texts), p);
}
