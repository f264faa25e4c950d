/* tests lib/store/app_password.c and lib/store/secret.c */
#include "lib/store/app_password.h"

#include <string.h>

#include "lib/store/secret.h"
#include "tests/unit/store/fixture.h"

static const struct app_password_row mail = {
    .id = "aaaaaaaa",
    .user_id = "u1",
    .name = "phone",
    .hash = "00",
    .services = "dovecot vsftpd",
    .created_ms = NOW,
};

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
add(struct fixture *f, const char *id, const char *user_id)
{
	struct app_password_row row = mail;
	bool inserted = false;

	row.id = id;
	row.user_id = user_id;
	assert_ok(store_app_password_insert(f->s, &row, 50, &inserted));
	assert_true(inserted);
}

static void
row_is_found_as_it_was_written(void **state)
{
	struct fixture *f = *state;
	struct app_password_row row = mail, got = {.id = "untouched"};
	bool inserted = false;

	assert_err(store_app_password_find(f->s, f->a, "aaaaaaaa", &got), WA_ERR_NOT_FOUND);
	assert_string_equal(got.id, "untouched");
	row.expires_ms = NOW + DAY;
	assert_ok(store_app_password_insert(f->s, &row, 50, &inserted));
	assert_true(inserted);
	assert_ok(store_app_password_find(f->s, f->a, "aaaaaaaa", &got));
	assert_string_equal(got.user_id, "u1");
	assert_string_equal(got.name, "phone");
	assert_string_equal(got.hash, "00");
	assert_string_equal(got.services, "dovecot vsftpd");
	assert_true(got.created_ms == NOW && got.last_used_ms == 0);
	assert_true(got.expires_ms == NOW + DAY);
}

static void
id_is_unique_and_owner_exists(void **state)
{
	struct fixture *f = *state;
	struct app_password_row row = mail;
	bool inserted = false;

	add(f, "aaaaaaaa", "u1");
	row.user_id = "u2";
	assert_err(store_app_password_insert(f->s, &row, 50, &inserted), WA_ERR_CONFLICT);
	row.id = "bbbbbbbb";
	row.user_id = "gone";
	assert_err(store_app_password_insert(f->s, &row, 50, &inserted), WA_ERR_NOT_FOUND);
	assert_false(inserted);
}

static void
a_user_has_no_more_than_the_limit(void **state)
{
	struct fixture *f = *state;
	struct app_password_row row = mail;
	bool inserted = true;

	add(f, "aaaaaaaa", "u1");
	add(f, "bbbbbbbb", "u1");
	row.id = "cccccccc";
	assert_ok(store_app_password_insert(f->s, &row, 2, &inserted));
	assert_false(inserted);
	row.user_id = "u2"; /* everybody has a limit of their own */
	assert_ok(store_app_password_insert(f->s, &row, 2, &inserted));
	assert_true(inserted);
}

static int64_t
last_used(struct fixture *f)
{
	struct app_password_row got;

	assert_ok(store_app_password_find(f->s, f->a, "aaaaaaaa", &got));
	return got.last_used_ms;
}

static void
use_is_recorded_unless_one_is_since(void **state)
{
	struct fixture *f = *state;

	add(f, "aaaaaaaa", "u1");
	assert_ok(store_app_password_used(f->s, "aaaaaaaa", NOW - 1000, NOW));
	assert_true(last_used(f) == NOW);
	assert_ok(store_app_password_used(f->s, "aaaaaaaa", NOW - 1, NOW + 999));
	assert_true(last_used(f) == NOW);
	assert_ok(store_app_password_used(f->s, "aaaaaaaa", NOW, NOW + 1000));
	assert_true(last_used(f) == NOW + 1000);
	assert_ok(store_app_password_used(f->s, "gone", NOW, NOW));
}

