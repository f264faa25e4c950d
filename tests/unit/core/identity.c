/* tests lib/core/identity.c */
#include "lib/core/identity.h"

#include <string.h>

#include "lib/base/limits.h"
#include "lib/store/link.h"
#include "tests/unit/core/fixture.h"

static struct wa_service
service(struct core *c, enum wa_account_kind account)
{
	struct wa_service s;

	wa_settings_service(c->settings, "test", &s);
	s.account = account;
	return s;
}

static struct wa_local_account
local(enum wa_local_known known, uint64_t uid)
{
	return (struct wa_local_account){.known = known, .uid = uid};
}

static void
names_are_accepted_or_not(void **state WA_UNUSED)
{
	static const char *const good[] = {"a", "alice", "alice@example.org", "Alice", "a b",
	    "a-b+c", "\xc3\xa9t\xc3\xa9", "42", "a.b_c", "=cmd", "al\\ice"};
	static const char *const bad[] = {"", "-alice", "+alice", "+", "-", "+@group", " alice",
	    "alice ", " ", "a:b", "a/b", "/", "..//", "a\nb", "a\tb", "\x7f", "a\x1b[0m", "caf\xe9",
	    "\xc0\xaf", "\xed\xa0\x80", "a\xc2\x85", "a\xc2\x9b", "alice\n"};

	for (size_t i = 0; i < WA_ARRAY_LEN(good); i++)
		if (!wa_identity_name_is_valid(good[i]))
			fail_msg("\"%s\" is refused", good[i]);
	for (size_t i = 0; i < WA_ARRAY_LEN(bad); i++)
		if (wa_identity_name_is_valid(bad[i]))
			fail_msg("\"%s\" is accepted", bad[i]);
}

static void
names_have_a_longest_length(void **state WA_UNUSED)
{
	char name[WA_PAM_NAME_MAX + 2];

	memset(name, 'a', sizeof(name));
	name[WA_PAM_NAME_MAX] = '\0';
	assert_true(wa_identity_name_is_valid(name));
	name[WA_PAM_NAME_MAX] = 'a';
	name[WA_PAM_NAME_MAX + 1] = '\0';
	assert_false(wa_identity_name_is_valid(name));
}

static void
admission_is_as_the_table_says(void **state)
{
	static const struct {
		const char *name;
		enum wa_local_known known;
		uint64_t uid;
		uint64_t min_uid;
		bool web;   /* admitted to account = web */
		bool unix_; /* to account = unix */
	} rows[] = {
	    {"alice", WA_LOCAL_NONE, 0, 1000, true, false},
	    {"alice", WA_LOCAL_EXISTS, 1000, 1000, false, true},
	    {"alice", WA_LOCAL_EXISTS, 999, 1000, false, false},
	    {"alice", WA_LOCAL_EXISTS, 1, 1, false, true},
	    {"alice", WA_LOCAL_UNKNOWN, 0, 1000, false, false},
	    {"alice", WA_LOCAL_UNKNOWN, 2000, 1000, false, false},
	    {"alice", (enum wa_local_known)9, 2000, 1000, false, false},
	    {"root", WA_LOCAL_NONE, 0, 1000, false, false},
	    {"root", WA_LOCAL_EXISTS, 0, 1, false, false},
	    {"root", WA_LOCAL_EXISTS, 2000, 1000, false, false},
	    {"Root", WA_LOCAL_NONE, 0, 1000, false, false},
	    {"ROOT", WA_LOCAL_EXISTS, 2000, 1000, false, false},
	    {"toor", WA_LOCAL_EXISTS, 0, 1, false, false},
	    {"toor", WA_LOCAL_EXISTS, 0, 0, false, false},
	    {"daemon", WA_LOCAL_EXISTS, 1, 1000, false, false},
	    {"nobody", WA_LOCAL_EXISTS, 65534, 1000, false, true},
	    {"-alice", WA_LOCAL_NONE, 0, 1000, false, false},
	    {"al:ice", WA_LOCAL_EXISTS, 2000, 1000, false, false},
	    {"", WA_LOCAL_NONE, 0, 1000, false, false},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(rows); i++) {
		struct wa_service web = service(*state, WA_ACCOUNT_WEB);
		struct wa_service nix = service(*state, WA_ACCOUNT_UNIX);
		struct wa_local_account l = local(rows[i].known, rows[i].uid);

		web.min_uid = nix.min_uid = rows[i].min_uid;
		assert_err(wa_identity_admit(&web, rows[i].name, &l),
		    rows[i].web ? WA_OK : WA_ERR_USER_UNKNOWN);
		assert_err(wa_identity_admit(&nix, rows[i].name, &l),
		    rows[i].unix_ ? WA_OK : WA_ERR_USER_UNKNOWN);
	}
}

