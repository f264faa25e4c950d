/*
 * How a database becomes a store. Numbered migrations bring our tables to this program's version.
 * After them come adjustments to what a Better Auth app may have changed since; they look at the
 * schema instead of a number. What there is to do is a plan, read before anything is done, and all
 * of it is one transaction: a process killed at any moment leaves the store before or after it.
 *
 * A published migration is never edited: a new one is added at the end.
 */
#include "lib/store/migrate.h"

#include <string.h>

#include "lib/base/clock.h"
#include "lib/store/connection.h"

#define COLUMNS_BYTES 65536 /* for the names and types of one table */

/* Better Auth's tables as its own migration makes them with the plugins admin, username and jwt
 * (contract.md 2.1, 2.2). */
static const char core_ddl[] =
    "CREATE TABLE \"user\" (\"id\" text not null primary key, \"name\" text not null,"
    " \"email\" text not null unique, \"emailVerified\" integer not null, \"image\" text,"
    " \"createdAt\" date not null, \"updatedAt\" date not null, \"role\" text, \"banned\" integer,"
    " \"banReason\" text, \"banExpires\" date, \"username\" text unique, \"displayUsername\" text);"

    "CREATE TABLE \"session\" (\"id\" text not null primary key, \"expiresAt\" date not null,"
    " \"token\" text not null unique, \"createdAt\" date not null, \"updatedAt\" date not null,"
    " \"ipAddress\" text, \"userAgent\" text, \"userId\" text not null references \"user\" (\"id\")"
    " on delete cascade, \"impersonatedBy\" text);"

    "CREATE TABLE \"account\" (\"id\" text not null primary key, \"accountId\" text not null,"
    " \"providerId\" text not null, \"userId\" text not null references \"user\" (\"id\")"
    " on delete cascade, \"accessToken\" text, \"refreshToken\" text, \"idToken\" text,"
    " \"accessTokenExpiresAt\" date, \"refreshTokenExpiresAt\" date, \"scope\" text,"
    " \"password\" text, \"createdAt\" date not null, \"updatedAt\" date not null);"

    "CREATE TABLE \"verification\" (\"id\" text not null primary key, \"identifier\" text not null,"
    " \"value\" text not null, \"expiresAt\" date not null, \"createdAt\" date not null,"
    " \"updatedAt\" date not null);"

    "CREATE INDEX \"session_userId_idx\" ON \"session\" (\"userId\");"
    "CREATE INDEX \"account_userId_idx\" ON \"account\" (\"userId\");"
    "CREATE INDEX \"verification_identifier_idx\" ON \"verification\" (\"identifier\");";

static const char jwks_ddl[] =
    "CREATE TABLE IF NOT EXISTS \"jwks\" (\"id\" text not null primary key,"
    " \"publicKey\" text not null, \"privateKey\" text not null, \"createdAt\" date not null,"
    " \"expiresAt\" date, \"alg\" text, \"crv\" text)";

static const char version_ddl[] =
    "CREATE TABLE IF NOT EXISTS \"webauth_schema\" (\"version\" integer not null primary key,"
    " \"origin\" text not null, \"createdAt\" date not null)";

static const char link_ddl[] =
    "CREATE TABLE \"webauth_link\" (\"account\" text not null primary key, \"userId\" text not null"
    " references \"user\" (\"id\") on delete cascade, \"createdAt\" date not null);"
    "CREATE INDEX \"webauth_link_userId_idx\" ON \"webauth_link\" (\"userId\")";

static const char ban_ddl[] =
    "CREATE TABLE \"webauth_ban\" (\"userId\" text not null primary key references \"user\" "
    "(\"id\")"
    " on delete cascade, \"reason\" text, \"expiresAt\" date, \"createdAt\" date not null)";

static const char guess_ddl[] =
    "CREATE TABLE \"webauth_guess\" (\"key\" text not null primary key,"
    " \"failures\" integer not null, \"updatedAt\" date not null, \"known\" integer not null,"
    " \"last\" text) WITHOUT ROWID;"
    "CREATE INDEX \"webauth_guess_updatedAt_idx\" ON \"webauth_guess\" (\"updatedAt\");"
    "CREATE TABLE \"webauth_secret\" (\"name\" text not null primary key,"
    " \"value\" text not null)";

