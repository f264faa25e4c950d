#include "lib/store/session_cache.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/store/fixture.h"

#define ENTRIES 64

struct cache {
	struct wa_cache *c;
	struct wa_arena *a;
	struct session s;
	struct user u;
};

static int
setup(void **state)
{
	static struct cache t;

	t.c = session_cache_new(ENTRIES);
	t.a = wa_arena_new(1 << 20);
	*state = &t;
	return t.c == NULL || t.a == NULL;
}

static int
teardown(void **state)
{
	struct cache *t = *state;

	wa_cache_free(t->c);
	wa_arena_free(t->a);
	return 0;
}

static struct session
make_session(const char *id, const char *token)
{
	return (struct session){
	    .id = id, .token = token, .user_id = "u", .expires_ms = NOW, .ip_address = ""};
}

static void
put(struct cache *t, const char *id, const char *token, int64_t stamp)
{
	struct session s = make_session(id, token);
	struct user u = {.id = "u", .name = "Ann", .email = "a@x", .created_ms = NOW};

	session_cache_put(t->c, SESSION_KEY_TOKEN, token, stamp, &s, &u);
}

static bool
get(struct cache *t, const char *token, int64_t stamp)
{
	return session_cache_get(t->c, SESSION_KEY_TOKEN, token, stamp, t->a, &t->s, &t->u);
}

static void
what_was_put_comes_back_as_a_copy(void **state)
{
	struct cache *t = *state;

	put(t, "s1", "t1", 7);
	assert_true(get(t, "t1", 7));
	put(t, "s2", "t1", 7); /* the first is gone, the copy is not */
	assert_string_equal(t->s.id, "s1");
	assert_string_equal(t->s.token, "t1");
	assert_string_equal(t->s.ip_address, "");
	assert_null(t->s.user_agent);
	assert_null(t->s.impersonated_by);
	assert_true(t->s.expires_ms == NOW);
	assert_string_equal(t->u.id, "u");
	assert_string_equal(t->u.name, "Ann");
	assert_string_equal(t->u.email, "a@x");
	assert_null(t->u.image);
	assert_true(t->u.created_ms == NOW);
	assert_true(get(t, "t1", 7));
	assert_string_equal(t->s.id, "s2");
}

static void
another_stamp_is_a_miss(void **state)
{
	struct cache *t = *state;

	put(t, "s1", "t1", 7);
	assert_false(get(t, "t1", 8));
	assert_false(get(t, "t1", 6));
	put(t, "s1", "t1", 8);
	assert_true(get(t, "t1", 8));
	assert_false(get(t, "t1", 7));
}

static void
a_token_is_no_id(void **state)
{
	struct cache *t = *state;

	put(t, "s1", "t1", 1);
	assert_false(session_cache_get(t->c, SESSION_KEY_ID, "s1", 1, t->a, &t->s, &t->u));
	assert_false(session_cache_get(t->c, SESSION_KEY_ID, "t1", 1, t->a, &t->s, &t->u));
	assert_false(get(t, "s1", 1));
	assert_false(get(t, "t2", 1));
	assert_false(get(t, "", 1));
}

static void
it_stays_bounded_and_keeps_what_is_used(void **state)
{
	struct cache *t = *state;
	unsigned kept = 0;
	char token[16];

	put(t, "s", "used", 1);
	for (unsigned i = 0; i < 50 * ENTRIES; i++) {
		(void)snprintf(token, sizeof(token), "t%u", i);
		put(t, "s", token, 1);
		assert_true(get(t, "used", 1));
		wa_arena_reset(t->a);
	}
	for (unsigned i = 0; i < 50 * ENTRIES; i++) {
		(void)snprintf(token, sizeof(token), "t%u", i);
		kept += get(t, token, 1);
	}
	assert_true(kept > ENTRIES / 2 && kept <= ENTRIES);
}

