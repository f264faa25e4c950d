/*
 * The message travels as an open file in memory: there is no pipe to fill up, nothing on a disk,
 * and mail_command gets the very file as its standard input.
 */
#include "sessiond/mail_process.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "sessiond/mail_command.h"

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* ---- beside the daemon ---- */

static void
answer(void *arg, int reply, int file, const void *question, size_t n)
{
	const struct mail_process *p = arg;
	struct mail_end end = {.how = MAIL_NOT_STARTED, .value = EBADF};

	(void)question, (void)n;
	if (file >= 0)
		end = mail_command_run(p->words, file, p->timeout_ms, reply);
	(void)send(reply, &end, sizeof(end), MSG_NOSIGNAL);
}

enum wa_err
mail_process_start(struct mail_process *p, char *const *words, int64_t timeout_ms)
{
	*p = (struct mail_process){.words = words, .timeout_ms = timeout_ms, .beside = BESIDE_NONE};
	return beside_start("sessiond-mail", 1, answer, p, &p->beside);
}

/* ---- the daemon's side ---- */

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

/* The other side keeps the time; here only a stop ends the wait. False: time is up. */
static bool
wait_for_reply(int reply, int stop_fd, int64_t stop_ms)
{
	struct pollfd fds[] = {{.fd = reply, .events = POLLIN}, {.fd = stop_fd, .events = POLLIN}};
	int64_t deadline = INT64_MAX;

	for (;;) {
		int64_t left = deadline == INT64_MAX ? -1 : deadline - wa_clock_steady_ms();
		int n;

		if (left < 0 && deadline != INT64_MAX)
			return false;
		n = poll(fds, WA_ARRAY_LEN(fds), (int)left);
		if (n < 0 && errno != EINTR)
			return false;
		if (n <= 0)
			continue;
		if (fds[0].revents != 0)
			return true;
		fds[1].fd = -1; /* said once */
		deadline = wa_clock_steady_ms() + stop_ms;
	}
}

static enum wa_err
outcome(const char *program, const struct mail_end *end)
{
	switch (end->how) {
	case MAIL_LATE: return wa_fault(WA_ERR_SYSTEM, "killed, after %d ms at most", end->value);
	case MAIL_SIGNALLED: return wa_fault(WA_ERR_SYSTEM, "ended by signal %d", end->value);
	case MAIL_NOT_STARTED:
		return wa_fault(WA_ERR_SYSTEM, "%s: %s", program, strerror(end->value));
	case MAIL_ENDED:
		return end->value == 0 ? WA_OK
				       : wa_fault(WA_ERR_SYSTEM, "exit status %d", end->value);
	}
	return wa_fault(WA_ERR_SYSTEM, "the mail process does not know how it ended");
}

enum wa_err
mail_process_deliver(
    const struct mail_process *p, const struct wa_buf *message, int stop_fd, int64_t stop_ms)
{
	WA_CLEANUP(close_fd) int file = -1;
	WA_CLEANUP(close_fd) int reply = -1;
	struct mail_end end;
	enum wa_err e;

	e = message_file(message, &file);
	if (e == WA_OK)
		e = beside_ask(&p->beside, "", 1, file, &reply);
	if (e != WA_OK)
		return e;
	if (!wait_for_reply(reply, stop_fd, stop_ms))
		return wa_fault(WA_ERR_SYSTEM, "killed: sessiond stops");
	if (recv(reply, &end, sizeof(end), 0) != (ssize_t)sizeof(end))
		return wa_fault(WA_ERR_SYSTEM, "the mail process has ended");
	return outcome(p->words[0], &end);
}
