#include "lib/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/base/memory.h"

static void
everything_up_to_the_bound_fits_and_nothing_beyond(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(1000);

	(void)state;
	for (int i = 0; i < 1000; i++)
		wa_buf_char(&b, 'x');
	assert_int_equal(wa_buf_check(&b), WA_OK);
	assert_int_equal(strlen(wa_buf_cstr(&b)), 1000);

	wa_buf_char(&b, 'x');
	assert_int_equal(wa_buf_check(&b), WA_ERR_NOMEM);
	assert_null(wa_buf_cstr(&b));
}

static void
one_large_piece_is_bounded_too(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(1000);
	static const char piece[1001];

	(void)state;
	wa_buf_add(&b, piece, 1001);
	assert_true(b.failed);
	wa_buf_clear(&b);
	wa_buf_add(&b, piece, 1000);
	assert_false(b.failed);
}

static void
a_failure_sticks_until_the_buffer_is_cleared(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(4);

	(void)state;
	wa_buf_str(&b, "12345");
	wa_buf_str(&b, "1");
	wa_buf_int(&b, 1);
	wa_buf_printf(&b, "%d", 1);
	assert_null(wa_buf_reserve(&b, 1));
	assert_int_equal(wa_buf_check(&b), WA_ERR_NOMEM);
	assert_int_equal(b.len, 0);

	wa_buf_clear(&b);
	wa_buf_str(&b, "1234");
	assert_string_equal(wa_buf_cstr(&b), "1234");
}

static void
what_is_appended_comes_out_in_order(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(10000);

	(void)state;
	assert_string_equal(wa_buf_cstr(&b), "");
	wa_buf_add(&b, NULL, 0);
	wa_buf_str(&b, "a");
	wa_buf_add(&b, "bcd", 2);
	wa_buf_char(&b, ' ');
	wa_buf_printf(&b, "%s=%d", "x", 5);
	assert_string_equal(wa_buf_cstr(&b), "abc x=5");
	wa_buf_char(&b, '!');
	assert_string_equal(wa_buf_cstr(&b), "abc x=5!");
}

static void
integers_are_written_to_both_ends(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(1000);

	(void)state;
	wa_buf_int(&b, INT64_MIN);
	wa_buf_char(&b, ' ');
	wa_buf_int(&b, INT64_MAX);
	wa_buf_char(&b, ' ');
	wa_buf_int(&b, 0);
	wa_buf_char(&b, ' ');
	wa_buf_int(&b, -10);
	assert_string_equal(wa_buf_cstr(&b), "-9223372036854775808 9223372036854775807 0 -10");
}

static void
printf_fits_exactly_at_the_bound(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(8);

	(void)state;
	wa_buf_printf(&b, "%s", "12345678");
	assert_string_equal(wa_buf_cstr(&b), "12345678");
	wa_buf_clear(&b);
	wa_buf_printf(&b, "%s", "123456789");
	assert_true(b.failed);
}

static void
a_reserved_place_can_be_written_and_kept(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(5000);
	char *place;

	(void)state;
	wa_buf_str(&b, "head ");
	place = wa_buf_reserve(&b, 4000);
	assert_non_null(place);
	memcpy(place, "body and more", 13);
	wa_buf_advance(&b, 4);
	assert_string_equal(wa_buf_cstr(&b), "head body");
	assert_null(wa_buf_reserve(&b, 5000));
}

static void
advancing_past_the_reserved_place_fails(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(10);

	(void)state;
	assert_non_null(wa_buf_reserve(&b, 10));
	wa_buf_advance(&b, 11);
	assert_true(b.failed);
}

static void
consumed_bytes_are_gone_and_the_rest_moves_up(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(100);

	(void)state;
	wa_buf_consume(&b, 5);
	wa_buf_str(&b, "first second");
	wa_buf_consume(&b, 6);
	assert_string_equal(wa_buf_cstr(&b), "second");
	wa_buf_consume(&b, 0);
	assert_string_equal(wa_buf_cstr(&b), "second");
	wa_buf_consume(&b, 100);
	assert_string_equal(wa_buf_cstr(&b), "");
}

static void
neither_growth_nor_done_leaves_a_trace(void **state)
{
	struct wa_buf b = WA_BUF_INIT(100000);

	(void)state;
	memory_watch("correct horse");
	wa_buf_str(&b, "correct horse battery staple");
	for (int i = 0; i < 50000; i++)
		wa_buf_char(&b, 'x');
	wa_buf_done(&b);

	/* Bytes that were cleared or consumed count as well. */
	wa_buf_str(&b, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx correct horse");
	wa_buf_consume(&b, 10);
	wa_buf_clear(&b);
	wa_buf_done(&b);
	assert_int_equal(memory_unwatch(), 0);
	assert_null(b.data);
	assert_int_equal(b.max, 100000);
}

static void
a_failed_allocation_keeps_what_was_there_and_fails(void **state)
{
	struct wa_buf b = WA_BUF_INIT(100000);

	(void)state;
	wa_buf_str(&b, "kept");
	assert_non_null(wa_buf_reserve(&b, 10));
	memory_fail_nth(1);
	assert_null(wa_buf_reserve(&b, 50000));
	assert_true(memory_has_failed());
	assert_int_equal(wa_buf_check(&b), WA_ERR_NOMEM);
	assert_memory_equal(b.data, "kept", 4);
	wa_buf_done(&b);
}

static void
a_size_that_overflows_is_refused(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(SIZE_MAX);

	(void)state;
	wa_buf_str(&b, "x");
	assert_null(wa_buf_reserve(&b, SIZE_MAX));
	wa_buf_clear(&b);
	assert_null(wa_buf_reserve(&b, SIZE_MAX / 2));
	wa_buf_clear(&b);
	assert_non_null(wa_buf_reserve(&b, 1000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_up_to_the_bound_fits_and_nothing_beyond),
	    cmocka_unit_test(one_large_piece_is_bounded_too),
	    cmocka_unit_test(a_failure_sticks_until_the_buffer_is_cleared),
	    cmocka_unit_test(what_is_appended_comes_out_in_order),
	    cmocka_unit_test(integers_are_written_to_both_ends),
	    cmocka_unit_test(printf_fits_exactly_at_the_bound),
	    cmocka_unit_test(a_reserved_place_can_be_written_and_kept),
	    cmocka_unit_test(advancing_past_the_reserved_place_fails),
	    cmocka_unit_test(consumed_bytes_are_gone_and_the_rest_moves_up),
	    cmocka_unit_test(neither_growth_nor_done_leaves_a_trace),
	    cmocka_unit_test(a_failed_allocation_keeps_what_was_there_and_fails),
	    cmocka_unit_test(a_size_that_overflows_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
