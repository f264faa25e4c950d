/* webauthctl config: is what daemon, module and tools will read in order? */
#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "lib/base/parse.h"
#include "lib/core/password_policy.h"
#include "tools/webauthctl/problem.h"

#define SETTINGS_MAX (1024UL * 1024)
#define GROUP_BYTES  65536

static const char scheme_unix[] = "unix:";
static const char scheme_tcp[] = "tcp:";

/* A directory right under /run comes and goes with the service: systemd's RuntimeDirectory. */
static bool
is_runtime_directory(const char *dir)
{
	return strncmp(dir, "/run/", 5) == 0 && strchr(dir + 5, '/') == NULL;
}

static void
check_unix(struct problem_list *p, struct ctl *c, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dir;
	struct stat st;

	if (path[0] != '/') {
		problem_add(p, "listen", "unix:%s: the path must begin with /", path);
		return;
	}
	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
		problem_add(p, "listen", "unix:%s: a socket's path has at most %zu bytes", path,
		    sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1);
		return;
	}
	dir = slash == path ? "/" : wa_arena_strndup(c->arena, path, (size_t)(slash - path));
	if (dir == NULL)
		problem_add(p, "listen", "not enough memory");
	else if (stat(dir, &st) != 0 && !is_runtime_directory(dir))
		problem_add(
		    p, "listen", "%s: no such directory; run: install -d -o webauth %s", dir, dir);
	else if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		problem_add(p, "listen", "%s: is there already and is no socket", path);
}

static bool
is_loopback(const char *host)
{
	struct in6_addr six;
	struct in_addr four;

	if (strcmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

/* HTTP without TLS, so only for a proxy on this host. */
static void
check_tcp(struct problem_list *p, struct ctl *c, const char *address)
{
	const char *colon = strrchr(address, ':');
	bool bracket =
	    address[0] == '[' && colon != NULL && colon > address + 1 && colon[-1] == ']';
	const char *host;
	uint64_t port;

	if (colon == NULL || !wa_parse_uint(colon + 1, strlen(colon + 1), 65535, &port) ||
	    port == 0) {
		problem_add(p, "listen", "tcp:%s: expected tcp:127.0.0.1:PORT", address);
		return;
	}
	host = wa_arena_strndup(
	    c->arena, address + bracket, (size_t)(colon - address) - 2 * (size_t)bracket);
	if (host == NULL || !is_loopback(host))
		problem_add(p, "listen", "tcp:%s: only loopback addresses are served", address);
}

/* A name service that cannot answer is no finding: the daemon will say so. */
static bool
group_exists(struct ctl *c, const char *name)
{
	char *bytes = wa_arena_alloc(c->arena, GROUP_BYTES);
	struct group entry, *found = NULL;

	return bytes == NULL || getgrnam_r(name, &entry, bytes, GROUP_BYTES, &found) != 0 ||
	    found != NULL;
}

static void
check_listen(struct problem_list *p, struct ctl *c)
{
	const struct wa_strings *l = &c->settings->listen;

	for (size_t i = 0; i < l->n; i++) {
		if (strncmp(l->v[i], scheme_unix, strlen(scheme_unix)) == 0)
			check_unix(p, c, l->v[i] + strlen(scheme_unix));
		else if (strncmp(l->v[i], scheme_tcp, strlen(scheme_tcp)) == 0)
			check_tcp(p, c, l->v[i] + strlen(scheme_tcp));
		else
			problem_add(
			    p, "listen", "%s: expected unix:PATH or tcp:127.0.0.1:PORT", l->v[i]);
	}
	if (*c->settings->socket_group != '\0' && !group_exists(c, c->settings->socket_group))
		problem_add(p, "listen",
		    "socket_group = %s: no such group; run: groupadd --system %s",
		    c->settings->socket_group, c->settings->socket_group);
}

enum ctl_exit
config_check(struct ctl *c)
{
	struct wa_config_source src = {
	    .file = c->file, .overrides = c->sets, .n_overrides = c->n_sets, .strict_owner = true};
	struct problem_list p;
	enum wa_err e;

	problem_begin(&p, c);
	e = wa_settings_load(&src, &c->settings);
	if (e != WA_OK) {
		problem_add_err(&p, "configuration", e);
		return problem_end(&p);
	}
	c->cx.settings = c->settings;
	e = wa_keyring_load(c->settings, &c->keyring);
	if (e != WA_OK)
		problem_add_err(&p, "secret", e);
	e = wa_password_policy_check_lists(c->settings);
	if (e != WA_OK)
		problem_add_err(&p, "password_blocklist", e);
	problem_check_store(&p, c, false);
	check_listen(&p, c);
	return problem_end(&p);
}

enum ctl_exit
config_show(struct ctl *c)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(SETTINGS_MAX);

	if (c->format != OUTPUT_TABLE)
		return message_usage(c, "config show has one format, that of the file");
	wa_settings_print(c->settings, &b);
	if (wa_buf_check(&b) != WA_OK)
		return message_fail(WA_ERR_NOMEM, "config show");
	return output_plain(b.data, b.len) ? CTL_OK : CTL_FAILED;
}
