#include <stdio.h>
#include <string.h>

#include "tests/unit/store/fixture.h"

static void
created_store_has_the_columns_of_three_plugins(void **state)
{
	struct fixture *f = *state;
	const struct store_shape *shape = store_shape(f->s);

	assert_int_equal(shape->origin, STORE_ORIGIN_OURS);
	assert_true(shape->has_admin);
	assert_true(shape->has_impersonation);
	assert_true(shape->has_username);
	assert_false(shape->has_two_factor);
	assert_false(shape->has_issuer);
	assert_true(shape->has_jwks_alg);
	assert_int_equal(shape->plugins[0], STORE_PLUGIN_ADMIN);
	assert_int_equal(shape->plugins[1], STORE_PLUGIN_USERNAME);
	assert_int_equal(shape->plugins[2], STORE_PLUGIN_NONE);
}

static void
store_of_an_app_without_plugins_is_served(void **state)
{
	struct fixture *f = *state;
	const struct store_shape *shape;

	fixture_node(f, fixture_plain_ddl);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	fixture_close(f);
	f->s = fixture_open(f, STORE_WRITE, WA_OK);
	shape = store_shape(f->s);
	assert_int_equal(shape->origin, STORE_ORIGIN_NODE);
	assert_false(shape->has_admin);
	assert_false(shape->has_impersonation);
	assert_false(shape->has_username);
	assert_true(shape->has_jwks_alg);
	assert_int_equal(shape->plugins[0], STORE_PLUGIN_NONE);
}

static void
plugins_come_in_the_order_of_their_columns(void **state)
{
	struct fixture *f = *state;
	const struct store_shape *shape;

	fixture_node(f, fixture_plain_ddl);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_ok(store_exec(f->s,
	    "ALTER TABLE \"user\" ADD COLUMN \"twoFactorEnabled\" integer;"
	    "ALTER TABLE \"user\" ADD COLUMN \"username\" text;"
	    "ALTER TABLE \"user\" ADD COLUMN \"displayUsername\" text;"
	    "ALTER TABLE \"user\" ADD COLUMN \"company\" text;"
	    "ALTER TABLE \"user\" ADD COLUMN \"role\" text;"
	    "ALTER TABLE \"user\" ADD COLUMN \"banned\" integer;"
	    "ALTER TABLE \"user\" ADD COLUMN \"banReason\" text;"
	    "ALTER TABLE \"user\" ADD COLUMN \"banExpires\" date;"));
	fixture_close(f);
	f->s = fixture_open(f, STORE_READ, WA_OK);
	shape = store_shape(f->s);
	assert_int_equal(shape->plugins[0], STORE_PLUGIN_TWO_FACTOR);
	assert_int_equal(shape->plugins[1], STORE_PLUGIN_USERNAME);
	assert_int_equal(shape->plugins[2], STORE_PLUGIN_ADMIN);
}

static void
column_of_the_same_name_does_not_make_a_plugin(void **state)
{
	struct fixture *f = *state;

	fixture_node(f, fixture_plain_ddl);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_ok(store_exec(f->s, "ALTER TABLE \"user\" ADD COLUMN \"role\" text"));
	fixture_close(f);
	f->s = fixture_open(f, STORE_READ, WA_OK);
	assert_false(store_shape(f->s)->has_admin);
	assert_int_equal(store_shape(f->s)->plugins[0], STORE_PLUGIN_NONE);
}

static void
missing_table_or_column_is_named(void **state)
{
	static const struct {
		const char *sql;
		const char *words;
	} cases[] = {
	    {"DROP TABLE \"session\"", "\"session\" is missing"},
	    {"DROP TABLE \"verification\"", "\"verification\" is missing"},
	    {"ALTER TABLE \"user\" DROP COLUMN \"image\"", "\"user\" has no column \"image\""},
	    {"ALTER TABLE \"account\" DROP COLUMN \"password\"", "has no column \"password\""},
	    {"ALTER TABLE \"user\" RENAME \"image\" TO \"Image\"", "no column \"image\""},
	    {"ALTER TABLE \"verification\" RENAME \"value\" TO \"text\"", "no column \"value\""},
	    {"ALTER TABLE \"jwks\" DROP COLUMN \"createdAt\"", "has no column \"createdAt\""},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++) {
		struct fixture *f = *state;

		f->s = fixture_open(f, STORE_CREATE, WA_OK);
		fixture_node(f, fixture_plain_ddl);
		f->s = fixture_open(f, STORE_CREATE, WA_OK);
		assert_ok(store_exec(f->s, cases[i].sql));
		fixture_close(f);
		(void)fixture_open(f, STORE_READ, WA_ERR_STORE_SCHEMA);
		fixture_assert_detail(f, WA_ERR_STORE_SCHEMA, cases[i].words);
		(void)fixture_teardown(state);
		(void)fixture_setup_empty(state);
	}
}

