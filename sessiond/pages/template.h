/*
 * Templates: HTML with values from a JSON document. Every value is escaped; there is no way not to.
 *
 *	{{name}} {{user.name}}       a string or number, escaped; nothing when there is none
 *	{{t key}}                    the text of that key; {name} in it is a value
 *	{{t error.=code}}            the key's last part is a value
 *	{{asset style.css}}          the URL of an asset, with its version
 *	{{#name}}…{{/name}}          if name is true or not empty; for an array: for each item,
 *whose members are found first
 *	{{^name}}…{{/name}}          if it is not
 *	{{>name}}                    another template, name.html
 */
#ifndef SESSIOND_PAGES_TEMPLATE_H
#define SESSIOND_PAGES_TEMPLATE_H

#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "sessiond/pages/pages.h"

/* Is it well formed, and does all that it names exist? WA_ERR_CONFIG says what is wrong. */
WA_OUTCOME template_check(const struct pages *p, const char *name);

/* Appends the template, which has been checked, filled with values. */
WA_OUTCOME template_render(const struct pages *p, size_t language, const char *path,
    const char *name, const struct wa_json *values, struct wa_buf *out);

/* Appends text with & < > " ' as character references. */
void template_escape(struct wa_buf *out, const char *text);

#endif
