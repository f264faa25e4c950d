/*
 * The only place that knows what the types of keys mean: text becomes a field here, or a reason why
 * not.
 */
#include "lib/base/config_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/parse.h"

enum wa_err
wa_config_nomem(void)
{
	return wa_fault(WA_ERR_NOMEM, "configuration");
}

/* Says where: "FILE:LINE: " or "-o KEY=VALUE: ". */
static enum wa_err
bad(const char *file, const struct wa_config_entry *e, const char *what, const char *fix)
{
	if (e->line == 0)
		return wa_fault(WA_ERR_CONFIG, "%s = %s: %s%s%s", e->key, e->value, what,
		    *fix ? "; " : "", fix);
	return wa_fault(WA_ERR_CONFIG, "%s:%d: %s%s%s%s%s", file, e->line, e->key,
	    *e->key ? ": " : "", what, *fix ? "; " : "", fix);
}

bool
wa_config_value_word(const char *words, const char *word, size_t *ret_index)
{
	size_t n = strlen(word), index = 0;

	for (const char *w = words; *w != '\0'; index++) {
		size_t len = strcspn(w, " ");

		if (len == n && memcmp(w, word, n) == 0) {
			*ret_index = index;
			return true;
		}
		w += len;
		w += strspn(w, " ");
	}
	return false;
}

static enum wa_err
list_append(struct wa_arena *a, struct wa_strings *list, const char *value)
{
	const char **grown = wa_arena_alloc(a, (list->n + 1) * sizeof(*grown));
	char *copy = wa_arena_strdup(a, value);

	if (grown == NULL || copy == NULL)
		return wa_config_nomem();
	if (list->n > 0)
		memcpy(grown, list->v, list->n * sizeof(*grown));
	grown[list->n] = copy;
	list->v = grown;
	list->n++;
	return WA_OK;
}

static bool
parse_mode(const char *value, uint64_t max, uint64_t *ret)
{
	uint64_t mode = 0;

	if (*value == '\0' || strlen(value) > 4)
		return false;
	for (const char *p = value; *p != '\0'; p++) {
		if (*p < '0' || *p > '7')
			return false;
		mode = mode * 8 + (uint64_t)(*p - '0');
	}
	*ret = mode;
	return mode <= max;
}

/* Writes one value into the object that base points at. */
enum wa_err
wa_config_value_set(struct wa_arena *a, const struct wa_key *k, void *base, const char *file,
    const struct wa_config_entry *e)
{
	void *field = (char *)base + k->offset;
	char fix[160];

	switch (k->type) {
	case WA_KEY_STRING: {
		char *copy = wa_arena_strdup(a, e->value);

		if (copy == NULL)
			return wa_config_nomem();
		*(const char **)field = copy;
		return WA_OK;
	}
	case WA_KEY_WORD:
	case WA_KEY_CHOICE: {
		size_t index;

		if (!wa_config_value_word(k->words, e->value, &index)) {
			(void)snprintf(fix, sizeof(fix), "one of: %s", k->words);
			return bad(file, e, "not a value this key has", fix);
		}
		if (k->type == WA_KEY_CHOICE) {
			*(unsigned *)field = (unsigned)index;
			return WA_OK;
		}
		*(const char **)field = wa_arena_strdup(a, e->value);
		return *(const char **)field != NULL ? WA_OK : wa_config_nomem();
	}
	case WA_KEY_LIST: {
		size_t index;

		if (k->words != NULL && !wa_config_value_word(k->words, e->value, &index)) {
			snprintf(
			    fix, sizeof(fix), "one of: %s (repeat the key for several)", k->words);
			return bad(file, e, "not a value this key has", fix);
		}
		if (*e->value == '\0') { /* "key =" empties the list */
			*(struct wa_strings *)field = (struct wa_strings){0};
			return WA_OK;
		}
		return list_append(a, field, e->value);
	}
	case WA_KEY_BOOL:
		if (!wa_parse_bool(e->value, field))
			return bad(file, e, "not a yes or no", "true or false");
		return WA_OK;
	case WA_KEY_UINT: {
		uint64_t v;

		if (!wa_parse_uint(e->value, strlen(e->value), k->max, &v) || v < k->min) {
			(void)snprintf(fix, sizeof(fix), "a number from %" PRIu64 " to %" PRIu64,
			    k->min, k->max);
			return bad(file, e, "not a number this key takes", fix);
		}
		*(uint64_t *)field = v;
		return WA_OK;
	}
	case WA_KEY_MODE:
		if (!parse_mode(e->value, k->max, field))
			return bad(file, e, "not a file mode", "octal, such as 0660");
		return WA_OK;
	case WA_KEY_DURATION: {
		int64_t ms;

		if (!wa_parse_duration(e->value, &ms))
			return bad(
			    file, e, "not a length of time", "a number with ms, s, m, h or d");
		if ((uint64_t)ms < k->min || (uint64_t)ms > k->max) {
			(void)snprintf(fix, sizeof(fix), "from %" PRIu64 "ms to %" PRIu64 "ms",
			    k->min, k->max);
			return bad(file, e, "too short or too long", fix);
		}
		*(int64_t *)field = ms;
		return WA_OK;
	}
	}
	return wa_fault(WA_ERR_CONFIG, "key %s has no type", k->name);
}