static const char outbox_ddl[] =
    "CREATE TABLE \"webauth_outbox\" (\"id\" text not null primary key, \"kind\" text not null,"
    " \"recipient\" text not null, \"name\" text not null, \"url\" text, \"detail\" text,"
    " \"createdAt\" date not null, \"nextAttemptAt\" date not null, \"attempts\" integer not null,"
    " \"lastError\" text);"
    "CREATE INDEX \"webauth_outbox_nextAttemptAt_idx\" ON \"webauth_outbox\" (\"nextAttemptAt\");"
    "CREATE INDEX \"webauth_outbox_recipient_idx\" ON \"webauth_outbox\" (\"recipient\")";

static const char app_password_ddl[] =
    "CREATE TABLE \"webauth_app_password\" (\"id\" text not null primary key,"
    " \"userId\" text not null references \"user\" (\"id\") on delete cascade,"
    " \"name\" text not null, \"hash\" text not null, \"services\" text not null,"
    " \"createdAt\" date not null, \"lastUsedAt\" date, \"expiresAt\" date);"
    "CREATE INDEX \"webauth_app_password_userId_idx\" ON \"webauth_app_password\" (\"userId\")";

static const char must_change_ddl[] =
    "CREATE TABLE \"webauth_must_change\" (\"userId\" text not null primary key references"
    " \"user\" (\"id\") on delete cascade, \"createdAt\" date not null)";

static const char uid_ddl[] = "CREATE TABLE \"webauth_uid\" (\"account\" text not null primary key,"
			      " \"uid\" integer not null unique, \"createdAt\" date not null)";

static const char audit_ddl[] =
    "CREATE TABLE \"webauth_audit\" (\"number\" integer not null primary key,"
    " \"createdAt\" date not null, \"event\" text not null, \"reason\" text, \"detail\" text,"
    " \"userId\" text, \"name\" text, \"actor\" text, \"door\" text not null, \"service\" text,"
    " \"tty\" text, \"address\" text, \"agent\" text, \"sessionId\" text,"
    " \"previous\" text not null, \"hash\" text not null)";

/* 1: Better Auth's tables where there are none, and the record of who made the store. */
static enum wa_err
migrate_core(struct store *s, const struct store_plan *p)
{
	enum wa_err e = p->makes_core ? store_exec(s, core_ddl) : WA_OK;

	s->shape.origin = p->makes_core ? STORE_ORIGIN_OURS : STORE_ORIGIN_NODE;
	return e != WA_OK ? e : store_exec(s, version_ddl);
}

/* From the second on, each is the tables that it brings. */
static const char *const migrations[] = {
    link_ddl,	      /* 2: links from web users to Unix accounts */
    ban_ddl,	      /* 3: bans, for stores whose users have no columns for them */
    outbox_ddl,	      /* 4: mails that wait to be sent */
    guess_ddl,	      /* 5: counters of wrong guesses, and the keys of the store */
    app_password_ddl, /* 6 */
    must_change_ddl,  /* 7: passwords that must be changed */
    uid_ddl,	      /* 8: uids of accounts that the store brings to the host */
    audit_ddl,	      /* 9: the audit log; what is recorded outlives its user */
};

int
store_schema_known(void)
{
	return 1 + (int)WA_ARRAY_LEN(migrations);
}

static enum wa_err
record_version(struct store *s, int version)
{
	struct store_stmt *st = store_prepare(s,
	    "INSERT INTO \"webauth_schema\" (\"version\", \"origin\", \"createdAt\")"
	    " VALUES (?1, ?2, ?3)");

	store_bind_int(st, 1, version);
	store_bind_text(st, 2, s->shape.origin == STORE_ORIGIN_NODE ? "node" : "webauth");
	store_bind_time(st, 3, wa_clock_now_ms());
	return store_run(st, NULL);
}

static enum wa_err
migrate_ours(struct store *s, const struct store_plan *p)
{
	enum wa_err e = WA_OK;

	if (p->from < 1) {
		e = migrate_core(s, p);
		if (e == WA_OK)
			e = record_version(s, 1);
	}
	for (size_t i = 0; i < WA_ARRAY_LEN(migrations) && e == WA_OK; i++) {
		int version = (int)i + 2;

		if (version <= p->from)
			continue;
		e = store_exec(s, migrations[i]);
		if (e == WA_OK)
			e = record_version(s, version);
	}
	return e;
}

