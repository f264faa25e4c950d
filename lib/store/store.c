/*
 * What a store is: from a uri to a checked connection, and transactions. How it is spoken to is
 * sqlite.c's business, how it comes to be migrate.c's.
 */
#include "lib/store/store.h"

#include <stdlib.h>
#include <string.h>

#include "lib/store/connection.h"
#include "lib/store/session_cache.h"

static const char scheme_sqlite[] = "sqlite:";

enum wa_err
store_uri_path(const struct store_options *options, const char **ret)
{
	const char *uri = options->uri == NULL ? "" : options->uri;

	if (strncmp(uri, scheme_sqlite, sizeof(scheme_sqlite) - 1) != 0)
		return wa_fault(WA_ERR_CONFIG, "store \"%s\": must be sqlite:PATH", uri);
	*ret = uri + sizeof(scheme_sqlite) - 1;
	return WA_OK;
}

enum wa_err
store_open_unchecked(const char *path, const struct store_options *options, struct store **ret)
{
	WA_CLEANUP(store_closep) struct store *s = calloc(1, sizeof(*s));
	enum wa_err e;

	if (s == NULL)
		return wa_fault(WA_ERR_NOMEM, "store");
	s->mode = options->mode;

	e = store_file_find(path, options->mode == STORE_CREATE, &s->file);
	if (e != WA_OK)
		return e;

	e = store_connect(s, options);
	if (e != WA_OK)
		return e;

	*ret = WA_TAKE(s);
	return WA_OK;
}

static enum wa_err
check_or_migrate(struct store *s)
{
	switch (s->mode) {
	case STORE_READ:
	case STORE_WRITE: return store_check(s);
	case STORE_CREATE:
	case STORE_MIGRATE: return store_migrate(s);
	}
	return WA_ERR_WRONG_LANE;
}

enum wa_err
store_open(const struct store_options *options, struct store **ret)
{
	WA_CLEANUP(store_closep) struct store *s = NULL;
	const char *path;
	enum wa_err e;

	e = store_uri_path(options, &path);
	if (e != WA_OK)
		return e;

	e = store_open_unchecked(path, options, &s);
	if (e != WA_OK)
		return e;

	e = check_or_migrate(s);
	if (e != WA_OK)
		return e;

	if (options->mode == STORE_READ && options->sessions > 0) {
		s->sessions = session_cache_new(options->sessions);
		if (s->sessions == NULL)
			return wa_fault(WA_ERR_NOMEM, "store");
	}

	*ret = WA_TAKE(s);
	return WA_OK;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	store_disconnect(s);
	wa_cache_free(s->sessions);
	store_file_done(&s->file);
	free(s->backup);
	free(s);
}

void
store_closep(struct store **s)
{
	store_close(*s);
	*s = NULL;
}

/*
 * Transactions
 */

/*
 * A ROLLBACK that fails for want of memory leaves the transaction open. Whatever is written next
 * would be in it, answered for and never committed: a revocation that is none. One that is
 * committed and not on the disk may be none either. So until both are settled this connection does
 * nothing else.
 */
void
store_settle(struct store *s)
{
	enum wa_err e = WA_OK;

	if (store_in_transaction(s))
		e = store_exec(s, "ROLLBACK");
	if (s->unsynced && !store_in_transaction(s))
		e = store_sync_commits(s, true);
	s->stuck = e != WA_OK && (store_in_transaction(s) || s->unsynced);
}

static enum wa_err
begin(struct store *s, const char *sql)
{
	if (s->stuck)
		store_settle(s);
	if (store_in_transaction(s))
		return wa_fault(WA_ERR_STORE, "%s: a transaction inside another", s->file.path);
	return store_run(store_prepare(s, sql), NULL);
}

enum wa_err
store_begin_read(struct store *s)
{
	return begin(s, "BEGIN");
}

enum wa_err
store_begin_write(struct store *s)
{
	if (s->mode == STORE_READ)
		return WA_ERR_WRONG_LANE;
	return begin(s, "BEGIN IMMEDIATE");
}

enum wa_err
store_begin_write_unsynced(struct store *s)
{
	enum wa_err e;

	if (s->mode == STORE_READ)
		return WA_ERR_WRONG_LANE;
	e = store_in_transaction(s) ? WA_OK : store_sync_commits(s, false);
	if (e == WA_OK)
		e = store_begin_write(s);
	if (e != WA_OK && !store_in_transaction(s))
		store_settle(s);
	return e;
}

enum wa_err
store_end(struct store *s, enum wa_err e)
{
	if (e == WA_OK)
		e = store_run(store_prepare(s, "COMMIT"), NULL);

	/* A full disk, say, has rolled back by itself. */
	if (e != WA_OK || s->unsynced)
		store_settle(s);
	return e;
}

enum wa_err
store_turn_begin(struct store *s, bool several)
{
	enum wa_err e = WA_OK;

	if (s->mode != STORE_READ)
		return WA_ERR_WRONG_LANE;
	if (several)
		e = store_begin_read(s);
	s->in_turn = e == WA_OK;
	s->stamp_known = false;
	return e;
}

