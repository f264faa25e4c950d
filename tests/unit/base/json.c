#include "lib/base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/base/memory.h"

static struct wa_json *
parse(const char *text)
{
	struct wa_json *doc = NULL;

	assert_int_equal(wa_json_parse(text, strlen(text), &doc), WA_OK);
	assert_non_null(doc);
	return doc;
}

static void
assert_refused(const char *text, size_t n)
{
	struct wa_json *doc = NULL;

	if (wa_json_parse(text, n, &doc) != WA_ERR_BAD_JSON)
		fail_msg("accepted %s", text);
	assert_null(doc);
}

static void
any_one_value_is_a_document(void **state)
{
	static const struct {
		const char *text;
		enum wa_json_type type;
		const char *name;
	} values[] = {
	    {"null", WA_JSON_NULL, "null"},
	    {" true ", WA_JSON_BOOLEAN, "boolean"},
	    {"false", WA_JSON_BOOLEAN, "boolean"},
	    {"1", WA_JSON_NUMBER, "number"},
	    {"-1.5e3", WA_JSON_NUMBER, "number"},
	    {"\"\"", WA_JSON_STRING, "string"},
	    {"[]\n", WA_JSON_ARRAY, "array"},
	    {"{}", WA_JSON_OBJECT, "object"},
	};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(values); i++) {
		WA_CLEANUP(wa_json_freep) struct wa_json *doc = parse(values[i].text);

		assert_int_equal(wa_json_type(doc), values[i].type);
		assert_string_equal(wa_json_type_name(doc), values[i].name);
	}
	assert_int_equal(wa_json_type(NULL), WA_JSON_UNDEFINED);
	assert_string_equal(wa_json_type_name(NULL), "undefined");
}

static void
what_is_not_json_is_refused(void **state)
{
	static const char *const bad[] = {"", " ", "{", "}", "[1,]", "{\"a\":1,}", "{a:1}", "'a'",
	    "nul", "NaN", "Infinity", "01", "+1", ".5", "1.", "0x1", "\"", "\"\\x\"", "\"\\u12\"",
	    "\"a\nb\"", "// c\n1", "[1 2]", "\xef\xbb\xbf{}"};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(bad); i++)
		assert_refused(bad[i], strlen(bad[i]));
}

static void
trailing_bytes_are_refused(void **state)
{
	(void)state;
	assert_refused("{} {}", 5);
	assert_refused("{}x", 3);
	assert_refused("1 1", 3);
	assert_refused("{}\0", 3);
	assert_refused("{},", 3);
}

static void
duplicate_members_are_refused_at_any_level(void **state)
{
	const char *inner = "{\"x\":[{\"a\":1,\"a\":1}]}";
	const char *escaped = "{\"a\":1,\"\\u0061\":2}";

	(void)state;
	assert_refused("{\"a\":1,\"a\":2}", 13);
	assert_refused(inner, strlen(inner));
	assert_refused(escaped, strlen(escaped));
}

static void
a_nul_is_refused_in_every_spelling(void **state)
{
	(void)state;
	assert_refused("\"a\\u0000b\"", 10);
	assert_refused("\"a\0b\"", 5);
	assert_refused("{\"a\\u0000\":1}", 13);
	assert_refused("{\0}", 3);
}

static void
text_that_is_not_utf8_is_refused(void **state)
{
	static const char *const bad[] = {"\"\xff\"", "\"\xc3\"", "\"\xc0\x80\"",
	    "\"\xed\xa0\x80\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\xff"};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(bad); i++)
		assert_refused(bad[i], strlen(bad[i]));
}

static void
nested(char *text, size_t depth, bool objects)
{
	*text = '\0';
	for (size_t i = 0; i < depth; i++)
		strcat(text, objects ? "{\"a\":" : "[");
	strcat(text, "1");
	for (size_t i = 0; i < depth; i++)
		strcat(text, objects ? "}" : "]");
}

static void
depth_is_bounded(void **state)
{
	char text[1000];

	(void)state;
	for (int objects = 0; objects < 2; objects++) {
		WA_CLEANUP(wa_json_freep) struct wa_json *doc = NULL;

		nested(text, WA_JSON_DEPTH_MAX, objects);
		doc = parse(text);
		nested(text, WA_JSON_DEPTH_MAX + 1, objects);
		assert_refused(text, strlen(text));
	}
}

