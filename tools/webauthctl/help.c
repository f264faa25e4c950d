/* Help and completions, written from the table of verbs. */
#include <stdio.h>
#include <string.h>

#include "lib/base/json_write.h"
#include "tools/webauthctl/ctl.h"

#define HELP_MAX (256UL * 1024)

/* An option as it is typed: one dash before a letter, two before a word. */
static void
option_name(struct wa_buf *b, const struct ctl_option *o)
{
	wa_buf_printf(b, "%s%s", strlen(o->name) == 1 ? "-" : "--", o->name);
	if (o->operand != NULL)
		wa_buf_printf(b, " %s", o->operand);
}

static void
synopsis(struct wa_buf *b, const struct ctl_verb *v)
{
	wa_buf_printf(b, "%s %s", v->noun, v->name);
	if (*v->operands != '\0')
		wa_buf_printf(b, " %s", v->operands);
	for (const struct ctl_option *o = v->options; o->name != NULL; o++) {
		wa_buf_str(b, " [");
		option_name(b, o);
		wa_buf_char(b, ']');
	}
}

static void
option_lines(struct wa_buf *b, const struct ctl_option *o)
{
	for (; o->name != NULL; o++) {
		size_t start = b->len;

		wa_buf_str(b, "  ");
		option_name(b, o);
		while (!b->failed && b->len - start < 24)
			wa_buf_char(b, ' ');
		wa_buf_printf(b, "  %s\n", o->help);
	}
}

static void
verb_help(struct wa_buf *b, const struct ctl_verb *v)
{
	wa_buf_str(b, "usage: webauthctl ");
	synopsis(b, v);
	wa_buf_printf(b, "\n\n%s %s: %s\n", v->noun, v->name, v->summary);
	if (v->details != NULL)
		wa_buf_printf(b, "\n%s\n", v->details);
	if (v->options[0].name != NULL) {
		wa_buf_str(b, "\nOptions:\n");
		option_lines(b, v->options);
	}
	wa_buf_str(b, "\nGlobal options:\n");
	option_lines(b, verbs_globals);
	wa_buf_printf(b, "\nExample:\n  webauthctl %s\n", v->example);
}

static void
verb_lines(struct wa_buf *b, const char *noun)
{
	for (const struct ctl_verb *v = verbs_table; v->noun != NULL; v++)
		if (strcmp(v->noun, noun) == 0)
			wa_buf_printf(b, "  %-10s %-12s  %s\n", v->noun, v->name, v->summary);
}

static void
noun_help(struct wa_buf *b, const char *noun)
{
	for (const struct ctl_noun *n = verbs_nouns; n->name != NULL; n++)
		if (strcmp(n->name, noun) == 0)
			wa_buf_printf(b,
			    "usage: webauthctl %s VERB …\n\n%s: %s\n\nVerbs (each has --help):\n",
			    noun, noun, n->summary);
	verb_lines(b, noun);
	wa_buf_printf(b, "\nExample:\n  webauthctl %s\n", verbs_find(noun, NULL)->example);
}

static void
full_help(struct wa_buf *b)
{
	wa_buf_str(b,
	    "usage: webauthctl [OPTIONS] NOUN VERB …\n\nAdministers webauth's users, "
	    "sessions and keys, as root or as the store's owner.\n\n");
	for (const struct ctl_noun *n = verbs_nouns; n->name != NULL; n++)
		verb_lines(b, n->name);
	wa_buf_str(b, "\nGlobal options:\n");
	option_lines(b, verbs_globals);
	wa_buf_str(b, "\nExample:\n  webauthctl user list\n");
}

static void
json_options(struct wa_buf *b, const struct ctl_option *o)
{
	wa_json_key(b, "options");
	wa_json_open(b, '[');
	for (; o->name != NULL; o++) {
		wa_json_open(b, '{');
		wa_json_key(b, "name");
		wa_json_string(b, o->name);
		wa_json_key(b, "operand");
		wa_json_string(b, o->operand);
		wa_json_key(b, "help");
		wa_json_string(b, o->help);
		wa_json_close(b, '}');
	}
	wa_json_close(b, ']');
}

static void
json_member(struct wa_buf *b, const char *key, const char *value)
{
	wa_json_key(b, key);
	wa_json_string(b, value);
}

/* The table itself, for tests and for who writes documentation. */
static void
json_help(struct wa_buf *b)
{
	wa_json_open(b, '{');
	wa_json_key(b, "schema");
	wa_json_int(b, OUTPUT_SCHEMA);
	json_options(b, verbs_globals);
	wa_json_key(b, "verbs");
	wa_json_open(b, '[');
	for (const struct ctl_verb *v = verbs_table; v->noun != NULL; v++) {
		wa_json_open(b, '{');
		json_member(b, "noun", v->noun);
		json_member(b, "verb", v->name);
		json_member(b, "operands", v->operands);
		json_member(b, "summary", v->summary);
		json_member(b, "details", v->details);
		json_member(b, "example", v->example);
		json_options(b, v->options);
		wa_json_close(b, '}');
	}
	wa_json_close(b, ']');
	wa_json_close(b, '}');
	wa_buf_char(b, '\n');
}

static enum ctl_exit
put(struct wa_buf *b)
{
	if (b->failed) {
		message_say("not enough memory");
		return CTL_FAILED;
	}
	return output_plain(b->data, b->len) ? CTL_OK : CTL_FAILED;
}

