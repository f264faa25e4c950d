#include "lib/store/jwk.h"

#include "tests/unit/store/fixture.h"

static struct jwk_row
key(const char *id, int64_t created_ms)
{
	return (struct jwk_row){
	    .id = id,
	    .public_key = "{\"kty\":\"EC\"}",
	    .private_key = "\"cipher\"",
	    .created_ms = created_ms,
	    .alg = "ES256",
	    .crv = "P-256",
	};
}

static void
keys_are_read_newest_first_and_bounded(void **state)
{
	struct fixture *f = *state;
	struct jwk_row row = key("k1", NOW - 2);
	struct jwk_row *rows = NULL;
	size_t n = 99;

	assert_ok(store_jwk_all(f->s, f->a, 100, &rows, &n));
	assert_int_equal(n, 0);
	assert_ok(store_jwk_insert(f->s, &row));
	assert_err(store_jwk_insert(f->s, &row), WA_ERR_CONFLICT);
	row = key("k2", NOW);
	row.expires_ms = NOW + DAY;
	row.alg = NULL;
	row.crv = NULL;
	assert_ok(store_jwk_insert(f->s, &row));
	assert_ok(store_jwk_all(f->s, f->a, 100, &rows, &n));
	assert_int_equal(n, 2);
	assert_string_equal(rows[0].id, "k2");
	assert_true(rows[0].expires_ms == NOW + DAY);
	assert_null(rows[0].alg);
	assert_string_equal(rows[1].id, "k1");
	assert_string_equal(rows[1].public_key, "{\"kty\":\"EC\"}");
	assert_string_equal(rows[1].private_key, "\"cipher\"");
	assert_true(rows[1].created_ms == NOW - 2);
	assert_int_equal(rows[1].expires_ms, 0);
	assert_string_equal(rows[1].alg, "ES256");
	assert_string_equal(rows[1].crv, "P-256");
	assert_ok(store_jwk_all(f->s, f->a, 1, &rows, &n));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].id, "k2");
}

static void
expiry_is_set_and_lifted(void **state)
{
	struct fixture *f = *state;
	struct jwk_row row = key("k1", NOW);
	struct jwk_row *rows = NULL;
	size_t n = 0;

	assert_err(store_jwk_set_expiry(f->s, "k1", NOW), WA_ERR_NOT_FOUND);
	assert_ok(store_jwk_insert(f->s, &row));
	assert_ok(store_jwk_set_expiry(f->s, "k1", NOW + 1));
	assert_ok(store_jwk_all(f->s, f->a, 100, &rows, &n));
	assert_true(rows[0].expires_ms == NOW + 1);
	assert_ok(store_jwk_set_expiry(f->s, "k1", 0));
	assert_ok(store_jwk_all(f->s, f->a, 100, &rows, &n));
	assert_int_equal(rows[0].expires_ms, 0);
}

static void
stamp_tells_that_keys_may_have_changed(void **state)
{
	struct fixture *f = *state;
	struct store *other = fixture_open(f, STORE_WRITE, WA_OK);
	struct jwk_row row = key("k1", NOW);
	int64_t before = 0;
	int64_t after = 0;

	assert_ok(store_jwk_stamp(f->s, &before));
	assert_ok(store_jwk_insert(f->s, &row));
	assert_ok(store_jwk_stamp(f->s, &after));
	assert_true(before != after);
	before = after;
	assert_ok(store_jwk_set_expiry(other, "k1", NOW));
	assert_ok(store_jwk_stamp(f->s, &after));
	assert_true(before != after);
	store_close(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_store(keys_are_read_newest_first_and_bounded),
	    test_with_store(expiry_is_set_and_lifted),
	    test_with_store(stamp_tells_that_keys_may_have_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
