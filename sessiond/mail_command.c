/*
 * The program is its own process group, so that what it started ends with it when time is up; what
 * it leaves behind after success, as a queue runner, lives on.
 */
#include "sessiond/mail_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"

#define WORDS_MAX 64

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

enum wa_err
mail_command_split(struct wa_arena *a, const char *command, char ***ret)
{
	char **words = wa_arena_alloc(a, (WORDS_MAX + 1) * sizeof(*words));
	size_t n = 0;

	if (words == NULL)
		return wa_fault(WA_ERR_NOMEM, "mail_command");
	for (const char *p = command + strspn(command, " \t"); *p != '\0'; p += strspn(p, " \t")) {
		size_t len = strcspn(p, " \t");

		if (n == WORDS_MAX)
			return wa_fault(
			    WA_ERR_CONFIG, "mail_command: more than %d words", WORDS_MAX);
		words[n] = wa_arena_strndup(a, p, len);
		if (words[n] == NULL)
			return wa_fault(WA_ERR_NOMEM, "mail_command");
		n++;
		p += len;
	}
	if (n == 0 || words[0][0] != '/')
		return wa_fault(WA_ERR_CONFIG,
		    "mail_command = %s: must begin with the absolute path of a program", command);
	*ret = words;
	return WA_OK;
}

/* What a mail program may need to know, and no more: what is in ours is for the daemon. */
static void
fill_environment(char *lines[static 6], char store[static 5][256])
{
	static const char *const kept[] = {"HOME", "LOGNAME", "USER", "TZ"};
	size_t n = 0;

	(void)snprintf(store[n], 256, "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	lines[n] = store[n];
	n++;
	for (size_t i = 0; i < WA_ARRAY_LEN(kept); i++) {
		const char *value = secure_getenv(kept[i]);

		if (value == NULL || strlen(value) > 200)
			continue;
		(void)snprintf(store[n], 256, "%s=%s", kept[i], value);
		lines[n] = store[n];
		n++;
	}
	lines[n] = NULL;
}

static int
spawn(char *const *words, int message, pid_t *ret)
{
	char store[5][256], *environment[6];
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int error;

	fill_environment(environment, store);
	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	(void)sigdelset(&all, SIGKILL);
	(void)sigdelset(&all, SIGSTOP);
	error = posix_spawn_file_actions_init(&files);
	if (error != 0)
		return error;
	error = posix_spawnattr_init(&attributes);
	if (error == 0) {
		(void)posix_spawnattr_setflags(&attributes,
		    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
		(void)posix_spawnattr_setsigmask(&attributes, &none);
		(void)posix_spawnattr_setsigdefault(&attributes, &all);
		/* Standard error stays: what the program complains about is for the same log. */
		error = posix_spawn_file_actions_adddup2(&files, message, STDIN_FILENO);
		if (error == 0)
			error = posix_spawn_file_actions_addopen(
			    &files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
		if (error == 0)
			error = posix_spawn(ret, words[0], &files, &attributes, words, environment);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&files);
	return error;
}

/* Until the program has ended, or its time has, or nobody waits for it any more. True when it has
 * ended by itself. */
static bool
wait_for_end(int pidfd, int64_t timeout_ms, int hangup_fd)
{
	int64_t deadline = wa_clock_steady_ms() + timeout_ms;
	struct pollfd fds[] = {{.fd = pidfd, .events = POLLIN}, {.fd = hangup_fd, .events = 0}};

	for (;;) {
		int64_t left = deadline - wa_clock_steady_ms();
		int n = poll(fds, WA_ARRAY_LEN(fds), left < 0 ? 0 : (int)left);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			return fds[0].revents != 0;
		if (wa_clock_steady_ms() >= deadline)
			return false;
	}
}

struct mail_end
mail_command_run(char *const *words, int message, int64_t timeout_ms, int hangup_fd)
{
	WA_CLEANUP(close_fd) int pidfd = -1;
	bool in_time;
	pid_t pid;
	int status = 0, error;

	error = spawn(words, message, &pid);
	if (error != 0)
		return (struct mail_end){MAIL_NOT_STARTED, error};
	pidfd = pidfd_open(pid, 0);
	in_time = pidfd >= 0 && wait_for_end(pidfd, timeout_ms, hangup_fd);
	if (!in_time)
		(void)kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!in_time)
		return (struct mail_end){MAIL_LATE, (int)timeout_ms};
	if (WIFSIGNALED(status))
		return (struct mail_end){MAIL_SIGNALLED, WTERMSIG(status)};
	return (struct mail_end){MAIL_ENDED, WEXITSTATUS(status)};
}
