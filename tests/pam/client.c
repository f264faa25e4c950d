/* A sessiond that is absent, slow, broken or a liar: in bounded time, and never a success. */
#include "tests/pam/fixture.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/compiler.h"
#include "lib/core/login_wire.h"
#include "tests/pam/daemon.h"

#define GOOD   "HTTP/1.1 200 OK\r\n"
#define NONCE  "\1" /* stands for the nonce of the question */
#define OK     "pam-outcome: OK\r\n"
#define ECHOED "pam-nonce: " NONCE "\r\n"
#define ID     "pam-user-id: abc\r\n"
#define EMPTY  "Content-Length: 0\r\n"

/* What the fake does with a connection. */
enum manner {
	READS_THEN_SAYS,
	SAYS_AT_ONCE,
	SAYS_NOTHING, /* and keeps the connection */
	NEVER_ACCEPTS,
	SAYS_BYTE_BY_BYTE, /* each just before patience would end, were it counted anew */
	HANGS_UP,
};

struct fake {
	enum manner manner;
	const char *says;
};

/* ---- the fake ---- */

static size_t
read_question(int fd, char *text, size_t size)
{
	size_t len = 0;

	while (len < size - 1) {
		ssize_t n = recv(fd, text + len, size - 1 - len, 0);
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (n <= 0)
			break;
		len += (size_t)n;
		text[len] = '\0';
		/* The whole of it came at once, or its end would be a password cut off. */
		if (strstr(text, "\r\n\r\n") != NULL && poll(&p, 1, 20) == 0)
			break;
	}
	text[len] = '\0';
	return len;
}

static void
say(int fd, const char *says, const char *question, bool slowly)
{
	static const char name[] = LOGIN_WIRE_NONCE "=";
	const char *nonce = strstr(question, name);
	char text[16384];
	size_t n = 0;

	for (const char *p = says; *p != '\0'; p++) {
		if (*p != NONCE[0]) {
			text[n++] = *p;
			continue;
		}
		for (size_t i = 0; nonce != NULL && i < LOGIN_WIRE_NONCE_LEN; i++)
			text[n++] = nonce[strlen(name) + i];
	}
	for (size_t i = 0; slowly && i < n; i++) {
		(void)send(fd, text + i, 1, MSG_NOSIGNAL);
		(void)poll(NULL, 0, 60);
	}
	if (!slowly)
		(void)send(fd, text, n, MSG_NOSIGNAL);
}

static void
serve(int listener, const struct fake *fake)
{
	char question[70000] = "";
	int fd;

	if (fake->manner == NEVER_ACCEPTS)
		(void)pause();
	fd = accept(listener, NULL, NULL);
	if (fake->manner != SAYS_AT_ONCE && fake->manner != HANGS_UP)
		(void)read_question(fd, question, sizeof(question));
	if (fake->manner == SAYS_NOTHING)
		(void)pause();
	if (fake->manner != HANGS_UP)
		say(fd, fake->says, question, fake->manner == SAYS_BYTE_BY_BYTE);
	(void)close(fd);
}

static int
listen_at(struct fixture *f)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(
	    snprintf(address.sun_path, sizeof(address.sun_path), "%s/pam.sock", f->dir) > 0);
	(void)unlink(address.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* The socket listens before the fake is born: nothing to wait for. */
static pid_t
fake_start(struct fixture *f, const struct fake *fake)
{
	int listener = listen_at(f);
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			serve(listener, fake);
	}
	(void)close(listener);
	return pid;
}

