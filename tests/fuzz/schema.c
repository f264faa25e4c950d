/*
 * A JSON body, or a query, against a table with every kind of field: what is accepted has the types
 * that the table says, and what is not says why, in text that can be sent.
 */
#include "sessiond/routes/schema.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "tests/fuzz/fuzz.h"

struct input {
	const char *name;
	const char *email;
	const char *image;
	struct schema_bool remember;
	struct schema_bool must;
};

static const struct schema_field body_fields[] = {
    {"name", SCHEMA_NONEMPTY, false, offsetof(struct input, name)},
    {"email", SCHEMA_EMAIL, false, offsetof(struct input, email)},
    {"image", SCHEMA_STRING, true, offsetof(struct input, image)},
    {"rememberMe", SCHEMA_BOOLEAN, true, offsetof(struct input, remember)},
    {"must", SCHEMA_BOOLEAN, false, offsetof(struct input, must)},
};

static const struct schema_field query_fields[] = {
    {"name", SCHEMA_NONEMPTY, false, offsetof(struct input, name)},
    {"image", SCHEMA_STRING, true, offsetof(struct input, image)},
};

static void
check_text(const char *text)
{
	assert(wa_text_is_utf8(text, strlen(text)));
}

static void
check(enum wa_err e, const struct input *in, bool is_body)
{
	if (e != WA_OK) {
		assert(e == WA_ERR_VALIDATION);
		assert(wa_err_detail(e)[0] == '[');
		check_text(wa_err_detail(e));
		return;
	}
	assert(in->name != NULL && in->name[0] != '\0');
	check_text(in->name);
	if (in->image != NULL)
		check_text(in->image);
	if (is_body) {
		assert(in->email != NULL && wa_text_is_email(in->email));
		assert(in->must.given);
		assert(in->remember.given || !in->remember.value);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	struct http_slice text = {(const char *)data, size};
	struct exchange x = {.cx.arena = a};
	static const char *const forbidden[] = {"role", "banned"};
	struct input in = {0};

	if (a == NULL)
		abort();
	wa_json_init();
	if (wa_json_parse(text.p, text.n, &x.body) == WA_OK) {
		bool record = size % 2 != 0;

		check(schema_body(&x, body_fields, WA_ARRAY_LEN(body_fields), record, &in), &in,
		    true);
		if (schema_not_allowed(&x, forbidden, WA_ARRAY_LEN(forbidden)) == WA_OK)
			assert(!schema_is_truthy(wa_json_get(x.body, "role")));
	}
	wa_json_freep(&x.body);
	if (http_form_parse(a, text, &x.query) == WA_OK) {
		in = (struct input){0};
		check(schema_query(&x, query_fields, WA_ARRAY_LEN(query_fields), &in), &in, false);
	}
	return 0;
}
