/* tests lib/store/uid.c */
#include "lib/store/uid.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/store/link.h"
#include "tests/unit/store/fixture.h"

static void
an_account_has_one_uid_and_a_uid_one_account(void **state)
{
	struct fixture *f = *state;
	int64_t uid = -1;

	assert_err(store_uid_find(f->s, "ann", &uid), WA_ERR_NOT_FOUND);
	assert_true(uid == -1);
	assert_ok(store_uid_insert(f->s, "ann", 2000, NOW));
	assert_ok(store_uid_find(f->s, "ann", &uid));
	assert_true(uid == 2000);
	assert_err(store_uid_insert(f->s, "ann", 2001, NOW), WA_ERR_CONFLICT);
	assert_err(store_uid_insert(f->s, "bob", 2000, NOW), WA_ERR_CONFLICT);
}

static void
next_is_above_all_of_the_range(void **state)
{
	struct fixture *f = *state;
	int64_t uid = -1;

	assert_ok(store_uid_insert(f->s, "other", 5000, NOW)); /* of an earlier range */
	assert_ok(store_uid_next(f->s, 2000, 2002, &uid));
	assert_true(uid == 2000);
	assert_ok(store_uid_insert(f->s, "ann", 2001, NOW));
	assert_ok(store_uid_next(f->s, 2000, 2002, &uid));
	assert_true(uid == 2002);
	assert_ok(store_uid_insert(f->s, "bob", 2002, NOW));
	assert_err(store_uid_next(f->s, 2000, 2002, &uid), WA_ERR_NOT_FOUND);
	assert_true(uid == 2002);
}

static bool
list(void *arg, const struct uid_row *row)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%s=%" PRId64 "=%s ", row->account, row->uid,
	    row->user_name != NULL ? row->user_name : "-");
	fixture_append(arg, 256, text);
	return true;
}

static void
listed_with_whom_they_are_linked_to(void **state)
{
	struct link ann = {.account = "ann", .user_id = "u1", .created_ms = NOW};
	struct fixture *f = *state;
	char text[256] = "";

	fixture_add_user(f->s, "u1", "a@x");
	assert_ok(store_exec(f->s, "UPDATE \"user\" SET \"name\" = 'Ann'"));
	assert_ok(store_uid_insert(f->s, "bob", 2000, NOW));
	assert_ok(store_uid_insert(f->s, "ann", 2001, NOW));
	assert_ok(store_link_insert(f->s, &ann));
	assert_ok(store_uid_each(f->s, list, text));
	assert_string_equal(text, "ann=2001=Ann bob=2000=- ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_store(an_account_has_one_uid_and_a_uid_one_account),
	    test_with_store(next_is_above_all_of_the_range),
	    test_with_store(listed_with_whom_they_are_linked_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
