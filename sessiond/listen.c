/* Unix and loopback TCP listeners. */
#include "sessiond/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/parse.h"

#define BACKLOG		1024
#define PAM_MODE	0666 /* who asks is told by the kernel */
#define LISTEN_FD_FIRST 3    /* sd_listen_fds(3) */

union address {
	struct sockaddr any;
	struct sockaddr_un un;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static enum wa_err
unix_address(const char *name, const char *path, union address *ret, socklen_t *ret_len)
{
	size_t len = strlen(path);

	if (path[0] != '/')
		return wa_fault(
		    WA_ERR_CONFIG, "listen = %s: the path must be absolute (unix:/run/…)", name);
	if (len >= sizeof(ret->un.sun_path))
		return wa_fault(WA_ERR_CONFIG,
		    "listen = %s: the path has %zu bytes, a socket's may have %zu; choose a "
		    "shorter one",
		    name, len, sizeof(ret->un.sun_path) - 1);
	ret->un = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(ret->un.sun_path, path, len + 1);
	*ret_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	return WA_OK;
}

static enum wa_err
tcp_address(const char *name, const char *text, union address *ret, socklen_t *ret_len)
{
	const char *colon = strrchr(text, ':');
	char host[64];
	uint64_t port;
	size_t n;

	if (colon == NULL || !wa_parse_uint(colon + 1, strlen(colon + 1), 65535, &port) ||
	    port == 0)
		return wa_fault(WA_ERR_CONFIG, "listen = %s: expected tcp:127.0.0.1:PORT", name);
	if (text[0] == '[' && colon > text + 1 && colon[-1] == ']') {
		text++;
		n = (size_t)(colon - text) - 1;
	} else {
		n = (size_t)(colon - text);
	}
	if (n >= sizeof(host))
		n = 0;
	memcpy(host, text, n);
	host[n] = '\0';
	if (strcmp(host, "localhost") == 0)
		memcpy(host, "127.0.0.1", sizeof("127.0.0.1"));
	ret->in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	if (inet_pton(AF_INET, host, &ret->in.sin_addr) == 1 &&
	    ntohl(ret->in.sin_addr.s_addr) >> 24 == 127) {
		*ret_len = sizeof(ret->in);
		return WA_OK;
	}
	ret->in6 =
	    (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	if (inet_pton(AF_INET6, host, &ret->in6.sin6_addr) == 1 &&
	    IN6_IS_ADDR_LOOPBACK(&ret->in6.sin6_addr)) {
		*ret_len = sizeof(ret->in6);
		return WA_OK;
	}
	return wa_fault(WA_ERR_CONFIG,
	    "listen = %s: only loopback addresses (127.0.0.1, [::1]); for other hosts put a web "
	    "server in "
	    "front",
	    name);
}

static enum wa_err
address_parse(const char *name, union address *ret, socklen_t *ret_len)
{
	if (strncmp(name, "unix:", 5) == 0)
		return unix_address(name, name + 5, ret, ret_len);
	if (strncmp(name, "tcp:", 4) == 0)
		return tcp_address(name, name + 4, ret, ret_len);
	return wa_fault(
	    WA_ERR_CONFIG, "listen = %s: expected unix:PATH or tcp:127.0.0.1:PORT", name);
}

enum wa_err
listeners_check(const struct wa_settings *s)
{
	for (size_t i = 0; i < s->listen.n; i++) {
		union address address;
		socklen_t len;
		enum wa_err e = address_parse(s->listen.v[i], &address, &len);

		if (e != WA_OK)
			return e;
	}
	if (s->socket_group[0] != '\0' && getgrnam(s->socket_group) == NULL)
		return wa_fault(WA_ERR_CONFIG, "socket_group = %s: no such group", s->socket_group);
	return WA_OK;
}

/* Does anybody answer at the path? Then it is in use; else what is there is a leftover. */
static bool
is_answered(const union address *address, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool answered;

	if (fd < 0)
		return true;
	answered = connect(fd, &address->any, len) == 0 || errno == EAGAIN;
	(void)close(fd);
	return answered;
}

static enum wa_err
remove_leftover(const char *name, const union address *address, socklen_t len)
{
	const char *path = address->un.sun_path;
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT
		    ? WA_OK
		    : wa_fault(WA_ERR_SYSTEM, "listen = %s: %s", name, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return wa_fault(WA_ERR_SYSTEM,
		    "listen = %s: something that is no socket stands there; move it away", name);
	if (is_answered(address, len))
		return wa_fault(WA_ERR_SYSTEM,
		    "listen = %s: in use by another process; stop it first (ss -xlp shows which)",
		    name);
	if (unlink(path) < 0)
		return wa_fault(
		    WA_ERR_SYSTEM, "listen = %s: remove the old socket: %s", name, strerror(errno));
	return WA_OK;
}

static enum wa_err
set_group(const struct wa_settings *s, const char *path)
{
	const struct group *group;

	if (s->socket_group[0] == '\0')
		return WA_OK;
	group = getgrnam(s->socket_group);
	if (group == NULL)
		return wa_fault(WA_ERR_CONFIG, "socket_group = %s: no such group", s->socket_group);
	if (lchown(path, (uid_t)-1, group->gr_gid) < 0)
		return wa_fault(WA_ERR_SYSTEM, "%s: give it to group %s: %s", path, s->socket_group,
		    strerror(errno));
	return WA_OK;
}

static const char *
bind_hint(int error, bool tcp)
{
	switch (error) {
	case EADDRINUSE: return tcp ? "; another process has the port (ss -tlnp shows which)" : "";
	case ENOENT:
		return "; its directory does not exist: make it, or let systemd-tmpfiles do so";
	case EACCES: return "; this user may not write to its directory";
	default: return "";
	}
}

static enum wa_err
bind_listen(const struct wa_settings *s, const struct listener *l, const union address *address,
    socklen_t len)
{
	bool tcp = address->any.sa_family != AF_UNIX;
	mode_t mode = l->kind == LISTENER_PAM ? PAM_MODE : (mode_t)s->socket_mode;
	const char *name = l->name;
	const int one = 1;
	int fd = l->fd;

	/* The mode goes onto the socket before it has a name, so that it never has a wider one. */
	if (tcp ? setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0
		: fchmod(fd, mode) < 0)
		return wa_fault(WA_ERR_SYSTEM, "listen = %s: %s", name, strerror(errno));
	if (bind(fd, &address->any, len) < 0) {
		int error = errno;

		return wa_fault(WA_ERR_SYSTEM, "listen = %s: %s%s", name, strerror(error),
		    bind_hint(error, tcp));
	}
	if (!tcp) {
		enum wa_err e =
		    l->kind == LISTENER_PAM ? WA_OK : set_group(s, address->un.sun_path);

		if (e != WA_OK)
			return e;
		/* bind took the umask off the mode. */
		if (chmod(address->un.sun_path, mode) < 0)
			return wa_fault(WA_ERR_SYSTEM, "listen = %s: %s", name, strerror(errno));
	}
	if (listen(fd, BACKLOG) < 0)
		return wa_fault(WA_ERR_SYSTEM, "listen = %s: %s", name, strerror(errno));
	return WA_OK;
}

static enum wa_err
listener_open(
    const struct wa_settings *s, enum listener_kind kind, const char *name, struct listener *ret)
{
	union address address = {.any.sa_family = AF_UNSPEC};
	socklen_t len = 0;
	enum wa_err e;

	*ret = (struct listener){.fd = -1, .kind = kind, .name = name};
	e = address_parse(name, &address, &len);
	if (e != WA_OK)
		return e;
	if (address.any.sa_family == AF_UNIX) {
		e = remove_leftover(name, &address, len);
		if (e != WA_OK)
			return e;
	}
	ret->fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ret->fd < 0)
		return wa_fault(WA_ERR_SYSTEM, "listen = %s: %s", name, strerror(errno));
	e = bind_listen(s, ret, &address, len);
	if (e == WA_OK && address.any.sa_family == AF_UNIX)
		ret->unlink_path = name + 5;
	return e;
}

/* How many descriptors systemd passes to this very process. */
static size_t
activated(void)
{
	const char *pid = secure_getenv("LISTEN_PID");
	const char *fds = secure_getenv("LISTEN_FDS");
	uint64_t value, n;

	if (pid == NULL || fds == NULL || !wa_parse_uint(pid, strlen(pid), INT32_MAX, &value) ||
	    (pid_t)value != getpid() || !wa_parse_uint(fds, strlen(fds), 64, &n))
		return 0;
	return (size_t)n;
}

/* systemd does not say what a socket is for; its path does. */
static enum listener_kind
kind_of(int fd, const char *pam_path)
{
	union address address = {.any.sa_family = AF_UNSPEC};
	socklen_t len = sizeof(address) - 1; /* room for a NUL */

	if (pam_path != NULL && getsockname(fd, &address.any, &len) == 0 &&
	    address.any.sa_family == AF_UNIX && strcmp(address.un.sun_path, pam_path) == 0)
		return LISTENER_PAM;
	return LISTENER_API;
}

static enum wa_err
take_over(struct listeners *l, size_t n, const char *pam_path)
{
	for (size_t i = 0; i < n; i++) {
		int fd = LISTEN_FD_FIRST + (int)i;
		int flags = fcntl(fd, F_GETFL);

		if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
		    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
			return wa_fault(
			    WA_ERR_SYSTEM, "socket %zu from systemd: %s", i, strerror(errno));
		l->v[l->n++] =
		    (struct listener){.fd = fd, .kind = kind_of(fd, pam_path), .name = "systemd"};
	}
	return WA_OK;
}

static enum wa_err
pam_open(const struct wa_settings *s, const char *path, struct listener *ret)
{
	const char *name = wa_arena_printf(s->arena, "unix:%s", path);

	*ret = (struct listener){.fd = -1};
	return name != NULL ? listener_open(s, LISTENER_PAM, name, ret)
			    : wa_fault(WA_ERR_NOMEM, "listeners");
}

enum wa_err
listeners_open(const struct wa_settings *s, struct listeners *ret)
{
	size_t n = activated(), wanted = n > 0 ? n : s->listen.n;
	struct listeners l = {.v = calloc(wanted + 1, sizeof(*l.v))};
	const char *pam_path = wa_settings_pam_socket(s);
	enum wa_err e = WA_OK;

	if (l.v == NULL)
		return wa_fault(WA_ERR_NOMEM, "listeners");
	if (n > 0)
		e = take_over(&l, n, pam_path);
	else if (s->listen.n == 0)
		e = wa_fault(WA_ERR_CONFIG, "nothing to listen on: set listen = unix:PATH");
	for (size_t i = 0; n == 0 && e == WA_OK && i < s->listen.n; i++)
		e = listener_open(s, LISTENER_API, s->listen.v[i], &l.v[l.n++]);
	if (n == 0 && e == WA_OK && pam_path != NULL)
		e = pam_open(s, pam_path, &l.v[l.n++]);
	if (e != WA_OK) {
		listeners_close(&l);
		return e;
	}
	*ret = l;
	return WA_OK;
}

void
listeners_close(struct listeners *l)
{
	for (size_t i = 0; i < l->n; i++) {
		/* The name first: once nobody listens, a successor takes it for a leftover and puts
		 * its own socket there. */
		if (l->v[i].unlink_path != NULL)
			(void)unlink(l->v[i].unlink_path);
		if (l->v[i].fd >= 0)
			(void)close(l->v[i].fd);
	}
	free(l->v);
	*l = (struct listeners){0};
}
