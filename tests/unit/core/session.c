#include "lib/core/session.h"

#include <string.h>

#include "tests/unit/core/fixture.h"

static struct user
some_user(struct core *c)
{
	struct user u;

	fixture_add_user(c->cx.store, "u1", "ann@example.com");
	assert_ok(store_user_by_id(c->cx.store, c->cx.arena, "u1", &u));
	return u;
}

static struct session
made(struct core *c, bool remember)
{
	struct user u = some_user(c);
	struct session s;

	assert_ok(wa_session_create(&c->cx, &u, remember, &s));
	return s;
}

static void
a_session_lives_as_configured_and_a_short_one_a_day(void **state)
{
	struct core *c = *state;
	struct user u = some_user(c);
	struct session s, t;

	c->cx.ip_address = "1.2.3.4";
	c->cx.user_agent = "agent";
	assert_ok(wa_session_create(&c->cx, &u, true, &s));
	assert_int_equal(s.expires_ms, NOW + 7 * DAY);
	assert_int_equal(s.created_ms, NOW);
	assert_int_equal(s.updated_ms, NOW);
	assert_int_equal(strlen(s.token), 32);
	assert_ok(wa_session_create(&c->cx, &u, false, &t));
	assert_int_equal(t.expires_ms, NOW + DAY);
	assert_string_not_equal(s.token, t.token);
	assert_ok(wa_session_find(&c->cx, s.token, &t, &u));
	assert_string_equal(t.ip_address, "1.2.3.4");
	assert_string_equal(t.user_agent, "agent");
	assert_string_equal(u.id, "u1");
}

static void
one_session_past_the_limit_ends_the_oldest(void **state)
{
	struct core *c = *state;
	struct user u = some_user(c), found;
	struct session first, second, newest, other, s;
	struct user stranger = fixture_user("u2", "b@example.com");

	c->settings->max_sessions_per_user = 2;
	assert_ok(store_user_insert(c->cx.store, &stranger));
	assert_ok(wa_session_create(&c->cx, &stranger, true, &other));
	assert_ok(wa_session_create(&c->cx, &u, true, &first));
	c->cx.now_ms++;
	assert_ok(wa_session_create(&c->cx, &u, true, &second));
	assert_ok(wa_session_find(&c->cx, first.token, &s, &found));

	/* A clock that went back does not make the new one the oldest. */
	c->cx.now_ms = NOW - 1000;
	assert_ok(wa_session_create(&c->cx, &u, true, &newest));
	assert_err(wa_session_find(&c->cx, first.token, &s, &found), WA_ERR_NOT_FOUND);
	assert_ok(wa_session_find(&c->cx, second.token, &s, &found));
	assert_ok(wa_session_find(&c->cx, newest.token, &s, &found));
	assert_ok(wa_session_find(&c->cx, other.token, &s, &found));
}

static void
a_banned_user_gets_none_and_has_none(void **state)
{
	struct core *c = *state;
	struct session s = made(c, true), t;
	struct user u;

	assert_ok(store_user_ban(c->cx.store, "u1", NULL, NOW + 1, NOW));
	assert_ok(store_user_by_id(c->cx.store, c->cx.arena, "u1", &u));
	assert_err(wa_session_create(&c->cx, &u, true, &t), WA_ERR_BANNED);
	assert_err(wa_session_find(&c->cx, s.token, &t, &u), WA_ERR_NOT_FOUND);
	c->cx.now_ms = NOW + 1;
	assert_ok(wa_session_find(&c->cx, s.token, &t, &u));
}

static void
a_session_ends_with_its_last_millisecond_and_its_row_goes(void **state)
{
	struct core *c = *state;
	struct session s = made(c, false), t;
	struct user u;

	c->cx.now_ms = NOW + DAY - 1;
	assert_ok(wa_session_find(&c->cx, s.token, &t, &u));
	c->cx.now_ms = NOW + DAY;
	assert_err(wa_session_find(&c->cx, s.token, &t, &u), WA_ERR_NOT_FOUND);
	assert_string_equal(
	    fixture_value(c->cx.store, "SELECT count(*) || '' FROM \"session\""), "0");
}

