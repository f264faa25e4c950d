/* What is kept of a store before its schema changes, and what happens when it cannot be kept. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/store/migrate.h"
#include "tests/unit/store/fixture.h"

#define KILLS 40

/* Names in the directory that hold the words; the last of them goes to ret. */
static size_t
named(const struct fixture *f, const char *words, char ret[static 512])
{
	DIR *dir = opendir(f->dir);
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (strstr(entry->d_name, words) == NULL)
			continue;
		(void)snprintf(ret, 512, "%s/%s", f->dir, entry->d_name);
		n++;
	}
	(void)closedir(dir);
	return n;
}

static size_t
backups(const struct fixture *f)
{
	char name[512];

	return named(f, "backup", name);
}

/* A store of version 1 with somebody in it. */
static void
make_old(struct fixture *f)
{
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	fixture_drop_ours(f->s);
	assert_ok(store_exec(f->s,
	    "CREATE TABLE \"webauth_schema\" (\"version\" integer not null primary key,"
	    " \"origin\" text not null, \"createdAt\" date not null);"
	    "INSERT INTO \"webauth_schema\" VALUES (1, 'webauth', '2026-11-21T08:41:00.000Z')"));
	fixture_add_user(f->s, "u1", "a@example.com");
	fixture_close(f);
}

static struct store_plan
plan(struct fixture *f)
{
	struct store_options o = {.uri = f->uri, .mode = STORE_MIGRATE};
	struct store_plan p = {0};

	assert_ok(store_plan(&o, &p));
	return p;
}

static void
a_new_store_has_nothing_to_back_up(void **state)
{
	struct fixture *f = *state;

	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_null(store_backup(f->s));
	assert_int_equal(backups(f), 0);
}

static void
a_store_of_this_version_is_not_copied(void **state)
{
	struct fixture *f = *state;

	store_close(fixture_open(f, STORE_CREATE, WA_OK));
	f->s = fixture_open(f, STORE_MIGRATE, WA_OK);
	assert_null(store_backup(f->s));
	assert_int_equal(backups(f), 0);
}

