/*
 * The sandbox from inside: each test makes a child that enters it as the daemon does and then does
 * what the daemon never does.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sessiond/sandbox.h"

static char directory[] = "/tmp/webauth-sandbox-XXXXXX";
static char inside[64], outside[] = "/tmp/webauth-outside-XXXXXX";

/* ---- a child in the sandbox ---- */

typedef int act(void);

enum limit {
	FILES,
	CALLS,
	CALLS_LOGGED,
};

static void
enter(enum limit limit)
{
	const struct sandbox_path paths[] = {{directory, SANDBOX_STORE},
	    {"/etc/group", SANDBOX_READ}, {"/nonexistent", SANDBOX_READ}, {NULL, SANDBOX_READ}};
	const char *missing = NULL;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(101);
	if (limit == FILES ? sandbox_limit_files(paths, WA_ARRAY_LEN(paths), &missing) != WA_OK
			   : sandbox_limit_syscalls(limit == CALLS_LOGGED, &missing) != WA_OK)
		_exit(102);
	if (missing != NULL)
		_exit(103);
}

static int
in_child(enum limit limit, act *what)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		enter(limit);
		_exit(what());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
assert_killed(act *what)
{
	int status = in_child(CALLS, what);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

/* what returns errno, or 0 where it was let. */
static void
assert_files(act *what, int expected)
{
	int status = in_child(FILES, what);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), expected);
}

/* ---- system calls ---- */

static int
do_exec(void)
{
	char *const words[] = {(char[]){"true"}, NULL};

	return execve("/bin/true", words, words + 1);
}

static int
do_fork(void)
{
	return fork() == 0 ? 0 : 0;
}

static int
do_ptrace(void)
{
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int
do_inet(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int
do_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int
do_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == NULL;
}

static int
do_make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static int
do_become_root(void)
{
	return setuid(0);
}

static int
do_signal(void)
{
	return kill(getppid(), 0);
}

static int
do_stop_thread(void)
{
	return tgkill(getpid(), gettid(), SIGUSR1);
}

/* As if somebody had typed it. */
static int
do_type(void)
{
	return ioctl(STDIN_FILENO, TIOCSTI, "x");
}

static int
do_inet_pair(void)
{
	int fds[2];

	return socketpair(AF_INET, SOCK_STREAM, 0, fds);
}

static int
do_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void
what_a_server_never_does_kills_it(void **state)
{
	(void)state;
	assert_killed(do_exec);
	assert_killed(do_fork);
	assert_killed(do_ptrace);
	assert_killed(do_inet);
	assert_killed(do_unix);
	assert_killed(do_code);
	assert_killed(do_make_code);
	assert_killed(do_become_root);
	assert_killed(do_signal);
	assert_killed(do_stop_thread);
	assert_killed(do_type);
	assert_killed(do_inet_pair);
	assert_killed(do_dumpable);
}

/* sandbox = log, for whoever looks for what a new library calls. */
static void
where_calls_are_only_logged_none_is_denied(void **state)
{
	int status = in_child(CALLS_LOGGED, do_unix);

	(void)state;
	assert_true(WIFEXITED(status));
}

static void *
exec_on_thread(void *arg)
{
	(void)arg;
	(void)do_exec();
	return NULL;
}

static int
do_exec_on_thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, exec_on_thread, NULL) != 0)
		return 1;
	(void)pthread_join(t, NULL);
	return 0;
}

static void *
nothing(void *arg)
{
	return arg;
}

static int
do_thread(void)
{
	pthread_t t;

	return pthread_create(&t, NULL, nothing, NULL) != 0 || pthread_join(t, NULL) != 0;
}

static void
threads_may_be_made_and_are_held_to_the_same(void **state)
{
	int status = in_child(CALLS, do_thread);

	(void)state;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_killed(do_exec_on_thread);
}

static int
do_abort(void)
{
	abort();
}

