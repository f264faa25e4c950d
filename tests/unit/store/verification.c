#include "lib/store/verification.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/store/fixture.h"

static void
add(struct store *s, const char *id, const char *identifier, int64_t created_ms, int64_t expires_ms)
{
	struct verification row = {
	    .id = id,
	    .identifier = identifier,
	    .value = id,
	    .expires_ms = expires_ms,
	    .created_ms = created_ms,
	    .updated_ms = created_ms,
	};

	assert_ok(store_verification_insert(s, &row));
}

static void
newest_row_is_found_expired_or_not(void **state)
{
	struct fixture *f = *state;
	struct verification got = {.id = "untouched"};

	assert_err(store_verification_find(f->s, f->a, "name", &got), WA_ERR_NOT_FOUND);
	assert_string_equal(got.id, "untouched");
	add(f->s, "v2", "name", NOW - 1, NOW - 1);
	add(f->s, "v1", "name", NOW - 2, NOW + DAY);
	add(f->s, "v3", "other", NOW, NOW + DAY);
	assert_ok(store_verification_find(f->s, f->a, "name", &got));
	assert_string_equal(got.id, "v2");
	assert_string_equal(got.identifier, "name");
	assert_string_equal(got.value, "v2");
	assert_true(got.expires_ms == NOW - 1);
	assert_true(got.created_ms == NOW - 1 && got.updated_ms == NOW - 1);
}

static void
same_id_conflicts_and_same_name_does_not(void **state)
{
	struct fixture *f = *state;
	struct verification row = {.id = "v1", .identifier = "other", .value = "x"};

	add(f->s, "v1", "name", NOW, NOW);
	add(f->s, "v2", "name", NOW, NOW);
	assert_err(store_verification_insert(f->s, &row), WA_ERR_CONFLICT);
}

static void
token_is_single_use_and_older_ones_go_with_it(void **state)
{
	struct fixture *f = *state;
	struct verification got;

	add(f->s, "v1", "name", NOW - 2, NOW + DAY);
	add(f->s, "v2", "name", NOW - 1, NOW + DAY);
	add(f->s, "v3", "other", NOW - 1, NOW + DAY);
	assert_ok(store_begin_write(f->s));
	assert_ok(store_verification_consume(f->s, f->a, "name", NOW, &got));
	assert_ok(store_end(f->s, WA_OK));
	assert_string_equal(got.id, "v2");
	assert_string_equal(got.value, "v2");
	assert_err(store_verification_consume(f->s, f->a, "name", NOW, &got), WA_ERR_NOT_FOUND);
	assert_ok(store_verification_find(f->s, f->a, "other", &got));
}

static void
expired_token_is_gone_and_not_found(void **state)
{
	struct fixture *f = *state;
	struct verification got = {.id = "untouched"};

	add(f->s, "v1", "name", NOW - 2, NOW - 1);
	assert_err(store_verification_consume(f->s, f->a, "name", NOW, &got), WA_ERR_NOT_FOUND);
	assert_string_equal(got.id, "untouched");
	assert_err(store_verification_find(f->s, f->a, "name", &got), WA_ERR_NOT_FOUND);
	assert_false(store_in_transaction(f->s));
}

static void
undone_consumption_leaves_the_token(void **state)
{
	struct fixture *f = *state;
	struct verification got;

	add(f->s, "v1", "name", NOW, NOW + DAY);
	assert_ok(store_begin_write(f->s));
	assert_ok(store_verification_consume(f->s, f->a, "name", NOW, &got));
	assert_err(store_end(f->s, WA_ERR_NOT_PERMITTED), WA_ERR_NOT_PERMITTED);
	assert_ok(store_verification_consume(f->s, f->a, "name", NOW, &got));
}

#define RACES 60

/* How many of the tokens this process got. */
static int
consume_all(const char *uri)
{
	struct store_options o = {.uri = uri, .mode = STORE_WRITE, .busy_ms = 10000};
	struct wa_arena *a = wa_arena_new(65536);
	struct verification got;
	struct store *s = NULL;
	char name[32];
	int n = 0;

	if (a == NULL || store_open(&o, &s) != WA_OK)
		return 255;
	for (int i = 0; i < RACES; i++) {
		enum wa_err e;

		(void)snprintf(name, sizeof(name), "name-%d", i);
		e = store_verification_consume(s, a, name, NOW, &got);
		if (e != WA_OK && e != WA_ERR_NOT_FOUND)
			return 254;
		n += e == WA_OK;
		wa_arena_reset(a);
	}
	store_close(s);
	wa_arena_free(a);
	return n;
}

static void
of_processes_that_consume_one_gets_it(void **state)
{
	struct fixture *f = *state;
	pid_t children[3];
	char id[32];
	char name[32];
	int total = 0;

	assert_ok(store_begin_write(f->s));
	for (int i = 0; i < RACES; i++) {
		(void)snprintf(id, sizeof(id), "v%d", i);
		(void)snprintf(name, sizeof(name), "name-%d", i);
		add(f->s, id, name, NOW, NOW + DAY);
	}
	assert_ok(store_end(f->s, WA_OK));
	fixture_close(f);

	for (size_t i = 0; i < WA_ARRAY_LEN(children); i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0)
			_exit(consume_all(f->uri));
	}
	for (size_t i = 0; i < WA_ARRAY_LEN(children); i++) {
		int status = 0;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status));
		assert_in_range(WEXITSTATUS(status), 0, RACES);
		total += WEXITSTATUS(status);
	}
	assert_int_equal(total, RACES);
}

static void
sweep_takes_the_expired(void **state)
{
	struct fixture *f = *state;
	struct store_sweep sweep = STORE_SWEEP_BEGIN;

	add(f->s, "v1", "name", NOW - 3, NOW - 1);
	add(f->s, "v2", "name", NOW - 3, NOW - 1);
	add(f->s, "v3", "name", NOW - 3, NOW);
	assert_ok(store_verification_sweep(f->s, NOW, &sweep));
	assert_int_equal(sweep.deleted, 2);
	assert_true(sweep.done);
	assert_string_equal(
	    fixture_value(f->s, "SELECT group_concat(\"id\") FROM \"verification\""), "v3");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_store(newest_row_is_found_expired_or_not),
	    test_with_store(same_id_conflicts_and_same_name_does_not),
	    test_with_store(token_is_single_use_and_older_ones_go_with_it),
	    test_with_store(expired_token_is_gone_and_not_found),
	    test_with_store(undone_consumption_leaves_the_token),
	    test_with_store(of_processes_that_consume_one_gets_it),
	    test_with_store(sweep_takes_the_expired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