/* The copy is a store that the program before would serve: nothing but the file is needed. */
static void
an_older_store_is_kept_as_it_was(void **state)
{
	struct fixture *f = *state;
	struct fixture old = {0};
	struct stat st;
	char name[512];

	make_old(f);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_int_equal(named(f, "backup", name), 1);
	assert_string_equal(store_backup(f->s), name);
	assert_non_null(strstr(name, "store.db.v1-20"));
	assert_int_equal(lstat(name, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	fixture_close(f);

	(void)snprintf(old.uri, sizeof(old.uri), "sqlite:%.100s", name);
	(void)snprintf(old.path, sizeof(old.path), "%.95s", name);
	assert_int_equal(plan(&old).from, 1);
	old.s = fixture_open(&old, STORE_CREATE, WA_OK);
	assert_string_equal(
	    fixture_value(old.s, "SELECT \"email\" FROM \"user\""), "a@example.com");
	assert_string_equal(
	    fixture_value(old.s, "SELECT integrity_check FROM pragma_integrity_check"), "ok");
	fixture_close(&old);
}

/* What was committed, but is still in the log, is in the copy. */
static void
the_log_is_part_of_what_is_kept(void **state)
{
	struct fixture *f = *state;
	struct store *reader;
	char name[512];

	make_old(f);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_int_equal(named(f, "backup", name), 1);
	assert_int_equal(unlink(name), 0);
	reader = fixture_open(f, STORE_READ, WA_OK);
	fixture_add_user(f->s, "u2", "b@example.com");
	assert_ok(store_exec(f->s,
	    "DELETE FROM \"webauth_schema\" WHERE \"version\" > 8;"
	    "DROP TABLE \"webauth_audit\""));
	assert_ok(store_migrate(f->s));
	assert_non_null(store_backup(f->s));
	store_close(reader);
	fixture_close(f);

	assert_int_equal(named(f, "store.db.v8", name), 1);
	assert_int_equal(rename(name, f->path), 0);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_string_equal(fixture_value(f->s, "SELECT count(*) || '' FROM \"user\""), "2");
}

/* A file that may not grow as large as the store stands for a full disk. */
static void
without_a_backup_nothing_is_migrated(void **state)
{
	struct fixture *f = *state;
	const struct sigaction ignored = {.sa_handler = SIG_IGN};
	struct rlimit was, small;
	struct store_plan before;

	make_old(f);
	before = plan(f);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small = (struct rlimit){.rlim_cur = 65536, .rlim_max = was.rlim_max};
	assert_int_equal(sigaction(SIGXFSZ, &ignored, NULL), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	(void)fixture_open(f, STORE_CREATE, WA_ERR_STORE);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	fixture_assert_detail(f, WA_ERR_STORE, "not migrated, because it could not be backed up");

	assert_int_equal(backups(f), 0);
	assert_int_equal(plan(f).from, before.from);
}

/* One file in the way of the name that a killed process leaves; a directory is not taken away. */
static void
a_backup_that_cannot_be_made_is_said(void **state)
{
	struct fixture *f = *state;
	char part[128];

	make_old(f);
	(void)snprintf(part, sizeof(part), "%s.backup.part", f->path);
	assert_int_equal(mkdir(part, 0700), 0);
	(void)fixture_open(f, STORE_CREATE, WA_ERR_STORE);
	fixture_assert_detail(f, WA_ERR_STORE, ".part: ");
	assert_int_equal(plan(f).from, 1);
	assert_int_equal(rmdir(part), 0);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
}

/* A service that is started again and again must not fill the disk with copies. */
static void
a_migration_that_fails_leaves_no_backup(void **state)
{
	struct fixture *f = *state;

	make_old(f);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_int_equal(backups(f), 1);
	assert_ok(store_exec(f->s, "DELETE FROM \"webauth_schema\" WHERE \"version\" > 8"));
	fixture_close(f);
	(void)fixture_open(f, STORE_CREATE, WA_ERR_STORE_SCHEMA); /* the table is there already */
	assert_int_equal(backups(f), 1);
}

/* Whenever it is killed: the store is as before or as after, and in the latter case was copied. */
static void
killed_migration_leaves_old_or_new_and_at_most_one_part(void **state)
{
	struct fixture *f = *state;
	char name[512];

	for (long round = 0; round < KILLS; round++) {
		struct timespec t = {.tv_nsec = round * 400000};
		int status = 0;
		pid_t child;

		make_old(f);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			struct store_options o = {.uri = f->uri, .mode = STORE_CREATE};
			struct store *s = NULL;

			_exit(store_open(&o, &s) == WA_OK ? 0 : 1);
		}
		(void)nanosleep(&t, NULL);
		(void)kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);

		if (plan(f).from != 1) {
			assert_int_equal(plan(f).from, store_schema_known());
			assert_true(named(f, "Z.backup", name) >= 1);
		}
		assert_true(named(f, ".part", name) <= 1);
		store_close(fixture_open(f, STORE_CREATE, WA_OK));
		while (named(f, "store.db", name) > 0)
			assert_int_equal(unlink(name), 0);
	}
}

static void
a_plan_says_what_would_be_done_and_does_none_of_it(void **state)
{
	struct fixture *f = *state;
	struct store_options o = {.uri = f->uri, .mode = STORE_MIGRATE};
	struct store_plan p;
	char name[512];

	assert_err(store_plan(&o, &p), WA_ERR_STORE_MISSING);
	assert_int_equal(named(f, "store.db", name), 0);

	make_old(f);
	for (int i = 0; i < 2; i++) {
		p = plan(f);
		assert_int_equal(p.from, 1);
		assert_int_equal(p.to, store_schema_known());
		assert_true(store_plan_changes(&p));
		assert_false(p.empty || p.makes_core || p.frees_issuer || p.moves_bans);
		assert_int_equal(named(f, "store.db", name), 1);
	}

	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	p = plan(f);
	assert_false(store_plan_changes(&p));

	fixture_node(f, fixture_plain_ddl);
	p = plan(f);
	assert_int_equal(p.from, 0);
	assert_true(p.makes_jwks);
	assert_false(p.makes_core);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_dir(a_new_store_has_nothing_to_back_up),
	    test_with_dir(a_store_of_this_version_is_not_copied),
	    test_with_dir(an_older_store_is_kept_as_it_was),
	    test_with_dir(the_log_is_part_of_what_is_kept),
	    test_with_dir(without_a_backup_nothing_is_migrated),
	    test_with_dir(a_backup_that_cannot_be_made_is_said),
	    test_with_dir(a_migration_that_fails_leaves_no_backup),
	    test_with_dir(killed_migration_leaves_old_or_new_and_at_most_one_part),
	    test_with_dir(a_plan_says_what_would_be_done_and_does_none_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
