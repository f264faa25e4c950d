#include "lib/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/base/limits.h"

static struct wa_arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = wa_arena_new(WA_ARENA_MAX);
	return arena == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	wa_arena_freep(&arena);
	return 0;
}

static bool
is_utf8(const char *s)
{
	return wa_text_is_utf8(s, strlen(s));
}

static const char *
nfkc(const char *s)
{
	const char *ret = NULL;

	assert_int_equal(wa_text_nfkc(arena, s, &ret), WA_OK);
	return ret;
}

static void
well_formed_utf8_is_accepted(void **state)
{
	static const char *const good[] = {"", "a", "\x01\x7f", "\xc2\x80", "\xdf\xbf",
	    "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
	    "\xf4\x8f\xbf\xbf", "gr\xc3\xbc\xc3\x9f Gott, lange Zeile"};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(good); i++)
		assert_true(is_utf8(good[i]));
}

static void
malformed_utf8_is_refused_wherever_it_stands(void **state)
{
	static const char *const bad[] = {
	    "\x80", "\xbf", "\xc3", "\xc3(", "\xe2\x82", "\xf0\x9f\x98", /* cut */
	    "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",	 /* overlong */
	    "\xed\xa0\x80", "\xed\xbf\xbf",				 /* surrogates */
	    "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe",	 /* past U+10FFFF */
	};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(bad); i++) {
		for (size_t before = 0; before < 20; before++) {
			char text[40] = "abcdefghijklmnopqrst";

			strcpy(text + before, bad[i]);
			assert_false(is_utf8(text));
			strcat(text, "uvwxyz");
			assert_false(is_utf8(text));
		}
	}
}

static void
a_nul_is_no_text_wherever_it_stands(void **state)
{
	(void)state;
	for (size_t at = 0; at < 20; at++) {
		char text[20];

		memset(text, 'a', sizeof(text));
		text[at] = '\0';
		assert_false(wa_text_is_utf8(text, sizeof(text)));
		assert_true(wa_text_is_utf8(text, at));
	}
}

static void
length_counts_utf16_units(void **state)
{
	(void)state;
	assert_int_equal(wa_text_utf16_len(""), 0);
	assert_int_equal(wa_text_utf16_len("password"), 8);
	assert_int_equal(wa_text_utf16_len("\xc3\xa9\xe2\x82\xac\xef\xbf\xbf"), 3);
	assert_int_equal(wa_text_utf16_len("\xf0\x90\x80\x80"), 2);
	assert_int_equal(wa_text_utf16_len("\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
					   "\xf0\x9f\x98\x80"),
	    8);
}

static void
both_spellings_of_a_password_have_one_nfkc_form(void **state)
{
	const char *stored = "pas\xcc\x81sword\xc3\xa9\xef\xac\x81";
	const char *typed = "pa\xc5\x9bsworde\xcc\x81"
			    "fi";

	(void)state;
	assert_string_equal(nfkc(stored), nfkc(typed));
	assert_string_equal(nfkc(stored),
	    "pa\xc5\x9bsword\xc3\xa9"
	    "fi");
}

static void
nfkc_of_ascii_is_the_text_itself(void **state)
{
	const char *text = "password123 ~!@#$%^&*()";

	(void)state;
	assert_ptr_equal(nfkc(text), text);
}

static void
nfkc_composes_reorders_and_unfolds(void **state)
{
	static const char *const pairs[][2] = {
	    {"\xe2\x84\xab", "\xc3\x85"},			      /* Angstrom sign */
	    {"\xef\xbc\xa1", "A"},				      /* full-width A */
	    {"\xc2\xb2", "2"},					      /* superscript two */
	    {"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c"}, /* Hangul jamo */
	    {"q\xcc\x87\xcc\xa3", "q\xcc\xa3\xcc\x87"},		      /* canonical order of marks */
	    {"\xe0\xa5\x98", "\xe0\xa4\x95\xe0\xa4\xbc"}, /* excluded from composition */
	    {"\xc2\xa0", " "},				  /* no-break space */
	};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(pairs); i++)
		assert_string_equal(nfkc(pairs[i][0]), pairs[i][1]);
}

static void
nfkc_can_make_a_text_much_longer(void **state)
{
	char text[3001] = {0};

	(void)state;
	for (size_t i = 0; i < 3000; i += 3)
		memcpy(text + i, "\xef\xb7\xba", 3); /* U+FDFA is 18 characters */
	assert_int_equal(wa_text_utf16_len(nfkc(text)), 18000);
}

static void
nfkc_refuses_what_is_not_utf8_and_what_does_not_fit(void **state)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *small = wa_arena_new(8);
	const char *ret = "untouched";

	(void)state;
	assert_int_equal(wa_text_nfkc(arena, "a\xff", &ret), WA_ERR_INVALID);
	assert_int_equal(wa_text_nfkc(small, "\xc3\xa9\xc3\xa9\xc3\xa9", &ret), WA_ERR_NOMEM);
	assert_string_equal(ret, "untouched");
}

