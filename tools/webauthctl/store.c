/* webauthctl store: the database file itself. */
#include "lib/store/store.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store/verify.h"
#include "tools/webauthctl/problem.h"

#define PROBLEMS_MAX 100
#define BUSY_MS	     5000

static const struct output_field fields[] = {
    {"path", "PATH", false},
    {"schemaVersion", "SCHEMA VERSION", false},
    {"madeBy", "MADE BY", false},
    {"adminColumns", "ADMIN COLUMNS", false},
    {"usernameColumns", "USER NAME COLUMNS", false},
};

/* wa_settings_load has seen to it that there is a scheme. */
static const char *
store_path(const struct ctl *c)
{
	return strchr(c->settings->store, ':') + 1;
}

static enum ctl_exit
put_store(const struct ctl *c)
{
	const struct store_shape *shape = store_shape(c->cx.store);
	struct output o;

	output_record(&o, c->format, "store", fields, WA_ARRAY_LEN(fields));
	output_text(&o, store_path(c));
	output_int(&o, store_schema_version(c->cx.store));
	output_text(&o, shape->origin == STORE_ORIGIN_NODE ? "better-auth" : "webauth");
	output_bool(&o, shape->has_admin);
	output_bool(&o, shape->has_username);
	output_row(&o);
	return output_end(&o) ? CTL_OK : CTL_FAILED;
}

static enum ctl_exit
say_no_directory(struct ctl *c, const char *path)
{
	const char *slash = strrchr(path, '/');
	int len = slash == NULL || slash == path ? 1 : (int)(slash - path);
	const char *dir = slash == NULL ? "." : path;
	struct stat st;
	char *name = wa_arena_strndup(c->arena, dir, (size_t)len);

	if (name == NULL || stat(name, &st) == 0)
		return CTL_OK;
	message_say("%s: its directory: %s; run: install -d -o webauth -g webauth -m 0700 %s", path,
	    strerror(errno), name);
	return CTL_FAILED;
}

enum ctl_exit
store_verb_create(struct ctl *c)
{
	const char *path = store_path(c);
	struct stat st;
	enum ctl_exit x;

	if (lstat(path, &st) == 0) {
		message_say("%s: exists already; see: webauthctl store check", path);
		return CTL_CONFLICT;
	}
	x = say_no_directory(c, path);
	if (x == CTL_OK)
		x = open_store(c, STORE_CREATE);
	return x == CTL_OK ? put_store(c) : x;
}

/* Opening for creation migrates, but a store that is not there is not what was meant. */
enum ctl_exit
store_verb_migrate(struct ctl *c)
{
	const char *path = store_path(c);
	enum ctl_exit x;

	if (access(path, F_OK) != 0)
		return message_fail(
		    wa_fault(errno == EACCES ? WA_ERR_STORE_DENIED : WA_ERR_STORE_MISSING, "%s: %s",
			path, strerror(errno)),
		    "store");
	x = open_store(c, STORE_CREATE);
	return x == CTL_OK ? put_store(c) : x;
}

static bool
add_finding(void *arg, const char *finding)
{
	problem_add(arg, "store", "%s", finding);
	return true;
}

/* The store is read by root and written by the daemon: both need what stands beside it to be
 * theirs. */
static void
check_permissions(struct problem_list *p, const char *path)
{
	struct stat st, dir;
	char *slash, parent[4096] = ".";

	if (lstat(path, &st) != 0)
		return;
	if (strlen(path) < sizeof(parent) && strchr(path, '/') != NULL) {
		memcpy(parent, path, strlen(path) + 1);
		slash = strrchr(parent, '/');
		slash[slash == parent] = '\0';
	}
	if ((st.st_mode & S_IRWXO) != 0)
		problem_add(p, "store",
		    "%s: mode %04o lets everybody read password hashes; run: chmod o= %s", path,
		    (unsigned)(st.st_mode & 07777), path);
	if (stat(parent, &dir) == 0 && dir.st_uid != st.st_uid)
		problem_add(p, "store",
		    "%s: belongs to uid %ju, its directory to uid %ju; run: chown --reference=%s "
		    "%s",
		    path, (uintmax_t)st.st_uid, (uintmax_t)dir.st_uid, parent, path);
}

void
problem_check_store(struct problem_list *p, struct ctl *c, bool deep)
{
	struct store_options o = {
	    .uri = c->settings->store, .mode = STORE_READ, .busy_ms = BUSY_MS};
	enum wa_err e;

	check_permissions(p, store_path(c));
	e = store_open(&o, &c->cx.store);
	if (e == WA_OK && deep)
		e = store_verify(c->cx.store, PROBLEMS_MAX, add_finding, p);
	if (e == WA_ERR_STORE_MISSING)
		problem_add(p, "store", "%s; run: webauthctl store create", wa_err_detail(e));
	else if (e != WA_OK)
		problem_add_err(p, "store", e);
}

enum ctl_exit
store_verb_check(struct ctl *c)
{
	struct problem_list p;

	problem_begin(&p, c);
	problem_check_store(&p, c, true);
	return problem_end(&p);
}
