#include "lib/store/link.h"

#include <string.h>

#include "tests/unit/store/fixture.h"

static int
setup_users(void **state)
{
	struct fixture *f;

	(void)fixture_setup(state);
	f = *state;
	fixture_add_user(f->s, "u1", "a@x");
	fixture_add_user(f->s, "u2", "b@x");
	return 0;
}

static void
account_is_one_web_user(void **state)
{
	struct fixture *f = *state;
	struct link row = {.account = "alice", .user_id = "u1", .created_ms = NOW};
	struct user u = {.id = "untouched"};

	assert_err(store_link_user(f->s, f->a, "alice", &u), WA_ERR_NOT_FOUND);
	assert_string_equal(u.id, "untouched");
	assert_ok(store_link_insert(f->s, &row));
	assert_ok(store_link_user(f->s, f->a, "alice", &u));
	assert_string_equal(u.id, "u1");
	assert_string_equal(u.email, "a@x");
	row.user_id = "u2";
	assert_err(store_link_insert(f->s, &row), WA_ERR_CONFLICT);
	row.account = "Alice";
	assert_ok(store_link_insert(f->s, &row));
}

static void
link_to_a_gone_user_is_refused(void **state)
{
	struct fixture *f = *state;
	struct link row = {.account = "alice", .user_id = "gone", .created_ms = NOW};

	assert_err(store_link_insert(f->s, &row), WA_ERR_NOT_FOUND);
}

static void
deleted_link_links_nobody(void **state)
{
	struct fixture *f = *state;
	struct link row = {.account = "alice", .user_id = "u1", .created_ms = NOW};
	struct user u;

	assert_err(store_link_delete(f->s, "alice"), WA_ERR_NOT_FOUND);
	assert_ok(store_link_insert(f->s, &row));
	assert_ok(store_link_delete(f->s, "alice"));
	assert_err(store_link_user(f->s, f->a, "alice", &u), WA_ERR_NOT_FOUND);
}

/* Also when it is an app that deletes the user, which knows nothing of links. */
static void
link_goes_with_its_user(void **state)
{
	struct fixture *f = *state;
	struct link row = {.account = "alice", .user_id = "u1", .created_ms = NOW};

	assert_ok(store_link_insert(f->s, &row));
	assert_ok(store_exec(f->s, "DELETE FROM \"user\" WHERE \"id\" = 'u1'"));
	assert_err(store_link_delete(f->s, "alice"), WA_ERR_NOT_FOUND);
}

struct listed {
	char text[256];
	size_t stop_after;
	size_t n;
};

static bool
list(void *arg, const struct link *row)
{
	struct listed *l = arg;

	assert_true(row->created_ms == NOW);
	fixture_append(l->text, sizeof(l->text), row->account);
	fixture_append(l->text, sizeof(l->text), "=");
	fixture_append(l->text, sizeof(l->text), row->user_id);
	fixture_append(l->text, sizeof(l->text), "=");
	fixture_append(l->text, sizeof(l->text), row->user_email);
	fixture_append(l->text, sizeof(l->text), " ");
	return ++l->n != l->stop_after;
}

static void
assert_list(struct store *s, const char *user_id, size_t stop, const char *want)
{
	struct listed l = {.stop_after = stop};

	assert_ok(store_link_each(s, user_id, list, &l));
	assert_string_equal(l.text, want);
}

static void
links_are_listed_in_order_of_account(void **state)
{
	static const struct link rows[] = {
	    {.account = "carol", .user_id = "u1", .created_ms = NOW},
	    {.account = "alice", .user_id = "u1", .created_ms = NOW},
	    {.account = "bob", .user_id = "u2", .created_ms = NOW},
	};
	struct fixture *f = *state;

	assert_list(f->s, NULL, 0, "");
	for (size_t i = 0; i < WA_ARRAY_LEN(rows); i++)
		assert_ok(store_link_insert(f->s, &rows[i]));
	assert_list(f->s, NULL, 0, "alice=u1=a@x bob=u2=b@x carol=u1=a@x ");
	assert_list(f->s, NULL, 2, "alice=u1=a@x bob=u2=b@x ");
	assert_list(f->s, "u1", 0, "alice=u1=a@x carol=u1=a@x ");
	assert_list(f->s, "none", 0, "");
}

#define test_with_users(f) cmocka_unit_test_setup_teardown(f, setup_users, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_users(account_is_one_web_user),
	    test_with_users(link_to_a_gone_user_is_refused),
	    test_with_users(deleted_link_links_nobody),
	    test_with_users(link_goes_with_its_user),
	    test_with_users(links_are_listed_in_order_of_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