/*
 * Adjustments
 */

/* Indexes over account.issuer, dropped or made again. */
static enum wa_err
drop_indexes(struct store *s, struct wa_arena *a, const char **ret_again)
{
	struct store_stmt *st = store_prepare(s,
	    "SELECT coalesce(group_concat('DROP INDEX \"' || replace(m.name, '\"', '\"\"') || "
	    "'\"', ';'), ''),"
	    " coalesce(group_concat(m.sql, ';'), '')"
	    " FROM sqlite_schema m WHERE m.type = 'index' AND m.tbl_name = 'account' AND m.sql IS "
	    "NOT NULL"
	    " AND EXISTS (SELECT 1 FROM pragma_index_info(m.name) i WHERE i.name = 'issuer')");
	const char *drop = "";
	enum wa_err e;

	e = store_step_row(st);
	if (e == WA_OK) {
		drop = store_col_need_text(st, 0, a);
		*ret_again = store_col_need_text(st, 1, a);
		e = store_row_check(st);
	}
	store_done(st);
	if (e != WA_OK)
		return e;
	return store_exec(s, drop);
}

/*
 * Better Auth 1.7.0 to 1.7.2 required account.issuer; later ones do not write it and refuse a
 * database that requires it (contract.md 2.7). SQLite cannot lift a NOT NULL, but it can add a
 * column, copy, drop the old one and rename: nothing else of the table is touched, and no text of
 * its schema is edited.
 */
static enum wa_err
adjust_issuer(struct store *s)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(COLUMNS_BYTES);
	const char *again = "";
	enum wa_err e;

	if (a == NULL)
		return wa_fault(WA_ERR_NOMEM, "%s: migrate", s->file.path);

	e = drop_indexes(s, a, &again);
	if (e != WA_OK)
		return e;

	e = store_exec(s,
	    "ALTER TABLE \"account\" ADD COLUMN \"webauth_issuer\" text;"
	    "UPDATE \"account\" SET \"webauth_issuer\" = \"issuer\";"
	    "ALTER TABLE \"account\" DROP COLUMN \"issuer\";"
	    "ALTER TABLE \"account\" RENAME COLUMN \"webauth_issuer\" TO \"issuer\"");
	if (e != WA_OK)
		return e;
	return store_exec(s, again);
}

/* Bans of ours move to the columns that the admin plugin has brought since. */
static enum wa_err
adjust_bans(struct store *s)
{
	return store_exec(s,
	    "UPDATE \"user\" SET \"banned\" = 1,"
	    " \"banReason\" = (SELECT b.\"reason\" FROM \"webauth_ban\" b WHERE b.\"userId\" = "
	    "\"user\".\"id\"),"
	    " \"banExpires\" = (SELECT b.\"expiresAt\" FROM \"webauth_ban\" b WHERE b.\"userId\" = "
	    "\"user\".\"id\")"
	    " WHERE \"id\" IN (SELECT \"userId\" FROM \"webauth_ban\");"
	    "DELETE FROM \"webauth_ban\"");
}

static enum wa_err
adjust(struct store *s, const struct store_plan *p)
{
	enum wa_err e = WA_OK;

	if (p->makes_jwks)
		e = store_exec(s, jwks_ddl);
	if (e == WA_OK && p->frees_issuer)
		e = adjust_issuer(s);
	if (e == WA_OK && p->moves_bans)
		e = adjust_bans(s);
	return e;
}

/*
 * The plan
 */

static enum wa_err
finds_a_row(struct store *s, const char *sql, bool *ret)
{
	struct store_stmt *st = store_prepare(s, sql);
	enum wa_err e = store_step(st, ret);

	store_done(st);
	return e;
}

/* Some of Better Auth's tables means all of them, as we need them: nothing is added to a stranger's
 * database. */
static enum wa_err
plan_core(struct store *s, struct store_plan *p)
{
	static const char *const tables[] = {"user", "session", "account", "verification"};
	struct store_shape shape = {0};
	bool has = false;
	enum wa_err e;

	for (size_t i = 0; i < WA_ARRAY_LEN(tables) && !has; i++) {
		e = store_has_table(s, tables[i], &has);
		if (e != WA_OK)
			return e;
	}

	p->makes_core = !has;
	return has ? store_shape_read(s, &shape) : WA_OK;
}