static void
brackets_inside_strings_are_not_depth(void **state)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *doc = NULL;
	char text[200] = "[\"\\\"\\\\";

	(void)state;
	memset(text + strlen(text), '[', 100);
	strcat(text, "\"]");
	doc = parse(text);
	assert_int_equal(strlen(wa_json_get_string(wa_json_array_get(doc, 0))), 102);
}

static void
an_escaped_backslash_does_not_hide_the_end_of_a_string(void **state)
{
	char text[1000] = "[\"\\\\\",";

	(void)state;
	nested(text + strlen(text), WA_JSON_DEPTH_MAX, false);
	strcat(text, "]");
	assert_refused(text, strlen(text));
}

static void
siblings_are_not_depth(void **state)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *doc = NULL;
	char text[500] = "[";

	(void)state;
	for (int i = 0; i < 100; i++)
		strcat(text, "[],");
	strcat(text, "{}]");
	doc = parse(text);
	assert_int_equal(wa_json_array_len(doc), 101);
}

static void
members_are_read_by_name_and_type(void **state)
{
	WA_CLEANUP(wa_json_freep)
	struct wa_json *doc = parse("{\"s\":\"gr\\u00fcn\",\"b\":false,\"t\":true,\"i\":-7,"
				    "\"r\":1.0,\"n\":null,\"a\":[1,\"x\"]}");
	bool b = true;
	int64_t i = 0;

	(void)state;
	assert_string_equal(wa_json_get_string(wa_json_get(doc, "s")), "gr\xc3\xbcn");
	assert_true(wa_json_get_bool(wa_json_get(doc, "b"), &b));
	assert_false(b);
	assert_true(wa_json_get_bool(wa_json_get(doc, "t"), &b));
	assert_true(b);
	assert_true(wa_json_get_int(wa_json_get(doc, "i"), &i));
	assert_true(i == -7);
	assert_int_equal(wa_json_array_len(wa_json_get(doc, "a")), 2);
	assert_string_equal(wa_json_get_string(wa_json_array_get(wa_json_get(doc, "a"), 1)), "x");
	assert_int_equal(wa_json_type(wa_json_get(doc, "n")), WA_JSON_NULL);
	assert_null(wa_json_get(doc, "absent"));
}

static void
a_value_of_another_type_is_not_converted(void **state)
{
	WA_CLEANUP(wa_json_freep)
	struct wa_json *doc = parse("{\"s\":\"1\",\"b\":true,\"i\":1,\"r\":1.0,\"n\":null}");
	const struct wa_json *s = wa_json_get(doc, "s");
	bool b = true;
	int64_t i = 42;

	(void)state;
	assert_null(wa_json_get_string(wa_json_get(doc, "i")));
	assert_null(wa_json_get_string(wa_json_get(doc, "n")));
	assert_null(wa_json_get_string(NULL));
	assert_false(wa_json_get_bool(s, &b));
	assert_false(wa_json_get_bool(wa_json_get(doc, "i"), &b));
	assert_false(wa_json_get_bool(NULL, &b));
	assert_false(wa_json_get_int(s, &i));
	assert_false(wa_json_get_int(wa_json_get(doc, "r"), &i));
	assert_false(wa_json_get_int(wa_json_get(doc, "b"), &i));
	assert_false(wa_json_get_int(NULL, &i));
	assert_true(b);
	assert_true(i == 42);

	assert_null(wa_json_get(s, "length"));
	assert_null(wa_json_get(NULL, "a"));
	assert_int_equal(wa_json_array_len(s), 0);
	assert_null(wa_json_array_get(s, 0));
	assert_null(wa_json_array_get(NULL, 0));
}

struct seen {
	char keys[100];
	size_t max;
};

static bool
note(void *arg, const char *key, const struct wa_json *value)
{
	struct seen *seen = arg;

	(void)value;
	strcat(seen->keys, key);
	return strlen(seen->keys) < seen->max;
}

static void
members_are_visited_in_document_order_until_told_to_stop(void **state)
{
	WA_CLEANUP(wa_json_freep)
	struct wa_json *doc = parse("{\"z\":1,\"a\":2,\"m\":3,\"b\":4,\"y\":5,\"c\":6}");
	struct seen all = {.max = 100}, some = {.max = 3}, none = {.max = 100};

	(void)state;
	wa_json_each(doc, note, &all);
	assert_string_equal(all.keys, "zambyc");
	wa_json_each(doc, note, &some);
	assert_string_equal(some.keys, "zam");
	wa_json_each(wa_json_get(doc, "z"), note, &none);
	wa_json_each(NULL, note, &none);
	assert_string_equal(none.keys, "");
}

