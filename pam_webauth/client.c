/*
 * A socket inside somebody else's process: never blocking, closed before we return, no signal, no
 * thread, nothing kept. The password is sent only to a socket that nobody but root and the daemon
 * can have put there, and read only by one of them.
 */
#include "pam_webauth/client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/encode.h"
#include "lib/base/limits.h"
#include "lib/base/random.h"
#include "lib/base/text.h"
#include "lib/core/login_wire.h"

#define REQUEST_MAX (WA_HEAD_MAX + WA_BODY_MAX)
#define HEAD_END    "\r\n\r\n"

/* ---- whom we talk to ---- */

static bool
is_daemon(const struct client *c, uid_t uid)
{
	return uid == 0 || uid == c->daemon_uid;
}

static enum wa_err
no_daemon(const struct client *c, const char *what)
{
	return wa_fault(WA_ERR_DAEMON,
	    "%s: %s; is sessiond running, and does pam_socket name the same place for it?", c->path,
	    what);
}

/* The directory too: whoever can write to it can put another socket in place of this one. */
static enum wa_err
check_directory(const struct client *c)
{
	const char *slash = strrchr(c->path, '/');
	size_t n = slash == c->path ? 1 : (size_t)(slash - c->path);
	char *directory = wa_arena_strndup(c->arena, c->path, n);
	struct stat st;

	if (directory == NULL)
		return wa_fault(WA_ERR_NOMEM, "socket");
	if (stat(directory, &st) < 0)
		return no_daemon(c, strerror(errno));
	if (!is_daemon(c, st.st_uid) || (st.st_mode & S_IWOTH) != 0)
		return wa_fault(WA_ERR_DAEMON,
		    "%s: others than root and daemon_user can change this directory; the password "
		    "was not sent",
		    directory);
	return WA_OK;
}

