/*
 * A PAM stack as libpam would run it: read with its includes, and played through for answers that
 * modules might give. Nothing of libpam is needed for that.
 */
#ifndef TOOLS_WEBAUTHCTL_STACK_H
#define TOOLS_WEBAUTHCTL_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"

#define STACK_LINES_MAX	 256 /* of one service, with its includes */
#define STACK_WORDS_MAX	 64  /* of one line */
#define STACK_NESTED_MAX 16  /* files included by each other */

enum stack_kind {
	STACK_AUTH,
	STACK_ACCOUNT,
	STACK_SESSION,
	STACK_PASSWORD,
	STACK_KINDS,
};

extern const char *const stack_kinds[STACK_KINDS];

struct stack_line {
	enum stack_kind kind;
	const char *file;
	int line;
	const char *control; /* as written */
	const char *module;  /* as written */
	bool optional;	     /* a dash before the kind: a missing module is fine */
	unsigned level;	     /* of nested substacks */
	const char *args[STACK_WORDS_MAX];
	size_t n_args;
};

struct stack {
	const struct stack_line *v[STACK_LINES_MAX];
	size_t n;
};

/* Called with each line that cannot be read, and why. */
typedef void stack_bad(void *arg, const char *file, int line, const char *why);

/* Reads directory/service, or "other" there where that is missing (*ret_other). WA_ERR_NOT_FOUND,
 * WA_ERR_NOMEM. Lines that libpam would choke on are reported and left out. */
WA_OUTCOME stack_read(struct wa_arena *a, const char *directory, const char *service,
    stack_bad *bad, void *arg, struct stack *ret, bool *ret_other);

/* The last part of a module's path. */
const char *stack_module_name(const struct stack_line *line);

/* What a module answers: libpam's return codes as a stack writes them, "success", "auth_err" … */
typedef const char *stack_answer(void *arg, const struct stack_line *line);

struct stack_result {
	bool success;
	bool reached[STACK_LINES_MAX];	/* was this line asked? */
	const struct stack_line *ended; /* the line that ended it before its last; NULL: none */
};

/* Plays one kind of lines through. */
void stack_play(const struct stack *s, enum stack_kind kind, stack_answer *answer, void *arg,
    struct stack_result *ret);

#endif