static void
a_row_too_large_is_not_kept(void **state)
{
	struct cache *t = *state;
	struct session s = make_session("s", "t");
	struct user u = {.id = "u"};
	char name[1100];

	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	put(t, "s", "t", 1);
	u.name = name;
	session_cache_put(t->c, SESSION_KEY_TOKEN, "t", 2, &s, &u);
	assert_false(get(t, "t", 2));
	assert_false(get(t, "t", 1));
	u.name = name + 200;
	session_cache_put(t->c, SESSION_KEY_TOKEN, "t", 2, &s, &u);
	assert_true(get(t, "t", 2));
	assert_string_equal(t->u.name, name + 200);
}

/* Through the store */

static struct store *
open_reader(struct fixture *f)
{
	const struct store_options options = {
	    .uri = f->uri, .mode = STORE_READ, .busy_ms = 1000, .sessions = 16};
	struct store *s = NULL;

	assert_ok(store_open(&options, &s));
	return s;
}

static enum wa_err
find_in_turn(struct fixture *f, struct store *s, const char *token, bool several)
{
	struct session session;
	struct user u;
	enum wa_err e;

	assert_ok(store_turn_begin(s, several));
	e = store_session_by_token(s, f->a, token, &session, &u);
	assert_ok(store_turn_end(s));
	assert_false(store_in_transaction(s));
	if (e == WA_OK)
		assert_string_equal(session.token, token);
	return e;
}

static void
a_revocation_by_anybody_holds_at_the_next_turn(void **state)
{
	struct fixture *f = *state;
	struct session_end end;
	struct store *s = open_reader(f);

	fixture_add_user(f->s, "u1", "a@x");
	for (int several = 0; several <= 1; several++) {
		fixture_add_session(f->s, "s1", "u1", NOW + DAY);
		fixture_add_session(f->s, "s2", "u1", NOW + DAY);
		for (int i = 0; i < 3; i++) {
			assert_ok(find_in_turn(f, s, "token-s1", several != 0));
			assert_ok(find_in_turn(f, s, "token-s2", several != 0));
		}
		assert_ok(store_session_delete(f->s, f->a, NULL, "token-s1", &end));
		assert_err(find_in_turn(f, s, "token-s1", several != 0), WA_ERR_NOT_FOUND);
		assert_ok(find_in_turn(f, s, "token-s2", several != 0));
		assert_ok(store_session_delete(f->s, f->a, NULL, "token-s2", &end));
		assert_err(find_in_turn(f, s, "token-s2", several != 0), WA_ERR_NOT_FOUND);
	}
	store_close(s);
}

static void
a_change_of_the_user_is_seen_at_the_next_turn(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_reader(f);
	struct session session;
	struct user u;

	fixture_add_user(f->s, "u1", "a@x");
	fixture_add_session(f->s, "s1", "u1", NOW + DAY);
	assert_ok(find_in_turn(f, s, "token-s1", false));
	assert_ok(store_user_ban(f->s, "u1", "spam", 0, NOW));
	assert_ok(store_turn_begin(s, false));
	assert_ok(store_session_by_token(s, f->a, "token-s1", &session, &u));
	assert_true(u.banned);
	assert_string_equal(u.ban_reason, "spam");
	assert_ok(store_session_by_id(s, f->a, "s1", &session, &u));
	assert_string_equal(session.id, "s1");
	assert_ok(store_session_by_id(s, f->a, "s1", &session, &u));
	assert_true(u.banned);
	assert_ok(store_turn_end(s));
	store_close(s);
}

static void
only_readers_have_turns(void **state)
{
	struct fixture *f = *state;

	assert_err(store_turn_begin(f->s, true), WA_ERR_WRONG_LANE);
	assert_false(store_in_transaction(f->s));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define test_with_cache(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	    test_with_cache(what_was_put_comes_back_as_a_copy),
	    test_with_cache(another_stamp_is_a_miss),
	    test_with_cache(a_token_is_no_id),
	    test_with_cache(it_stays_bounded_and_keeps_what_is_used),
	    test_with_cache(a_row_too_large_is_not_kept),
	    test_with_store(a_revocation_by_anybody_holds_at_the_next_turn),
	    test_with_store(a_change_of_the_user_is_seen_at_the_next_turn),
	    test_with_store(only_readers_have_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
