/* Reading and playing PAM stacks, after pam.conf(5) and libpam's dispatcher. */
#include "tools/webauthctl/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/parse.h"

#define FILE_MAX (64 * 1024)

const char *const stack_kinds[STACK_KINDS] = {"auth", "account", "session", "password"};

struct reader {
	struct wa_arena *arena;
	const char *directory;
	stack_bad *bad;
	void *arg;
	struct stack *stack;
	unsigned nested;
	enum wa_err failed;
};

/* Where a file is included: which lines of it count, and how deep they lie. */
struct place {
	int kind; /* -1: all */
	unsigned level;
};

static void read_service(struct reader *r, const char *file, struct place place);

/* ---- words ---- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next word of a line: [in brackets], where "\]" is a bracket, or up to a blank. NULL at the
 * end or at a bracket that is not closed. */
static char *
next_word(char **at)
{
	char *in = *at, *word, *out;

	while (is_blank(*in))
		in++;
	if (*in == '\0')
		return NULL;
	word = out = in;
	if (*in != '[') {
		while (*in != '\0' && !is_blank(*in))
			in++;
	} else {
		for (in++; *in != ']'; in++) {
			if (*in == '\0')
				return NULL;
			if (*in == '\\' && in[1] == ']')
				in++;
			*out++ = *in;
		}
		*out = '\0';
		*at = in + 1;
		return word;
	}
	*at = *in == '\0' ? in : in + 1;
	*in = '\0';
	return word;
}

/* ---- one line ---- */

static int
kind_of(const char *word)
{
	for (int i = 0; i < STACK_KINDS; i++)
		if (strcasecmp(word, stack_kinds[i]) == 0)
			return i;
	return -1;
}

static void
include(struct reader *r, const char *file, int line, const char *name, struct place place)
{
	const char *path = name;

	if (name == NULL) {
		r->bad(r->arg, file, line, "an include without a name");
		return;
	}
	if (name[0] != '/')
		path = wa_arena_printf(r->arena, "%s/%s", r->directory, name);
	else
		path = wa_arena_strdup(r->arena, name);
	if (path == NULL) {
		r->failed = wa_fault(WA_ERR_NOMEM, "stack");
		return;
	}
	if (access(path, F_OK) != 0) {
		r->bad(r->arg, file, line,
		    "includes a file that is not there, which refuses everybody");
		return;
	}
	read_service(r, path, place);
}

static bool
take_words(struct reader *r, struct stack_line *l, char *at)
{
	char *word;

	while ((word = next_word(&at)) != NULL) {
		if (l->n_args == STACK_WORDS_MAX)
			return false;
		l->args[l->n_args] = wa_arena_strdup(r->arena, word);
		if (l->args[l->n_args++] == NULL)
			return false;
	}
	return at[strspn(at, " \t")] == '\0';
}

static void
add_line(struct reader *r, const struct stack_line *found, const char *module, char *at)
{
	struct stack_line *l = wa_arena_alloc(r->arena, sizeof(*l));

	if (l == NULL) {
		r->failed = wa_fault(WA_ERR_NOMEM, "stack");
		return;
	}
	*l = *found;
	l->control = wa_arena_strdup(r->arena, found->control);
	l->module = wa_arena_strdup(r->arena, module);
	if (l->control == NULL || l->module == NULL)
		r->failed = wa_fault(WA_ERR_NOMEM, "stack");
	else if (!take_words(r, l, at))
		r->bad(r->arg, l->file, l->line, "a bracket is not closed, or too many words");
	else if (r->stack->n == STACK_LINES_MAX)
		r->bad(r->arg, l->file, l->line, "more lines than a stack can sensibly have");
	else
		r->stack->v[r->stack->n++] = l;
}

