/* What is said on stderr, and which exit code an outcome has. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/webauthctl/ctl.h"

#define MESSAGE_MAX 8192

static void say(const char *fmt, va_list ap, const char *then) WA_PRINTF(1, 0);

static void
say(const char *fmt, va_list ap, const char *then)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf line = WA_BUF_INIT(8 * MESSAGE_MAX);
	char text[MESSAGE_MAX];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	wa_buf_str(&line, "webauthctl: ");
	output_escape(&line, text, strlen(text), OUTPUT_ESCAPE_TEXT);
	wa_buf_str(&line, then);
	wa_buf_char(&line, '\n');
	if (!line.failed)
		(void)fwrite(line.data, 1, line.len, stderr);
}

void
message_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap, "");
	va_end(ap);
}

enum ctl_exit
message_usage(const struct ctl *c, const char *fmt, ...)
{
	char then[128] = "; see: webauthctl --help";
	va_list ap;

	if (c->verb != NULL)
		(void)snprintf(then, sizeof(then), "; see: webauthctl %s %s --help", c->verb->noun,
		    c->verb->name);
	else if (c->n_words > 0 && verbs_find(c->words[0], NULL) != NULL)
		(void)snprintf(then, sizeof(then), "; see: webauthctl %s --help", c->words[0]);
	va_start(ap, fmt);
	say(fmt, ap, then);
	va_end(ap);
	return CTL_USAGE;
}

/* Everything else is CTL_FAILED. */
static const enum ctl_exit exits[] = {
    [WA_OK] = CTL_OK,
    [WA_ERR_NOT_FOUND] = CTL_NOT_FOUND,
    [WA_ERR_USER_UNKNOWN] = CTL_NOT_FOUND,
    [WA_ERR_INVALID_EMAIL] = CTL_USAGE,
    [WA_ERR_INVALID] = CTL_USAGE,
    [WA_ERR_TOO_LONG] = CTL_USAGE,
    [WA_ERR_PASSWORD_TOO_SHORT] = CTL_REFUSED,
    [WA_ERR_PASSWORD_TOO_LONG] = CTL_REFUSED,
    [WA_ERR_PASSWORD_COMPROMISED] = CTL_REFUSED,
    [WA_ERR_NOT_PERMITTED] = CTL_REFUSED,
    [WA_ERR_STORE_DENIED] = CTL_REFUSED,
    [WA_ERR_CONFLICT] = CTL_CONFLICT,
};

static const char *const hints[] = {
    [WA_ERR_STORE_MISSING] = "start sessiond once, or run: webauthctl store create",
    [WA_ERR_STORE_DENIED] = "run as root or as the store's owner, e.g. sudo -u webauth webauthctl",
    [WA_ERR_STORE_CORRUPT] = "stop sessiond and restore a backup; see: webauthctl store check",
    [WA_ERR_STORE_BUSY] = "another process is writing: try again",
    [WA_ERR_STORE_FULL] = "free some space and try again",
    [WA_ERR_CONFIG] = "see: webauthctl config check",
    [WA_ERR_PASSWORD_TOO_SHORT] = "see: webauthctl config show (min_password_length)",
    [WA_ERR_PASSWORD_TOO_LONG] = "see: webauthctl config show (max_password_length)",
    [WA_ERR_PASSWORD_COMPROMISED] = "or set it nevertheless, with --allow-common",
};

/* What lib/store says in brackets at the end is how to mend it: then another hint only misleads. */
static const char *
hint_for(enum wa_err e, const char *detail)
{
	size_t n = strlen(detail);

	if (e == WA_ERR_STORE_DENIED && n > 0 && detail[n - 1] == ')')
		return NULL;
	return (size_t)e < WA_ARRAY_LEN(hints) ? hints[e] : NULL;
}

enum ctl_exit
message_fail(enum wa_err e, const char *thing)
{
	const char *detail = wa_err_detail(e);
	const char *hint = hint_for(e, detail);

	/* A fault without a detail has only the words for strangers. */
	if (wa_err_class(e) == WA_CLASS_FAULT && strcmp(detail, wa_err_message(e)) == 0)
		detail = wa_err_name(e);
	if (hint != NULL)
		message_say("%s: %s; %s", thing, detail, hint);
	else
		message_say("%s: %s", thing, detail);
	return (size_t)e < WA_ARRAY_LEN(exits) && exits[e] != CTL_OK ? exits[e] : CTL_FAILED;
}
