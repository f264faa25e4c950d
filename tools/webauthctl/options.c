/*
 * The command line: noun, verb and operands in their order, options anywhere. No abbreviations: a
 * "--password X" must not be taken for an option that exists, and what a word held that should not
 * be there is not repeated, because it may be a password.
 */
#include <stdio.h>
#include <string.h>

#include "lib/base/parse.h"
#include "tools/webauthctl/ctl.h"

/* Where parsing is: the verb is known only after its two words, which options may precede. */
struct cursor {
	int argc;
	char **argv;
	int at;
	bool only_words; /* behind "--" */
};

static const struct ctl_option *
option_find(const struct ctl_option *table, const char *name, size_t len)
{
	for (; table->name != NULL; table++)
		if (strlen(table->name) == len && strncmp(table->name, name, len) == 0)
			return table;
	return NULL;
}

static enum ctl_exit
set_global(struct ctl *c, const char *name, const char *value)
{
	switch (*name) {
	case 'f': c->file = value; return CTL_OK;
	case 's':
		if (strchr(value, '=') == NULL)
			return message_usage(c, "--set takes key=value");
		if (c->n_sets == CTL_SETS_MAX)
			return message_usage(c, "more than %d --set", CTL_SETS_MAX);
		c->sets[c->n_sets++] = value;
		return CTL_OK;
	case 'o':
		if (!output_format_parse(value, &c->format))
			return message_usage(c, "-o takes table, json, jsonl or tsv");
		return CTL_OK;
	case 'h': c->help = true; return CTL_OK;
	default: c->version = true; return CTL_OK;
	}
}

static enum ctl_exit
set_own(struct ctl *c, const struct ctl_option *o, const char *value)
{
	size_t i = (size_t)(o - c->verb->options);

	if (c->values[i] != NULL)
		return message_usage(c, "--%s is given twice", o->name);
	c->values[i] = value;
	return CTL_OK;
}

static enum ctl_exit
unknown_option(const struct ctl *c, const char *word, size_t len)
{
	if (len >= 10 && strncmp(word, "--password", 10) == 0)
		return message_usage(c,
		    "a password is never an argument, where every process can read it: "
		    "use the prompt, --password-stdin or --password-file FILE");
	if (c->verb == NULL)
		return message_usage(
		    c, "%.*s: no such option here; a verb's own options follow it", (int)len, word);
	return message_usage(
	    c, "%.*s: no such option of %s %s", (int)len, word, c->verb->noun, c->verb->name);
}

/* --name, --name=value, --name value, -f value, -fvalue */
static enum ctl_exit
take_option(struct ctl *c, struct cursor *cu, const char *word)
{
	bool is_short = word[1] != '-';
	const char *name = word + (is_short ? 1 : 2);
	size_t len = is_short ? 1 : strcspn(name, "=");
	const struct ctl_option *global = option_find(verbs_globals, name, len);
	const struct ctl_option *o = global;
	const char *value = name[len] == '\0' ? NULL : name + len + !is_short;

	if (o == NULL && c->verb != NULL && !is_short)
		o = option_find(c->verb->options, name, len);
	if (o == NULL)
		return unknown_option(c, word, len + (is_short ? 1 : 2));
	if (o->operand == NULL && value != NULL)
		return message_usage(c, "%.*s takes no value", (int)(name + len - word), word);
	if (o->operand != NULL && value == NULL) {
		if (cu->at + 1 >= cu->argc)
			return message_usage(c, "%s needs a value: %s", word, o->operand);
		value = cu->argv[++cu->at];
	}
	if (value == NULL)
		value = "";
	return global != NULL ? set_global(c, o->name, value) : set_own(c, o, value);
}

static enum ctl_exit
take_word(struct ctl *c, const char *word)
{
	if (c->n_words == WA_ARRAY_LEN(c->words))
		return message_usage(c, "too many operands");
	c->words[c->n_words++] = word;
	if (c->n_words == 1 && verbs_find(word, NULL) == NULL)
		return message_usage(c, "%s: no such noun", word);
	if (c->n_words != 2)
		return CTL_OK;
	c->verb = verbs_find(c->words[0], word);
	if (c->verb == NULL)
		return message_usage(c, "%s %s: no such verb", c->words[0], word);
	return CTL_OK;
}

static enum ctl_exit
check_words(struct ctl *c)
{
	size_t min, max;

	if (c->help || c->version)
		return CTL_OK;
	if (c->n_words == 0)
		return message_usage(c, "what is to be done?");
	if (c->verb == NULL)
		return message_usage(c, "%s: a verb must follow", c->words[0]);
	verbs_operands(c->verb, &min, &max);
	if (c->n_operands < min)
		return message_usage(
		    c, "%s %s needs: %s", c->verb->noun, c->verb->name, c->verb->operands);
	if (c->n_operands > max)
		return message_usage(c, "%s %s: too many operands", c->verb->noun, c->verb->name);
	return CTL_OK;
}

enum ctl_exit
options_parse(struct ctl *c, int argc, char **argv)
{
	struct cursor cu = {.argc = argc, .argv = argv, .at = 1};

	for (; cu.at < argc; cu.at++) {
		const char *word = argv[cu.at];
		enum ctl_exit x;

		if (!cu.only_words && strcmp(word, "--") == 0) {
			cu.only_words = true;
			continue;
		}
		if (!cu.only_words && word[0] == '-' && word[1] != '\0')
			x = take_option(c, &cu, word);
		else
			x = take_word(c, word);
		if (x != CTL_OK)
			return x;
	}
	c->operands = c->words + 2;
	c->n_operands = c->n_words > 2 ? c->n_words - 2 : 0;
	return check_words(c);
}

const char *
options_get(const struct ctl *c, const char *name)
{
	const struct ctl_option *o = option_find(c->verb->options, name, strlen(name));

	return o == NULL ? NULL : c->values[o - c->verb->options];
}

bool
options_number(
    const struct ctl *c, const char *name, uint64_t max, uint64_t fallback, uint64_t *ret)
{
	const char *text = options_get(c, name);
	uint64_t n = fallback;

	if (text != NULL && (!wa_parse_uint(text, strlen(text), max, &n) || n == 0)) {
		(void)message_usage(
		    c, "--%s takes a whole number from 1 to %ju", name, (uintmax_t)max);
		return false;
	}
	*ret = n;
	return true;
}
