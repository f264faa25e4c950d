#include "lib/core/signed_value.h"

#include <string.h>

#include "lib/base/compiler.h"
#include "tests/unit/core/fixture.h"

#define TOKEN "UE7uWu26go09W6vBo7wMrWSvrKlH1Gj7"
#define MAC   "3eQBAnzhBbRKCfb3WXeap5Z8yEI4JgZJQnBLn772IIg="

static char *
open_text(struct core *c, const char *text)
{
	return wa_signed_value_open(c->cx.arena, c->keyring, text, strlen(text));
}

/* contract.md B.1 and B.2 */
static void
the_published_values_come_out(void **state)
{
	struct core *c = *state;

	assert_string_equal(wa_signed_value_make(c->cx.arena, c->keyring, TOKEN), TOKEN "." MAC);
	assert_string_equal(wa_signed_value_make(c->cx.arena, c->keyring, "true"),
	    "true.jQw058xYl+7x8CAE8nzr0EOeTgL3zrlgyormbDsIZtk=");
}

static void
what_was_made_opens_encoded_or_not(void **state)
{
	static const char *const values[] = {"a", TOKEN, "a.b", "a.b.c", " ", "\xc3\xa9"};
	struct core *c = *state;

	for (size_t i = 0; i < WA_ARRAY_LEN(values); i++)
		assert_string_equal(
		    open_text(c, wa_signed_value_make(c->cx.arena, c->keyring, values[i])),
		    values[i]);
	assert_string_equal(
	    open_text(c, TOKEN "%2E3eQBAnzhBbRKCfb3WXeap5Z8yEI4JgZJQnBLn772IIg%3D"), TOKEN);
}

static void
any_changed_character_is_refused(void **state)
{
	char text[] = TOKEN "." MAC;
	struct core *c = *state;

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		char kept = text[i];

		text[i] = kept == 'A' ? 'B' : 'A';
		assert_null(open_text(c, text));
		text[i] = kept;
	}
	assert_non_null(open_text(c, text));
}

static void
other_shapes_are_refused(void **state)
{
	static const char *const texts[] = {"", ".", "..", TOKEN, TOKEN ".", "." MAC, MAC,
	    TOKEN "." MAC "=", TOKEN "." MAC " ", TOKEN "." MAC "%", TOKEN ".%00" MAC,
	    TOKEN "." MAC "%00", TOKEN ".3eQBAnzhBbRKCfb3WXeap5Z8yEI4JgZJQnBLn772IIg",
	    /* the same bytes in base64 that is not canonical */
	    TOKEN ".3eQBAnzhBbRKCfb3WXeap5Z8yEI4JgZJQnBLn772IIh="};
	struct core *c = *state;

	for (size_t i = 0; i < WA_ARRAY_LEN(texts); i++)
		assert_null(open_text(c, texts[i]));
}

static void
each_secret_of_the_keyring_counts_and_the_first_signs(void **state)
{
	struct core *c = *state;
	const char *old = wa_signed_value_make(c->cx.arena, c->keyring, TOKEN);
	const char *new;

	core_use_secret(c,
	    "3:the newest secret of forty characters!!!,2:another secret of forty "
	    "characters!!!!!!,1:" CORE_SECRET);
	assert_string_equal(open_text(c, old), TOKEN);
	new = wa_signed_value_make(c->cx.arena, c->keyring, TOKEN);
	assert_string_not_equal(new, old);
	assert_string_equal(open_text(c, new), TOKEN);

	/* Taken out of the keyring, it counts no more. */
	core_use_secret(c, "3:the newest secret of forty characters!!!");
	assert_null(open_text(c, old));
	assert_string_equal(open_text(c, new), TOKEN);
}

static void
a_bearer_token_may_be_raw_signed_or_signed_in_the_other_alphabet(void **state)
{
	static const struct {
		const char *text, *value;
		bool require, cookie_form;
	} cases[] = {
	    {"raw", "raw", false, true},
	    {"raw", NULL, true, false},
	    {"", NULL, false, false},
	    {TOKEN "." MAC, TOKEN, true, true},
	    {TOKEN ".3eQBAnzhBbRKCfb3WXeap5Z8yEI4JgZJQnBLn772IIg%3D", TOKEN, true, true},
	    {TOKEN ".3eQBAnzhBbRKCfb3WXeap5Z8yEI4JgZJQnBLn772IIg", TOKEN, true, false},
	    {"true.jQw058xYl-7x8CAE8nzr0EOeTgL3zrlgyormbDsIZtk", "true", true, false},
	    {"true.jQw058xYl-7x8CAE8nzr0EOeTgL3zrlgyormbDsIZtk=", "true", true, false},
	    {TOKEN ".x." MAC, NULL, false, false},
	    {"." MAC, NULL, false, false},
	    {TOKEN "." MAC "x", NULL, false, false},
	};
	struct core *c = *state;

	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++) {
		bool cookie_form = false;
		const char *value = wa_signed_value_bearer(c->cx.arena, c->keyring, cases[i].text,
		    strlen(cases[i].text), cases[i].require, &cookie_form);

		if (cases[i].value == NULL) {
			if (value != NULL)
				fail_msg("%s gave %s", cases[i].text, value);
			continue;
		}
		assert_string_equal(value, cases[i].value);
		assert_int_equal(cookie_form, cases[i].cookie_form);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_core(the_published_values_come_out),
	    test_with_core(what_was_made_opens_encoded_or_not),
	    test_with_core(any_changed_character_is_refused),
	    test_with_core(other_shapes_are_refused),
	    test_with_core(each_secret_of_the_keyring_counts_and_the_first_signs),
	    test_with_core(a_bearer_token_may_be_raw_signed_or_signed_in_the_other_alphabet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