/* A migration adds nothing to a database that is not Better Auth's: it stays as it was. */
static void
stranger_with_a_user_table_is_left_alone(void **state)
{
	struct fixture *f = *state;

	fixture_node(f, "CREATE TABLE \"user\" (\"id\" integer primary key, \"login\" text)");
	(void)fixture_open(f, STORE_CREATE, WA_ERR_STORE_SCHEMA);
	fixture_assert_detail(f, WA_ERR_STORE_SCHEMA, "user");
	(void)fixture_open(f, STORE_WRITE, WA_ERR_STORE_SCHEMA);
}

static void
ids_that_are_not_text_are_refused_in_words(void **state)
{
	static const char *const types[] = {
	    "integer", "uuid", "INTEGER", "blob", "", "character int"};
	struct fixture *f = *state;
	char ddl[4096];

	for (size_t i = 0; i < WA_ARRAY_LEN(types); i++) {
		const char *rest = strstr(fixture_plain_ddl, " text not null primary key");

		if (f->s == NULL)
			f->s = fixture_open(f, STORE_CREATE, WA_OK);
		(void)snprintf(ddl, sizeof(ddl), "create table \"user\" (\"id\" %s%s", types[i],
		    rest + strlen(" text"));
		fixture_node(f, ddl);
		(void)fixture_open(f, STORE_CREATE, WA_ERR_STORE_SCHEMA);
		fixture_assert_detail(f, WA_ERR_STORE_SCHEMA, "user.id is declared");
		(void)fixture_teardown(state);
		(void)fixture_setup_empty(state);
		f = *state;
	}
}

static void
dates_kept_as_numbers_are_refused_in_words(void **state)
{
	struct fixture *f = *state;

	fixture_node(f, fixture_plain_ddl);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_ok(store_exec(f->s,
	    "ALTER TABLE \"session\" DROP COLUMN \"createdAt\";"
	    "ALTER TABLE \"session\" ADD COLUMN \"createdAt\" integer"));
	fixture_close(f);
	(void)fixture_open(f, STORE_READ, WA_ERR_STORE_SCHEMA);
	fixture_assert_detail(f, WA_ERR_STORE_SCHEMA, "session.createdAt is declared");
}

static void
columns_in_another_order_and_of_kindred_types_will_do(void **state)
{
	struct fixture *f = *state;
	struct user u;

	fixture_node(f, fixture_plain_ddl);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	fixture_drop_ours(f->s);
	assert_ok(store_exec(f->s,
	    "DROP TABLE \"session\"; DROP TABLE \"account\";"
	    "DROP TABLE \"user\"; CREATE TABLE \"user\" (\"updatedAt\" text, \"createdAt\" "
	    "datetime,"
	    " \"image\" VARCHAR(255), \"emailVerified\" boolean, \"email\" varchar(320) unique,"
	    " \"name\" TEXT, \"id\" varchar(36) primary key);"
	    "CREATE TABLE \"session\" (\"userId\" text, \"userAgent\" text, \"ipAddress\" text,"
	    " \"updatedAt\" date, \"createdAt\" date, \"token\" text unique, \"expiresAt\" date,"
	    " \"id\" text primary key);"
	    "CREATE TABLE \"account\" (\"id\" text primary key, \"accountId\" text, \"providerId\" "
	    "text,"
	    " \"userId\" text, \"password\" text, \"createdAt\" date, \"updatedAt\" date)"));
	fixture_close(f);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	fixture_add_user(f->s, "u1", "a@example.com");
	assert_ok(store_user_by_email(f->s, f->a, "a@example.com", &u));
	assert_string_equal(u.id, "u1");
	assert_true(u.created_ms == NOW - DAY);
}

static void
user_id_without_a_key_is_refused(void **state)
{
	struct fixture *f = *state;
	char ddl[4096];

	(void)snprintf(ddl, sizeof(ddl), "%s", fixture_plain_ddl);
	memset(strstr(ddl, "primary key"), ' ', strlen("primary key"));
	fixture_node(f, ddl);
	(void)fixture_open(f, STORE_CREATE, WA_ERR_STORE_SCHEMA);
	fixture_assert_detail(f, WA_ERR_STORE_SCHEMA, "primary key");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_store(created_store_has_the_columns_of_three_plugins),
	    test_with_store(store_of_an_app_without_plugins_is_served),
	    test_with_store(plugins_come_in_the_order_of_their_columns),
	    test_with_store(column_of_the_same_name_does_not_make_a_plugin),
	    test_with_dir(missing_table_or_column_is_named),
	    test_with_store(stranger_with_a_user_table_is_left_alone),
	    test_with_store(ids_that_are_not_text_are_refused_in_words),
	    test_with_store(dates_kept_as_numbers_are_refused_in_words),
	    test_with_store(columns_in_another_order_and_of_kindred_types_will_do),
	    test_with_store(user_id_without_a_key_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
