/* The driver on top of what the PAM module has instead of SQLite, which is loaded by the first
 * store that is opened. */
#include <dlfcn.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/store/sqlite_library.h"
#include "tests/unit/store/fixture.h"

void *__real_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags);

static int there;

void *
__wrap_dlopen(const char *name, int flags)
{
	return there ? __real_dlopen(name, flags) : NULL;
}

/* These two first, because what is loaded stays. */
static void
without_the_library_no_store_opens(void **state)
{
	struct fixture *f = *state;

	there = 0;
	(void)fixture_open(f, STORE_CREATE, WA_ERR_STORE);
	fixture_assert_detail(f, WA_ERR_STORE, "libsqlite3.so.0 cannot be loaded");
}

static bool
in_a_child(bool (*what)(const char *), const char *arg)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(what(arg) ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Puts a copy of the library below root, under the name that it is loaded from. */
static bool
copy_library(const char *root)
{
	void *handle = __real_dlopen(SQLITE_LIBRARY, RTLD_NOW);
	Dl_info info;

	if (handle == NULL || dladdr(dlsym(handle, "sqlite3_libversion"), &info) == 0 ||
	    mkdir(root, 0700) != 0)
		return false;
	(void)execlp("cp", "cp", "-L", "--parents", info.dli_fname, root, (char *)NULL);
	return false;
}

static bool
remove_it(const char *root)
{
	(void)execlp("rm", "rm", "-r", root, (char *)NULL);
	return false;
}

/* What SQLite needs is loaded before, so that nothing but SQLite is missing there. */
static bool
enter(const char *root)
{
	return __real_dlopen("libm.so.6", RTLD_NOW) != NULL &&
	    (geteuid() == 0 || unshare(CLONE_NEWUSER) == 0) && chroot(root) == 0 && chdir("/") == 0;
}

static bool
can_be_loaded_from(const char *root)
{
	return enter(root) && __real_dlopen(SQLITE_LIBRARY, RTLD_NOW) != NULL;
}

static bool
is_not_loaded_from(const char *root)
{
	sqlite3 *db = NULL;

	there = 1;
	return enter(root) &&
	    sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_MISUSE &&
	    db == NULL;
}

static bool
is_loaded_from_where_it_began(const char *unused)
{
	sqlite3 *db = NULL;

	(void)unused;
	there = 1;
	return sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	    sqlite3_close(db) == SQLITE_OK;
}

/* An ftp server that ends a session as root, chrooted into the user's home. */
static void
it_is_not_loaded_from_a_root_that_the_host_went_to_later(void **state)
{
	struct fixture *f = *state;
	char root[sizeof(f->dir) + 8];

	(void)snprintf(root, sizeof(root), "%s/root", f->dir);
	assert_true(in_a_child(copy_library, root));
	assert_true(in_a_child(can_be_loaded_from, root));
	assert_true(in_a_child(is_not_loaded_from, root));
	assert_true(in_a_child(is_loaded_from_where_it_began, NULL));
	assert_true(in_a_child(remove_it, root));
}

static void
once_it_is_there_stores_open(void **state)
{
	struct fixture *f = *state;
	struct user u;

	there = 1;
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	fixture_add_user(f->s, "u1", "a@example.com");
	assert_ok(store_user_by_email(f->s, f->a, "a@example.com", &u));
	assert_string_equal(u.id, "u1");
}

static void
it_is_loaded_once(void **state)
{
	struct fixture *f = *state;

	there = 0;
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_dir(without_the_library_no_store_opens),
	    test_with_dir(it_is_not_loaded_from_a_root_that_the_host_went_to_later),
	    test_with_dir(once_it_is_there_stores_open),
	    test_with_dir(it_is_loaded_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
