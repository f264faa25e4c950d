/* The list that config check and store check write. */
#include "tools/webauthctl/problem.h"

#include <stdarg.h>
#include <stdio.h>

static const struct output_field fields[] = {
    {"area", "AREA", false},
    {"problem", "PROBLEM", false},
};

void
problem_begin(struct problem_list *p, const struct ctl *c)
{
	output_list(&p->out, c->format, "problems", fields, WA_ARRAY_LEN(fields));
	p->n = 0;
}

void
problem_add(struct problem_list *p, const char *area, const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	output_text(&p->out, area);
	output_text(&p->out, text);
	output_row(&p->out);
	p->n++;
}

void
problem_add_err(struct problem_list *p, const char *area, enum wa_err e)
{
	problem_add(p, area, "%s", wa_err_detail(e));
}

enum ctl_exit
problem_end(struct problem_list *p)
{
	if (!output_end(&p->out))
		return CTL_FAILED;
	if (p->n > 0)
		return CTL_PROBLEMS;
	message_say("no problems found");
	return CTL_OK;
}
