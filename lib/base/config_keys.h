/*
 * The table of keys: name, type, default, bounds and meaning of each, and the field it fills. What
 * reads a configuration, prints it or documents it goes by this table and knows no key by name.
 */
#ifndef LIB_BASE_CONFIG_KEYS_H
#define LIB_BASE_CONFIG_KEYS_H

#include <stddef.h>
#include <stdint.h>

enum wa_key_type {
	WA_KEY_STRING,
	WA_KEY_LIST,
	WA_KEY_BOOL,
	WA_KEY_UINT,
	WA_KEY_MODE,	 /* octal */
	WA_KEY_DURATION, /* int64_t, ms */
	WA_KEY_CHOICE,	 /* an enum: the words stand in order of its values */
	WA_KEY_WORD,	 /* a string that is one of the words */
};

struct wa_key {
	const char *name;
	enum wa_key_type type;
	size_t offset;
	const char *fallback; /* the default as text; for a list: blank-separated */
	const char *words;    /* of CHOICE and WORD, blank-separated; of LIST: what items may be */
	uint64_t min;
	uint64_t max;
	const char *meaning;
};

/* Those of one kind of section, in the order they are printed. */
struct wa_keys {
	const struct wa_key *v;
	size_t n; /* at most WA_KEYS_MAX */
};

#define WA_KEYS_MAX 128

/* What profile = hardened takes for defaults, beside those of the table. */
struct wa_key_default {
	const char *name;
	const char *value;
};

extern const struct wa_key_default wa_keys_hardened[]; /* ends with a NULL name */

extern const struct wa_keys wa_keys_daemon; /* of struct wa_settings */
extern const struct wa_keys wa_keys_pam;    /* of struct wa_service */

/* NULL when there is none of that name. */
const struct wa_key *wa_keys_find(const struct wa_keys *keys, const char *name);

#endif
