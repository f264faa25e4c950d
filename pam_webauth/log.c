/*
 * Log lines. Whoever attacks writes half of them: user, host, terminal come from the network.
 */
#include "pam_webauth/log.h"

#include <security/pam_ext.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "pam_webauth/call.h"

#define LINE_SIZE 1200

/*
 * text with "\xHH" for what may not stand in a log: control bytes, bytes that are not UTF-8, the
 * backslash itself, and in a field also the blank, or "x rhost=192.0.2.1" as a user would name
 * another host to a program that reads these lines. A text that does not fit is cut between
 * characters.
 */
static void
escape(const char *text, bool is_field, char *buffer, size_t size)
{
	bool plain = wa_text_is_utf8(text, strlen(text)) && !wa_text_has_control(text) &&
	    strlen(text) < size / 4;
	size_t n = 0;

	for (const char *p = text; *p != '\0' && n + 5 <= size; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == 0x7f || c == '\\' || (is_field && c == ' ') ||
		    (c >= 0x80 && !plain))
			n += (size_t)snprintf(buffer + n, size - n, "\\x%02x", c);
		else
			buffer[n++] = (char)c;
	}
	buffer[n] = '\0';
}

static void WA_PRINTF(3, 0)
    write_list(const struct call *call, int priority, const char *fmt, va_list ap)
{
	char line[LINE_SIZE], safe[LINE_SIZE];

	if (vsnprintf(line, sizeof(line), fmt, ap) < 0)
		return;
	for (char *p = line; (p = strpbrk(p, "\r\n\t")) != NULL;)
		*p = ' ';
	if (wa_text_has_control(line))
		escape(line, false, safe, sizeof(safe));
	pam_syslog(call->pamh, priority, "%s", wa_text_has_control(line) ? safe : line);
}

void
log_write(const struct call *call, int priority, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_list(call, priority, fmt, ap);
	va_end(ap);
}

void
log_debug(const struct call *call, const char *fmt, ...)
{
	va_list ap;

	if (!call->service.debug)
		return;
	va_start(ap, fmt);
	write_list(call, LOG_DEBUG, fmt, ap);
	va_end(ap);
}

/* Memory runs out where a service has a limit on its address space: say so, it is what mends it. */
static void
log_no_memory(const struct call *call)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		log_write(call, LOG_CRIT,
		    "out of memory: %s; this process is limited to %llu MiB of address space "
		    "(Dovecot: vsz_limit; systemd: LimitAS) and a password check takes up to 128",
		    wa_err_detail(WA_ERR_NOMEM),
		    (unsigned long long)limit.rlim_cur / (1024ULL * 1024));
	else
		log_write(call, LOG_CRIT, "out of memory: %s", wa_err_detail(WA_ERR_NOMEM));
}

int
log_outcome(const struct call *call, enum codes_function function, enum wa_err e)
{
	if (e == WA_ERR_NOMEM)
		log_no_memory(call);
	else
		log_write(call, codes_priority(e), "%s: %s", wa_err_name(e), wa_err_detail(e));
	return codes_pam(function, e);
}

static void
item(const struct call *call, int type, char *buffer, size_t size)
{
	const void *text = NULL;

	if (pam_get_item(call->pamh, type, &text) != PAM_SUCCESS || text == NULL)
		text = "";
	escape(text, true, buffer, size);
}

const char *
log_name(const struct call *call, char buffer[static LOG_NAME_SIZE])
{
	escape(call->name, true, buffer, LOG_NAME_SIZE);
	return buffer;
}

void
log_failure(const struct call *call, bool known)
{
	char tty[128], ruser[LOG_NAME_SIZE] = "", rhost[LOG_NAME_SIZE], name[LOG_NAME_SIZE];

	item(call, PAM_TTY, tty, sizeof(tty));
	item(call, PAM_RHOST, rhost, sizeof(rhost));
	/* Mail and ftp servers put the name that was typed here as well. */
	if (known)
		item(call, PAM_RUSER, ruser, sizeof(ruser));

	log_write(call, LOG_NOTICE,
	    "authentication failure; logname= uid=%u euid=%u tty=%s ruser=%s rhost=%s%s%s",
	    (unsigned)getuid(), (unsigned)geteuid(), tty, ruser, rhost, known ? "  user=" : "",
	    known ? log_name(call, name) : "");
}
