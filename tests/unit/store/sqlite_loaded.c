/* The driver on top of what the PAM module has instead of SQLite, which is loaded by the first
 * store that is opened. */
#include <dlfcn.h>

#include "tests/unit/store/fixture.h"

void *__real_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags);

static int there;

void *
__wrap_dlopen(const char *name, int flags)
{
	return there ? __real_dlopen(name, flags) : NULL;
}

/* First, because what is loaded stays. */
static void
without_the_library_no_store_opens(void **state)
{
	struct fixture *f = *state;

	there = 0;
	(void)fixture_open(f, STORE_CREATE, WA_ERR_STORE);
	fixture_assert_detail(f, WA_ERR_STORE, "libsqlite3.so.0 cannot be loaded");
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
	    test_with_dir(once_it_is_there_stores_open),
	    test_with_dir(it_is_loaded_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
