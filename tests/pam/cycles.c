/* A host that lives long: loads, calls, unloads, thousands of times, and is as it was. */
#include "tests/pam/fixture.h"

#include <dirent.h>

#include "lib/base/compiler.h"

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif

#ifdef UNDER_ASAN
#define CYCLES 2000
#else
#define CYCLES 10000
#endif

static size_t
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

/* Every kind of ending but the costly ones, which come now and then. */
static void
cycle(struct fixture *f, unsigned i)
{
	static const struct pam_case cases[] = {
	    {.user = "alice", .answers = {""}},
	    {.user = "mallory", .answers = {ANSWER_FAILS}},
	    {.user = "root", .answers = {PASSWORD}},
	    {.user = "carol", .answers = {"\xff"}},
	    {.user = "alice", .words = "nonsense"},
	    {.user = "alice", .conf = "nostore", .answers = {PASSWORD}},
	};
	static const struct pam_case costly = {.user = "alice", .answers = {PASSWORD}};
	const struct pam_case *c = &cases[i % WA_ARRAY_LEN(cases)];

	(void)authenticate(f, c);
	(void)account(f, c);
	if (i % 250 == 0)
		assert_code(authenticate(f, &costly), PAM_SUCCESS, "right");
}

static void
nothing_grows(void **state)
{
	uint64_t resident;
	size_t descriptors;

	for (unsigned i = 0; i < CYCLES / 10; i++)
		cycle(*state, i);
	descriptors = open_descriptors();
	resident = memory_now().resident;

	for (unsigned i = 0; i < CYCLES; i++)
		cycle(*state, i);
	assert_int_equal(open_descriptors(), descriptors);
#ifndef UNDER_ASAN /* which keeps what was freed */
	assert_in_range(memory_now().resident, 0, resident + 256);
#else
	(void)resident;
#endif
}

static int
setup(void **state)
{
	if (fixture_setup(state) != 0)
		return -1;
	fixture_conf(*state, "nostore", "store = sqlite:/nonexistent/webauth.db\n");
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_grows),
	};

	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