enum wa_err
wa_config_value_defaults(struct wa_arena *a, const struct wa_keys *keys, void *base)
{
	for (size_t i = 0; i < keys->n; i++) {
		const struct wa_key *k = &keys->v[i];
		struct wa_config_entry e = {"", k->name, k->fallback, 0};
		enum wa_err err;

		if (k->type != WA_KEY_LIST) {
			err = wa_config_value_set(a, k, base, NULL, &e);
			if (err != WA_OK)
				return err;
			continue;
		}
		for (const char *w = k->fallback; *w != '\0'; w += strspn(w, " ")) {
			size_t len = strcspn(w, " ");

			e.value = wa_arena_strndup(a, w, len);
			if (e.value == NULL)
				return wa_config_nomem();
			err = wa_config_value_set(a, k, base, NULL, &e);
			if (err != WA_OK)
				return err;
			w += len;
		}
	}
	return WA_OK;
}

/*
 * Why the file could not say this, in libinih's syntax, or NULL. Such a value comes from the
 * command line, but for "key =;text", which libinih takes for one; printed, it would read back as
 * another.
 */
static const char *
unwritable(const char *value)
{
	static const char blanks[] = " \t";
	size_t n = strlen(value);

	if (n > 0 && (strchr(blanks, value[0]) != NULL || strchr(blanks, value[n - 1]) != NULL))
		return "a blank at one of its ends";
	for (const char *p = value; *p != '\0'; p++) {
		if (((unsigned char)*p < ' ' && *p != '\t') || *p == '\x7f')
			return "a control character";
		if (*p == ';' && (p == value || strchr(blanks, p[-1]) != NULL))
			return "a ; that begins a comment, having a blank or nothing before it";
	}
	return NULL;
}

enum wa_err
wa_config_value_enter(struct wa_config_target *t, const struct wa_config_entry *e)
{
	const struct wa_key *k = wa_keys_find(t->keys, e->key);
	const char *what;
	size_t i;

	if (k == NULL) {
		bool daemon = t->keys == &wa_keys_daemon;

		if (wa_keys_find(daemon ? &wa_keys_pam : &wa_keys_daemon, e->key) == NULL)
			return bad(t->file, e, "unknown key", "webauth.conf(5) lists them all");
		return bad(t->file, e, "not a key of this section",
		    daemon ? "it belongs under [pam] or [pam SERVICE]"
			   : "it belongs above the first section");
	}
	what = unwritable(e->value);
	if (what != NULL && e->line == 0) /* not quoted: this is one line, whatever the value is */
		return wa_fault(WA_ERR_CONFIG, "%s: the value has %s; leave it out", e->key, what);
	if (what != NULL)
		return bad(t->file, e, what, "leave it out");
	i = (size_t)(k - t->keys->v);
	if (t->seen[i] && k->type != WA_KEY_LIST)
		return bad(t->file, e, "given twice", "keep one of the two");
	if (!t->seen[i] && k->type == WA_KEY_LIST)
		*(struct wa_strings *)(void *)((char *)t->object + k->offset) =
		    (struct wa_strings){0};
	t->seen[i] = true;
	return wa_config_value_set(t->arena, k, t->object, t->file, e);
}