static void
an_ended_session_is_another_lanes_work_where_nothing_may_be_written(void **state)
{
	struct core *c = *state;
	struct session s = made(c, true), t;
	struct user u;

	core_reopen(c, STORE_READ);
	c->cx.now_ms = NOW + 7 * DAY;
	assert_err(wa_session_find(&c->cx, s.token, &t, &u), WA_ERR_WRONG_LANE);
}

static void
it_is_due_exactly_an_update_age_after_it_was_extended(void **state)
{
	struct core *c = *state;
	struct session s = made(c, true);

	c->cx.now_ms = NOW + DAY - 1;
	assert_false(wa_session_is_due(&c->cx, &s));
	c->cx.now_ms = NOW + DAY;
	assert_true(wa_session_is_due(&c->cx, &s));
	c->settings->session_refresh = false;
	assert_false(wa_session_is_due(&c->cx, &s));
}

static void
a_session_is_fresh_for_a_while_and_not_before_it_was_made(void **state)
{
	struct core *c = *state;
	struct session s = made(c, true);

	c->cx.now_ms = NOW + DAY - 1;
	assert_true(wa_session_is_fresh(&c->cx, &s));
	c->cx.now_ms = NOW + DAY;
	assert_false(wa_session_is_fresh(&c->cx, &s));
	/* Another process's clock is a little behind; one that was set back is not. */
	c->cx.now_ms = NOW - 60 * 1000;
	assert_true(wa_session_is_fresh(&c->cx, &s));
	c->cx.now_ms = NOW - 60 * 1000 - 1;
	assert_false(wa_session_is_fresh(&c->cx, &s));
	c->settings->session_fresh_age = 0;
	assert_true(wa_session_is_fresh(&c->cx, &s));
}

static void
a_short_session_is_never_due(void **state)
{
	struct core *c = *state;
	struct session s = made(c, false);

	c->cx.now_ms = NOW + DAY - 1;
	assert_false(wa_session_is_due(&c->cx, &s));
}

static void
extending_keeps_token_and_id(void **state)
{
	struct core *c = *state;
	struct session s = made(c, true), t;
	struct user u;

	c->cx.now_ms = NOW + 2 * DAY;
	t = s;
	assert_ok(wa_session_extend(&c->cx, &t));
	assert_int_equal(t.expires_ms, NOW + 9 * DAY);
	assert_int_equal(t.updated_ms, NOW + 2 * DAY);
	assert_false(wa_session_is_due(&c->cx, &t));
	assert_ok(wa_session_find(&c->cx, s.token, &t, &u));
	assert_string_equal(t.id, s.id);
	assert_int_equal(t.expires_ms, NOW + 9 * DAY);
}

static void
of_two_that_extend_the_second_is_content(void **state)
{
	struct core *c = *state;
	struct session s = made(c, true), first = s, second = s;

	c->cx.now_ms = NOW + 2 * DAY;
	assert_ok(wa_session_extend(&c->cx, &first));
	c->cx.now_ms++;
	assert_ok(wa_session_extend(&c->cx, &second));
	assert_string_equal(
	    fixture_value(c->cx.store, "SELECT count(*) || '' FROM \"session\""), "1");
}

static void
a_revoked_session_cannot_be_extended(void **state)
{
	struct core *c = *state;
	struct session s = made(c, true);

	c->cx.now_ms = NOW + 2 * DAY;
	assert_ok(wa_session_revoke(&c->cx, s.token));
	assert_err(wa_session_extend(&c->cx, &s), WA_ERR_NOT_FOUND);
	assert_ok(wa_session_revoke(&c->cx, s.token));
	assert_string_equal(
	    fixture_value(c->cx.store, "SELECT count(*) || '' FROM \"session\""), "0");
}

