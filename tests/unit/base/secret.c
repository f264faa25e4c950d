#include "lib/base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/base/memory.h"

static char folder[] = "/tmp/webauth-secret-XXXXXX";
static char path[64];

static int
setup(void **state)
{
	(void)state;
	if (sodium_init() < 0 || mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/secret", folder);
	return 0;
}

static int
remove_file(void **state)
{
	(void)state;
	(void)unlink(path);
	return 0;
}

static int
teardown(void **state)
{
	(void)remove_file(state);
	return rmdir(folder);
}

static void
write_file(const char *bytes, size_t n, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, bytes, n), n);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

/* The read end of a pipe that holds these bytes and then ends. */
static int
pipe_with(const char *bytes, size_t n)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], bytes, n), n);
	assert_int_equal(close(fds[1]), 0);
	return fds[0];
}

static enum wa_err
read_bytes(const char *bytes, size_t n, size_t max, bool line, struct wa_secret *ret)
{
	int fd = pipe_with(bytes, n);
	enum wa_err e;

	e = wa_secret_read(fd, max, line, ret);
	assert_int_equal(close(fd), 0);
	return e;
}

static void
assert_secret(const struct wa_secret *s, const char *text)
{
	assert_int_equal(s->len, strlen(text));
	assert_non_null(s->bytes);
	assert_string_equal(s->bytes, text);
}

