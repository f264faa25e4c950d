/*
 * The program gets the message as a file in memory: there is no pipe to fill up, and nothing on a
 * disk. It is its own process group, so that what it started ends with it when time is up; what it
 * leaves behind after success, as a queue runner, lives on.
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
#include <sys/mman.h>
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

/* The message as an open file, to be read from its start. */
static enum wa_err
message_file(const struct wa_buf *message, int *ret_fd)
{
	WA_CLEANUP(close_fd) int fd = memfd_create("mail", MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < message->len) {
		ssize_t n = write(fd, message->data + done, message->len - done);

		if (n < 0 && errno != EINTR)
			break;
		done += n < 0 ? 0 : (size_t)n;
	}
	if (fd < 0 || done < message->len || lseek(fd, 0, SEEK_SET) < 0)
		return wa_fault(WA_ERR_SYSTEM, "memory file: %s", strerror(errno));
	*ret_fd = fd;
	fd = -1;
	return WA_OK;
}

/* What a mail program may need to know. The daemon's own environment holds its secret. */
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

/* Until the program has ended, or its time has. True when it has ended by itself. */
static bool
wait_for_end(int pidfd, int64_t timeout_ms, int stop_fd, int64_t stop_ms)
{
	int64_t deadline = wa_clock_steady_ms() + timeout_ms;
	struct pollfd fds[] = {{.fd = pidfd, .events = POLLIN}, {.fd = stop_fd, .events = POLLIN}};

	for (;;) {
		int64_t left = deadline - wa_clock_steady_ms();
		int n = poll(fds, WA_ARRAY_LEN(fds), left < 0 ? 0 : (int)left);

		if (n < 0 && errno != EINTR)
			return false;
		if (n <= 0) {
			if (wa_clock_steady_ms() >= deadline)
				return false;
			continue;
		}
		if (fds[0].revents != 0)
			return true;
		fds[1].fd = -1; /* said once */
		if (wa_clock_steady_ms() + stop_ms < deadline)
			deadline = wa_clock_steady_ms() + stop_ms;
	}
}

static enum wa_err
outcome(int status, bool in_time, int64_t timeout_ms)
{
	if (!in_time)
		return wa_fault(
		    WA_ERR_SYSTEM, "killed, after %lld ms at most", (long long)timeout_ms);
	if (WIFSIGNALED(status))
		return wa_fault(WA_ERR_SYSTEM, "ended by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return wa_fault(WA_ERR_SYSTEM, "exit status %d", WEXITSTATUS(status));
	return WA_OK;
}

enum wa_err
mail_command_run(char *const *words, const struct wa_buf *message, int64_t timeout_ms, int stop_fd,
    int64_t stop_ms)
{
	WA_CLEANUP(close_fd) int file = -1;
	WA_CLEANUP(close_fd) int pidfd = -1;
	bool in_time;
	pid_t pid;
	int status = 0, error;
	enum wa_err e;

	e = message_file(message, &file);
	if (e != WA_OK)
		return e;
	error = spawn(words, file, &pid);
	if (error != 0)
		return wa_fault(WA_ERR_SYSTEM, "%s: %s", words[0], strerror(error));
	pidfd = pidfd_open(pid, 0);
	in_time = pidfd >= 0 && wait_for_end(pidfd, timeout_ms, stop_fd, stop_ms);
	if (!in_time)
		(void)kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return outcome(status, in_time, timeout_ms);
}