static void
read_line(struct reader *r, const char *file, int number, char *text, struct place place)
{
	struct stack_line l = {.file = file, .line = number, .level = place.level};
	char *at = text, *word = next_word(&at), *module;
	int kind;

	if (word == NULL)
		return;
	if (strcmp(word, "@include") == 0) {
		include(r, file, number, next_word(&at), place);
		return;
	}
	l.optional = word[0] == '-';
	kind = kind_of(word + l.optional);
	l.control = next_word(&at);
	module = next_word(&at);
	if (kind < 0 || l.control == NULL || module == NULL) {
		r->bad(r->arg, file, number, "not \"type control module\"");
		return;
	}
	if (place.kind >= 0 && kind != place.kind)
		return;
	l.kind = (enum stack_kind)kind;
	if (strcasecmp(l.control, "include") == 0)
		include(r, file, number, module, (struct place){kind, place.level});
	else if (strcasecmp(l.control, "substack") == 0)
		include(r, file, number, module, (struct place){kind, place.level + 1});
	else
		add_line(r, &l, module, at);
}

/* ---- files ---- */

static void
closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static char *
read_text(struct reader *r, const char *file)
{
	WA_CLEANUP(closep) int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	char *text;
	size_t size, n = 0;
	ssize_t got = 1;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
		return NULL;
	size = (size_t)st.st_size;
	text = wa_arena_alloc(r->arena, size + 1);
	while (text != NULL && n < size && got > 0) {
		got = read(fd, text + n, size - n);
		if (got > 0)
			n += (size_t)got;
	}
	return n == size ? text : NULL;
}

/* Cuts the text into lines; a backslash at the end of one goes on with the next. */
static void
read_lines(struct reader *r, const char *file, char *text, struct place place)
{
	char *out = text, *start = text;
	int number = 1, first = 1;
	bool end;

	for (char *in = text;; in++) {
		if (*in == '\\' && in[1] == '\n') {
			*out++ = ' ';
			in++;
			number++;
			continue;
		}
		if (*in != '\n' && *in != '\0') {
			*out++ = *in;
			continue;
		}
		end = *in == '\0';
		*out++ = '\0';
		start[strcspn(start, "#")] = '\0';
		if (r->failed == WA_OK)
			read_line(r, file, first, start, place);
		if (end)
			return;
		start = out;
		first = ++number;
	}
}

static void
read_service(struct reader *r, const char *file, struct place place)
{
	char *text;

	if (r->nested == STACK_NESTED_MAX) {
		r->bad(r->arg, file, 1, "files include each other without an end");
		return;
	}
	text = read_text(r, file);
	if (text == NULL) {
		r->bad(r->arg, file, 1, "cannot be read");
		return;
	}
	r->nested++;
	read_lines(r, file, text, place);
	r->nested--;
}

enum wa_err
stack_read(struct wa_arena *a, const char *directory, const char *service, stack_bad *bad,
    void *arg, struct stack *ret, bool *ret_other)
{
	struct reader r = {
	    .arena = a, .directory = directory, .bad = bad, .arg = arg, .stack = ret};
	const char *file = wa_arena_printf(a, "%s/%s", directory, service);

	*ret = (struct stack){.n = 0};
	*ret_other = false;
	if (file != NULL && access(file, F_OK) != 0 && errno == ENOENT) {
		*ret_other = true;
		file = wa_arena_printf(a, "%s/other", directory);
	}
	if (file == NULL)
		return wa_fault(WA_ERR_NOMEM, "stack");
	if (access(file, F_OK) != 0)
		return wa_refuse(WA_ERR_NOT_FOUND, "%s: %s", file, strerror(errno));
	read_service(&r, file, (struct place){-1, 0});
	return r.failed;
}

const char *
stack_module_name(const struct stack_line *line)
{
	const char *slash = strrchr(line->module, '/');

	return slash == NULL ? line->module : slash + 1;
}

/* ---- playing it ---- */

