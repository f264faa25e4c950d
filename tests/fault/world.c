#include "tests/fault/world.h"

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/limits.h"
#include "lib/core/app_password.h"
#include "lib/core/credential.h"
#include "lib/core/session.h"
#include "lib/core/user.h"
#include "lib/store/driver.h"
#include "lib/store/link.h"
#include "lib/store/verification.h"

#define CALLS_MAX 100000 /* a trial that makes more never ends */

static void
must(enum wa_err e, const char *what)
{
	if (e != WA_OK)
		errx(1, "%s: %s: %s", what, wa_err_name(e), wa_err_detail(e));
}

#define MUST(call) must((call), #call)

static void
write_file(const char *path, const char *bytes, size_t n, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n || fchmod(fd, mode) != 0 || close(fd) != 0)
		err(1, "%s", path);
}

static void
open_store(struct world *w, enum store_mode mode)
{
	struct store_options o = {.uri = w->uri, .mode = mode};

	MUST(store_open(&o, &w->cx.store));
}

static void
add_ada(struct world *w)
{
	struct wa_new_user ada = {.name = "Ada",
	    .email = "ada@example.com",
	    .password = WORLD_PASSWORD,
	    .username = "ada",
	    .email_verified = true};
	const char *const services[] = {"dovecot"};
	struct wa_new_app_password phone = {.name = "phone", .services = services, .n_services = 1};
	struct app_password_row row;
	struct session s;
	struct user u;
	struct link link = {.account = "ada", .created_ms = WORLD_NOW};
	struct verification reset = {.id = "reset",
	    .identifier = "reset-password:" WORLD_RESET_TOKEN,
	    .expires_ms = WORLD_NOW + WORLD_DAY,
	    .created_ms = WORLD_NOW,
	    .updated_ms = WORLD_NOW};

	MUST(wa_user_create(&w->cx, &ada, true, &u, &s));
	(void)snprintf(w->token, sizeof(w->token), "%s", s.token);
	reset.value = u.id;
	MUST(store_verification_insert(w->cx.store, &reset));
	MUST(wa_app_password_create(&w->cx, u.id, &phone, &row, w->app_password));
	link.user_id = u.id;
	MUST(store_link_insert(w->cx.store, &link));
}

static void
add_others(struct world *w)
{
	struct wa_new_user bob = {.name = "Bob",
	    .email = "bob@example.com",
	    .password = WORLD_PASSWORD,
	    .username = "bob"};
	struct wa_new_user carl = {.name = "Carl", .email = "carl@example.com"};
	struct user u;

	MUST(wa_user_create(&w->cx, &bob, true, &u, NULL));
	MUST(wa_user_ban(&w->cx, u.id, "spam", 0));
	MUST(wa_user_create(&w->cx, &carl, true, &u, NULL));
}

static void
read_file(const struct world *w, const char *suffix, struct world_file *ret)
{
	char name[128];
	struct stat st;
	int fd;

	(void)snprintf(name, sizeof(name), "%s%s", w->path, suffix);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		err(1, "%s", name);
	ret->n = (size_t)st.st_size;
	ret->bytes = malloc(ret->n);
	if (ret->bytes == NULL || read(fd, ret->bytes, ret->n) != st.st_size)
		err(1, "%s", name);
	(void)close(fd);
}