enum wa_err
store_turn_end(struct store *s)
{
	s->in_turn = false;
	s->stamp_known = false;
	return store_in_transaction(s) ? store_end(s, WA_OK) : WA_OK;
}

enum wa_err
store_open_write(struct store *s, bool *ret_own)
{
	enum wa_err e;

	if (store_in_transaction(s)) {
		*ret_own = false;
		return WA_OK;
	}

	e = store_begin_write(s);
	if (e != WA_OK)
		return e;

	*ret_own = true;
	return WA_OK;
}

enum wa_err
store_close_write(struct store *s, bool own, enum wa_err e)
{
	return own ? store_end(s, e) : e;
}

/*
 * What this program can serve
 */

enum wa_err
store_read_version(struct store *s)
{
	struct store_stmt *st;
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = NULL;
	const char *origin;
	bool has = false;
	enum wa_err e;

	e = store_has_table(s, "webauth_schema", &has);
	if (e != WA_OK)
		return e;

	s->version = 0;
	if (!has)
		return WA_OK;

	a = wa_arena_new(4096);
	if (a == NULL)
		return wa_fault(WA_ERR_NOMEM, "%s: version", s->file.path);

	st = store_prepare(s,
	    "SELECT \"version\", \"origin\" FROM \"webauth_schema\""
	    " ORDER BY \"version\" DESC LIMIT 1");
	e = store_step_row(st);
	if (e == WA_OK) {
		s->version = (int)store_col_int(st, 0);
		origin = store_col_need_text(st, 1, a);
		s->shape.origin =
		    strcmp(origin, "node") == 0 ? STORE_ORIGIN_NODE : STORE_ORIGIN_OURS;
		e = store_row_check(st);
	}
	store_done(st);
	if (e != WA_OK && e != WA_ERR_NOT_FOUND)
		return e;

	if (s->version < 0 || s->version > store_schema_known())
		return wa_fault(WA_ERR_STORE_SCHEMA,
		    "%s: has schema version %d, this program knows %d: install the newer program",
		    s->file.path, s->version, store_schema_known());
	return WA_OK;
}

/*
 * The app was given ban columns after we had banned users in our own table. To read past those bans
 * would lift them, so the store is refused until a migration has moved them.
 */
static enum wa_err
check_bans(struct store *s)
{
	struct store_stmt *st;
	bool banned = false;
	enum wa_err e;

	if (!s->shape.has_admin)
		return WA_OK;

	st = store_prepare(s, "SELECT 1 FROM \"webauth_ban\" LIMIT 1");
	e = store_step(st, &banned);
	store_done(st);
	if (e != WA_OK)
		return e;

	if (banned)
		return wa_fault(WA_ERR_STORE_SCHEMA,
		    "%s: has bans from before the admin plugin: run \"webauthctl store migrate\"",
		    s->file.path);
	return WA_OK;
}

enum wa_err
store_check(struct store *s)
{
	struct store_shape shape = {0};
	enum wa_err e;

	e = store_read_version(s);
	if (e != WA_OK)
		return e;

	e = store_shape_read(s, &shape);
	if (e != WA_OK)
		return e;

	if (s->version < store_schema_known())
		return wa_fault(WA_ERR_STORE_SCHEMA,
		    "%s: has schema version %d, this program needs %d: run \"webauthctl store "
		    "migrate\"",
		    s->file.path, s->version, store_schema_known());

	e = store_shape_read_jwks(s, &shape);
	if (e != WA_OK)
		return e;

	shape.origin = s->shape.origin;
	s->shape = shape;
	store_forget_statements(s);

	e = check_bans(s);
	if (e != WA_OK)
		return e;
	return store_schema_cookie(s, &s->schema_cookie);
}

const struct store_shape *
store_shape(const struct store *s)
{
	return &s->shape;
}

const char *
store_backup(const struct store *s)
{
	return s->backup;
}

int
store_schema_version(const struct store *s)
{
	return s->version;
}

static bool
shape_is(struct store *s, const struct store_shape *was)
{
	struct store_shape now = {0};

	if (store_shape_read(s, &now) != WA_OK || store_shape_read_jwks(s, &now) != WA_OK)
		return false;
	for (size_t i = 0; i < WA_ARRAY_LEN(now.plugins); i++)
		if (now.plugins[i] != was->plugins[i])
			return false;
	return now.has_admin == was->has_admin && now.has_impersonation == was->has_impersonation &&
	    now.has_username == was->has_username && now.has_two_factor == was->has_two_factor &&
	    now.has_issuer == was->has_issuer && now.has_jwks_alg == was->has_jwks_alg;
}

bool
store_was_replaced(struct store *s)
{
	int64_t cookie = s->schema_cookie;

	if (store_file_moved(&s->file))
		return true;
	if (store_schema_cookie(s, &cookie) != WA_OK || cookie == s->schema_cookie)
		return false;
	/* A VACUUM, or a table of somebody else's: nothing that our statements are made for. */
	if (!shape_is(s, &s->shape))
		return true;
	s->schema_cookie = cookie;
	return false;
}

bool
store_may_write(const struct store *s)
{
	return s->mode != STORE_READ;
}
