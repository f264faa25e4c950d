/* The matrix: nothing but WA_OK lets anybody in, and each code is one its function may answer. */
#include "pam_webauth/codes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <security/pam_modules.h>
#include <stdbool.h>
#include <syslog.h>

static const enum wa_err all[] = {
#define WA_ERROR(symbol, class, status, code, message) WA_ERR_##symbol,
#include "lib/base/errors.def"
#undef WA_ERROR
};

static bool
is_one_of(int code, const int *codes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (codes[i] == code)
			return true;
	return false;
}

static void
no_outcome_but_ok_lets_in(void **state WA_UNUSED)
{
	static const enum codes_function functions[] = {
	    CODES_AUTHENTICATE, CODES_ACCOUNT, CODES_CHAUTHTOK, CODES_SESSION};

	for (size_t f = 0; f < WA_ARRAY_LEN(functions); f++) {
		assert_int_equal(codes_pam(functions[f], WA_OK), PAM_SUCCESS);
		for (size_t i = 0; i < WA_ARRAY_LEN(all); i++) {
			assert_int_not_equal(codes_pam(functions[f], all[i]), PAM_SUCCESS);
			assert_int_not_equal(codes_pam(functions[f], all[i]), PAM_IGNORE);
			/* "right, but to be renewed": sufficient and required take it for success
			 */
			if (functions[f] != CODES_ACCOUNT)
				assert_int_not_equal(
				    codes_pam(functions[f], all[i]), PAM_NEW_AUTHTOK_REQD);
		}
	}
}

static void
codes_are_those_of_the_function(void **state WA_UNUSED)
{
	static const int authenticate[] = {PAM_AUTH_ERR, PAM_CRED_INSUFFICIENT,
	    PAM_AUTHINFO_UNAVAIL, PAM_USER_UNKNOWN, PAM_BUF_ERR, PAM_SERVICE_ERR, PAM_ACCT_EXPIRED,
	    PAM_PERM_DENIED, PAM_MAXTRIES};
	static const int account[] = {PAM_ACCT_EXPIRED, PAM_AUTH_ERR, PAM_PERM_DENIED,
	    PAM_USER_UNKNOWN, PAM_AUTHINFO_UNAVAIL, PAM_BUF_ERR, PAM_SERVICE_ERR,
	    PAM_NEW_AUTHTOK_REQD};
	static const int chauthtok[] = {PAM_AUTHTOK_ERR, PAM_AUTH_ERR, PAM_PERM_DENIED,
	    PAM_TRY_AGAIN, PAM_USER_UNKNOWN, PAM_BUF_ERR, PAM_SERVICE_ERR, PAM_MAXTRIES};

	for (size_t i = 0; i < WA_ARRAY_LEN(all); i++) {
		assert_true(is_one_of(codes_pam(CODES_AUTHENTICATE, all[i]), authenticate,
		    WA_ARRAY_LEN(authenticate)));
		assert_true(
		    is_one_of(codes_pam(CODES_ACCOUNT, all[i]), account, WA_ARRAY_LEN(account)));
		assert_true(is_one_of(
		    codes_pam(CODES_CHAUTHTOK, all[i]), chauthtok, WA_ARRAY_LEN(chauthtok)));
	}
}

static void
what_is_no_outcome_is_a_refusal(void **state WA_UNUSED)
{
	const unsigned none[] = {(unsigned)WA_ARRAY_LEN(all) + 1, 1000, 0x7fffffff};

	for (size_t i = 0; i < WA_ARRAY_LEN(none); i++) {
		assert_int_equal(
		    codes_pam(CODES_AUTHENTICATE, (enum wa_err)none[i]), PAM_AUTHINFO_UNAVAIL);
		assert_int_equal(
		    codes_pam(CODES_ACCOUNT, (enum wa_err)none[i]), PAM_AUTHINFO_UNAVAIL);
		assert_int_equal(codes_priority((enum wa_err)none[i]), LOG_CRIT);
	}
	assert_int_equal(codes_pam((enum codes_function)77, WA_ERR_BANNED), PAM_SERVICE_ERR);
}

static void
every_fault_has_a_row_and_none_has_two(void **state WA_UNUSED)
{
	static const enum wa_err with_row[] = {
#define CODE(outcome, authenticate, account, chauthtok, priority) WA_ERR_##outcome,
#include "pam_webauth/codes.def"
#undef CODE
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(all); i++) {
		size_t n = 0;

		for (size_t j = 0; j < WA_ARRAY_LEN(with_row); j++)
			n += with_row[j] == all[i];
		assert_in_range(n, wa_err_class(all[i]) == WA_CLASS_FAULT, 1);
	}
}

static void
faults_are_louder_than_refusals(void **state WA_UNUSED)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(all); i++)
		if (wa_err_class(all[i]) == WA_CLASS_FAULT)
			assert_in_range(codes_priority(all[i]), LOG_CRIT, LOG_ERR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_outcome_but_ok_lets_in),
	    cmocka_unit_test(codes_are_those_of_the_function),
	    cmocka_unit_test(what_is_no_outcome_is_a_refusal),
	    cmocka_unit_test(every_fault_has_a_row_and_none_has_two),
	    cmocka_unit_test(faults_are_louder_than_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