/* Every day it is used and extended, and yet it ends. */
static void
use_does_not_move_the_last_moment(void **state)
{
	struct core *c = *state;
	struct session s, t;
	struct user u;

	c->settings->session_max_age = 30 * DAY;
	s = made(c, true);
	for (int64_t day = 1; day < 30; day++) {
		c->cx.now_ms = NOW + day * DAY;
		assert_ok(wa_session_find(&c->cx, s.token, &t, &u));
		assert_true(t.expires_ms <= NOW + 30 * DAY);
		if (day <= 23)
			assert_true(wa_session_is_due(&c->cx, &t));
		if (wa_session_is_due(&c->cx, &t))
			assert_ok(wa_session_extend(&c->cx, &t));
		assert_true(t.expires_ms <= NOW + 30 * DAY);
	}
	assert_int_equal(t.expires_ms, NOW + 30 * DAY);
	assert_false(wa_session_is_due(&c->cx, &t));
	c->cx.now_ms = NOW + 30 * DAY - 1;
	assert_ok(wa_session_find(&c->cx, s.token, &t, &u));
	c->cx.now_ms++;
	assert_err(wa_session_find(&c->cx, s.token, &t, &u), WA_ERR_NOT_FOUND);
}

static bool
count_one(void *arg, const struct session *s WA_UNUSED)
{
	++*(int *)arg;
	return true;
}

/* A row of before the key was set, or a Node app's: it says itself that it lives on. */
static void
a_row_that_lives_longer_is_over_on_every_way_to_it(void **state)
{
	struct core *c = *state;
	struct session s = made(c, true), t;
	struct user u;
	int n = 0;

	c->settings->session_max_age = 2 * DAY;
	c->cx.now_ms = NOW + DAY;
	assert_ok(wa_session_find(&c->cx, s.token, &t, &u));
	assert_int_equal(t.expires_ms, NOW + 2 * DAY);
	assert_ok(wa_session_find_by_id(&c->cx, s.id, &t, &u));
	assert_int_equal(t.expires_ms, NOW + 2 * DAY);
	assert_false(wa_session_is_due(&c->cx, &t));
	assert_false(wa_session_has_ended(&c->cx, &s));
	assert_ok(wa_session_each(&c->cx, "u1", WA_SESSIONS_LISTED, count_one, &n));
	assert_int_equal(n, 1);

	c->cx.now_ms = NOW + 2 * DAY;
	assert_true(wa_session_has_ended(&c->cx, &s));
	assert_ok(wa_session_each(&c->cx, "u1", WA_SESSIONS_LISTED, count_one, &n));
	assert_int_equal(n, 1);
	assert_err(wa_session_find_by_id(&c->cx, s.id, &t, &u), WA_ERR_NOT_FOUND);
	assert_err(wa_session_find(&c->cx, s.token, &t, &u), WA_ERR_NOT_FOUND);
	assert_string_equal(
	    fixture_value(c->cx.store, "SELECT count(*) || '' FROM \"session\""), "0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_core(a_session_lives_as_configured_and_a_short_one_a_day),
	    test_with_core(one_session_past_the_limit_ends_the_oldest),
	    test_with_core(a_banned_user_gets_none_and_has_none),
	    test_with_core(a_session_ends_with_its_last_millisecond_and_its_row_goes),
	    test_with_core(an_ended_session_is_another_lanes_work_where_nothing_may_be_written),
	    test_with_core(it_is_due_exactly_an_update_age_after_it_was_extended),
	    test_with_core(a_session_is_fresh_for_a_while_and_not_before_it_was_made),
	    test_with_core(a_short_session_is_never_due),
	    test_with_core(extending_keeps_token_and_id),
	    test_with_core(of_two_that_extend_the_second_is_content),
	    test_with_core(a_revoked_session_cannot_be_extended),
	    test_with_core(use_does_not_move_the_last_moment),
	    test_with_core(a_row_that_lives_longer_is_over_on_every_way_to_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