static void
fake_stop(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* ---- tests ---- */

static const struct pam_case alice = {.conf = "fake", .user = "alice", .answers = {PASSWORD}};

static void
assert_unavailable(struct fixture *f, const struct pam_case *c, const char *claim)
{
	struct pam_seen seen = authenticate(f, c);

	assert_code(seen, PAM_AUTHINFO_UNAVAIL, claim);
	assert_logged(seen, "3 pam_webauth(webmail:auth): DAEMON: ");
	assert_code(account(f, c), PAM_AUTHINFO_UNAVAIL, claim);
}

static void
a_clear_answer_is_believed(void **state)
{
	static const struct {
		const char *says;
		int authenticate, account;
	} rows[] = {
	    {GOOD OK ECHOED ID EMPTY "\r\n", PAM_SUCCESS, PAM_SUCCESS},
	    {GOOD "Date: now\r\n" ID ECHOED "PAM-Outcome:OK\r\n\r\n", PAM_SUCCESS, PAM_SUCCESS},
	    {GOOD "pam-outcome: BANNED\r\n" ECHOED ID "\r\n", PAM_ACCT_EXPIRED, PAM_ACCT_EXPIRED},
	    {GOOD "pam-outcome: USER_UNKNOWN\r\n" ECHOED "\r\n", PAM_USER_UNKNOWN,
		PAM_USER_UNKNOWN},
	    {GOOD "pam-outcome: PEER_DENIED\r\n" ECHOED "\r\n", PAM_CRED_INSUFFICIENT,
		PAM_AUTHINFO_UNAVAIL},
	    {GOOD "pam-outcome: STORE_CORRUPT\r\n" ECHOED "pam-detail: sad \33[1m\r\n\r\n",
		PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL},
	    {"HTTP/1.1 429 Too Many Requests\r\n\r\n", PAM_MAXTRIES, PAM_AUTH_ERR},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(rows); i++) {
		const struct fake fake = {READS_THEN_SAYS, rows[i].says};
		pid_t pid = fake_start(*state, &fake);
		struct pam_seen seen = authenticate(*state, &alice);

		assert_code(seen, rows[i].authenticate, rows[i].says);
		assert_not_logged(seen, "\33");
		assert_code(account(*state, &alice), rows[i].account, rows[i].says);
		fake_stop(pid);
	}
}

static void
an_answer_in_pieces_is_one(void **state)
{
	const struct fake fake = {SAYS_BYTE_BY_BYTE, GOOD OK ECHOED ID "\r\n"};
	struct pam_case c = alice;
	pid_t pid = fake_start(*state, &fake);

	c.words = "daemon_timeout=30s";
	assert_code(authenticate(*state, &c), PAM_SUCCESS, "in pieces");
	fake_stop(pid);
}

static void
what_is_not_clearly_an_answer_is_none(void **state)
{
	static char endless[12000];
	const struct fake fakes[] = {
	    {HANGS_UP, NULL},
	    {READS_THEN_SAYS, ""},
	    {READS_THEN_SAYS, "\r\n\r\n"},
	    {READS_THEN_SAYS, "OK\r\n\r\n"},
	    {READS_THEN_SAYS, GOOD},
	    {READS_THEN_SAYS, GOOD "\r\n"},
	    {READS_THEN_SAYS, GOOD OK ECHOED ID},
	    {READS_THEN_SAYS, GOOD OK ECHOED ID "\r"},
	    {READS_THEN_SAYS, GOOD OK ECHOED "\r\n"}, /* nobody let in */
	    {READS_THEN_SAYS, GOOD OK ID "\r\n"},     /* no nonce */
	    {READS_THEN_SAYS, GOOD OK "pam-nonce: \r\n" ID "\r\n"},
	    {READS_THEN_SAYS, GOOD OK "pam-nonce: 00112233445566778899aabbccddeeff\r\n" ID "\r\n"},
	    {READS_THEN_SAYS, GOOD OK "pam-nonce: " NONCE "0\r\n" ID "\r\n"},
	    {READS_THEN_SAYS, GOOD OK OK ECHOED ID "\r\n"}, /* twice */
	    {READS_THEN_SAYS, GOOD OK "pam-outcome: BANNED\r\n" ECHOED ID "\r\n"},
	    {READS_THEN_SAYS, GOOD "pam-outcome: OKAY\r\n" ECHOED ID "\r\n"},
	    {READS_THEN_SAYS, GOOD "pam-outcome: ok\r\n" ECHOED ID "\r\n"},
	    {READS_THEN_SAYS, GOOD "pam-outcome:\r\n" ECHOED ID "\r\n"},
	    {READS_THEN_SAYS, GOOD "pam-outcome: O\r\n K\r\n" ECHOED ID "\r\n"},
	    {READS_THEN_SAYS, GOOD "nonsense\r\n" OK ECHOED ID "\r\n"},
	    {READS_THEN_SAYS, GOOD OK "x: y\rz: z\r\n" ECHOED ID "\r\n"},
	    {READS_THEN_SAYS, "HTTP/1.1 200OK\r\n" OK ECHOED ID "\r\n"},
	    {READS_THEN_SAYS, "HTTP/1.0 200 OK\r\n" OK ECHOED ID "\r\n"},
	    {READS_THEN_SAYS, "HTTP/1.1 404 Not Found\r\n" OK ECHOED ID "\r\n"},
	    {READS_THEN_SAYS, "HTTP/1.1 500 Oh\r\n" OK ECHOED ID "\r\n"},
	    {READS_THEN_SAYS, "HTTP/1.1 503 Busy\r\n" OK ECHOED ID "\r\n"},
	    {READS_THEN_SAYS, "SSH-2.0-OpenSSH_9.2\r\n\r\n"},
	    {READS_THEN_SAYS, endless},
	    {SAYS_AT_ONCE, GOOD OK ECHOED ID "\r\n"}, /* to any question whatever */
	    {SAYS_AT_ONCE, endless},
	};

	memset(endless, 'a', sizeof(endless) - 1);
	for (size_t i = 0; i < WA_ARRAY_LEN(fakes); i++) {
		pid_t pid = fake_start(*state, &fakes[i]);

		assert_unavailable(
		    *state, &alice, fakes[i].says != NULL ? fakes[i].says : "hangs up");
		fake_stop(pid);
	}
}

static void
nobody_is_waited_for_without_end(void **state)
{
	const struct fake fakes[] = {
	    {SAYS_NOTHING, NULL},
	    {NEVER_ACCEPTS, NULL},
	    {SAYS_BYTE_BY_BYTE, GOOD OK ECHOED ID EMPTY "\r\n"},
	};
	struct pam_case c = alice;

	c.words = "daemon_timeout=100ms";
	for (size_t i = 0; i < WA_ARRAY_LEN(fakes); i++) {
		pid_t pid = fake_start(*state, &fakes[i]);
		struct pam_seen seen = authenticate(*state, &c);

		assert_code(seen, PAM_AUTHINFO_UNAVAIL, "slow");
		assert_logged(seen, "no answer within 100 ms");
		fake_stop(pid);
	}
}

static void
a_full_backlog_is_not_waited_for(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fds[16];
	int listener = listen_at(f);
	size_t n = 0;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/pam.sock", f->dir);
	do
		fds[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	while (connect(fds[n++], (struct sockaddr *)&address, sizeof(address)) == 0 && n < 16);
	assert_unavailable(f, &alice, "full");
	while (n > 0)
		(void)close(fds[--n]);
	(void)close(listener);
}

static void
nothing_is_sent_to_a_socket_that_anybody_could_have_made(void **state)
{
	const struct fake fake = {READS_THEN_SAYS, GOOD OK ECHOED ID "\r\n"};
	struct fixture *f = *state;
	char path[256];
	pid_t pid;

	fixture_path(f, "pam.sock", path, sizeof(path));
	(void)unlink(path);
	assert_unavailable(f, &alice, "absent");
	fclose(fopen(path, "we"));
	assert_unavailable(f, &alice, "a file");
	(void)unlink(path);
	assert_int_equal(symlink("other.sock", path), 0);
	assert_unavailable(f, &alice, "a link");
	(void)unlink(path);

	pid = fake_start(f, &fake);
	assert_code(authenticate(f, &alice), PAM_SUCCESS, "as it should be");
	assert_int_equal(chmod(f->dir, 0777), 0);
	assert_unavailable(f, &alice, "a directory for everybody");
	assert_int_equal(chmod(f->dir, 0700), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_unavailable(f, &alice, "somebody's socket");
		assert_int_equal(chown(path, 0, 0), 0);
		assert_int_equal(chown(f->dir, 65534, 65534), 0);
		assert_unavailable(f, &alice, "somebody's directory");
		assert_int_equal(chown(f->dir, 0, 0), 0);
	}
	fake_stop(pid);
	assert_unavailable(f, &alice, "nobody listens");
}

/* The socket is root's and stands where it should, but it is somebody else who took it. */
static void
nothing_is_sent_to_another_users_process(void **state)
{
	const struct fake fake = {SAYS_AT_ONCE, GOOD OK ECHOED ID "\r\n"};
	struct fixture *f = *state;
	struct pam_seen seen;
	char path[256];
	pid_t pid;

	if (geteuid() != 0)
		skip();
	assert_int_equal(seteuid(65534), 0);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(f->dir, 0777), 0);
	fixture_path(f, "pam.sock", path, sizeof(path));
	(void)unlink(path);
	assert_int_equal(seteuid(65534), 0);
	pid = fake_start(f, &fake); /* the kernel keeps who called listen() */
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(chown(path, 0, 0), 0);
	assert_int_equal(chmod(f->dir, 0700), 0);
	seen = authenticate(f, &alice);
	assert_code(seen, PAM_AUTHINFO_UNAVAIL, "somebody's process");
	assert_logged(seen, "uid 65534 listens there");
	fake_stop(pid);
}

static void
no_socket_is_an_error_of_the_configuration(void **state)
{
	struct pam_case c = {.conf = "nosocket", .user = "alice", .answers = {PASSWORD}};

	fixture_conf(*state, "nosocket", "pam_socket =\n[pam]\ntransport = daemon\n");
	assert_code(authenticate(*state, &c), PAM_SERVICE_ERR, "no socket");
	fixture_conf(*state, "nosocket", "pam_socket = pam.sock\n");
	assert_code(authenticate(*state, &c), PAM_SERVICE_ERR, "no path");
	fixture_conf(*state, "nosocket", "[pam]\ntrusted_peer = 0\n");
	assert_code(authenticate(*state, &c), PAM_SUCCESS, "root and owner do not need one");
}

static int
setup(void **state)
{
	char conf[1024];

	if (fixture_setup(state) != 0)
		return -1;
	(void)snprintf(conf, sizeof(conf), "%s[pam]\ntransport = daemon\n", daemon_keys(*state));
	fixture_conf(*state, "fake", conf);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_clear_answer_is_believed),
	    cmocka_unit_test(an_answer_in_pieces_is_one),
	    cmocka_unit_test(what_is_not_clearly_an_answer_is_none),
	    cmocka_unit_test(nobody_is_waited_for_without_end),
	    cmocka_unit_test(a_full_backlog_is_not_waited_for),
	    cmocka_unit_test(nothing_is_sent_to_a_socket_that_anybody_could_have_made),
	    cmocka_unit_test(nothing_is_sent_to_another_users_process),
	    cmocka_unit_test(no_socket_is_an_error_of_the_configuration),
	};

	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