static enum wa_err
plan_issuer(struct store *s, struct store_plan *p)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(COLUMNS_BYTES);
	struct store_columns columns;
	enum wa_err e;

	if (a == NULL)
		return wa_fault(WA_ERR_NOMEM, "%s: migrate", s->file.path);

	e = store_columns(s, a, "account", &columns);
	if (e != WA_OK)
		return e;

	for (size_t i = 0; i < columns.n; i++) {
		const struct store_column *c = &columns.at[i];

		if (strcmp(c->name, "issuer") == 0)
			p->frees_issuer = c->not_null && !c->has_default;
	}
	return WA_OK;
}

static enum wa_err
plan_bans(struct store *s, struct store_plan *p)
{
	struct store_shape shape = {0};
	bool has = false;
	enum wa_err e;

	e = store_has_table(s, "webauth_ban", &has);
	if (e != WA_OK || !has)
		return e;

	e = store_shape_read(s, &shape);
	if (e != WA_OK || !shape.has_admin)
		return e;
	return finds_a_row(s, "SELECT 1 FROM \"webauth_ban\" LIMIT 1", &p->moves_bans);
}

static enum wa_err
plan_read(struct store *s, bool asked, struct store_plan *ret)
{
	struct store_plan p = {.to = store_schema_known()};
	bool has = false;
	enum wa_err e;

	e = store_read_version(s); /* refuses a newer store */
	if (e != WA_OK)
		return e;
	p.from = s->version;

	e = finds_a_row(s, "SELECT 1 FROM sqlite_schema LIMIT 1", &has);
	p.empty = !has;
	if (e == WA_OK && p.from == 0)
		e = plan_core(s, &p);
	if (e == WA_OK)
		e = store_has_table(s, "jwks", &has);
	p.makes_jwks = !has;
	if (e == WA_OK && asked)
		e = plan_issuer(s, &p);
	if (e == WA_OK)
		e = plan_bans(s, &p);
	if (e == WA_OK)
		*ret = p;
	return e;
}

bool
store_plan_changes(const struct store_plan *p)
{
	return p->from < p->to || p->makes_jwks || p->frees_issuer || p->moves_bans;
}

enum wa_err
store_plan(const struct store_options *options, struct store_plan *ret)
{
	struct store_options reading = *options;
	WA_CLEANUP(store_closep) struct store *s = NULL;
	const char *path;
	enum wa_err e;

	reading.mode = STORE_READ;
	e = store_uri_path(options, &path);
	if (e != WA_OK)
		return e;

	e = store_open_unchecked(path, &reading, &s);
	if (e != WA_OK)
		return e;

	e = store_begin_read(s);
	if (e != WA_OK)
		return e;
	return store_end(s, plan_read(s, true, ret));
}

/*
 * Doing it
 */

/* In the caller's write transaction, so that no other process is migrating too. */
static enum wa_err
migrate(struct store *s)
{
	struct store_plan p;
	enum wa_err e;

	e = plan_read(s, s->mode == STORE_MIGRATE, &p);
	if (e != WA_OK || !store_plan_changes(&p))
		return e;

	e = p.empty ? WA_OK : store_back_up(s);
	if (e == WA_OK)
		e = migrate_ours(s, &p);
	if (e == WA_OK)
		e = adjust(s, &p);
	return e;
}

/* Of a store that is as it was; a commit that failed may have arrived all the same. */
static void
drop_needless_backup(struct store *s)
{
	struct store_plan p;

	if (s->backup != NULL && plan_read(s, s->mode == STORE_MIGRATE, &p) == WA_OK &&
	    store_plan_changes(&p))
		store_backup_drop(s);
}

enum wa_err
store_migrate(struct store *s)
{
	enum wa_err e;

	if (s->mode == STORE_READ)
		return WA_ERR_WRONG_LANE;

	e = store_begin_write(s);
	if (e != WA_OK)
		return e;

	e = store_end(s, migrate(s));
	if (e != WA_OK) {
		drop_needless_backup(s);
		return e;
	}

	e = store_use_wal(s);
	if (e != WA_OK)
		return e;
	return store_check(s);
}
