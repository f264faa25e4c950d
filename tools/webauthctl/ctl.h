/*
 * What every file of webauthctl shares: the table of verbs, what one invocation was given and has
 * opened, exit codes and messages.
 *
 * stdout is data and comes from output.h alone; stderr is messages and comes from message.c alone.
 */
#ifndef TOOLS_WEBAUTHCTL_CTL_H
#define TOOLS_WEBAUTHCTL_CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/compiler.h"
#include "lib/base/error.h"
#include "lib/core/context.h"
#include "tools/webauthctl/output.h"

/* Scripts depend on these numbers (webauthctl(1), EXIT STATUS). */
enum ctl_exit {
	CTL_OK = 0,
	CTL_FAILED = 1,
	CTL_USAGE = 2,
	CTL_NOT_FOUND = 3,
	CTL_REFUSED = 4,
	CTL_UNREACHABLE = 5,
	CTL_CONFLICT = 6,
	CTL_PARTLY = 7,
	CTL_PROBLEMS = 8,
};

#define CTL_OPTIONS_MAX	 12 /* of one verb */
#define CTL_OPERANDS_MAX 4
#define CTL_SETS_MAX	 64

struct ctl;

struct ctl_option {
	const char *name;    /* without its dashes */
	const char *operand; /* NULL: a switch */
	const char *help;
};

/* What is opened before a verb runs. */
enum ctl_need {
	CTL_NEED_NOTHING = 0,
	CTL_NEED_SETTINGS = 1,
	CTL_NEED_KEYRING = 2,
	CTL_NEED_READ = 4,
	CTL_NEED_WRITE = 8,
};

/* One row is all there is to a verb: parsing, help, completions and the manual's test read it. */
struct ctl_verb {
	const char *noun;
	const char *name;
	const char *operands; /* blank-separated; [X] may be left out */
	const char *summary;
	const char *details;			    /* further sentences for --help, or NULL */
	const char *example;			    /* what follows "webauthctl " */
	struct ctl_option options[CTL_OPTIONS_MAX]; /* up to the first without a name */
	unsigned needs;
	enum ctl_exit (*run)(struct ctl *c);
};

struct ctl_noun {
	const char *name;
	const char *summary;
};

extern const struct ctl_verb
    verbs_table[]; /* ends with a NULL noun; verbs of a noun are adjacent */
extern const struct ctl_noun verbs_nouns[]; /* ends with a NULL name */
extern const struct ctl_option verbs_globals[];

/* NULL where there is none. name NULL: the noun's first verb. */
const struct ctl_verb *verbs_find(const char *noun, const char *name);

/* How many operands a verb takes. */
void verbs_operands(const struct ctl_verb *v, size_t *ret_min, size_t *ret_max);

struct ctl {
	/* as given */
	const char *file;
	const char *sets[CTL_SETS_MAX];
	size_t n_sets;
	enum output_format format;
	bool help;
	bool version;
	const char *words[CTL_OPERANDS_MAX + 2]; /* noun, verb, operands */
	size_t n_words;
	const struct ctl_verb *verb;
	const char *values[CTL_OPTIONS_MAX]; /* of the verb's options; NULL: not given */
	const char *const *operands;
	size_t n_operands;

	/* opened for the verb */
	struct wa_settings *settings;
	struct wa_keyring *keyring;
	struct wa_arena *arena;
	struct wa_context cx;
};

/* options.c: the words of the command line into the fields above. */
enum ctl_exit options_parse(struct ctl *c, int argc, char **argv);

/* The value of an option of c->verb, "" for a switch; NULL when it was not given. */
const char *options_get(const struct ctl *c, const char *name);

/* The value as a whole number of 1 to max, fallback when not given. False: said so, a usage error.
 */
bool options_number(
    const struct ctl *c, const char *name, uint64_t max, uint64_t fallback, uint64_t *ret);

/* help.c: on stdout, for the verb, the noun or everything; json gives the whole table. */
enum ctl_exit help_print(const struct ctl *c);
enum ctl_exit help_completion(struct ctl *c);

/* when.c: a duration from now ("7d") or an RFC 3339 time. */
bool when_parse(const char *text, int64_t now_ms, int64_t *ret_ms);

/* open.c */
enum ctl_exit open_settings(struct ctl *c);
enum ctl_exit open_store(struct ctl *c, enum store_mode mode);
enum ctl_exit open_needed(struct ctl *c);
void open_done(struct ctl *c);

/* message.c: one line on stderr, control characters made visible. */
void message_say(const char *fmt, ...) WA_PRINTF(1, 2);

/* The same, followed by where the help is. */
enum ctl_exit message_usage(const struct ctl *c, const char *fmt, ...) WA_PRINTF(2, 3);

/* Says what happened to thing, why, and which command helps; the exit code for e. */
enum ctl_exit message_fail(enum wa_err e, const char *thing);

/* The verbs. */
enum ctl_exit user_add(struct ctl *c);
enum ctl_exit user_list(struct ctl *c);
enum ctl_exit user_show(struct ctl *c);
enum ctl_exit user_set_password(struct ctl *c);
enum ctl_exit user_reset_link(struct ctl *c);
enum ctl_exit user_require_change(struct ctl *c);
enum ctl_exit user_disable(struct ctl *c);
enum ctl_exit user_enable(struct ctl *c);
enum ctl_exit user_delete(struct ctl *c);
enum ctl_exit link_add(struct ctl *c);
enum ctl_exit link_export(struct ctl *c);
enum ctl_exit link_list(struct ctl *c);
enum ctl_exit link_remove(struct ctl *c);
enum ctl_exit app_password_add(struct ctl *c);
enum ctl_exit app_password_list(struct ctl *c);
enum ctl_exit app_password_revoke(struct ctl *c);
enum ctl_exit audit_list(struct ctl *c);
enum ctl_exit audit_verify(struct ctl *c);
enum ctl_exit pam_check(struct ctl *c);
enum ctl_exit pam_test(struct ctl *c);
enum ctl_exit session_list(struct ctl *c);
enum ctl_exit session_kill(struct ctl *c);
enum ctl_exit limit_show(struct ctl *c);
enum ctl_exit limit_reset(struct ctl *c);
enum ctl_exit key_list(struct ctl *c);
enum ctl_exit key_rotate(struct ctl *c);
enum ctl_exit config_check(struct ctl *c);
enum ctl_exit config_show(struct ctl *c);
enum ctl_exit blocklist_prepare(struct ctl *c);
enum ctl_exit store_verb_create(struct ctl *c);
enum ctl_exit store_verb_migrate(struct ctl *c);
enum ctl_exit store_verb_check(struct ctl *c);

/* user.c: the user an operand or option means; says so when there is none. */
struct user;
enum ctl_exit user_find(struct ctl *c, const char *text, struct user *ret);

#endif