static enum wa_err
check_socket(const struct client *c)
{
	struct stat st;

	if (lstat(c->path, &st) < 0)
		return no_daemon(c, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return no_daemon(c, "not a socket");
	if (!is_daemon(c, st.st_uid))
		return wa_fault(WA_ERR_DAEMON,
		    "%s: belongs to uid %u, neither root nor daemon_user; the password was not "
		    "sent",
		    c->path, (unsigned)st.st_uid);
	return check_directory(c);
}

/* Who listens; looked at on the connection, which nobody can exchange any more. */
static enum wa_err
check_peer(const struct client *c, int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return no_daemon(c, strerror(errno));
	if (!is_daemon(c, cred.uid))
		return wa_fault(WA_ERR_DAEMON,
		    "%s: uid %u listens there, neither root nor daemon_user; the password was not "
		    "sent",
		    c->path, (unsigned)cred.uid);
	return WA_OK;
}

/* ---- bytes ---- */

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static enum wa_err
open_connection(const struct client *c, int *ret)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = strlen(c->path);

	if (n >= sizeof(address.sun_path))
		return no_daemon(c, "too long for a socket's path");
	memcpy(address.sun_path, c->path, n + 1);

	*ret = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*ret < 0)
		return wa_fault(WA_ERR_SYSTEM, "socket: %s", strerror(errno));
	/* It answers at once, or its backlog is full: then it is not there for us. */
	if (connect(*ret, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return no_daemon(c, strerror(errno));
	return check_peer(c, *ret);
}

static enum wa_err
wait_for(const struct client *c, int fd, short events, int64_t deadline_ms)
{
	for (;;) {
		struct pollfd p = {.fd = fd, .events = events};
		int64_t left = deadline_ms - wa_clock_steady_ms();
		int n = left > 0 ? poll(&p, 1, (int)left) : 0;

		if (n > 0)
			return WA_OK;
		if (n == 0)
			return wa_fault(WA_ERR_DAEMON,
			    "%s: no answer within %lld ms (daemon_timeout)", c->path,
			    (long long)c->timeout_ms);
		if (errno != EINTR)
			return wa_fault(WA_ERR_SYSTEM, "poll: %s", strerror(errno));
	}
}

static enum wa_err
send_all(const struct client *c, int fd, const struct wa_buf *b, int64_t deadline_ms)
{
	size_t at = 0;
	enum wa_err e;

	while (at < b->len) {
		ssize_t n = send(fd, b->data + at, b->len - at, MSG_NOSIGNAL);

		if (n > 0) {
			at += (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return no_daemon(c, strerror(errno));
		e = wait_for(c, fd, POLLOUT, deadline_ms);
		if (e != WA_OK)
			return e;
	}
	return WA_OK;
}

static size_t
head_length(const char *text, size_t n)
{
	const char *end = memmem(text, n, HEAD_END, strlen(HEAD_END));

	return end == NULL ? 0 : (size_t)(end - text) + strlen(HEAD_END);
}

/* Up to the end of the head; what comes behind it is nothing we asked for. */
static enum wa_err
receive_head(
    const struct client *c, int fd, int64_t deadline_ms, char *buffer, size_t size, size_t *ret)
{
	size_t len = 0;
	enum wa_err e;

	while (len < size) {
		ssize_t n = recv(fd, buffer + len, size - len, 0);

		if (n == 0)
			return no_daemon(c, "it hung up without an answer");
		if (n > 0) {
			len += (size_t)n;
			*ret = head_length(buffer, len);
			if (*ret > 0)
				return WA_OK;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return no_daemon(c, strerror(errno));
		e = wait_for(c, fd, POLLIN, deadline_ms);
		if (e != WA_OK)
			return e;
	}
	return no_daemon(c, "its answer is too long");
}

/* ---- the question ---- */

static void
add_encoded(struct wa_buf *b, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._";
	static const char hex[] = "0123456789ABCDEF";

	for (; *s != '\0'; s++) {
		unsigned char byte = (unsigned char)*s;

		if (strchr(plain, *s) != NULL) {
			wa_buf_char(b, *s);
			continue;
		}
		wa_buf_char(b, '%');
		wa_buf_char(b, hex[byte >> 4]);
		wa_buf_char(b, hex[byte & 15]);
	}
}

static void
add_field(struct wa_buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	if (b->len > 0)
		wa_buf_char(b, '&');
	wa_buf_str(b, name);
	wa_buf_char(b, '=');
	add_encoded(b, value);
}

static enum wa_err
write_question(const char *operation, const struct client_field *fields, size_t n,
    const char *nonce, struct wa_buf *out)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf body = WA_BUF_INIT(WA_BODY_MAX);

	add_field(&body, LOGIN_WIRE_NONCE, nonce);
	for (size_t i = 0; i < n; i++)
		add_field(&body, fields[i].name, fields[i].value);
	if (wa_buf_check(&body) != WA_OK)
		return wa_fault(WA_ERR_NOMEM, "question to sessiond");

	wa_buf_printf(out,
	    "POST " LOGIN_WIRE_BASE "%s HTTP/1.1\r\nHost: localhost\r\n"
	    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n"
	    "Connection: close\r\n\r\n",
	    operation, body.len);
	wa_buf_add(out, body.data, body.len);
	return wa_buf_check(out);
}

/* ---- the answer ---- */

struct head {
	const char *outcome;
	const char *nonce;
	const char *detail;
	struct client_answer answer;
	bool strange;
};

static void
take_header(const struct client *c, const char *line, size_t n, struct head *ret)
{
	struct {
		const char *name;
		const char **value;
	} ours[] = {
	    {LOGIN_WIRE_OUTCOME, &ret->outcome},
	    {LOGIN_WIRE_ECHO, &ret->nonce},
	    {LOGIN_WIRE_DETAIL, &ret->detail},
	    {LOGIN_WIRE_USER_ID, &ret->answer.user_id},
	    {LOGIN_WIRE_PROOF, &ret->answer.proof},
	    {LOGIN_WIRE_PROOF_ID, &ret->answer.proof_id},
	    {LOGIN_WIRE_BAN_END, &ret->answer.ban_end},
	    {LOGIN_WIRE_BAN_TEXT, &ret->answer.ban_reason},
	    {LOGIN_WIRE_TICKET_IS, &ret->answer.ticket},
	    {LOGIN_WIRE_ID_IS, &ret->answer.session_id},
	    {LOGIN_WIRE_TOKEN_IS, &ret->answer.session_token},
	};
	const char *colon = memchr(line, ':', n);
	size_t name_len = colon == NULL ? 0 : (size_t)(colon - line);

	ret->strange = ret->strange || name_len == 0 || memchr(line, '\0', n) != NULL ||
	    memchr(line, '\r', n) != NULL || memchr(line, '\n', n) != NULL;
	for (size_t i = 0; i < WA_ARRAY_LEN(ours) && !ret->strange; i++) {
		const char *value = colon + 1;
		size_t value_len = n - name_len - 1;

		if (!wa_text_equal_nocase(line, name_len, ours[i].name))
			continue;
		while (value_len > 0 && *value == ' ') {
			value++;
			value_len--;
		}
		ret->strange = *ours[i].value != NULL; /* twice: which one is meant? */
		*ours[i].value = wa_arena_strndup(c->arena, value, value_len);
		ret->strange = ret->strange || *ours[i].value == NULL;
	}
}

/* n bytes that end in an empty line, behind the status line. */
static struct head
read_headers(const struct client *c, const char *text, size_t n)
{
	struct head head = {0};
	const char *end = text + n - 2;

	while (text < end && !head.strange) {
		const char *eol = memmem(text, (size_t)(end - text), "\r\n", 2);

		if (eol == NULL)
			break;
		take_header(c, text, (size_t)(eol - text), &head);
		text = eol + 2;
	}
	return head;
}

static enum wa_err
disbelieve(const struct client *c)
{
	return wa_fault(WA_ERR_DAEMON,
	    "%s: what answers there is no sessiond of this version, or lies", c->path);
}

static enum wa_err
refused_by_status(const struct client *c, const char *text, size_t n)
{
	static const char version[] = "HTTP/1.1 ";
	size_t at = strlen(version);

	if (n < at + 4 || memcmp(text, version, at) != 0)
		return disbelieve(c);
	if (memcmp(text + at, "429 ", 4) == 0)
		return wa_refuse(WA_ERR_THROTTLED, "sessiond is asked too often by this user");
	if (memcmp(text + at, "503 ", 4) == 0)
		return wa_fault(WA_ERR_DAEMON, "%s: sessiond has too much to do", c->path);
	return disbelieve(c);
}

static enum wa_err
read_answer(const struct client *c, const char *text, size_t n, const char *nonce,
    struct client_answer *ret)
{
	static const char good[] = "HTTP/1.1 200 ";
	const char *eol = memmem(text, n, "\r\n", 2);
	struct head head;
	enum wa_err e;

	if (n < strlen(good) || memcmp(text, good, strlen(good)) != 0)
		return refused_by_status(c, text, n);
	head = read_headers(c, eol + 2, n - (size_t)(eol + 2 - text));
	if (head.strange || head.outcome == NULL || head.nonce == NULL ||
	    strcmp(head.nonce, nonce) != 0 || !wa_err_find(head.outcome, strlen(head.outcome), &e))
		return disbelieve(c);

	*ret = head.answer;
	if (head.detail == NULL && wa_err_class(e) == WA_CLASS_FAULT)
		return wa_fault(e, "sessiond's log tells more");
	if (head.detail == NULL)
		return e;
	return wa_err_class(e) == WA_CLASS_FAULT ? wa_fault(e, "sessiond: %s", head.detail)
						 : wa_refuse(e, "%s", head.detail);
}

static enum wa_err
exchange(const struct client *c, const struct wa_buf *question, const char *nonce,
    struct client_answer *ret)
{
	int64_t deadline_ms = wa_clock_steady_ms() + c->timeout_ms;
	WA_CLEANUP(close_fd) int fd = -1;
	char *head = wa_arena_alloc(c->arena, LOGIN_WIRE_ANSWER_MAX);
	size_t n = 0;
	enum wa_err e;

	if (head == NULL)
		return wa_fault(WA_ERR_NOMEM, "answer of sessiond");
	e = open_connection(c, &fd);
	if (e == WA_OK)
		e = send_all(c, fd, question, deadline_ms);
	if (e == WA_OK)
		e = receive_head(c, fd, deadline_ms, head, LOGIN_WIRE_ANSWER_MAX, &n);
	return e == WA_OK ? read_answer(c, head, n, nonce, ret) : e;
}

enum wa_err
client_ask(const struct client *c, const char *operation, const struct client_field *fields,
    size_t n, struct client_answer *ret)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf question = WA_BUF_INIT(REQUEST_MAX);
	uint8_t bytes[LOGIN_WIRE_NONCE_LEN / 2];
	char nonce[LOGIN_WIRE_NONCE_LEN + 1];
	struct client_answer answer = {0};
	enum wa_err e;

	wa_random_bytes(bytes, sizeof(bytes));
	wa_hex_encode(bytes, sizeof(bytes), nonce);

	e = check_socket(c);
	if (e == WA_OK)
		e = write_question(operation, fields, n, nonce, &question);
	if (e != WA_OK)
		return e;

	e = exchange(c, &question, nonce, &answer);
	if (e == WA_OK && answer.user_id == NULL)
		return disbelieve(c); /* nobody's login cannot be good */
	*ret = answer;
	return e;
}
