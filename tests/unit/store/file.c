#include "lib/store/file.h"

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/store/fixture.h"

#define NOBODY 65534

static void
write_file(const char *path, const char *bytes, size_t n, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static void
created_store_is_for_its_owner_only(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void
missing_store_is_missing_and_stays_so(void **state)
{
	struct fixture *f = *state;

	(void)fixture_open(f, STORE_READ, WA_ERR_STORE_MISSING);
	fixture_assert_detail(f, WA_ERR_STORE_MISSING, "No such file");
	(void)fixture_open(f, STORE_WRITE, WA_ERR_STORE_MISSING);
	assert_int_not_equal(access(f->path, F_OK), 0);
}

static void
missing_directory_is_not_made(void **state)
{
	struct fixture *f = *state;

	(void)snprintf(f->path, sizeof(f->path), "%s/none/store.db", f->dir);
	(void)snprintf(f->uri, sizeof(f->uri), "sqlite:%s", f->path);
	(void)fixture_open(f, STORE_CREATE, WA_ERR_STORE_MISSING);
	fixture_assert_detail(f, WA_ERR_STORE_MISSING, "directory");
}

static void
uri_of_another_kind_is_a_configuration_error(void **state)
{
	static const char *const uris[] = {
	    "", "/tmp/store.db", "postgres://x", "sqlite:", "sqlite:/tmp/", "SQLITE:/tmp/x"};
	struct store *s = NULL;

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(uris); i++) {
		struct store_options o = {.uri = uris[i], .mode = STORE_READ};

		assert_err(store_open(&o, &s), WA_ERR_CONFIG);
	}
	assert_null(s);
}

static void
symbolic_link_is_refused(void **state)
{
	struct fixture *f = *state;
	char target[128];

	fixture_close(f);
	(void)snprintf(target, sizeof(target), "%s/real.db", f->dir);
	assert_int_equal(rename(f->path, target), 0);
	assert_int_equal(symlink(target, f->path), 0);
	(void)fixture_open(f, STORE_READ, WA_ERR_STORE_DENIED);
	fixture_assert_detail(f, WA_ERR_STORE_DENIED, "symbolic link");
	(void)fixture_open(f, STORE_CREATE, WA_ERR_STORE_DENIED);
}

static void
dangling_link_is_not_created_through(void **state)
{
	struct fixture *f = *state;
	char target[128];

	(void)snprintf(target, sizeof(target), "%s/elsewhere.db", f->dir);
	assert_int_equal(symlink(target, f->path), 0);
	(void)fixture_open(f, STORE_CREATE, WA_ERR_STORE_DENIED);
	assert_int_not_equal(access(target, F_OK), 0);
}

static void
linked_directory_is_followed(void **state)
{
	struct fixture *f = *state;
	char link[128];
	char uri[256];
	struct store_options o = {.uri = uri, .mode = STORE_READ};
	struct store *s = NULL;

	(void)snprintf(link, sizeof(link), "%s-link", f->dir);
	(void)snprintf(uri, sizeof(uri), "sqlite:%s/store.db", link);
	assert_int_equal(symlink(f->dir, link), 0);
	assert_ok(store_open(&o, &s));
	store_close(s);
	assert_int_equal(unlink(link), 0);
}

static void
directory_is_no_store(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir(f->path, 0700), 0);
	(void)fixture_open(f, STORE_CREATE, WA_ERR_STORE_DENIED);
	fixture_assert_detail(f, WA_ERR_STORE_DENIED, "regular file");
}

static void
store_that_everybody_may_write_is_refused(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	assert_int_equal(chmod(f->path, 0606), 0);
	(void)fixture_open(f, STORE_READ, WA_ERR_STORE_DENIED);
	fixture_assert_detail(f, WA_ERR_STORE_DENIED, "writable by everybody");
}

static void
directory_that_everybody_may_write_is_refused(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	assert_int_equal(chmod(f->dir, 01777), 0);
	(void)fixture_open(f, STORE_READ, WA_ERR_STORE_DENIED);
	fixture_assert_detail(f, WA_ERR_STORE_DENIED, "directory is writable by everybody");
	assert_int_equal(chmod(f->dir, 0700), 0);
}

static void
text_file_is_no_database(void **state)
{
	static const char text[] =
	    "This is a diary, not a database. It is longer than a header of "
	    "a database, which has a hundred bytes, so that it is looked at.";
	struct fixture *f = *state;

	write_file(f->path, text, sizeof(text), 0600);
	(void)fixture_open(f, STORE_READ, WA_ERR_STORE_CORRUPT);
	fixture_assert_detail(f, WA_ERR_STORE_CORRUPT, "not a database");
	(void)fixture_open(f, STORE_CREATE, WA_ERR_STORE_CORRUPT);
}

static void
empty_file_is_no_store_until_it_is_migrated(void **state)
{
	struct fixture *f = *state;

	write_file(f->path, "", 0, 0600);
	(void)fixture_open(f, STORE_WRITE, WA_ERR_STORE_SCHEMA);
	fixture_assert_detail(f, WA_ERR_STORE_SCHEMA, "\"user\" is missing");
	store_close(fixture_open(f, STORE_CREATE, WA_OK));
	store_close(fixture_open(f, STORE_WRITE, WA_OK));
}

