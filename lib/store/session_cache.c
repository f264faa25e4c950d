/*
 * All texts of an entry are in one block, in which the rows point; a copy of the block and of the
 * rows, moved by the distance between the blocks, is a copy of both.
 */
#include "lib/store/session_cache.h"

#include <string.h>

#include "lib/base/compiler.h"

#define TEXTS_MAX 1024 /* bytes of an entry's texts and its key */

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

struct kept {
	int64_t stamp;
	enum session_key which;
	struct session session;
	struct user user;
	size_t texts_len;
	char texts[];
};

struct wa_cache *
session_cache_new(size_t entries)
{
	return wa_cache_new(entries, sizeof(struct kept) + TEXTS_MAX);
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
session_cache_get(const struct wa_cache *c, enum session_key which, const char *key, int64_t stamp,
    struct wa_arena *a, struct session *ret, struct user *ret_user)
{
	const struct kept *k = wa_cache_get(c, key, strlen(key));
	char *texts;

	if (k == NULL || k->stamp != stamp || k->which != which)
		return false;
	texts = wa_arena_alloc(a, k->texts_len);
	if (texts == NULL)
		return false;
	memcpy(texts, k->texts, k->texts_len);
	*ret = k->session;
	*ret_user = k->user;
	move_texts(ret, session_texts, WA_ARRAY_LEN(session_texts), k->texts, texts);
	move_texts(ret_user, user_texts, WA_ARRAY_LEN(user_texts), k->texts, texts);
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

void
session_cache_put(struct wa_cache *c, enum session_key which, const char *key, int64_t stamp,
    const struct session *s, const struct user *u)
{
	size_t len = texts_len(s, session_texts, WA_ARRAY_LEN(session_texts)) +
	    texts_len(u, user_texts, WA_ARRAY_LEN(user_texts));
	struct kept *k = wa_cache_put(c, key, strlen(key), sizeof(*k) + len);
	char *p;

	if (k == NULL)
		return;
	k->stamp = stamp;
	k->which = which;
	k->session = *s;
	k->user = *u;
	k->texts_len = len;
	p = take_texts(&k->session, session_texts, WA_ARRAY_LEN(session_texts), k->texts);
	(void)take_texts(&k->user, user_texts, WA_ARRAY_LEN(user_texts), p);
}