struct world *
world_new(void)
{
	static const char secret[] = "0123456789abcdef0123456789ABCDEFxyz!\n";
	static const char *const overrides[] = {
	    "mail_command=/usr/sbin/sendmail", ("base_url=" WORLD_ORIGIN), "jwt_alg=EdDSA"};
	const struct wa_config_source source = {
	    .file = "none", .overrides = overrides, .n_overrides = WA_ARRAY_LEN(overrides)};
	struct world *w = calloc(1, sizeof(*w));

	fault_memory_install();
	fault_vfs_install();
	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/fault-test-XXXXXX");
	if (mkdtemp(w->dir) == NULL)
		err(1, "%s", w->dir);
	(void)snprintf(w->path, sizeof(w->path), "%s/store.db", w->dir);
	(void)snprintf(w->uri, sizeof(w->uri), "sqlite:%s", w->path);
	(void)snprintf(w->secret, sizeof(w->secret), "%s/secret", w->dir);
	(void)snprintf(w->open_secret, sizeof(w->open_secret), "%s/open-secret", w->dir);
	write_file(w->secret, secret, sizeof(secret) - 1, 0600);
	write_file(w->open_secret, secret, sizeof(secret) - 1, 0644);
	MUST(wa_settings_load(&source, &w->settings));
	MUST(wa_keyring_parse("0123456789abcdef0123456789ABCDEFxyz!", "test", &w->keyring));
	w->all = secure_getenv("FAULT_ALL") != NULL;
	w->cx = (struct wa_context){
	    .settings = w->settings,
	    .keyring = w->keyring,
	    .arena = wa_arena_new(WA_ARENA_MAX),
	    .now_ms = WORLD_NOW,
	    .ip_address = "192.0.2.1",
	    .user_agent = "",
	};
	open_store(w, STORE_CREATE);
	add_ada(w);
	add_others(w);
	read_file(w, "", &w->behind);
	read_file(w, "-wal", &w->log);
	world_close(w);
	read_file(w, "", &w->store);
	return w;
}

static void
remove_store(struct world *w)
{
	DIR *dir = opendir(w->dir);
	struct dirent *entry;
	char name[512];

	/* With its log and what else a trial left beside it. */
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		(void)snprintf(name, sizeof(name), "%s/%s", w->dir, entry->d_name);
		if (strncmp(name, w->path, strlen(w->path)) == 0)
			(void)unlink(name);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

void
world_free(struct world *w)
{
	world_close(w);
	remove_store(w);
	(void)unlink(w->secret);
	(void)unlink(w->open_secret);
	(void)rmdir(w->dir);
	wa_keyring_free(w->keyring);
	wa_settings_free(w->settings);
	wa_arena_free(w->cx.arena);
	free(w->store.bytes);
	free(w->behind.bytes);
	free(w->log.bytes);
	free(w);
}

static void
put_back(struct world *w, bool in_log)
{
	const struct world_file *store = in_log ? &w->behind : &w->store;
	char log[128];

	world_close(w);
	remove_store(w);
	write_file(w->path, store->bytes, store->n, 0600);
	(void)snprintf(log, sizeof(log), "%s-wal", w->path);
	if (in_log)
		write_file(log, w->log.bytes, w->log.n, 0600);
	wa_arena_reset(w->cx.arena);
}

void
world_reset(struct world *w)
{
	put_back(w, false);
	open_store(w, STORE_WRITE);
}

void
world_close(struct world *w)
{
	store_close(w->cx.store);
	w->cx.store = NULL;
}

/* Straight through SQLite: opening a store takes longer than most trials. */
static sqlite3 *
look(struct world *w)
{
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(w->path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		errx(1, "%s: %s", w->path, sqlite3_errmsg(db));
	return db;
}

/* Is the value of this what it should be? Keeps it for the message. */
static bool
is_value(sqlite3 *db, const char *sql, const char *want, char ret[static 256])
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK ||
	    sqlite3_step(st) != SQLITE_ROW)
		errx(1, "%s: %s", sql, sqlite3_errmsg(db));
	(void)snprintf(ret, 256, "%s", (const char *)sqlite3_column_text(st, 0));
	(void)sqlite3_finalize(st);
	return strcmp(ret, want) == 0;
}

static void
check_store(sqlite3 *db, const char *where)
{
	static const struct {
		const char *sql;
		const char *want;
	} checks[] = {
	    {"SELECT group_concat(integrity_check) FROM pragma_integrity_check", "ok"},
	    {"SELECT (SELECT count(*) FROM pragma_foreign_key_check) || ''", "0"},
	    /* Carl alone has no way to sign in. */
	    {"SELECT coalesce(group_concat(u.\"email\"), '') FROM \"user\" u WHERE NOT EXISTS"
	     " (SELECT 1 FROM \"account\" a WHERE a.\"userId\" = u.\"id\") AND u.\"email\" <>"
	     " 'carl@example.com'",
		""},
	    /* A ban ends what was open. */
	    {"SELECT count(*) || '' FROM \"session\" s JOIN \"user\" u ON u.\"id\" = s.\"userId\""
	     " WHERE u.\"banned\" = 1",
		"0"},
	};

	char value[256];

	for (size_t i = 0; i < WA_ARRAY_LEN(checks); i++)
		if (!is_value(db, checks[i].sql, checks[i].want, value))
			errx(1, "%s: %s: %s", where, checks[i].sql, value);
}