static void
assert_refused_naming(const char *word)
{
	struct wa_secret s = WA_SECRET_NONE;

	assert_int_equal(wa_secret_read_file(path, 100, &s), WA_ERR_CONFIG);
	assert_null(s.bytes);
	if (strstr(wa_err_detail(WA_ERR_CONFIG), path) == NULL ||
	    strstr(wa_err_detail(WA_ERR_CONFIG), word) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", wa_err_detail(WA_ERR_CONFIG), word);
}

static void
a_copy_is_closed_with_a_nul(void **state)
{
	WA_CLEANUP(wa_secret_done) struct wa_secret s = WA_SECRET_NONE;
	WA_CLEANUP(wa_secret_done) struct wa_secret empty = WA_SECRET_NONE;
	WA_CLEANUP(wa_secret_done) struct wa_secret guarded = WA_SECRET_NONE;

	(void)state;
	assert_int_equal(wa_secret_copy("secretXXX", 6, &s), WA_OK);
	assert_secret(&s, "secret");
	assert_int_equal(wa_secret_copy_guarded("secretXXX", 6, &guarded), WA_OK);
	assert_string_equal(guarded.bytes, "secret");
	assert_true(wa_secret_equal(&s, &guarded));
	assert_int_equal(wa_secret_copy(NULL, 0, &empty), WA_OK);
	assert_secret(&empty, "");
}

static void
equality_means_length_and_bytes(void **state)
{
	struct wa_secret a = {.bytes = (char[]){"abc"}, .len = 3};
	struct wa_secret same = {.bytes = (char[]){"abc"}, .len = 3};
	struct wa_secret other = {.bytes = (char[]){"abd"}, .len = 3};
	struct wa_secret shorter = {.bytes = (char[]){"ab"}, .len = 2};

	(void)state;
	assert_true(wa_secret_equal(&a, &same));
	assert_false(wa_secret_equal(&a, &other));
	assert_false(wa_secret_equal(&a, &shorter));
	assert_false(wa_secret_equal(&shorter, &a));
	assert_false(wa_secret_equal(&a, &WA_SECRET_NONE));
	assert_true(wa_secret_equal(&WA_SECRET_NONE, &WA_SECRET_NONE));
}

static void
reading_to_the_end_keeps_newlines(void **state)
{
	WA_CLEANUP(wa_secret_done) struct wa_secret s = WA_SECRET_NONE;

	(void)state;
	assert_int_equal(read_bytes("two\nlines\n", 10, 100, false, &s), WA_OK);
	assert_secret(&s, "two\nlines\n");
}

static void
a_line_ends_at_its_newline_and_leaves_the_next_one(void **state)
{
	WA_CLEANUP(wa_secret_done) struct wa_secret first = WA_SECRET_NONE;
	WA_CLEANUP(wa_secret_done) struct wa_secret second = WA_SECRET_NONE;
	WA_CLEANUP(wa_secret_done) struct wa_secret none = WA_SECRET_NONE;
	int fd = pipe_with("old password\nnew", 16);

	(void)state;
	assert_int_equal(wa_secret_read(fd, 100, true, &first), WA_OK);
	assert_int_equal(wa_secret_read(fd, 100, true, &second), WA_OK);
	assert_int_equal(wa_secret_read(fd, 100, true, &none), WA_OK);
	assert_secret(&first, "old password");
	assert_secret(&second, "new");
	assert_secret(&none, "");
	assert_int_equal(close(fd), 0);
}

static void
a_secret_at_the_maximum_is_read_and_one_past_it_refused(void **state)
{
	(void)state;
	for (int line = 0; line < 2; line++) {
		WA_CLEANUP(wa_secret_done) struct wa_secret s = WA_SECRET_NONE;

		assert_int_equal(read_bytes("12345", 5, 5, line, &s), WA_OK);
		assert_secret(&s, "12345");
		wa_secret_done(&s);
		assert_int_equal(read_bytes("123456", 6, 5, line, &s), WA_ERR_TOO_LONG);
		assert_int_equal(read_bytes("1234567890", 10, 5, line, &s), WA_ERR_TOO_LONG);
		assert_null(s.bytes);
	}
}

static void
the_newline_of_a_line_does_not_count(void **state)
{
	WA_CLEANUP(wa_secret_done) struct wa_secret s = WA_SECRET_NONE;

	(void)state;
	assert_int_equal(read_bytes("12345\n", 6, 5, true, &s), WA_OK);
	assert_secret(&s, "12345");
	wa_secret_done(&s);
	assert_int_equal(read_bytes("123456\n", 7, 5, true, &s), WA_ERR_TOO_LONG);
	assert_int_equal(read_bytes("12345\n", 6, 5, false, &s), WA_ERR_TOO_LONG);
}

static void
a_nul_inside_is_refused(void **state)
{
	struct wa_secret s = WA_SECRET_NONE;

	(void)state;
	assert_int_equal(read_bytes("ab\0cd", 5, 100, false, &s), WA_ERR_INVALID);
	assert_int_equal(read_bytes("ab\0\n", 4, 100, true, &s), WA_ERR_INVALID);
	assert_null(s.bytes);
}

static void
a_descriptor_that_cannot_be_read_is_a_fault(void **state)
{
	struct wa_secret s = WA_SECRET_NONE;

	(void)state;
	assert_int_equal(wa_secret_read(-1, 100, false, &s), WA_ERR_SYSTEM);
	assert_null(s.bytes);
}

static void
nothing_freed_holds_a_trace(void **state)
{
	struct wa_secret s = WA_SECRET_NONE;

	(void)state;
	memory_watch("correct");
	assert_int_equal(wa_secret_copy("correct horse", 13, &s), WA_OK);
	wa_secret_done(&s);
	assert_int_equal(read_bytes("correct horse", 13, 50, false, &s), WA_OK);
	wa_secret_done(&s);
	assert_int_equal(read_bytes("correct horse", 13, 10, false, &s), WA_ERR_TOO_LONG);
	assert_int_equal(read_bytes("correct\0horse", 13, 50, false, &s), WA_ERR_INVALID);
	assert_int_equal(memory_unwatch(), 0);
	assert_null(s.bytes);
	assert_int_equal(s.len, 0);
	wa_secret_done(&s);
}

static void
each_failed_allocation_is_a_fault(void **state)
{
	struct wa_secret s = WA_SECRET_NONE;

	(void)state;
	memory_fail_nth(1);
	assert_int_equal(wa_secret_copy("x", 1, &s), WA_ERR_NOMEM);
	for (size_t nth = 1; nth <= 2; nth++) {
		memory_fail_nth(nth);
		assert_int_equal(read_bytes("secret", 6, 100, false, &s), WA_ERR_NOMEM);
		assert_true(memory_has_failed());
	}
	assert_int_equal(wa_secret_copy("x", SIZE_MAX, &s), WA_ERR_NOMEM);
	assert_null(s.bytes);
}

static void
a_private_file_is_read_without_its_last_newline(void **state)
{
	static const struct {
		const char *content, *secret;
		mode_t mode;
	} files[] = {
	    {"secret", "secret", 0600},
	    {"secret\n", "secret", 0400},
	    {"secret\n\n", "secret\n", 0640},
	    {"", "", 0440},
	    {"\n", "", 0600},
	};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(files); i++) {
		WA_CLEANUP(wa_secret_done) struct wa_secret s = WA_SECRET_NONE;

		write_file(files[i].content, strlen(files[i].content), files[i].mode);
		assert_int_equal(wa_secret_read_file(path, 100, &s), WA_OK);
		assert_secret(&s, files[i].secret);
		(void)remove_file(state);
	}
}

