#include "sessiond/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What standard error is while a test runs, and what came out of it. */
static int pipe_fds[2], kept_stderr;
static char out[65536];

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	kept_stderr = dup(STDERR_FILENO);
	assert_true(dup2(pipe_fds[1], STDERR_FILENO) >= 0);
	log_init(WA_LOG_INFO);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)dup2(kept_stderr, STDERR_FILENO);
	(void)close(kept_stderr);
	(void)close(pipe_fds[0]);
	return 0;
}

static const char *
written(void)
{
	ssize_t n;

	(void)dup2(kept_stderr, STDERR_FILENO);
	(void)close(pipe_fds[1]);
	n = read(pipe_fds[0], out, sizeof(out) - 1);
	assert_true(n >= 0);
	out[n] = '\0';
	return out;
}

static const char *
line_of(const char *value, size_t n)
{
	struct log_line l;

	log_begin(&l, WA_LOG_INFO, "e");
	log_text(&l, "k", value, n);
	log_end(&l);
	return written();
}

static void
a_line_is_an_event_with_its_priority(void **state)
{
	struct log_line l;

	(void)state;
	log_begin(&l, WA_LOG_ERROR, "request");
	log_str(&l, "path", "/x");
	log_int(&l, "status", -1);
	log_end(&l);
	log_note(WA_LOG_NOTICE, "stopped", "%s", "as asked");
	assert_string_equal(
	    written(), "<3>request path=/x status=-1\n<5>stopped detail=\"as asked\"\n");
}

static void
a_level_that_is_not_wanted_writes_nothing(void **state)
{
	struct log_line l;

	(void)state;
	log_begin(&l, WA_LOG_DEBUG, "request");
	log_str(&l, "path", "/x");
	log_end(&l);
	log_note(WA_LOG_DEBUG, "x", "y");
	assert_false(log_wants(WA_LOG_DEBUG));
	assert_string_equal(written(), "");
}

static void
controls_quotes_and_backslashes_are_escaped(void **state)
{
	(void)state;
	assert_string_equal(line_of("a\n<3>b\r\t\"\\\x1b\x7f\0c", 14),
	    "<6>e k=\"a\\x0a<3>b\\x0d\\x09\\x22\\x5c\\x1b\\x7f\\x00c\"\n");
}

static void
a_value_cannot_pass_for_the_next_field(void **state)
{
	(void)state;
	assert_string_equal(line_of("a status=200", 12), "<6>e k=\"a status=200\"\n");
}

static void
an_empty_value_is_seen(void **state)
{
	(void)state;
	assert_string_equal(line_of("", 0), "<6>e k=\"\"\n");
}

static void
letters_of_any_script_stand_as_they_are(void **state)
{
	static const char text[] = "\xc3\x84pfel \xe2\x82\xac \xf0\x9f\x8e\x89";

	(void)state;
	assert_string_equal(line_of(text, sizeof(text) - 1),
	    "<6>e k=\"\xc3\x84pfel \xe2\x82\xac \xf0\x9f\x8e\x89\"\n");
}

static void
what_is_not_utf8_and_c1_controls_are_escaped(void **state)
{
	(void)state;
	assert_string_equal(line_of("\x9b\xc3 \xc2\x9b\xc2\xa0", 7),
	    "<6>e k=\"\\x9b\\xc3 \\xc2\\x9b\\xc2\\xa0\"\n");
}

static void
a_c1_control_is_escaped_in_good_utf8_too(void **state)
{
	(void)state;
	assert_string_equal(line_of("\xc2\x9b\xc3\x9b", 4), "<6>e k=\"\\xc2\\x9b\xc3\x9b\"\n");
}

static void
a_long_value_is_cut_and_marked(void **state)
{
	char text[600];
	const char *line;

	(void)state;
	memset(text, 'x', sizeof(text));
	line = line_of(text, sizeof(text));
	assert_int_equal(strspn(line + 7, "x"), 512);
	assert_string_equal(line + 7 + 512, "[cut]\n");
}

static void
a_cut_does_not_break_a_letter(void **state)
{
	char text[600];
	const char *line;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text + 510, "\xe2\x82\xac", 3);
	line = line_of(text, sizeof(text));
	assert_int_equal(strspn(line + 7, "x"), 510);
	assert_string_equal(line + 7 + 510, "[cut]\n");
}

static void
a_line_has_an_end_however_much_is_put_in(void **state)
{
	struct log_line l;
	char text[512];
	const char *line;

	(void)state;
	memset(text, '\n', sizeof(text));
	log_begin(&l, WA_LOG_INFO, "e");
	for (int i = 0; i < 10; i++)
		log_text(&l, "k", text, sizeof(text));
	log_end(&l);
	line = written();
	assert_int_equal(strlen(line), LOG_LINE_MAX);
	assert_ptr_equal(strchr(line, '\n'), line + LOG_LINE_MAX - 1);
}

#define test_log(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_log(a_line_is_an_event_with_its_priority),
	    test_log(a_level_that_is_not_wanted_writes_nothing),
	    test_log(controls_quotes_and_backslashes_are_escaped),
	    test_log(a_value_cannot_pass_for_the_next_field),
	    test_log(an_empty_value_is_seen),
	    test_log(letters_of_any_script_stand_as_they_are),
	    test_log(what_is_not_utf8_and_c1_controls_are_escaped),
	    test_log(a_c1_control_is_escaped_in_good_utf8_too),
	    test_log(a_long_value_is_cut_and_marked),
	    test_log(a_cut_does_not_break_a_letter),
	    test_log(a_line_has_an_end_however_much_is_put_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
