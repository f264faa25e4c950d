/*
 * From the text of a value to the field of a struct, by the table of keys. What the two lists of
 * keys share with all that fills settings: a file, the command line, a PAM line.
 */
#ifndef LIB_BASE_CONFIG_VALUE_H
#define LIB_BASE_CONFIG_VALUE_H

#include "lib/base/config.h"
#include "lib/base/config_keys.h"

struct wa_arena;

/* One "key = value" before it is applied. */
struct wa_config_entry {
	const char *section;
	const char *key;
	const char *value;
	int line; /* 0: from the command line */
};

/* What a run of entries fills, and what of it is filled: a scalar may be set once, a list starts
 * anew. */
struct wa_config_target {
	struct wa_arena *arena;
	const char *file; /* for messages; NULL on the command line */
	const struct wa_keys *keys;
	void *object;
	bool seen[WA_KEYS_MAX];
};

/* WA_ERR_CONFIG, saying where and what would be right, or WA_ERR_NOMEM. */
WA_OUTCOME wa_config_value_enter(struct wa_config_target *t, const struct wa_config_entry *e);

/* The same for one key of the object that base points at; of a list, appends one item. */
WA_OUTCOME wa_config_value_set(struct wa_arena *a, const struct wa_key *k, void *base,
    const char *file, const struct wa_config_entry *e);

/* Sets all keys of a zeroed object. */
WA_OUTCOME wa_config_value_defaults(struct wa_arena *a, const struct wa_keys *keys, void *base);

/* Which of the blank-separated words it is. */
bool wa_config_value_word(const char *words, const char *word, size_t *ret_index);

/* WA_ERR_NOMEM with the detail that it was the configuration. */
enum wa_err wa_config_nomem(void);

#endif
