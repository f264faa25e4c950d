/*
 * What a server costs that does nothing: an epoll loop that answers whatever it reads with the same
 * bytes, one answer per read. No request is parsed, so a client may send one at a time only. The
 * limit of the machine for a server of one thread, and a constant answer for nginx.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/parse.h"

#define EVENTS_MAX 256
#define ANSWER_MAX 4096

static void
fail(const char *what)
{
	(void)fprintf(stderr, "echo: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static int
listen_unix(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) < sizeof(a.sun_path))
		memcpy(a.sun_path, path, strlen(path));
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 1024) < 0)
		fail(path);
	return fd;
}

static int
listen_tcp(const char *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;
	uint64_t number = 0;

	(void)wa_parse_uint(port, strlen(port), UINT16_MAX, &number);
	a.sin_port = htons((uint16_t)number);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 1024) < 0)
		fail(port);
	return fd;
}

static void
take(int epoll, int listener)
{
	int on = 1;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};

	if (fd < 0)
		return;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		fail("epoll_ctl");
}

static void
serve(int listener, const char *answer, size_t len)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event events[EVENTS_MAX], ev = {.events = EPOLLIN, .data.fd = listener};

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &ev) < 0)
		fail("epoll");
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS_MAX, -1);

		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;
			char in[16384];

			if (fd == listener)
				take(epoll, listener);
			else if (recv(fd, in, sizeof(in), 0) <= 0 ||
			    send(fd, answer, len, MSG_NOSIGNAL) < 0)
				(void)close(fd);
		}
	}
}

int
main(int argc, char **argv)
{
	static char answer[ANSWER_MAX];
	FILE *f;
	size_t len;
	int listener;

	if (argc != 3) {
		(void)fputs("usage: echo unix:PATH|tcp:PORT ANSWER-FILE\n", stderr);
		return 2;
	}
	f = fopen(argv[2], "re");
	if (f == NULL)
		fail(argv[2]);
	len = fread(answer, 1, sizeof(answer), f);
	(void)fclose(f);
	listener = strncmp(argv[1], "unix:", 5) == 0
	    ? listen_unix(argv[1] + 5)
	    : listen_tcp(argv[1] + strcspn(argv[1], ":") + 1);
	(void)puts("ready");
	(void)fflush(stdout);
	serve(listener, answer, len);
}