/* alice owns "ann"; bob has chosen the names of others where he could; carol's e-mail is
 * unverified. */
static int
setup(void **state)
{
	struct link ann = {.account = "ann", .user_id = "alice", .created_ms = NOW};
	struct core *c;
	struct user u;

	(void)core_setup(state);
	c = *state;
	u = fixture_user("alice", "alice@example.org");
	u.username = "alice";
	u.email_verified = true;
	assert_ok(store_user_insert(c->cx.store, &u));
	u = fixture_user("bob", "bob@example.org");
	u.username = "ann";
	u.email_verified = true;
	assert_ok(store_user_insert(c->cx.store, &u));
	u = fixture_user("carol", "carol@example.org");
	u.username = "carol";
	u.email_verified = false;
	assert_ok(store_user_insert(c->cx.store, &u));
	assert_ok(store_link_insert(c->cx.store, &ann));
	return 0;
}

static void
assert_finds(struct core *c, const struct wa_service *s, const char *name, const char *id)
{
	struct user user = {.id = "untouched"};
	enum wa_err e = wa_identity_find(&c->cx, s, name, &user);

	assert_err(e, id != NULL ? WA_OK : WA_ERR_USER_UNKNOWN);
	if (id != NULL)
		assert_string_equal(user.id, id);
}

static void
set_match(struct core *c, struct wa_service *s, const char *match)
{
	assert_ok(wa_service_set(c->settings, s, "match", match));
}

static void
names_are_found_in_the_order_of_match(void **state)
{
	struct core *c = *state;
	struct wa_service s = service(c, WA_ACCOUNT_WEB);

	assert_finds(c, &s, "alice", "alice");
	assert_finds(c, &s, "ALICE", "alice");
	assert_finds(c, &s, "alice@example.org", "alice");
	assert_finds(c, &s, "Alice@EXAMPLE.org", "alice");
	assert_finds(c, &s, "mallory", NULL);
	assert_finds(c, &s, "mallory@example.org", NULL);
	/* The administrator's word comes before what bob calls himself. */
	assert_finds(c, &s, "ann", "alice");
	assert_finds(c, &s, "Ann", "bob");
	set_match(c, &s, "username,link");
	assert_finds(c, &s, "ann", "bob");
	set_match(c, &s, "email");
	assert_finds(c, &s, "alice", NULL);
	assert_finds(c, &s, "ann", NULL);
	set_match(c, &s, "link");
	assert_finds(c, &s, "ann", "alice");
	assert_finds(c, &s, "alice@example.org", NULL);
}

static void
an_unverified_address_is_nobodys_name(void **state)
{
	struct core *c = *state;
	struct wa_service s = service(c, WA_ACCOUNT_WEB);

	assert_finds(c, &s, "carol@example.org", NULL);
	assert_finds(c, &s, "carol", "carol");
	assert_ok(store_user_set_email_verified(c->cx.store, "carol", true, NOW));
	assert_finds(c, &s, "carol@example.org", "carol");
}

static void
a_unix_account_is_found_by_its_link_alone(void **state)
{
	struct core *c = *state;
	struct wa_service s = service(c, WA_ACCOUNT_UNIX);

	set_match(c, &s, "username,email");
	assert_finds(c, &s, "ann", "alice");
	assert_finds(c, &s, "alice", NULL);
	assert_finds(c, &s, "alice@example.org", NULL);
	assert_finds(c, &s, "Ann", NULL);
	assert_finds(c, &s, "carol", NULL);
}

static void
faults_of_the_store_are_not_unknown_users(void **state)
{
	struct core *c = *state;
	struct wa_service s = service(c, WA_ACCOUNT_WEB);
	struct wa_context small = c->cx;
	struct user user;

	small.arena = wa_arena_new(1);
	assert_non_null(small.arena);
	assert_err(wa_identity_find(&small, &s, "alice", &user), WA_ERR_NOMEM);
	wa_arena_free(small.arena);
}

#define test_with_people(f) cmocka_unit_test_setup_teardown(f, setup, core_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_accepted_or_not),
	    cmocka_unit_test(names_have_a_longest_length),
	    test_with_core(admission_is_as_the_table_says),
	    test_with_people(names_are_found_in_the_order_of_match),
	    test_with_people(an_unverified_address_is_nobodys_name),
	    test_with_people(a_unix_account_is_found_by_its_link_alone),
	    test_with_people(faults_of_the_store_are_not_unknown_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
