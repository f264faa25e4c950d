/* Processes killed at moments nobody chose: what is left must be whole, and what was confirmed
 * there. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/store/account.h"
#include "tests/unit/store/fixture.h"

#define ROUNDS 50

static void
wait_us(long us)
{
	struct timespec t = {.tv_nsec = us * 1000};

	(void)nanosleep(&t, NULL);
}

static void
kill_after(pid_t child, long us)
{
	int status = 0;

	wait_us(us);
	(void)kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
}

static void
remove_store(const struct fixture *f)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	char name[128];

	for (size_t i = 0; i < WA_ARRAY_LEN(suffixes); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", f->path, suffixes[i]);
		(void)unlink(name);
	}
}

static void
assert_whole(struct store *s)
{
	assert_string_equal(
	    fixture_value(s, "SELECT integrity_check FROM pragma_integrity_check"), "ok");
	assert_string_equal(fixture_value(s, "SELECT 'x' FROM pragma_foreign_key_check"), "(none)");
}

static void
killed_migration_is_finished_by_the_next(void **state)
{
	struct fixture *f = *state;

	for (long round = 0; round < ROUNDS; round++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0) {
			struct store_options o = {.uri = f->uri, .mode = STORE_CREATE};
			struct store *s = NULL;

			_exit(store_open(&o, &s) == WA_OK ? 0 : 1);
		}
		kill_after(child, round * 200); /* from before the file is there to after the end */

		f->s = fixture_open(f, STORE_CREATE, WA_OK);
		assert_whole(f->s);
		assert_int_equal(store_schema_version(f->s), store_schema_known());
		assert_int_equal(store_shape(f->s)->origin, STORE_ORIGIN_OURS);
		fixture_add_user(f->s, "u1", "a@example.com");
		fixture_close(f);
		remove_store(f);
	}
}

/* A user with an account and a session in each transaction, confirmed on the pipe once committed.
 */
static void
write_users(const char *uri, long round, int confirm)
{
	struct store_options o = {.uri = uri, .mode = STORE_WRITE, .busy_ms = 1000};
	struct store *s = NULL;

	if (store_open(&o, &s) != WA_OK)
		_exit(1);
	for (long i = 0;; i++) {
		char id[64];
		struct user u = fixture_user(id, id);
		struct session row = {.id = id, .token = id, .user_id = id, .expires_ms = NOW};
		enum wa_err e;

		(void)snprintf(id, sizeof(id), "%ld-%ld", round, i);
		e = store_begin_write(s);
		if (e == WA_OK)
			e = store_user_insert(s, &u);
		if (e == WA_OK)
			e = store_account_insert_password(s, id, id, "hash", NOW);
		if (e == WA_OK)
			e = store_session_insert(s, &row);
		if (store_end(s, e) != WA_OK || write(confirm, "+", 1) != 1)
			_exit(1);
	}
}

static int64_t
confirmed(int fd)
{
	char bytes[4096];
	int64_t total = 0;
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		total += n;
	return total;
}

static void
killed_writer_leaves_whole_transactions_and_all_confirmed_ones(void **state)
{
	struct fixture *f = *state;
	int64_t total = 0;

	fixture_close(f);
	for (long round = 0; round < ROUNDS; round++) {
		int64_t users = 0;
		char first;
		int fds[2];
		pid_t child;

		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0)
			write_users(f->uri, round, fds[1]);
		(void)close(fds[1]);
		/* On a busy machine the first may take long; what follows is killed anywhere. */
		assert_int_equal(read(fds[0], &first, 1), 1);
		kill_after(child, round * 7919 % 20000);
		total += 1 + confirmed(fds[0]);
		(void)close(fds[0]);

		f->s = fixture_open(f, STORE_WRITE, WA_OK);
		assert_whole(f->s);
		assert_ok(store_user_count(f->s, &users));
		assert_true(users >= total && users <= total + round + 1);
		assert_string_equal(
		    fixture_value(f->s,
			"SELECT ((SELECT count(*) FROM \"user\") ="
			" (SELECT count(*) FROM \"account\") AND (SELECT count(*) FROM"
			" \"user\") = (SELECT count(*) FROM \"session\")) || ''"),
		    "1");
		fixture_close(f);
	}
	assert_true(total >= ROUNDS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_dir(killed_migration_is_finished_by_the_next),
	    test_with_store(killed_writer_leaves_whole_transactions_and_all_confirmed_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