enum ctl_exit
help_print(const struct ctl *c)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(HELP_MAX);

	if (c->format == OUTPUT_JSON)
		json_help(&b);
	else if (c->verb != NULL)
		verb_help(&b, c->verb);
	else if (c->n_words > 0)
		noun_help(&b, c->words[0]);
	else
		full_help(&b);
	return put(&b);
}

/* ---- completions ---- */

static void
words_of_verb(struct wa_buf *b, const struct ctl_verb *v)
{
	for (const struct ctl_option *o = v->options; o->name != NULL; o++)
		wa_buf_printf(b, " --%s", o->name);
}

static void
words_of_noun(struct wa_buf *b, const char *noun)
{
	for (const struct ctl_verb *v = verbs_table; v->noun != NULL; v++)
		if (strcmp(v->noun, noun) == 0)
			wa_buf_printf(b, " %s", v->name);
}

static void
words_of_globals(struct wa_buf *b)
{
	for (const struct ctl_option *o = verbs_globals; o->name != NULL; o++)
		wa_buf_printf(b, " %s%s", strlen(o->name) == 1 ? "-" : "--", o->name);
}

/* Which words fit behind "noun verb"; used by bash and, through bashcompinit, by zsh. */
static void
bash(struct wa_buf *b)
{
	wa_buf_str(b,
	    "_webauthctl() {\n"
	    "\tlocal cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\" "
	    "path='' words='' i skip=''\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tif [[ -n $skip ]]; then skip=''; continue; fi\n"
	    "\t\tcase \"${COMP_WORDS[i]}\" in\n"
	    "\t\t-f|-o|--set) skip=1 ;;\n"
	    "\t\t-*) ;;\n"
	    "\t\t*) path+=\"${path:+ }${COMP_WORDS[i]}\" ;;\n"
	    "\t\tesac\n"
	    "\tdone\n"
	    "\tcase \"$prev\" in\n"
	    "\t-o) COMPREPLY=($(compgen -W 'table json jsonl tsv' -- \"$cur\")); return ;;\n"
	    "\t-f|--password-file) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
	    "\tesac\n"
	    "\tcase \"$path\" in\n\t'') words='");
	for (const struct ctl_noun *n = verbs_nouns; n->name != NULL; n++)
		wa_buf_printf(b, "%s ", n->name);
	words_of_globals(b);
	wa_buf_str(b, "' ;;\n");
	for (const struct ctl_noun *n = verbs_nouns; n->name != NULL; n++) {
		wa_buf_printf(b, "\t'%s') words='", n->name);
		words_of_noun(b, n->name);
		wa_buf_str(b, "' ;;\n");
	}
	for (const struct ctl_verb *v = verbs_table; v->noun != NULL; v++) {
		wa_buf_printf(b, "\t'%s %s'*) words='", v->noun, v->name);
		words_of_verb(b, v);
		words_of_globals(b);
		wa_buf_str(b, "' ;;\n");
	}
	wa_buf_str(b,
	    "\tesac\n\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n"
	    "complete -F _webauthctl webauthctl\n");
}

/* Text between single quotes, for fish. */
static void
quoted(struct wa_buf *b, const char *s)
{
	wa_buf_char(b, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'' || *s == '\\')
			wa_buf_char(b, '\\');
		wa_buf_char(b, *s);
	}
	wa_buf_char(b, '\'');
}

static void
fish_option(struct wa_buf *b, const struct ctl_option *o)
{
	wa_buf_printf(b, " -%c %s%s -d ", strlen(o->name) == 1 ? 's' : 'l', o->name,
	    o->operand != NULL ? " -r" : "");
	quoted(b, o->help);
	wa_buf_char(b, '\n');
}

static void
fish(struct wa_buf *b)
{
	wa_buf_str(b, "complete -c webauthctl -f\n");
	for (const struct ctl_option *o = verbs_globals; o->name != NULL; o++) {
		wa_buf_str(b, "complete -c webauthctl");
		fish_option(b, o);
	}
	for (const struct ctl_noun *n = verbs_nouns; n->name != NULL; n++) {
		wa_buf_printf(
		    b, "complete -c webauthctl -n __fish_use_subcommand -a %s -d ", n->name);
		quoted(b, n->summary);
		wa_buf_char(b, '\n');
	}
	for (const struct ctl_verb *v = verbs_table; v->noun != NULL; v++) {
		wa_buf_printf(b,
		    "complete -c webauthctl -n '__fish_seen_subcommand_from %s' -a %s -d ", v->noun,
		    v->name);
		quoted(b, v->summary);
		wa_buf_char(b, '\n');
		for (const struct ctl_option *o = v->options; o->name != NULL; o++) {
			wa_buf_printf(b,
			    "complete -c webauthctl -n '__fish_seen_subcommand_from %s; and "
			    "__fish_seen_subcommand_from %s'",
			    v->noun, v->name);
			fish_option(b, o);
		}
	}
}

enum ctl_exit
help_completion(struct ctl *c)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(HELP_MAX);

	if (strcmp(c->verb->name, "fish") == 0) {
		fish(&b);
		return put(&b);
	}
	if (strcmp(c->verb->name, "zsh") == 0)
		wa_buf_str(
		    &b, "#compdef webauthctl\nautoload -U +X bashcompinit && bashcompinit\n");
	bash(&b);
	return put(&b);
}
