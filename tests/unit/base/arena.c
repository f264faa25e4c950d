#include "lib/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdalign.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/limits.h"
#include "tests/unit/base/memory.h"

static void
everything_up_to_the_bound_can_be_taken_and_nothing_beyond(void **state)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(100000);

	(void)state;
	assert_null(wa_arena_alloc(a, 100001));
	assert_null(wa_arena_alloc(a, SIZE_MAX));
	assert_non_null(wa_arena_alloc(a, 50000));
	assert_null(wa_arena_alloc(a, 50001));
	assert_non_null(wa_arena_alloc(a, 50000));
	assert_null(wa_arena_alloc(a, 1));
}

static void
many_small_pieces_are_counted_too(void **state)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	size_t n = 0;

	(void)state;
	while (wa_arena_alloc(a, 1) != NULL)
		n++;
	assert_in_range(n, WA_ARENA_MAX / 64, WA_ARENA_MAX);
}

static void
memory_is_zeroed_aligned_and_apart(void **state)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	static const char zeros[3000];
	char *pieces[200];

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		size_t n = 1 + i * 14;

		pieces[i] = wa_arena_alloc(a, n);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		assert_memory_equal(pieces[i], zeros, n);
		memset(pieces[i], (int)i, n);
	}
	for (size_t i = 0; i < 200; i++) {
		for (size_t k = 0; k < 1 + i * 14; k++)
			assert_int_equal((unsigned char)pieces[i][k], i);
	}
}

static void
no_bytes_have_a_place_of_their_own_too(void **state)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(64);
	char *none = wa_arena_alloc(a, 0);

	(void)state;
	assert_non_null(none);
	assert_ptr_not_equal(none, wa_arena_alloc(a, 1));
}

static void
after_reset_everything_can_be_taken_again_and_is_zero(void **state)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(70000);
	static const char zeros[1000];

	(void)state;
	for (int round = 0; round < 3; round++) {
		char *small = wa_arena_alloc(a, 1000);
		char *big = wa_arena_alloc(a, 60000);

		assert_non_null(small);
		assert_non_null(big);
		assert_memory_equal(small, zeros, 1000);
		memset(small, 'x', 1000);
		memset(big, 'x', 60000);
		wa_arena_reset(a);
	}
}

static void
freed_memory_holds_no_trace(void **state)
{
	struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);

	(void)state;
	memory_watch("correct horse");
	for (int i = 0; i < 3000; i++)
		assert_non_null(wa_arena_printf(a, "%d: %s", i, "correct horse battery"));
	wa_arena_reset(a);
	assert_non_null(wa_arena_strdup(a, "correct horse battery"));
	wa_arena_free(a);
	assert_int_equal(memory_unwatch(), 0);
}

static void
copies_end_with_a_nul(void **state)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(1000);

	(void)state;
	assert_string_equal(wa_arena_strdup(a, "text"), "text");
	assert_string_equal(wa_arena_strndup(a, "text", 2), "te");
	assert_string_equal(wa_arena_strndup(a, "text", 100), "text");
	assert_string_equal(wa_arena_strndup(a, "text", 0), "");
	assert_string_equal(wa_arena_printf(a, "%s-%d", "text", 5), "text-5");
	assert_null(wa_arena_strdup(a, NULL));
	assert_null(wa_arena_strndup(a, NULL, 3));
}

static void
a_copy_past_the_bound_is_null(void **state)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(16);

	(void)state;
	assert_null(wa_arena_strdup(a, "sixteen bytes ..."));
	assert_null(wa_arena_printf(a, "%s", "sixteen bytes .."));
	assert_string_equal(wa_arena_printf(a, "%s", "fifteen bytes ."), "fifteen bytes .");
}

static void
each_failed_allocation_is_answered_with_null(void **state)
{
	struct wa_arena *a;

	(void)state;
	for (size_t nth = 1; nth <= 2; nth++) {
		memory_fail_nth(nth);
		assert_null(wa_arena_new(1000));
		assert_true(memory_has_failed());
	}

	a = wa_arena_new(WA_ARENA_MAX);
	memory_fail_nth(1);
	assert_null(wa_arena_alloc(a, 100000));
	assert_true(memory_has_failed());
	assert_non_null(wa_arena_alloc(a, 100000));
	wa_arena_free(a);
}

static void
freeing_nothing_does_nothing(void **state)
{
	struct wa_arena *a = NULL;

	(void)state;
	wa_arena_free(a);
	wa_arena_freep(&a);
	a = wa_arena_new(10);
	wa_arena_freep(&a);
	assert_null(a);
}

static void
a_guarded_one_is_as_any_other(void **state)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = NULL;

	(void)state;
	assert_int_not_equal(sodium_init(), -1);
	a = wa_arena_new_guarded(1000000);
	for (size_t n = 1; n < 100000; n = n * 3 + 1) {
		unsigned char *p = wa_arena_alloc(a, n);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 'x', n);
		wa_arena_reset(a);
	}
	assert_null(wa_arena_alloc(a, 1000001));
}

static void
behind_a_guarded_one_is_nothing_to_be_read(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		const struct rlimit none = {0, 0};
		struct wa_arena *a = wa_arena_new_guarded(8192);
		const volatile char *all = wa_arena_alloc(a, 8192); /* its first block */

		(void)setrlimit(RLIMIT_CORE, &none);
		(void)close(STDERR_FILENO);
		_exit(all[8192] == 0 ? 0 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_up_to_the_bound_can_be_taken_and_nothing_beyond),
	    cmocka_unit_test(many_small_pieces_are_counted_too),
	    cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
	    cmocka_unit_test(no_bytes_have_a_place_of_their_own_too),
	    cmocka_unit_test(after_reset_everything_can_be_taken_again_and_is_zero),
	    cmocka_unit_test(freed_memory_holds_no_trace),
	    cmocka_unit_test(copies_end_with_a_nul),
	    cmocka_unit_test(a_copy_past_the_bound_is_null),
	    cmocka_unit_test(each_failed_allocation_is_answered_with_null),
	    cmocka_unit_test(freeing_nothing_does_nothing),
	    cmocka_unit_test(a_guarded_one_is_as_any_other),
	    cmocka_unit_test(behind_a_guarded_one_is_nothing_to_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