static void
owner_or_administrator_deletes_it(void **state)
{
	struct fixture *f = *state;
	const char *owner = NULL;

	add(f, "aaaaaaaa", "u1");
	add(f, "bbbbbbbb", "u1");
	assert_err(
	    store_app_password_delete(f->s, f->a, "u2", "aaaaaaaa", &owner), WA_ERR_NOT_FOUND);
	assert_ok(store_app_password_delete(f->s, f->a, "u1", "aaaaaaaa", &owner));
	assert_ok(store_app_password_delete(f->s, f->a, NULL, "bbbbbbbb", &owner));
	assert_string_equal(owner, "u1");
	assert_err(
	    store_app_password_delete(f->s, f->a, NULL, "bbbbbbbb", &owner), WA_ERR_NOT_FOUND);
}

static void
all_of_a_user_go_at_once_or_with_the_user(void **state)
{
	struct fixture *f = *state;
	int64_t n = 0;

	add(f, "aaaaaaaa", "u1");
	add(f, "bbbbbbbb", "u1");
	add(f, "cccccccc", "u2");
	assert_ok(store_app_password_delete_of_user(f->s, "u1", &n));
	assert_int_equal(n, 2);
	assert_ok(store_user_delete(f->s, "u2"));
	assert_string_equal(
	    fixture_value(f->s, "SELECT count(*) || '' FROM \"webauth_app_password\""), "0");
	add(f, "aaaaaaaa", "u1");
	assert_ok(store_exec(f->s, "DELETE FROM \"user\" WHERE \"id\" = 'u1'"));
	assert_string_equal(
	    fixture_value(f->s, "SELECT count(*) || '' FROM \"webauth_app_password\""), "0");
}

struct listed {
	char text[128];
	size_t n, stop_after;
};

static bool
list(void *arg, const struct app_password_row *row)
{
	struct listed *l = arg;

	fixture_append(l->text, sizeof(l->text), row->id);
	fixture_append(l->text, sizeof(l->text), "=");
	fixture_append(l->text, sizeof(l->text), row->user_email);
	fixture_append(l->text, sizeof(l->text), " ");
	return ++l->n != l->stop_after;
}

static void
assert_list(struct store *s, const char *user_id, size_t stop, const char *want)
{
	struct listed l = {.stop_after = stop};

	assert_ok(store_app_password_each(s, user_id, list, &l));
	assert_string_equal(l.text, want);
}

static void
listed_by_owner_and_age(void **state)
{
	struct fixture *f = *state;

	assert_list(f->s, NULL, 0, "");
	add(f, "cccccccc", "u2");
	add(f, "bbbbbbbb", "u1");
	add(f, "aaaaaaaa", "u1");
	assert_list(f->s, NULL, 0, "aaaaaaaa=a@x bbbbbbbb=a@x cccccccc=b@x ");
	assert_list(f->s, NULL, 1, "aaaaaaaa=a@x ");
	assert_list(f->s, "u1", 0, "aaaaaaaa=a@x bbbbbbbb=a@x ");
}

static void
secret_is_made_once_and_by_writers_alone(void **state)
{
	struct fixture *f = *state;
	const char *first = NULL, *again = NULL, *other = NULL;
	struct store *reader = fixture_open(f, STORE_READ, WA_OK);

	assert_err(store_secret(reader, f->a, "test", &first), WA_ERR_NOT_FOUND);
	assert_ok(store_secret(f->s, f->a, "test", &first));
	assert_int_equal(strlen(first), 64);
	assert_ok(store_secret(reader, f->a, "test", &again));
	assert_string_equal(first, again);
	assert_ok(store_secret(f->s, f->a, "other", &other));
	assert_string_not_equal(first, other);
	store_close(reader);
}

#define test_with_users(f) cmocka_unit_test_setup_teardown(f, setup_users, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_users(row_is_found_as_it_was_written),
	    test_with_users(id_is_unique_and_owner_exists),
	    test_with_users(a_user_has_no_more_than_the_limit),
	    test_with_users(use_is_recorded_unless_one_is_since),
	    test_with_users(owner_or_administrator_deletes_it),
	    test_with_users(all_of_a_user_go_at_once_or_with_the_user),
	    test_with_users(listed_by_owner_and_age),
	    test_with_users(secret_is_made_once_and_by_writers_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
