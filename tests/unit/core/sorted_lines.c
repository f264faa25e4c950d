/* tests lib/core/sorted_lines.c */
#include "lib/core/sorted_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/compiler.h"
#include "lib/core/common_passwords.h"

static struct wa_sorted_lines
in_memory(const char *text)
{
	return (struct wa_sorted_lines){
	    .name = "test", .text = text, .fd = -1, .size = strlen(text)};
}

/* The same text as a file that is gone when it is closed. */
static struct wa_sorted_lines
in_file(const char *text)
{
	char path[] = "/tmp/sorted-lines-XXXXXX";
	struct wa_sorted_lines l;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(wa_sorted_lines_open(path, &l), WA_OK);
	l.name = "test";
	(void)close(fd);
	(void)unlink(path);
	return l;
}

static bool
has(const struct wa_sorted_lines *l, const char *line)
{
	bool found;

	assert_int_equal(wa_sorted_lines_has(l, line, &found), WA_OK);
	return found;
}

static void
whole_lines_are_found_and_nothing_else(void **state WA_UNUSED)
{
	static const char *const texts[] = {
	    "", "\n", "one\n", "one", "a\nab\nabc\nb\n", "a\nab\nabc\nb", "\n\n\nx\n"};
	static const char *const lines[] = {
	    "", "a", "ab", "abc", "abcd", "b", "c", "o", "on", "one", "ones", "x", "\xff"};

	for (size_t t = 0; t < WA_ARRAY_LEN(texts); t++) {
		struct wa_sorted_lines memory = in_memory(texts[t]), file = in_file(texts[t]);
		char text[64] = "\n";

		strcat(text, texts[t]);
		if (*texts[t] != '\0' && text[strlen(text) - 1] != '\n')
			strcat(text, "\n");
		for (size_t i = 0; i < WA_ARRAY_LEN(lines); i++) {
			char whole[16];
			bool is_there;

			(void)snprintf(whole, sizeof(whole), "\n%s\n", lines[i]);
			is_there = strstr(text, whole) != NULL;
			assert_int_equal(has(&memory, lines[i]), is_there);
			assert_int_equal(has(&file, lines[i]), is_there);
		}
		wa_sorted_lines_close(&file);
	}
}

/* Lines of all lengths around what is read at once, each with the one beside it. */
static void
long_lines_are_told_apart_to_their_last_byte(void **state WA_UNUSED)
{
	static char text[2100 * 2100], line[2200];
	struct wa_sorted_lines file;
	size_t n = 0;

	for (size_t len = 1; len <= 2060; len++) {
		memset(text + n, 'x', len);
		n += len;
		text[n++] = '\n';
	}
	text[n] = '\0';
	file = in_file(text);
	for (size_t len = 1; len <= 2060; len++) {
		memset(line, 'x', len);
		line[len] = '\0';
		assert_true(has(&file, line));
		line[len - 1] = 'y';
		assert_false(has(&file, line));
	}
	memset(line, 'x', 2061);
	line[2061] = '\0';
	assert_false(has(&file, line));
	wa_sorted_lines_close(&file);
}

static void
each_of_the_built_in_list_is_found(void **state WA_UNUSED)
{
	const struct wa_sorted_lines list = {
	    .text = wa_common_passwords, .fd = -1, .size = wa_common_passwords_len};
	const char *p = wa_common_passwords, *end = p + wa_common_passwords_len;
	size_t n = 0;
	char line[64];

	for (; p < end; n++) {
		size_t len = (size_t)((const char *)memchr(p, '\n', (size_t)(end - p)) - p);

		assert_in_range(len, 8, sizeof(line) - 2);
		memcpy(line, p, len);
		line[len] = '\0';
		assert_true(has(&list, line));
		memcpy(line + len, "~", 2);
		assert_false(has(&list, line));
		p += len + 1;
	}
	/* The number that webauth.conf(5) gives; OWASP ASVS 6.2.4 asks for 3,000. */
	assert_int_equal(n, 17959);
}

static void
list_that_lookups_would_miss_is_refused(void **state WA_UNUSED)
{
	static const struct {
		const char *text;
		enum wa_err want;
	} cases[] = {
	    {"", WA_OK},
	    {"one\ntwo\n", WA_OK},
	    {"same\nsame\n", WA_OK},
	    {"two\none\n", WA_ERR_CONFIG},
	    {"One\ntwo\n", WA_ERR_CONFIG},
	    {"one\r\ntwo\r\n", WA_ERR_CONFIG},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++) {
		struct wa_sorted_lines file = in_file(cases[i].text);

		assert_int_equal(wa_sorted_lines_check(&file), cases[i].want);
		wa_sorted_lines_close(&file);
	}
}

static void
what_is_no_readable_file_is_refused(void **state WA_UNUSED)
{
	struct wa_sorted_lines l;

	assert_int_equal(wa_sorted_lines_open("/nonexistent", &l), WA_ERR_CONFIG);
	assert_int_equal(wa_sorted_lines_open("/dev/null", &l), WA_ERR_CONFIG);
	assert_int_equal(wa_sorted_lines_open("/tmp", &l), WA_ERR_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole_lines_are_found_and_nothing_else),
	    cmocka_unit_test(long_lines_are_told_apart_to_their_last_byte),
	    cmocka_unit_test(each_of_the_built_in_list_is_found),
	    cmocka_unit_test(list_that_lookups_would_miss_is_refused),
	    cmocka_unit_test(what_is_no_readable_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
