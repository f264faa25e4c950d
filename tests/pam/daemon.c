#include "tests/pam/daemon.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/pam/fixture.h"

const char *
daemon_keys(struct fixture *f)
{
	static char text[512];

	(void)snprintf(text, sizeof(text), "listen = unix:%s/api.sock\ndaemon_user = %u\n", f->dir,
	    (unsigned)geteuid());
	return text;
}

/* sd_notify(3): it says when it is ready, so nobody has to look. */
static int
notify_open(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path) + 1);
	(void)unlink(path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static _Noreturn void
become(const char *conf, const char *notify)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* no test leaves one behind */
	(void)setenv("NOTIFY_SOCKET", notify, 1);
	(void)setenv("BETTER_AUTH_SECRET", "tests-of-the-module-0123456789-abcdefghij", 1);
	if (secure_getenv("PAM_TEST_LOUD") == NULL)
		(void)dup2(null, STDERR_FILENO);
	(void)execl(SESSIOND, "sessiond", "-f", conf, (char *)NULL);
	_exit(127);
}

pid_t
daemon_start(struct fixture *f, const char *conf)
{
	const struct timeval patience = {.tv_sec = 30};
	char notify[256], file[256], text[256];
	int fd;
	pid_t pid;
	ssize_t n;

	fixture_path(f, "notify.sock", notify, sizeof(notify));
	(void)snprintf(file, sizeof(file), "%s/%s.conf", f->dir, conf);
	fd = notify_open(notify);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		become(file, notify);
	n = recv(fd, text, sizeof(text) - 1, 0);
	(void)close(fd);
	assert_true(n > 0);
	text[n] = '\0';
	assert_non_null(strstr(text, "READY=1"));
	return pid;
}

void
daemon_stop(pid_t pid)
{
	int status;

	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
