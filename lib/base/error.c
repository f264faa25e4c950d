/*
 * The table of outcomes and each thread's last detail.
 *
 * This code also runs inside hosts that load the PAM module, so the detail is the only state there
 * is and belongs to the thread that wrote it.
 */
#include "lib/base/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define DETAIL_SIZE 1024

struct outcome {
	enum wa_err_class class;
	int status;
	const char *name;
	const char *code;
	const char *message;
};

static const struct outcome outcomes[] = {
    [WA_OK] = {WA_CLASS_OK, 200, "OK", NULL, "OK"},
#define WA_ERROR(symbol, class, status, code, message) \
	[WA_ERR_##symbol] = {WA_CLASS_##class, status, #symbol, code, message},
#include "lib/base/errors.def"
#undef WA_ERROR
};

/* A value that is no outcome can only come from a bug or from across a socket: doubt is a fault. */
static const struct outcome unknown = {WA_CLASS_FAULT, 500, "UNKNOWN", NULL, "Internal error"};

static _Thread_local struct {
	enum wa_err e;
	char text[DETAIL_SIZE];
} last;

static const struct outcome *
find(enum wa_err e)
{
	return (size_t)e < WA_ARRAY_LEN(outcomes) ? &outcomes[e] : &unknown;
}

enum wa_err_class
wa_err_class(enum wa_err e)
{
	return find(e)->class;
}

const char *
wa_err_name(enum wa_err e)
{
	return find(e)->name;
}

bool
wa_err_find(const char *name, size_t n, enum wa_err *ret)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(outcomes); i++)
		if (strlen(outcomes[i].name) == n && memcmp(outcomes[i].name, name, n) == 0) {
			*ret = (enum wa_err)i;
			return true;
		}
	return false;
}

const char *
wa_err_code(enum wa_err e)
{
	return find(e)->code;
}

const char *
wa_err_message(enum wa_err e)
{
	return find(e)->message;
}

int
wa_err_status(enum wa_err e)
{
	return find(e)->status;
}

/* A detail cut at its limit may end inside a character; a client must still get valid UTF-8. */
static void
drop_cut_character(char *s)
{
	size_t n = strlen(s);
	size_t lead = n;

	while (lead > 0 && ((unsigned char)s[lead - 1] & 0xc0) == 0x80)
		lead--;
	if (lead > 0 && ((unsigned char)s[lead - 1] & 0x80) != 0)
		s[lead - 1] = '\0';
}

/* By way of a local buffer, because an argument may well be the previous detail. */
static void WA_PRINTF(2, 0) record(enum wa_err e, const char *fmt, va_list ap)
{
	char text[DETAIL_SIZE];
	int n;

	n = vsnprintf(text, sizeof(text), fmt, ap);
	if (n < 0)
		text[0] = '\0';
	else if ((size_t)n >= sizeof(text))
		drop_cut_character(text);

	memcpy(last.text, text, sizeof(last.text));
	last.e = e;
}

enum wa_err
wa_fault(enum wa_err e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(e, fmt, ap);
	va_end(ap);
	return e;
}

enum wa_err
wa_refuse(enum wa_err e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(e, fmt, ap);
	va_end(ap);
	return e;
}

void
wa_err_forget(void)
{
	last.e = WA_OK;
	last.text[0] = '\0';
}

const char *
wa_err_detail(enum wa_err e)
{
	if (e == WA_OK || e != last.e || last.text[0] == '\0')
		return wa_err_message(e);
	return last.text;
}
