/* Questions are datagrams on a socket pair; what belongs to one is passed along with it. */
#include "sessiond/beside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sessiond/environment.h"

#define FILES_MAX 2 /* the socket for the answer, and a file */
#define END_MS	  2000

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/* ---- the daemon's side ---- */

/* A datagram with open files. */
static bool
send_with(int fd, const void *bytes, size_t n, const int *files, size_t n_files)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(FILES_MAX * sizeof(int))];
	} control = {.room = {0}};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = n};
	struct msghdr m = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = CMSG_SPACE(n_files * sizeof(int))};
	struct cmsghdr *c = &control.header; /* the first, and the only one */
	ssize_t sent;

	*c = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
	    .cmsg_type = SCM_RIGHTS,
	    .cmsg_len = CMSG_LEN(n_files * sizeof(int))};
	memcpy(CMSG_DATA(c), files, n_files * sizeof(int));
	do
		sent = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)n;
}

enum wa_err
beside_ask(const struct beside *b, const void *question, size_t n, int file, int *ret_reply)
{
	int pair[2], files[FILES_MAX];
	bool sent;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return wa_fault(WA_ERR_SYSTEM, "socketpair: %s", strerror(errno));
	files[0] = pair[1];
	files[1] = file;
	sent = send_with(b->fd, question, n, files, file < 0 ? 1 : 2);
	(void)close(pair[1]);
	if (!sent) {
		(void)close(pair[0]);
		return wa_fault(WA_ERR_SYSTEM, "%s cannot be asked: %s", b->name, strerror(errno));
	}
	*ret_reply = pair[0];
	return WA_OK;
}

bool
beside_has_ended(const struct beside *b)
{
	struct pollfd ended = {.fd = b->pidfd, .events = POLLIN};

	return poll(&ended, 1, 0) == 1;
}

void
beside_end(struct beside *b)
{
	struct pollfd ended = {.fd = b->pidfd, .events = POLLIN};

	close_fd(&b->fd);
	if (b->pidfd >= 0)
		(void)poll(&ended, 1, END_MS);
	close_fd(&b->pidfd);
}

/* ---- the other side ---- */

/* How many bytes; 0 at the end. */
static size_t
receive_with(int fd, void *bytes, size_t max, int files[static FILES_MAX])
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(FILES_MAX * sizeof(int))];
	} control = {.room = {0}};
	struct iovec iov = {.iov_base = bytes, .iov_len = max};
	struct msghdr m = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};
	const struct cmsghdr *c;
	ssize_t n;

	files[0] = files[1] = -1;
	do
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return 0;
	c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(files, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	return (size_t)n;
}

/* Nothing of the daemon's but the socket and where complaints go: no listening socket that systemd
 * has handed over, and no secret that stands in the environment. */
static void
let_go(int fd)
{
	sigset_t stop;

	/* A stop is for the daemon to finish: who closes the socket then. */
	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGTERM);
	(void)sigaddset(&stop, SIGINT);
	(void)sigaddset(&stop, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &stop, NULL);
	if (fd > STDERR_FILENO + 1)
		(void)close_range(STDERR_FILENO + 1, (unsigned)fd - 1, 0);
	(void)close_range((unsigned)fd + 1, ~0U, 0);
	environment_forget_secrets();
}

static void
answer_until_end(int fd, size_t question_max, beside_answer *answer, void *arg)
{
	int files[FILES_MAX];
	size_t n;

	char *question = malloc(question_max);

	while (question != NULL && (n = receive_with(fd, question, question_max, files)) > 0) {
		if (files[0] >= 0)
			answer(arg, files[0], files[1], question, n);
		close_fd(&files[0]);
		close_fd(&files[1]);
	}
	free(question);
}

enum wa_err
beside_start(
    const char *name, size_t question_max, beside_answer *answer, void *arg, struct beside *ret)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return wa_fault(WA_ERR_SYSTEM, "socketpair: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_NAME, name, 0, 0, 0);
		let_go(pair[1]);
		answer_until_end(pair[1], question_max, answer, arg);
		_exit(EXIT_SUCCESS);
	}
	(void)close(pair[1]);
	*ret = (struct beside){
	    .name = name, .fd = pair[0], .pidfd = pid < 0 ? -1 : pidfd_open(pid, 0)};
	if (ret->pidfd >= 0)
		return WA_OK;
	close_fd(&ret->fd);
	return wa_fault(WA_ERR_SYSTEM, "process %s: %s", name, strerror(errno));
}
