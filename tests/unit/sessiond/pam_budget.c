/* Budgets of local users on the PAM socket: free, then dear, bounded, and nobody else's. */
#include "sessiond/routes/pam_budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "lib/base/compiler.h"

static int
setup(void **state)
{
	*state = pam_budget_new();
	return *state == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	pam_budget_free(*state);
	return 0;
}

/* How long until the next question is answered, to the millisecond. */
static int64_t
wait_of(struct pam_budget *b, uid_t uid, int64_t now_ms)
{
	int64_t at = now_ms;

	while (!pam_budget_take(b, uid, at))
		at++;
	return at - now_ms;
}

static void
a_few_questions_are_free_and_each_further_one_is_dearer(void **state)
{
	int64_t now = 1000, wait, last = PAM_BUDGET_WAIT_MS / 2;

	for (unsigned i = 0; i < PAM_BUDGET_FREE; i++)
		assert_true(pam_budget_take(*state, 1000, now));
	for (unsigned i = 0; i < 3; i++) {
		assert_false(pam_budget_take(*state, 1000, now));
		wait = wait_of(*state, 1000, now);
		assert_int_equal(wait, last * 2);
		now += wait;
		last = wait;
	}
}

static void
waiting_is_bounded(void **state)
{
	int64_t now = 1000, wait = 0;

	for (unsigned i = 0; i < PAM_BUDGET_FREE; i++)
		assert_true(pam_budget_take(*state, 1000, now));
	for (unsigned i = 0; i < 12; i++) {
		wait = wait_of(*state, 1000, now);
		assert_in_range(wait, 1, PAM_BUDGET_WAIT_MAX_MS);
		now += wait;
	}
}

static void
what_was_long_ago_is_forgotten(void **state)
{
	int64_t now = 1000;

	for (unsigned i = 0; i < 50; i++) {
		assert_true(pam_budget_take(*state, 1000, now));
		now += PAM_BUDGET_REFILL_MS;
	}
	now += (int64_t)PAM_BUDGET_FREE * PAM_BUDGET_REFILL_MS;
	for (unsigned i = 0; i < PAM_BUDGET_FREE; i++)
		assert_true(pam_budget_take(*state, 1000, now));
	assert_false(pam_budget_take(*state, 1000, now));
}

static void
users_do_not_wait_for_each_other(void **state)
{
	for (unsigned i = 0; i < PAM_BUDGET_FREE; i++)
		assert_true(pam_budget_take(*state, 1000, 1));
	assert_false(pam_budget_take(*state, 1000, 1));
	assert_true(pam_budget_take(*state, 1001, 1));
}

static void
a_full_table_sheds_no_wait(void **state)
{
	for (unsigned i = 0; i < PAM_BUDGET_FREE; i++)
		assert_true(pam_budget_take(*state, 1000, 1));
	/* More users than there is room for, who take it from each other. */
	for (uid_t uid = 2000; uid < 2000 + 2 * PAM_BUDGET_SLOTS; uid++)
		assert_true(pam_budget_take(*state, uid, 1));
	assert_false(pam_budget_take(*state, 1000, 1));

	/* All wait: who comes then is not answered, rather than answered without being counted. */
	for (uid_t uid = 5000; uid < 5000 + PAM_BUDGET_SLOTS - 1; uid++)
		for (unsigned i = 0; i < PAM_BUDGET_FREE; i++)
			assert_true(pam_budget_take(*state, uid, 1));
	assert_false(pam_budget_take(*state, 6000, 1));
	assert_true(pam_budget_take(*state, 6000, 1 + PAM_BUDGET_WAIT_MS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		a_few_questions_are_free_and_each_further_one_is_dearer, setup, teardown),
	    cmocka_unit_test_setup_teardown(waiting_is_bounded, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_was_long_ago_is_forgotten, setup, teardown),
	    cmocka_unit_test_setup_teardown(users_do_not_wait_for_each_other, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_full_table_sheds_no_wait, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
