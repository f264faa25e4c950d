/* See client.h. */
#include "tools/bench/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "lib/base/parse.h"

void
client_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): the line above does it */
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

uint64_t
client_now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * CLIENT_SECOND + (uint64_t)t.tv_nsec;
}

uint64_t
client_duration(const char *text)
{
	int64_t ms;

	if (!wa_parse_duration(text, &ms))
		client_die("%s: not a time; write 500ms, 5s or 1m", text);
	return (uint64_t)ms * 1000000;
}

uint64_t
client_number(const char *text, uint64_t max)
{
	uint64_t v;

	if (!wa_parse_uint(text, strlen(text), max, &v))
		client_die("%s: not a number up to %llu", text, (unsigned long long)max);
	return v;
}

static int
connect_unix(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(a.sun_path))
		client_die("%s: too long", path);
	memcpy(a.sun_path, path, strlen(path));
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		client_die("%s: %s", path, strerror(errno));
	return fd;
}

static int
connect_tcp(const char *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	a.sin_port = htons((uint16_t)client_number(port, UINT16_MAX));
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		client_die("port %s: %s", port, strerror(errno));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

int
client_connect(const char *address)
{
	if (strncmp(address, "unix:", 5) == 0)
		return connect_unix(address + 5);
	if (strncmp(address, "tcp:", 4) == 0)
		return connect_tcp(address + 4);
	client_die("%s: neither unix:PATH nor tcp:PORT", address);
}
