/* webauthctl blocklist: lists of passwords that nobody may choose. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "tools/webauthctl/ctl.h"

struct tally {
	uint64_t kept;
	uint64_t
	    unfit; /* not UTF-8, with control characters, too long, or too short to be chosen */
};

static void
free_line(char **line)
{
	free(*line);
}

/* One line without its end; the folded form is longer or shorter than what it is of. */
static enum wa_err
prepare_line(struct ctl *c, const char *line, size_t n, struct tally *t)
{
	const char *folded;
	enum wa_err e;

	if (n > WA_PASSWORD_MAX || !wa_text_is_utf8(line, n) || wa_text_has_control(line)) {
		t->unfit++;
		return WA_OK;
	}
	e = wa_text_fold(c->arena, line, &folded);
	if (e != WA_OK)
		return e;
	if (wa_text_utf16_len(folded) < c->settings->min_password_length) {
		t->unfit++;
		return WA_OK;
	}
	t->kept++;
	return output_plain(folded, strlen(folded)) && output_plain("\n", 1)
	    ? WA_OK
	    : wa_fault(WA_ERR_SYSTEM, "standard output");
}

enum ctl_exit
blocklist_prepare(struct ctl *c)
{
	WA_CLEANUP(free_line) char *line = NULL;
	size_t size = 0;
	struct tally t = {0};
	ssize_t n;

	while ((n = getline(&line, &size, stdin)) >= 0) {
		enum wa_err e;

		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			line[--n] = '\0';
		e = prepare_line(c, line, (size_t)n, &t);
		if (e != WA_OK)
			return message_fail(e, "blocklist prepare");
		wa_arena_reset(c->arena);
	}
	if (ferror(stdin) != 0) {
		message_say("blocklist prepare: cannot read standard input");
		return CTL_FAILED;
	}
	message_say("%llu passwords, %llu lines left out", (unsigned long long)t.kept,
	    (unsigned long long)t.unfit);
	return CTL_OK;
}