/* Zeroes in the middle of a page: what a bad disk or a stray write leaves. */
static void
damage(const char *path, off_t from, size_t n)
{
	static const char junk[8192] = {0x5a};
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, junk, n, from), n);
	assert_int_equal(close(fd), 0);
}

static void
damaged_schema_is_found_at_open(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	damage(f->path, 100, 3000);
	(void)fixture_open(f, STORE_READ, WA_ERR_STORE_CORRUPT);
	fixture_assert_detail(f, WA_ERR_STORE_CORRUPT, "backup");
}

static void
damaged_page_is_found_when_it_is_read(void **state)
{
	struct fixture *f = *state;
	struct user u;

	fixture_add_user(f->s, "u1", "a@example.com");
	fixture_close(f);
	damage(f->path, 4096, 8192);
	f->s = fixture_open(f, STORE_READ, WA_OK);
	assert_err(store_user_by_email(f->s, f->a, "a@example.com", &u), WA_ERR_STORE_CORRUPT);
	fixture_assert_detail(f, WA_ERR_STORE_CORRUPT, "malformed");
}

/* Runs as nobody and answers the outcome of opening. */
static enum wa_err
open_as_nobody(struct fixture *f, enum store_mode mode)
{
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct store_options o = {.uri = f->uri, .mode = mode};
		struct store *s = NULL;
		enum wa_err e;

		if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
			_exit(255);
		e = store_open(&o, &s);
		if (e != WA_OK && strstr(wa_err_detail(e), f->path) == NULL)
			_exit(254);
		_exit((int)e);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return (enum wa_err)WEXITSTATUS(status);
}

static void
store_of_another_user_is_denied(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip();
	fixture_close(f);
	assert_int_equal(chmod(f->dir, 0755), 0);
	assert_err(open_as_nobody(f, STORE_READ), WA_ERR_STORE_DENIED);
	assert_err(open_as_nobody(f, STORE_WRITE), WA_ERR_STORE_DENIED);
	assert_int_equal(chmod(f->path, 0644), 0);
	assert_err(open_as_nobody(f, STORE_WRITE), WA_ERR_STORE_DENIED);
	assert_int_equal(chmod(f->dir, 0700), 0);
	assert_err(open_as_nobody(f, STORE_READ), WA_ERR_STORE_DENIED);
}

static void
assert_owner(const struct fixture *f, const char *suffix, uid_t uid)
{
	char name[128];
	struct stat st;

	(void)snprintf(name, sizeof(name), "%s%s", f->path, suffix);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, uid);
}

static void
files_that_root_makes_belong_to_the_owner_of_the_store(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(f->dir, NOBODY, NOBODY), 0);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	fixture_add_user(f->s, "u1", "a@example.com");
	assert_owner(f, "", NOBODY);
	assert_owner(f, "-wal", NOBODY);
	assert_owner(f, "-shm", NOBODY);
	fixture_close(f);

	f->s = fixture_open(f, STORE_READ, WA_OK);
	assert_owner(f, "-wal", NOBODY);
	assert_owner(f, "-shm", NOBODY);
	fixture_close(f);
	assert_err(open_as_nobody(f, STORE_WRITE), WA_OK);
}

static void
replaced_store_is_noticed(void **state)
{
	struct fixture *f = *state;
	char other[128];

	assert_false(store_was_replaced(f->s));
	fixture_add_user(f->s, "u1", "a@example.com");
	assert_false(store_was_replaced(f->s));
	(void)snprintf(other, sizeof(other), "%s/other.db", f->dir);
	assert_int_equal(rename(f->path, other), 0);
	assert_true(store_was_replaced(f->s));
	write_file(f->path, "", 0, 0600);
	assert_true(store_was_replaced(f->s));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_store(created_store_is_for_its_owner_only),
	    test_with_dir(missing_store_is_missing_and_stays_so),
	    test_with_dir(missing_directory_is_not_made),
	    cmocka_unit_test(uri_of_another_kind_is_a_configuration_error),
	    test_with_store(symbolic_link_is_refused),
	    test_with_dir(dangling_link_is_not_created_through),
	    test_with_store(linked_directory_is_followed),
	    test_with_dir(directory_is_no_store),
	    test_with_store(store_that_everybody_may_write_is_refused),
	    test_with_store(directory_that_everybody_may_write_is_refused),
	    test_with_dir(text_file_is_no_database),
	    test_with_dir(empty_file_is_no_store_until_it_is_migrated),
	    test_with_store(damaged_schema_is_found_at_open),
	    test_with_store(damaged_page_is_found_when_it_is_read),
	    test_with_store(store_of_another_user_is_denied),
	    test_with_dir(files_that_root_makes_belong_to_the_owner_of_the_store),
	    test_with_store(replaced_store_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