/* What the old words mean (pam.conf(5)). */
static const char *
control_values(const char *control)
{
	static const char *const words[][2] = {
	    {"required", "success=ok new_authtok_reqd=ok ignore=ignore default=bad"},
	    {"requisite", "success=ok new_authtok_reqd=ok ignore=ignore default=die"},
	    {"sufficient", "success=done new_authtok_reqd=done default=ignore"},
	    {"optional", "success=ok new_authtok_reqd=ok default=ignore"},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(words); i++)
		if (strcasecmp(control, words[i][0]) == 0)
			return words[i][1];
	return control;
}

/* The action of a control for an answer, NUL-terminated; what is not named is "bad". */
static void
action_for(const char *control, const char *answer, char ret[static 16])
{
	const char *fallback = "bad";

	(void)snprintf(ret, 16, "%s", "");
	for (const char *w = control_values(control); *w != '\0';) {
		size_t n, key;

		w += strspn(w, " \t");
		n = strcspn(w, " \t");
		key = strcspn(w, "= \t");
		if (key < n && strlen(answer) == key && strncasecmp(w, answer, key) == 0)
			(void)snprintf(ret, 16, "%.*s", (int)(n - key - 1), w + key + 1);
		else if (key < n && key == 7 && strncasecmp(w, "default", key) == 0)
			fallback = w + key + 1;
		w += n;
	}
	if (ret[0] == '\0')
		(void)snprintf(ret, 16, "%.*s", (int)strcspn(fallback, " \t"), fallback);
}

struct play {
	enum { OPEN, GOOD, BAD } so_far;
	bool success; /* the status, once it is not open */
};

/* libpam's dispatcher for one answer; true when the stack is decided. */
static bool
act(struct play *p, const char *action, const char *answer)
{
	bool success = strcmp(answer, "success") == 0;
	bool takes = p->so_far == OPEN || (p->so_far == GOOD && p->success);

	if (strcmp(action, "ignore") == 0)
		return false;
	if (strcmp(action, "reset") == 0) {
		*p = (struct play){OPEN, false};
		return false;
	}
	if (strcmp(action, "ok") == 0 || strcmp(action, "done") == 0) {
		if (takes && strcmp(answer, "ignore") != 0)
			*p = (struct play){GOOD, success};
		return action[0] == 'd' && p->so_far == GOOD;
	}
	*p = (struct play){BAD, false}; /* bad, die, and what no libpam knows */
	return strcmp(action, "die") == 0;
}

/* The next line of this kind from i on, at this level or above. */
static size_t
next_of(const struct stack *s, enum stack_kind kind, size_t i)
{
	while (i < s->n && s->v[i]->kind != kind)
		i++;
	return i;
}

/* Past what is left of a substack. */
static size_t
leave(const struct stack *s, enum stack_kind kind, size_t i)
{
	unsigned level = s->v[i]->level;

	do
		i = next_of(s, kind, i + 1);
	while (i < s->n && s->v[i]->level >= level);
	return i;
}

void
stack_play(const struct stack *s, enum stack_kind kind, stack_answer *answer, void *arg,
    struct stack_result *ret)
{
	struct play p = {OPEN, false};
	size_t i = next_of(s, kind, 0);

	*ret = (struct stack_result){.success = false};
	while (i < s->n) {
		const struct stack_line *l = s->v[i];
		const char *said = answer(arg, l);
		char action[16];
		uint64_t jump;

		ret->reached[i] = true;
		action_for(l->control, said, action);
		if (wa_parse_uint(action, strlen(action), STACK_LINES_MAX, &jump)) {
			for (i = next_of(s, kind, i + 1); jump > 0 && i < s->n; jump--)
				i = next_of(s, kind, i + 1);
			if (jump > 0) /* past the end: libpam refuses */
				p = (struct play){BAD, false};
			continue;
		}
		if (!act(&p, action, said)) {
			i = next_of(s, kind, i + 1);
			continue;
		}
		ret->ended = l;
		i = l->level == 0 ? s->n : leave(s, kind, i);
	}
	ret->success = p.so_far == GOOD && p.success;
}
