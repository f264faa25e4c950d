/* Bodies and queries to typed values. */
#include "sessiond/routes/schema.h"

#include "lib/base/text.h"

#define MESSAGE_MAX 2048

/* All that is wrong, as one message. */
struct issues {
	struct wa_buf text;
	const char *where; /* "body" or "query" */
};

static void
issue(struct issues *is, const char *path, const char *text)
{
	struct wa_buf *b = &is->text;

	if (b->len > 0)
		wa_buf_str(b, "; ");
	wa_buf_char(b, '[');
	wa_buf_str(b, is->where);
	if (path[0] != '\0')
		wa_buf_char(b, '.');
	wa_buf_str(b, path);
	wa_buf_str(b, "] ");
	wa_buf_str(b, text);
}

static void
wrong_type(struct issues *is, const char *path, const char *expected, const char *received)
{
	issue(is, path, "Invalid input: expected ");
	wa_buf_str(&is->text, expected);
	wa_buf_str(&is->text, ", received ");
	wa_buf_str(&is->text, received);
}

static void
check_text(struct issues *is, const struct schema_field *f, const char *text, void *field)
{
	if (f->kind == SCHEMA_NONEMPTY && text[0] == '\0')
		issue(is, f->name, "Too small: expected string to have >=1 characters");
	else if (f->kind == SCHEMA_EMAIL && !wa_text_is_email(text))
		issue(is, f->name, "Invalid email address");
	else
		*(const char **)field = text;
}

static void
check_member(struct issues *is, const struct schema_field *f, const struct wa_json *v, void *field)
{
	struct schema_bool *flag = field;
	const char *text;

	if (v == NULL && f->optional)
		return;
	if (f->kind == SCHEMA_BOOLEAN) {
		flag->given = wa_json_get_bool(v, &flag->value);
		if (!flag->given)
			wrong_type(is, f->name, "boolean", wa_json_type_name(v));
		return;
	}
	text = wa_json_get_string(v);
	if (text == NULL)
		wrong_type(is, f->name, "string", wa_json_type_name(v));
	else
		check_text(is, f, text, field);
}

static enum wa_err
outcome(struct issues *is)
{
	const char *message;

	if (is->text.len == 0)
		return WA_OK;
	message = wa_buf_cstr(&is->text);
	if (message == NULL)
		return wa_fault(WA_ERR_NOMEM, "validation message");
	return wa_refuse(WA_ERR_VALIDATION, "%s", message);
}

static void
issues_done(struct issues *is)
{
	wa_buf_done(&is->text);
}

enum wa_err
schema_body(
    struct exchange *x, const struct schema_field *fields, size_t n, bool record, void *into)
{
	WA_CLEANUP(issues_done) struct issues is = {WA_BUF_INIT(MESSAGE_MAX), "body"};

	if (wa_json_type(x->body) != WA_JSON_OBJECT) {
		wrong_type(&is, "", "object", wa_json_type_name(x->body));
		if (record)
			wrong_type(&is, "", "record", wa_json_type_name(x->body));
		return outcome(&is);
	}
	for (size_t i = 0; i < n; i++)
		check_member(&is, &fields[i], wa_json_get(x->body, fields[i].name),
		    (char *)into + fields[i].offset);
	return outcome(&is);
}

enum wa_err
schema_query(struct exchange *x, const struct schema_field *fields, size_t n, void *into)
{
	WA_CLEANUP(issues_done) struct issues is = {WA_BUF_INIT(MESSAGE_MAX), "query"};

	for (size_t i = 0; i < n; i++) {
		const char *text = http_form_get(&x->query, fields[i].name);

		if (http_form_count(&x->query, fields[i].name) > 1)
			wrong_type(&is, fields[i].name, "string", "array");
		else if (text != NULL)
			check_text(&is, &fields[i], text, (char *)into + fields[i].offset);
		else if (!fields[i].optional)
			wrong_type(&is, fields[i].name, "string", "undefined");
	}
	return outcome(&is);
}

enum wa_err
schema_not_allowed(const struct exchange *x, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (schema_is_truthy(wa_json_get(x->body, names[i])))
			return wa_refuse(
			    WA_ERR_FIELD_NOT_ALLOWED, "%s is not allowed to be set", names[i]);
	return WA_OK;
}

bool
schema_is_truthy(const struct wa_json *v)
{
	const char *text = wa_json_get_string(v);
	int64_t number;
	bool flag;

	if (text != NULL)
		return text[0] != '\0';
	if (wa_json_get_bool(v, &flag))
		return flag;
	if (wa_json_get_int(v, &number))
		return number != 0;
	return wa_json_type(v) != WA_JSON_UNDEFINED && wa_json_type(v) != WA_JSON_NULL;
}
