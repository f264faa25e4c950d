/* What waits for the disk before it is answered, and the one thing that does not: the record of a
 * PAM login. SQLite's own VFS does the work, and its syncs are counted on the way. */
#include <sqlite3.h>
#include <string.h>

#include "lib/core/credential.h"
#include "lib/core/login.h"
#include "lib/core/login_password.h"
#include "lib/core/session.h"
#include "tests/unit/core/fixture.h"

#define PASSWORD "correct horse"

static sqlite3_vfs *real_vfs;
static sqlite3_io_methods with_locks, without; /* of the store's file; of its logs */
static int (*real_sync)(sqlite3_file *f, int flags);
static size_t syncs;

static int
counted_sync(sqlite3_file *f, int flags)
{
	syncs++;
	return real_sync(f, flags);
}

static int
counted_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *f, int flags, int *ret_flags)
{
	sqlite3_io_methods *counted = (flags & SQLITE_OPEN_MAIN_DB) != 0 ? &with_locks : &without;
	int rc = real_vfs->xOpen(vfs, name, f, flags, ret_flags);

	if (rc != SQLITE_OK || f->pMethods == NULL)
		return rc;
	*counted = *f->pMethods;
	real_sync = counted->xSync;
	counted->xSync = counted_sync;
	f->pMethods = counted;
	return rc;
}

static int
count_syncs(void **state)
{
	static sqlite3_vfs vfs;

	(void)state;
	real_vfs = sqlite3_vfs_find(NULL);
	assert_non_null(real_vfs);
	vfs = *real_vfs;
	vfs.zName = "counted";
	vfs.pNext = NULL;
	vfs.xOpen = counted_open;
	return sqlite3_vfs_register(&vfs, 1) == SQLITE_OK ? 0 : -1;
}

static void
log_in(struct core *c, const char *password, enum wa_err want)
{
	struct wa_login_result result;
	struct wa_service service;
	struct wa_login login = {.service = &service, .name = "alice"};

	wa_settings_service(c->settings, "test", &service);
	syncs = 0;
	assert_err(wa_login_authenticate(&c->cx, &login, password, &result), want);
	assert_int_equal(result.unrecorded, WA_OK);
}

static int
setup(void **state)
{
	struct user u = fixture_user("alice", "alice@example.org");
	struct core *c;

	(void)core_setup(state);
	c = *state;
	u.username = "alice";
	c->cx.door = WA_DOOR_PAM;
	assert_ok(store_user_insert(c->cx.store, &u));
	assert_ok(wa_credential_set(&c->cx, "alice", PASSWORD, true));
	log_in(c, PASSWORD, WA_OK); /* the first of a store makes the key of its counters */
	return 0;
}

static const char *
logins_seen_by_another(struct core *c)
{
	struct store *other = fixture_open(c->store, STORE_READ, WA_OK);
	const char *n = fixture_value(other,
	    "SELECT '' || count(*) FROM \"webauth_audit\" WHERE \"event\" LIKE "
	    "'authn_login_success%'");

	store_close(other);
	return n;
}

static void
record_of_a_pam_login_does_not_wait_and_everybody_sees_it(void **state)
{
	struct core *c = *state;

	log_in(c, PASSWORD, WA_OK);
	assert_int_equal(syncs, 0);
	assert_string_equal(logins_seen_by_another(c), "2");
	log_in(c, PASSWORD, WA_OK);
	assert_int_equal(syncs, 0);
	assert_string_equal(logins_seen_by_another(c), "3");
}

static void
failure_is_counted_on_the_disk_before_it_is_answered(void **state)
{
	log_in(*state, "wrong horse", WA_ERR_BAD_CREDENTIALS);
	assert_true(syncs > 0);
}

/* On the connection that a login has just used, too. */
static void
what_opens_or_shuts_a_door_waits_for_the_disk(void **state)
{
	struct core *c = *state;
	struct user user;
	struct session session;

	log_in(c, PASSWORD, WA_OK);
	assert_ok(store_user_by_id(c->cx.store, c->cx.arena, "alice", &user));
	assert_ok(wa_credential_sign_in(&c->cx, &user, PASSWORD, true, &user, &session));
	assert_true(syncs > 0);

	log_in(c, PASSWORD, WA_OK);
	assert_ok(wa_session_revoke(&c->cx, session.token));
	assert_true(syncs > 0);

	log_in(c, PASSWORD, WA_OK);
	assert_ok(wa_credential_change(
	    &c->cx, &user, PASSWORD, "another horse, another stable", true, NULL));
	assert_true(syncs > 0);
}

static void
login_that_could_not_be_written_leaves_commits_that_wait(void **state)
{
	struct core *c = *state;
	struct store *other = fixture_open(c->store, STORE_WRITE, WA_OK);

	log_in(c, PASSWORD, WA_OK);
	assert_ok(store_begin_write(other));
	assert_err(store_begin_write_unsynced(c->cx.store), WA_ERR_STORE_BUSY);
	assert_ok(store_end(other, WA_OK));
	store_close(other);
	syncs = 0;
	assert_ok(store_user_set_name(c->cx.store, "alice", "Alice", NOW));
	assert_true(syncs > 0);
}

/* There a commit that waits less could damage the file: as often as any other, then. */
static void
store_that_has_left_wal_waits_for_a_login_too(void **state)
{
	struct core *c = *state;
	size_t of_any;

	assert_ok(store_exec(c->cx.store, "PRAGMA journal_mode=DELETE"));
	syncs = 0;
	assert_ok(store_user_set_name(c->cx.store, "alice", "Alice", NOW));
	of_any = syncs;
	log_in(c, PASSWORD, WA_OK);
	assert_int_equal(syncs, of_any);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		record_of_a_pam_login_does_not_wait_and_everybody_sees_it, setup, core_teardown),
	    cmocka_unit_test_setup_teardown(
		failure_is_counted_on_the_disk_before_it_is_answered, setup, core_teardown),
	    cmocka_unit_test_setup_teardown(
		what_opens_or_shuts_a_door_waits_for_the_disk, setup, core_teardown),
	    cmocka_unit_test_setup_teardown(
		login_that_could_not_be_written_leaves_commits_that_wait, setup, core_teardown),
	    cmocka_unit_test_setup_teardown(
		store_that_has_left_wal_waits_for_a_login_too, setup, core_teardown),
	};

	return cmocka_run_group_tests(tests, count_syncs, NULL);
}