static void
lower_case_maps_characters_one_to_one(void **state)
{
	(void)state;
	assert_string_equal(wa_text_lower(arena, ""), "");
	assert_string_equal(wa_text_lower(arena, "Alice@EX.COM 42 [Z]"), "alice@ex.com 42 [z]");
	assert_string_equal(
	    wa_text_lower(arena, "\xc3\x84\xce\xa9\xd0\x96z"), "\xc3\xa4\xcf\x89\xd0\xb6z");
	/* U+023A grows from two bytes to three */
	assert_string_equal(wa_text_lower(arena, "\xc8\xba\xc8\xba\xc8\xba"),
	    "\xe2\xb1\xa5\xe2\xb1\xa5\xe2\xb1\xa5");
	assert_null(wa_text_lower(arena, "A\xff"));
}

static void
addresses_of_the_contract_pass(void **state)
{
	static const char *const good[] = {"a@EX.COM", "a_b-@e-x.co", "+@e.co", "a@b.co",
	    "a.b.c@x.y.z.org", "o'neil@x.co", "'a@x.co", "-@x.co", "a@x-.co", "a@1.co",
	    "A1+t@9x.museum"};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(good); i++) {
		if (!wa_text_is_email(good[i]))
			fail_msg("refused %s", good[i]);
	}
}

static void
what_is_no_address_is_refused(void **state)
{
	static const char *const bad[] = {"a!b@x.co", "a@x", "a@x.c", "a@127.0.0.1",
	    "\xc3\xa4@x.co", " a@x.co", "", "@", "@x.co", "a@", "a", "a.@x.co", ".a@x.co",
	    "a..b@x.co", "a'@x.co", "'@x.co", "a@@x.co", "a@b@x.co", "a@.co", "a@x..co", "a@-x.co",
	    "a@x.-y.co", "a@x.co.", "a@x.c1", "a@x.co ", "a@x.co\n", "a@x_y.co", "a@.x.co",
	    "a@x.\xc3\xa4\xc3\xa4", "a@x'.co"};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(bad); i++) {
		if (wa_text_is_email(bad[i]))
			fail_msg("accepted \"%s\"", bad[i]);
	}
}

static void
user_names_have_3_to_30_of_their_characters(void **state)
{
	(void)state;
	assert_true(wa_text_is_username("abc"));
	assert_true(wa_text_is_username("A_.9"));
	assert_true(wa_text_is_username("abcdefghijklmnopqrstuvwxyz0123"));
	assert_false(wa_text_is_username("abcdefghijklmnopqrstuvwxyz01234"));
	assert_false(wa_text_is_username("ab"));
	assert_false(wa_text_is_username(""));
	assert_false(wa_text_is_username("a-b"));
	assert_false(wa_text_is_username("a b"));
	assert_false(wa_text_is_username("ab\xc3\xa9"));
	assert_false(wa_text_is_username("abc\n"));
}

static void
control_characters_are_found(void **state)
{
	(void)state;
	assert_true(wa_text_has_control("a\nb"));
	assert_true(wa_text_has_control("\t"));
	assert_true(wa_text_has_control("\x1b[2J"));
	assert_true(wa_text_has_control("a\x7f"));
	assert_true(wa_text_has_control("a\xc2\x80"));
	assert_true(wa_text_has_control("a\xc2\x9f"));
	assert_false(wa_text_has_control(""));
	assert_false(wa_text_has_control("a b~ \xc2\xa0 \xc3\x84\xc3\x9f \xf0\x9f\x98\x80"));
	assert_false(wa_text_has_control("\xc2"));
}

static void
case_is_ignored_for_ascii_only(void **state)
{
	(void)state;
	assert_true(wa_text_equal_nocase("Content-TYPE", 12, "content-type"));
	assert_true(wa_text_equal_nocase("HostX", 4, "host"));
	assert_true(wa_text_equal_nocase("", 0, ""));
	assert_false(wa_text_equal_nocase("host", 4, "hosts"));
	assert_false(wa_text_equal_nocase("hosts", 5, "host"));
	assert_false(wa_text_equal_nocase("host\0", 5, "host"));
	assert_false(wa_text_equal_nocase("[", 1, "{"));
	assert_false(wa_text_equal_nocase("@", 1, "`"));
	assert_false(wa_text_equal_nocase("\xc3\x84", 2, "\xc3\xa4"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(well_formed_utf8_is_accepted),
	    cmocka_unit_test(malformed_utf8_is_refused_wherever_it_stands),
	    cmocka_unit_test(a_nul_is_no_text_wherever_it_stands),
	    cmocka_unit_test(length_counts_utf16_units),
	    cmocka_unit_test(both_spellings_of_a_password_have_one_nfkc_form),
	    cmocka_unit_test(nfkc_of_ascii_is_the_text_itself),
	    cmocka_unit_test(nfkc_composes_reorders_and_unfolds),
	    cmocka_unit_test(nfkc_can_make_a_text_much_longer),
	    cmocka_unit_test(nfkc_refuses_what_is_not_utf8_and_what_does_not_fit),
	    cmocka_unit_test(lower_case_maps_characters_one_to_one),
	    cmocka_unit_test(addresses_of_the_contract_pass),
	    cmocka_unit_test(what_is_no_address_is_refused),
	    cmocka_unit_test(user_names_have_3_to_30_of_their_characters),
	    cmocka_unit_test(control_characters_are_found),
	    cmocka_unit_test(case_is_ignored_for_ascii_only),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