static void
an_assertion_ends_as_one(void **state)
{
	int status = in_child(CALLS, do_abort);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* ---- files ---- */

static int
try_open(const char *path, int flags)
{
	return open(path, flags | O_CLOEXEC, 0600) < 0 ? errno : 0;
}

static int
do_read_passwd(void)
{
	return try_open("/etc/passwd", O_RDONLY);
}

static int
do_write_outside(void)
{
	return try_open(outside, O_WRONLY);
}

static int
do_make_outside(void)
{
	return try_open("/tmp/webauth-sandbox-never", O_WRONLY | O_CREAT);
}

static int
do_truncate_outside(void)
{
	return truncate(outside, 0) < 0 ? errno : 0;
}

static int
do_unlink_outside(void)
{
	return unlink(outside) < 0 ? errno : 0;
}

static int
do_move_out(void)
{
	return rename(inside, "/tmp/webauth-sandbox-never") < 0 ? errno : 0;
}

static int
do_exec_file(void)
{
	return do_exec() < 0 ? errno : 0;
}

static int
do_work_inside(void)
{
	int error = try_open(inside, O_RDWR | O_CREAT);

	if (error == 0 && truncate(inside, 10) < 0)
		error = errno;
	if (error == 0)
		error = try_open(directory, O_RDONLY | O_DIRECTORY);
	if (error == 0 && unlink(inside) < 0)
		error = errno;
	return error;
}

static int
do_link_inside(void)
{
	return symlink("/etc/passwd", inside) < 0 ? errno : 0;
}

static int
do_mkdir_inside(void)
{
	return mkdir(inside, 0700) < 0 ? errno : 0;
}

static int
do_read_what_is_read(void)
{
	return try_open("/etc/group", O_RDONLY);
}

static int
do_write_what_is_read(void)
{
	return try_open("/etc/group", O_WRONLY);
}

static void
only_the_given_directory_is_there(void **state)
{
	(void)state;
	assert_files(do_work_inside, 0);
	assert_files(do_link_inside, EACCES);
	assert_files(do_mkdir_inside, EACCES);
	assert_files(do_read_what_is_read, 0);
	assert_files(do_write_what_is_read, EACCES);
	assert_files(do_read_passwd, EACCES);
	assert_files(do_write_outside, EACCES);
	assert_files(do_make_outside, EACCES);
	assert_files(do_truncate_outside, EACCES);
	assert_files(do_unlink_outside, EACCES);
	assert_files(do_exec_file, EACCES);
}

static void
nothing_is_moved_out(void **state)
{
	int fd = open(inside, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_files(do_move_out, EACCES);
}

/* ---- networks, for who gets past the filter ---- */

static int
do_bind_tcp(void)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0 ? errno : 0;
}

static int
do_connect_tcp(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons(9),
	    .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(fd, (const struct sockaddr *)&a, sizeof(a)) < 0 ? errno : 0;
}

static int
do_signal_parent(void)
{
	return kill(getppid(), 0) < 0 ? errno : 0;
}

static void
no_network_and_no_other_process_is_reached(void **state)
{
	(void)state;
	assert_files(do_bind_tcp, EACCES);
	assert_files(do_connect_tcp, EACCES);
	assert_files(do_signal_parent, EPERM);
}

static int
set_up(void **state)
{
	int fd = mkstemp(outside);

	(void)state;
	if (fd < 0 || mkdtemp(directory) == NULL)
		return -1;
	(void)close(fd);
	(void)snprintf(inside, sizeof(inside), "%s/file", directory);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)unlink(inside);
	(void)unlink(outside);
	return rmdir(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_a_server_never_does_kills_it),
	    cmocka_unit_test(where_calls_are_only_logged_none_is_denied),
	    cmocka_unit_test(threads_may_be_made_and_are_held_to_the_same),
	    cmocka_unit_test(an_assertion_ends_as_one),
	    cmocka_unit_test(only_the_given_directory_is_there),
	    cmocka_unit_test(nothing_is_moved_out),
	    cmocka_unit_test(no_network_and_no_other_process_is_reached),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