static void
a_file_at_the_maximum_is_read_and_one_past_it_refused(void **state)
{
	WA_CLEANUP(wa_secret_done) struct wa_secret s = WA_SECRET_NONE;
	char content[103];

	(void)state;
	memset(content, 'x', sizeof(content));
	content[100] = '\n';
	write_file(content, 101, 0600);
	assert_int_equal(wa_secret_read_file(path, 100, &s), WA_OK);
	assert_int_equal(s.len, 100);

	content[100] = 'x';
	write_file(content, 101, 0600);
	assert_refused_naming("longer than 100 bytes");
	content[101] = '\n';
	write_file(content, 102, 0600);
	assert_refused_naming("longer than 100 bytes");
	write_file(content, 103, 0600);
	assert_refused_naming("longer than 100 bytes");
}

static void
a_file_with_a_nul_is_refused(void **state)
{
	(void)state;
	write_file("a\0b", 3, 0600);
	assert_refused_naming("NUL");
}

static void
a_file_others_can_reach_is_refused_with_the_remedy(void **state)
{
	static const mode_t open_to_all[] = {0604, 0602, 0644, 0666, 0777};
	static const mode_t open_to_group[] = {0620, 0660};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(open_to_all); i++) {
		write_file("secret", 6, open_to_all[i]);
		assert_refused_naming("chmod g-w,o=");
	}
	for (size_t i = 0; i < WA_ARRAY_LEN(open_to_group); i++) {
		write_file("secret", 6, open_to_group[i]);
		assert_refused_naming("chmod g-w ");
	}
}

static void
a_file_of_another_user_is_refused_with_the_remedy(void **state)
{
	(void)state;
	write_file("secret", 6, 0600);
	if (geteuid() != 0)
		skip(); /* nobody else can give a file away */
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_refused_naming("chown root");
}

static void
a_symbolic_link_is_refused(void **state)
{
	(void)state;
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_refused_naming("symbolic link");
}

static void
what_is_no_regular_file_is_refused_at_once(void **state)
{
	struct wa_secret s = WA_SECRET_NONE;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused_naming("regular file");
	assert_int_equal(wa_secret_read_file(folder, 100, &s), WA_ERR_CONFIG);
	assert_int_equal(wa_secret_read_file("/dev/null", 100, &s), WA_ERR_CONFIG);
}

static void
a_missing_file_is_named(void **state)
{
	(void)state;
	assert_refused_naming("No such file");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_copy_is_closed_with_a_nul),
	    cmocka_unit_test(equality_means_length_and_bytes),
	    cmocka_unit_test(reading_to_the_end_keeps_newlines),
	    cmocka_unit_test(a_line_ends_at_its_newline_and_leaves_the_next_one),
	    cmocka_unit_test(a_secret_at_the_maximum_is_read_and_one_past_it_refused),
	    cmocka_unit_test(the_newline_of_a_line_does_not_count),
	    cmocka_unit_test(a_nul_inside_is_refused),
	    cmocka_unit_test(a_descriptor_that_cannot_be_read_is_a_fault),
	    cmocka_unit_test(nothing_freed_holds_a_trace),
	    cmocka_unit_test(each_failed_allocation_is_a_fault),
	    cmocka_unit_test_teardown(a_private_file_is_read_without_its_last_newline, remove_file),
	    cmocka_unit_test_teardown(
		a_file_at_the_maximum_is_read_and_one_past_it_refused, remove_file),
	    cmocka_unit_test_teardown(a_file_with_a_nul_is_refused, remove_file),
	    cmocka_unit_test_teardown(
		a_file_others_can_reach_is_refused_with_the_remedy, remove_file),
	    cmocka_unit_test_teardown(
		a_file_of_another_user_is_refused_with_the_remedy, remove_file),
	    cmocka_unit_test_teardown(a_symbolic_link_is_refused, remove_file),
	    cmocka_unit_test_teardown(what_is_no_regular_file_is_refused_at_once, remove_file),
	    cmocka_unit_test(a_missing_file_is_named),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
