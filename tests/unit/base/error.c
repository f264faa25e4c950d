#include "lib/base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

static const enum wa_err all[] = {
#define WA_ERROR(symbol, class, status, code, message) WA_ERR_##symbol,
#include "lib/base/errors.def"
#undef WA_ERROR
};

static void
every_outcome_has_a_name_a_status_and_a_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(all); i++) {
		assert_int_not_equal(wa_err_class(all[i]), WA_CLASS_OK);
		assert_in_range(wa_err_status(all[i]), 400, 599);
		assert_string_not_equal(wa_err_name(all[i]), "");
		assert_string_not_equal(wa_err_message(all[i]), "");
	}
	assert_string_equal(wa_err_name(WA_ERR_STORE_BUSY), "STORE_BUSY");
	assert_int_equal(wa_err_class(WA_OK), WA_CLASS_OK);
	assert_int_equal(wa_err_status(WA_OK), 200);
	assert_string_equal(wa_err_name(WA_OK), "OK");
}

static void
a_refusal_carries_the_wire_s_code_and_text(void **state)
{
	(void)state;
	assert_int_equal(wa_err_class(WA_ERR_USER_EXISTS), WA_CLASS_REFUSAL);
	assert_int_equal(wa_err_status(WA_ERR_USER_EXISTS), 422);
	assert_string_equal(
	    wa_err_code(WA_ERR_USER_EXISTS), "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
	assert_string_equal(
	    wa_err_message(WA_ERR_USER_EXISTS), "User already exists. Use another email.");
}

static void
a_fault_tells_a_client_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(all); i++) {
		if (wa_err_class(all[i]) != WA_CLASS_FAULT)
			continue;
		assert_null(wa_err_code(all[i]));
		if (wa_err_status(all[i]) == 500)
			assert_string_equal(wa_err_message(all[i]), "Internal error");
	}
}

static void
a_value_that_is_no_outcome_is_a_fault(void **state)
{
	enum wa_err e = (enum wa_err)10000;

	(void)state;
	assert_int_equal(wa_err_class(e), WA_CLASS_FAULT);
	assert_int_equal(wa_err_status(e), 500);
	assert_string_equal(wa_err_message(e), "Internal error");
}

static void
a_detail_belongs_to_its_outcome_only(void **state)
{
	(void)state;
	assert_int_equal(wa_fault(WA_ERR_STORE, "insert %s: %d", "user", 7), WA_ERR_STORE);
	assert_string_equal(wa_err_detail(WA_ERR_STORE), "insert user: 7");
	assert_string_equal(wa_err_detail(WA_ERR_NOMEM), "Internal error");
	assert_string_equal(wa_err_detail(WA_OK), "OK");

	assert_int_equal(wa_refuse(WA_ERR_INVALID, "too odd"), WA_ERR_INVALID);
	assert_string_equal(wa_err_detail(WA_ERR_INVALID), "too odd");
	assert_string_equal(wa_err_detail(WA_ERR_STORE), "Internal error");
}

static void
a_detail_can_be_built_from_the_last_one(void **state)
{
	(void)state;
	(void)wa_fault(WA_ERR_SYSTEM, "no such file");
	(void)wa_fault(WA_ERR_CONFIG, "a.conf: %s!", wa_err_detail(WA_ERR_SYSTEM));
	assert_string_equal(wa_err_detail(WA_ERR_CONFIG), "a.conf: no such file!");
}

static void
a_forgotten_detail_is_not_shown_again(void **state)
{
	(void)state;
	(void)wa_refuse(WA_ERR_VALIDATION, "[body.name] of somebody else");
	wa_err_forget();
	assert_string_equal(wa_err_detail(WA_ERR_VALIDATION), "Invalid request");
}

static void
a_long_detail_is_cut_between_characters(void **state)
{
	char text[4001] = {0};

	(void)state;
	for (size_t i = 0; i < 4000; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	for (int shift = 0; shift < 2; shift++) {
		const char *detail;

		(void)wa_refuse(WA_ERR_INVALID, "%s%s", shift ? "x" : "", text);
		detail = wa_err_detail(WA_ERR_INVALID);
		assert_in_range(strlen(detail), 500, 3999);
		assert_true(wa_text_is_utf8(detail, strlen(detail)));
	}
}

static void *
other_thread(void *arg)
{
	(void)arg;
	(void)wa_fault(WA_ERR_STORE, "of the other thread");
	return NULL;
}

static void
a_detail_belongs_to_its_thread(void **state)
{
	pthread_t other;

	(void)state;
	(void)wa_fault(WA_ERR_STORE, "of this thread");
	assert_int_equal(pthread_create(&other, NULL, other_thread, NULL), 0);
	assert_int_equal(pthread_join(other, NULL), 0);
	assert_string_equal(wa_err_detail(WA_ERR_STORE), "of this thread");
}

static void
a_name_finds_its_outcome_and_no_other_text_does(void **state)
{
	static const char *const none[] = {"", "O", "OKAY", "ok", "WA_OK", "BANNED ", "UNKNOWN"};
	enum wa_err e = WA_ERR_NOMEM;

	(void)state;
	assert_true(wa_err_find("OK", 2, &e));
	assert_int_equal(e, WA_OK);
	assert_true(wa_err_find("BANNED, they say", 6, &e));
	assert_int_equal(e, WA_ERR_BANNED);
	for (size_t i = 0; i < WA_ARRAY_LEN(none); i++)
		assert_false(wa_err_find(none[i], strlen(none[i]), &e));
	assert_int_equal(e, WA_ERR_BANNED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_outcome_has_a_name_a_status_and_a_message),
	    cmocka_unit_test(a_refusal_carries_the_wire_s_code_and_text),
	    cmocka_unit_test(a_fault_tells_a_client_nothing),
	    cmocka_unit_test(a_value_that_is_no_outcome_is_a_fault),
	    cmocka_unit_test(a_detail_belongs_to_its_outcome_only),
	    cmocka_unit_test(a_detail_can_be_built_from_the_last_one),
	    cmocka_unit_test(a_forgotten_detail_is_not_shown_again),
	    cmocka_unit_test(a_long_detail_is_cut_between_characters),
	    cmocka_unit_test(a_detail_belongs_to_its_thread),
	    cmocka_unit_test(a_name_finds_its_outcome_and_no_other_text_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
