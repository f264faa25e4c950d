/* Bodies to typed values. */
#include "sessiond/routes/schema.h"

#include "lib/base/text.h"

#define MESSAGE_MAX 2048

static void
issue(
    struct wa_buf *b, const char *path, const char *fmt, const char *expected, const char *received)
{
	if (b->len > 0)
		wa_buf_str(b, "; ");
	wa_buf_str(b, path[0] != '\0' ? "[body." : "[body");
	wa_buf_str(b, path);
	wa_buf_str(b, "] ");
	if (expected == NULL) {
		wa_buf_str(b, fmt);
		return;
	}
	wa_buf_str(b, fmt);
	wa_buf_str(b, expected);
	wa_buf_str(b, ", received ");
	wa_buf_str(b, received);
}

static void
wrong_type(struct wa_buf *b, const char *path, const char *expected, const struct wa_json *v)
{
	issue(b, path, "Invalid input: expected ", expected, wa_json_type_name(v));
}

static void
check_string(struct wa_buf *b, const struct schema_field *f, const struct wa_json *v, void *field)
{
	const char *text = wa_json_get_string(v);

	if (text == NULL)
		wrong_type(b, f->name, "string", v);
	else if (f->kind == SCHEMA_NONEMPTY && text[0] == '\0')
		issue(b, f->name, "Too small: expected string to have >=1 characters", NULL, NULL);
	else if (f->kind == SCHEMA_EMAIL && !wa_text_is_email(text))
		issue(b, f->name, "Invalid email address", NULL, NULL);
	else
		*(const char **)field = text;
}

static void
check_field(struct wa_buf *b, const struct schema_field *f, const struct wa_json *v, void *field)
{
	if (v == NULL && f->optional)
		return;
	switch (f->kind) {
	case SCHEMA_STRING:
	case SCHEMA_NONEMPTY:
	case SCHEMA_EMAIL: check_string(b, f, v, field); return;
	case SCHEMA_BOOLEAN: {
		struct schema_bool *flag = field;

		if (wa_json_get_bool(v, &flag->value))
			flag->given = true;
		else
			wrong_type(b, f->name, "boolean", v);
		return;
	}
	}
}

enum wa_err
schema_body(
    struct exchange *x, const struct schema_field *fields, size_t n, bool record, void *into)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(MESSAGE_MAX);
	const char *message;

	if (wa_json_type(x->body) != WA_JSON_OBJECT) {
		wrong_type(&b, "", "object", x->body);
		if (record)
			wrong_type(&b, "", "record", x->body);
	} else {
		for (size_t i = 0; i < n; i++)
			check_field(&b, &fields[i], wa_json_get(x->body, fields[i].name),
			    (char *)into + fields[i].offset);
	}
	if (b.len == 0)
		return WA_OK;
	message = wa_buf_cstr(&b);
	if (message == NULL)
		return wa_fault(WA_ERR_NOMEM, "validation message");
	return wa_refuse(WA_ERR_VALIDATION, "%s", message);
}
