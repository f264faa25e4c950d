/* The words, then a walk over the password that marks how far words and fillers can reach. */
#include "lib/core/context_words.h"

#include <string.h>

#include "lib/base/text.h"

#define WORD_MIN  3  /* bytes */
#define WORDS_MAX 64 /* a name of more words than these is told from them well enough */

struct words {
	struct wa_arena *arena;
	struct word {
		const char *text;
		size_t len;
	} v[WORDS_MAX];
	size_t n;
};

/* In folded text, which has no capital letters. */
static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static void
add(struct words *w, const char *text, size_t len)
{
	if (len >= WORD_MIN && w->n < WORDS_MAX)
		w->v[w->n++] = (struct word){text, len};
}

/* A text and its runs of letters. One that is not UTF-8 is refused where it is to be kept. */
static enum wa_err
add_text(struct words *w, const char *text)
{
	const char *folded;
	enum wa_err e;

	if (text == NULL)
		return WA_OK;
	e = wa_text_fold(w->arena, text, &folded);
	if (e == WA_ERR_INVALID)
		return WA_OK;
	if (e != WA_OK)
		return e;
	add(w, folded, strlen(folded));
	for (const char *p = folded; *p != '\0';) {
		size_t len = 0;

		while (p[len] != '\0' && is_letter(p[len]))
			len++;
		add(w, p, len);
		p += len > 0 ? len : 1;
	}
	return WA_OK;
}

/* Without scheme, port and path. */
static enum wa_err
add_host(struct words *w, const char *url)
{
	const char *host = strstr(url, "://");
	char *copy;

	if (host == NULL)
		return WA_OK;
	host += 3;
	copy = wa_arena_strndup(w->arena, host, strcspn(host, ":/"));
	return copy != NULL ? add_text(w, copy) : wa_fault(WA_ERR_NOMEM, "base_url");
}

/* What stands before the @ is a word of its own. */
static enum wa_err
add_email(struct words *w, const char *email)
{
	const char *at = email != NULL ? strchr(email, '@') : NULL;
	enum wa_err e = add_text(w, email);
	char *local;

	if (e != WA_OK || at == NULL)
		return e;
	local = wa_arena_strndup(w->arena, email, (size_t)(at - email));
	return local != NULL ? add_text(w, local) : wa_fault(WA_ERR_NOMEM, "e-mail");
}

static enum wa_err
collect(struct words *w, const struct wa_settings *s, const struct wa_password_owner *owner)
{
	enum wa_err e = add_text(w, s->site_name);

	if (e == WA_OK && s->base_url != NULL)
		e = add_host(w, s->base_url);
	if (e != WA_OK || owner == NULL)
		return e;
	e = add_text(w, owner->username);
	if (e == WA_OK)
		e = add_email(w, owner->email);
	return e == WA_OK ? add_text(w, owner->name) : e;
}

/* How far a beginning of the text that was cut into words and fillers goes. */
enum reach {
	REACH_NOT,
	REACH_FILLERS,
	REACH_WORD, /* with a word among them */
};

enum wa_err
wa_context_words_are_all(struct wa_arena *a, const struct wa_settings *s,
    const struct wa_password_owner *owner, const char *folded, bool *ret)
{
	struct words w = {.arena = a};
	size_t n = strlen(folded);
	uint8_t *reach = wa_arena_alloc(a, n + 1); /* zeroed: REACH_NOT */
	enum wa_err e;

	if (reach == NULL)
		return wa_fault(WA_ERR_NOMEM, "password");
	e = collect(&w, s, owner);
	if (e != WA_OK)
		return e;

	reach[0] = REACH_FILLERS;
	for (size_t i = 0; i < n; i++) {
		if (reach[i] == REACH_NOT)
			continue;
		if (!is_letter(folded[i]) && reach[i + 1] < reach[i])
			reach[i + 1] = reach[i];
		for (size_t j = 0; j < w.n; j++)
			if (strncmp(folded + i, w.v[j].text, w.v[j].len) == 0)
				reach[i + w.v[j].len] = REACH_WORD;
	}
	*ret = reach[n] == REACH_WORD;
	return WA_OK;
}