static void
a_document_is_written_back_as_json_stringify_would(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(10000);
	WA_CLEANUP(wa_json_freep)
	struct wa_json *doc = parse(" { \"z\" : [ 1 , -0 , true , null , \"\\u001f\\/\\u00e9\" ] ,"
				    " \"a\" : { \"\" : [ ] } , \"b\" : { } } ");

	(void)state;
	wa_json_dump(doc, &b);
	assert_string_equal(wa_buf_cstr(&b),
	    "{\"z\":[1,0,true,null,\"\\u001f/\xc3\xa9\"],\"a\":{\"\":[]},\"b\":{}}");
}

/* What node prints for JSON.stringify of each of these. */
static void
numbers_are_written_as_ecmascript_does(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(10000);
	WA_CLEANUP(wa_json_freep)
	struct wa_json *doc = parse("[1.5,0.1,1e21,1e20,1e-7,0.000001,-0.0,-2.5e-10,123456789.125,"
				    "1.0,5e-324,1.7976931348623157e308,100.0,0.3,-1.25]");

	(void)state;
	wa_json_dump(doc, &b);
	assert_string_equal(wa_buf_cstr(&b),
	    "[1.5,0.1,1e+21,100000000000000000000,1e-7,0.000001,0,-2.5e-10,123456789.125,1,5e-324,"
	    "1.7976931348623157e+308,100,0.3,-1.25]");
}

static void
neither_a_good_nor_a_bad_document_leaves_a_trace(void **state)
{
	static const char *const documents[] = {
	    "{\"password\":\"correct horse battery staple\"}",
	    "{\"correct horse battery staple\":1}",
	    "{\"a\":\"correct horse battery staple\",\"b\":}",
	    "[\"a long string: correct horse battery staple, a long string to make it grow\", \"x",
	};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(documents); i++) {
		struct wa_json *doc = NULL;
		enum wa_err e;

		memory_watch("correct horse");
		e = wa_json_parse(documents[i], strlen(documents[i]), &doc);
		assert_int_equal(e, i < 2 ? WA_OK : WA_ERR_BAD_JSON);
		wa_json_free(doc);
		assert_int_equal(memory_unwatch(), 0);
	}
}

/* Jansson calls the lack of memory a syntax error in places; a client must not be told that. */
static void
a_failed_allocation_is_a_fault_and_never_bad_json(void **state)
{
	const char *text = "{\"a\":[1,\"text\",{\"b\":null}],\"c\":2.5}";
	struct wa_json *doc = NULL;
	enum wa_err e = WA_ERR_NOMEM;

	(void)state;
	for (size_t nth = 1; e != WA_OK; nth++) {
		memory_fail_nth(nth);
		e = wa_json_parse(text, strlen(text), &doc);
		if (e == WA_OK)
			continue;
		assert_int_equal(e, WA_ERR_NOMEM);
		assert_null(doc);
		assert_in_range(nth, 1, 100);
	}
	assert_false(memory_has_failed());
	memory_fail_nth(0);
	wa_json_freep(&doc);
	assert_null(doc);
	wa_json_freep(&doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_one_value_is_a_document),
	    cmocka_unit_test(what_is_not_json_is_refused),
	    cmocka_unit_test(trailing_bytes_are_refused),
	    cmocka_unit_test(duplicate_members_are_refused_at_any_level),
	    cmocka_unit_test(a_nul_is_refused_in_every_spelling),
	    cmocka_unit_test(text_that_is_not_utf8_is_refused),
	    cmocka_unit_test(depth_is_bounded),
	    cmocka_unit_test(brackets_inside_strings_are_not_depth),
	    cmocka_unit_test(an_escaped_backslash_does_not_hide_the_end_of_a_string),
	    cmocka_unit_test(siblings_are_not_depth),
	    cmocka_unit_test(members_are_read_by_name_and_type),
	    cmocka_unit_test(a_value_of_another_type_is_not_converted),
	    cmocka_unit_test(members_are_visited_in_document_order_until_told_to_stop),
	    cmocka_unit_test(a_document_is_written_back_as_json_stringify_would),
	    cmocka_unit_test(numbers_are_written_as_ecmascript_does),
	    cmocka_unit_test(neither_a_good_nor_a_bad_document_leaves_a_trace),
	    cmocka_unit_test(a_failed_allocation_is_a_fault_and_never_bad_json),
	};

	wa_json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
