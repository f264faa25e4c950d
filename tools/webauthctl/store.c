/* webauthctl store: the database file itself. */
#include "lib/store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/store/migrate.h"
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
    {"backup", "BACKUP", true},
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
	output_text(&o, store_backup(c->cx.store));
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

/* ---- migrating ---- */

static const struct output_field step_fields[] = {{"step", "STEP", false}, {"what", "WHAT", false}};

static void
put_step(struct output *o, const char *step, const char *what)
{
	output_text(o, step);
	output_text(o, what);
	output_row(o);
}

/* In the order in which they would be done. */
static enum ctl_exit
put_steps(struct ctl *c, const struct store_plan *p, const char *backup)
{
	struct output o;
	const char *copied =
	    wa_arena_printf(c->arena, "the store is copied, to a name such as %s", backup);
	const char *ours = wa_arena_printf(
	    c->arena, "the tables webauth_… are brought from version %d to %d", p->from, p->to);

	if (copied == NULL || ours == NULL)
		return message_fail(WA_ERR_NOMEM, "store");
	output_list(&o, c->format, "steps", step_fields, WA_ARRAY_LEN(step_fields));
	if (store_plan_changes(p) && !p->empty)
		put_step(&o, "backup", copied);
	if (p->makes_core)
		put_step(&o, "tables", "user, session, account and verification are made");
	if (p->from < p->to)
		put_step(&o, "schema", ours);
	if (p->makes_jwks)
		put_step(&o, "jwks", "the table jwks is made");
	if (p->frees_issuer)
		put_step(&o, "issuer",
		    "the app's table account is altered: issuer is no longer required");
	if (p->moves_bans)
		put_step(&o, "bans", "bans move from webauth_ban to the columns of user");
	return output_end(&o) ? CTL_OK : CTL_FAILED;
}

static void
free_text(char **p)
{
	free(*p);
}

static enum ctl_exit
say_plan(struct ctl *c)
{
	struct store_options o = {.uri = c->settings->store, .busy_ms = BUSY_MS};
	WA_CLEANUP(free_text) char *backup = NULL;
	struct store_plan p;
	enum wa_err e;

	e = store_plan(&o, &p);
	if (e == WA_OK)
		e = store_backup_name(store_path(c), p.from, c->cx.now_ms, &backup);
	if (e != WA_OK)
		return message_fail(e, "store");
	message_say(store_plan_changes(&p)
		? "nothing was changed; the same without --dry-run does what is listed"
		: "there is nothing to migrate");
	return put_steps(c, &p, backup);
}

enum ctl_exit
store_verb_migrate(struct ctl *c)
{
	enum ctl_exit x;

	if (options_get(c, "dry-run") != NULL)
		return say_plan(c);
	x = open_store(c, STORE_MIGRATE);
	if (x != CTL_OK)
		return x;
	if (store_backup(c->cx.store) != NULL)
		message_say("the store as it was is in %s; see webauthctl(1), GOING BACK",
		    store_backup(c->cx.store));
	return put_store(c);
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
