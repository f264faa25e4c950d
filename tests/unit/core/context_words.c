/* tests lib/core/context_words.c */
#include "lib/core/context_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/limits.h"
#include "lib/base/text.h"

static const struct wa_settings site = {
    .site_name = "Garden Club", .base_url = "https://www.garden-club.example:8443/api/auth"};

static bool
is_all_words(const struct wa_password_owner *owner, const char *password)
{
	struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	const char *folded;
	bool all = false;

	assert_non_null(a);
	assert_int_equal(wa_text_fold(a, password, &folded), WA_OK);
	assert_int_equal(wa_context_words_are_all(a, &site, owner, folded, &all), WA_OK);
	wa_arena_free(a);
	return all;
}

static void
password_of_nothing_but_names_is_found(void **state WA_UNUSED)
{
	static const struct wa_password_owner anna = {
	    .name = "Anna-Lena Stra\u00dfer",
	    .username = "a1b2c3d4",
	    .email = "anna.strasser+web@mail.example",
	};
	static const struct {
		const char *password;
		bool all;
	} cases[] = {
	    /* of the site */
	    {"gardenclub", true},
	    {"Garden Club 2024!", true},
	    {"www.garden-club.example", true},
	    {"club club club", true},
	    /* of the user */
	    {"annaanna", true},
	    {"ANNA-LENA", true},
	    {"1anna2lena3", true},
	    {"stra\u00dfer1987", true},
	    {"STRASSER1987", true},
	    {"\uff41\uff4e\uff4e\uff41-1234", true},
	    {"A1B2C3D4", true},
	    {"!!a1b2c3d4!!", true},
	    {"anna.strasser+web", true},
	    {"anna.strasser+web@mail.example", true},
	    /* of both */
	    {"anna@gardenclub", true},
	    /* a beginning, a part, an end are not all of it */
	    {"anna likes trains", false},
	    {"trains like anna", false},
	    {"likes anna trains", false},
	    {"annas1987", false},
	    {"ann1987654", false},
	    {"gardenclubs", false},
	    {"correct horse battery", false},
	    /* nothing but fillers has no word in it */
	    {"93847261", false},
	    {"!\"#$%&/()", false},
	    {"", false},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++)
		if (is_all_words(&anna, cases[i].password) != cases[i].all)
			fail_msg("%s", cases[i].password);
}

static void
short_names_are_no_words(void **state WA_UNUSED)
{
	static const struct wa_password_owner bo = {.name = "Bo X", .email = "q@example.com"};
	static const struct wa_password_owner wang = {.name = "\u738b\u4f1f"};

	assert_false(is_all_words(&bo, "bobobobo"));
	assert_false(is_all_words(&bo, "q1234567"));
	assert_true(is_all_words(&bo, "bo x-bo x"));
	assert_true(is_all_words(&wang, "\u738b\u4f1f123456"));
	assert_false(is_all_words(&wang, "\u738b123456"));
}

/* The shorter word must not hide the longer one, nor the other way round. */
static void
words_are_tried_in_every_combination(void **state WA_UNUSED)
{
	static const struct wa_password_owner owner = {.name = "abc abcd deabc"};

	assert_true(is_all_words(&owner, "abcdeabc"));
	assert_true(is_all_words(&owner, "abcdabc"));
	assert_false(is_all_words(&owner, "abcde"));
}

static void
who_is_not_known_has_no_words(void **state WA_UNUSED)
{
	static const struct wa_password_owner broken = {.name = "broken \xff name"};

	assert_false(is_all_words(NULL, "anna-1987"));
	assert_true(is_all_words(NULL, "garden-1987"));
	assert_false(is_all_words(&broken, "broken-1987"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(password_of_nothing_but_names_is_found),
	    cmocka_unit_test(short_names_are_no_words),
	    cmocka_unit_test(words_are_tried_in_every_combination),
	    cmocka_unit_test(who_is_not_known_has_no_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