static bool
is_of_disk(enum fault_kind kind)
{
	return kind >= FAULT_DISK_ERROR;
}

/* What cannot be read may look like what is not there. */
static bool
is_corruption(enum fault_kind kind)
{
	return kind == FAULT_DISK_CORRUPT || kind == FAULT_LOG_CORRUPT;
}

/* The connection that met the failure must be good again once it is over: no transaction of the
 * past is left in it, to swallow what is written next. */
static void
check_connection(struct world *w, const char *where)
{
	enum wa_err e;

	if (w->cx.store == NULL)
		return;
	e = store_begin_write(w->cx.store);
	if (e == WA_OK)
		e = store_end(w->cx.store, WA_OK);
	if (e != WA_OK)
		errx(1, "%s: the connection is of no use afterwards: %s", where, wa_err_detail(e));
}

static void
judge(
    struct world *w, const struct trial *t, enum fault_kind kind, enum wa_err e, const char *where)
{
	char done[256] = "";
	sqlite3 *db;

	if (e == WA_OK && t->must_fail)
		errx(1, "%s: SUCCEEDED", where);
	if (!t->must_fail && !is_corruption(kind) && wa_err_class(e) == WA_CLASS_REFUSAL)
		errx(1, "%s: refused with %s: %s", where, wa_err_name(e), wa_err_detail(e));
	check_connection(w, where);
	world_close(w);

	db = look(w);
	check_store(db, where);
	/* Whether a commit arrived that the disk failed in is known only afterwards. */
	if (t->evidence != NULL && !is_value(db, t->evidence, e == WA_OK ? "1" : "0", done) &&
	    !(e != WA_OK && (t->may_stand || is_of_disk(kind)) && strcmp(done, "1") == 0))
		errx(1, "%s: ended as %s, and the store says %s", where, wa_err_name(e), done);
	(void)sqlite3_close(db);
}

static void
make_before(struct world *w, const char *sql)
{
	sqlite3 *db = look(w);

	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		errx(1, "%s: %s", sql, sqlite3_errmsg(db));
	(void)sqlite3_close(db);
}

/* True when the failure was reached, and there may be a later one. */
static bool
try_once(struct world *w, const struct trial *t, enum fault_kind kind, size_t n, bool sticky)
{
	char where[256];
	bool happened;
	enum wa_err e;

	(void)snprintf(where, sizeof(where), "%s: %s %s %zu", t->name, fault_name(kind),
	    sticky ? "from" : "at", n);
	put_back(w, kind == FAULT_LOG_CORRUPT);
	if (t->before != NULL)
		make_before(w, t->before);
	if (!t->opens)
		open_store(w, STORE_WRITE);
	wa_err_forget();
	fault_at(kind, n, sticky);
	e = t->act(w);
	happened = fault_happened();
	fault_off();
	if (!happened && e != WA_OK && !t->must_fail)
		errx(1, "%s: without a failure: %s: %s", where, wa_err_name(e), wa_err_detail(e));
	judge(w, t, kind, e, where);
	return happened;
}

void
world_try(struct world *w, const struct trial *t)
{
	for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
		/* While it is opened, a log that is damaged ends where the damage begins: SQLite's
		 * sums see to that, and an older state is not a wrong one. */
		if (kind == FAULT_LOG_CORRUPT && t->opens)
			continue;
		for (unsigned sticky = 0; sticky < 2; sticky++) {
			size_t n = 1;

			while (try_once(w, t, kind, n, sticky != 0)) {
				/* SQLite's own thousands are thinned out but in the long run. */
				n += kind == FAULT_STORE_MEMORY && !w->all ? 1 + n / 32 : 1;
				if (n > CALLS_MAX)
					errx(1, "%s: does not end", t->name);
			}
		}
	}
	(void)printf("ok %s\n", t->name);
	(void)fflush(stdout);
}
