#include <stdio.h>
#include <string.h>

#include "lib/store/account.h"
#include "lib/store/jwk.h"
#include "tests/unit/store/fixture.h"

/* Each column as "name TYPE", + for NOT NULL, * for the key, in the order of the table. SQLite
 * spells its own types in capitals, whatever the migration wrote. */
static void
assert_columns(struct store *s, const char *table, const char *want)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(65536);
	struct store_columns columns;
	char got[1024] = "";
	size_t len = 0;

	assert_ok(store_columns(s, a, table, &columns));
	for (size_t i = 0; i < columns.n; i++) {
		const struct store_column *c = &columns.at[i];

		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%s %s%s%s%s",
		    i > 0 ? ", " : "", c->name, c->type, c->not_null ? "+" : "",
		    c->is_key ? "*" : "", c->has_default ? " default" : "");
		assert_true(len < sizeof(got));
	}
	assert_string_equal(got, want);
}

/* contract.md 2.1 and 2.2 */
static void
created_store_has_better_auths_columns(void **state)
{
	struct fixture *f = *state;

	assert_columns(f->s, "user",
	    "id TEXT+*, name TEXT+, email TEXT+, emailVerified INTEGER+, image TEXT, "
	    "createdAt date+, updatedAt date+, role TEXT, banned INTEGER, banReason TEXT, "
	    "banExpires date, username TEXT, displayUsername TEXT");
	assert_columns(f->s, "session",
	    "id TEXT+*, expiresAt date+, token TEXT+, createdAt date+, updatedAt date+, "
	    "ipAddress TEXT, userAgent TEXT, userId TEXT+, impersonatedBy TEXT");
	assert_columns(f->s, "account",
	    "id TEXT+*, accountId TEXT+, providerId TEXT+, userId TEXT+, accessToken TEXT, "
	    "refreshToken TEXT, idToken TEXT, accessTokenExpiresAt date, "
	    "refreshTokenExpiresAt date, scope TEXT, password TEXT, createdAt date+, "
	    "updatedAt date+");
	assert_columns(f->s, "verification",
	    "id TEXT+*, identifier TEXT+, value TEXT+, expiresAt date+, createdAt date+, "
	    "updatedAt date+");
	assert_columns(f->s, "jwks",
	    "id TEXT+*, publicKey TEXT+, privateKey TEXT+, createdAt date+, expiresAt date, "
	    "alg TEXT, crv TEXT");
}

static void
created_store_has_our_tables_beside_them(void **state)
{
	struct fixture *f = *state;

	assert_columns(f->s, "webauth_schema", "version INTEGER+*, origin TEXT+, createdAt date+");
	assert_columns(f->s, "webauth_link", "account TEXT+*, userId TEXT+, createdAt date+");
	assert_columns(
	    f->s, "webauth_ban", "userId TEXT+*, reason TEXT, expiresAt date, createdAt date+");
	assert_columns(f->s, "webauth_guess",
	    "key TEXT+*, failures INTEGER+, updatedAt date+, known INTEGER+, last TEXT");
	assert_columns(f->s, "webauth_secret", "name TEXT+*, value TEXT+");
	assert_columns(f->s, "webauth_app_password",
	    "id TEXT+*, userId TEXT+, name TEXT+, hash TEXT+, services TEXT+, createdAt date+, "
	    "lastUsedAt date, expiresAt date");
	assert_columns(f->s, "webauth_uid", "account TEXT+*, uid INTEGER+, createdAt date+");
	assert_columns(f->s, "webauth_audit",
	    "number INTEGER+*, createdAt date+, event TEXT+, reason TEXT, detail TEXT, "
	    "userId TEXT, name TEXT, actor TEXT, door TEXT+, service TEXT, tty TEXT, "
	    "address TEXT, agent TEXT, sessionId TEXT, previous TEXT+, hash TEXT+");
	assert_columns(f->s, "webauth_outbox",
	    "id TEXT+*, kind TEXT+, recipient TEXT+, name TEXT+, url TEXT, detail TEXT, "
	    "createdAt date+, nextAttemptAt date+, attempts INTEGER+, lastError TEXT");
	assert_string_equal(fixture_value(f->s,
				"SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema"
				" WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
				" AND name NOT LIKE 'webauth~_%' ESCAPE '~' ORDER BY name)"),
	    "account,jwks,session,user,verification");
}

/* Indexes as table.name(column), unique ones with origin: u from UNIQUE, pk from the key, c by
 * name. */
static void
created_store_has_better_auths_indexes(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(
	    fixture_value(f->s,
		"SELECT group_concat(x, ' ') FROM (SELECT t.name || '.' ||"
		" iif(l.origin = 'c', l.name, l.origin) || '(' || i.name || ')' ||"
		" iif(l.\"unique\", '!', '') AS x FROM sqlite_schema t, pragma_index_list(t.name) "
		"l,"
		" pragma_index_info(l.name) i WHERE t.type = 'table' AND t.name NOT LIKE 'webauth%'"
		" ORDER BY 1)"),
	    "account.account_userId_idx(userId) account.pk(id)! jwks.pk(id)! session.pk(id)!"
	    " session.session_userId_idx(userId) session.u(token)! user.pk(id)! user.u(email)!"
	    " user.u(username)! verification.pk(id)!"
	    " verification.verification_identifier_idx(identifier)");
}

static void
created_store_has_better_auths_cascades(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(
	    fixture_value(f->s,
		"SELECT group_concat(x, ' ') FROM (SELECT t.name || '.' || k.\"from\" || '>' ||"
		" k.\"table\" || '.' || k.\"to\" || ':' || k.on_delete || ':' || k.on_update AS x"
		" FROM sqlite_schema t, pragma_foreign_key_list(t.name) k WHERE t.type = 'table'"
		" ORDER BY 1)"),
	    "account.userId>user.id:CASCADE:NO ACTION session.userId>user.id:CASCADE:NO ACTION"
	    " webauth_app_password.userId>user.id:CASCADE:NO ACTION"
	    " webauth_ban.userId>user.id:CASCADE:NO ACTION"
	    " webauth_link.userId>user.id:CASCADE:NO ACTION"
	    " webauth_must_change.userId>user.id:CASCADE:NO ACTION");
}

static void
versions_are_recorded_with_their_origin(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(store_schema_version(f->s), store_schema_known());
	assert_string_equal(fixture_value(f->s,
				"SELECT (count(*) = max(\"version\")) || min(\"origin\") ||"
				" max(\"origin\") || min(length(\"createdAt\"))"
				" FROM \"webauth_schema\""),
	    "1webauthwebauth24");
}

static void
migrating_again_changes_nothing(void **state)
{
	static const char cookie_sql[] =
	    "SELECT CAST(schema_version AS text) FROM pragma_schema_version";
	struct fixture *f = *state;
	char before[32];

	(void)snprintf(before, sizeof(before), "%s", fixture_value(f->s, cookie_sql));
	assert_ok(store_migrate(f->s));
	fixture_close(f);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_string_equal(fixture_value(f->s, cookie_sql), before);
}

static void
newer_store_is_refused_untouched(void **state)
{
	struct fixture *f = *state;

	assert_ok(store_exec(f->s,
	    "INSERT INTO \"webauth_schema\" VALUES (99, 'webauth', '2026-11-21T05:42:18.292Z');"
	    "DROP TABLE \"jwks\"; PRAGMA journal_mode=DELETE"));
	fixture_close(f);
	(void)fixture_open(f, STORE_READ, WA_ERR_STORE_SCHEMA);
	fixture_assert_detail(f, WA_ERR_STORE_SCHEMA, "newer program");
	(void)fixture_open(f, STORE_CREATE, WA_ERR_STORE_SCHEMA);
}

static void
older_store_asks_for_a_migration(void **state)
{
	struct fixture *f = *state;

	fixture_drop_ours(f->s);
	assert_ok(store_exec(f->s,
	    "CREATE TABLE \"webauth_schema\" (\"version\" integer not null primary key,"
	    " \"origin\" text not null, \"createdAt\" date not null);"
	    "INSERT INTO \"webauth_schema\" VALUES (1, 'webauth', '2026-11-21T08:41:00.000Z')"));
	fixture_close(f);
	(void)fixture_open(f, STORE_READ, WA_ERR_STORE_SCHEMA);
	fixture_assert_detail(f, WA_ERR_STORE_SCHEMA, "webauthctl store migrate");
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_int_equal(store_schema_version(f->s), store_schema_known());
}

static void
store_of_an_app_gets_our_tables_and_keys_only(void **state)
{
	struct fixture *f = *state;

	fixture_node(f, fixture_plain_ddl);
	(void)fixture_open(f, STORE_WRITE, WA_ERR_STORE_SCHEMA);
	fixture_assert_detail(f, WA_ERR_STORE_SCHEMA, "webauthctl store migrate");
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_string_equal(fixture_value(f->s,
				"SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema"
				" WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
				" AND name NOT LIKE 'webauth~_%' ESCAPE '~' ORDER BY name)"),
	    "account,jwks,session,user,verification");
	assert_columns(f->s, "session",
	    "id TEXT+*, expiresAt date+, token TEXT+, createdAt date+, updatedAt date+, "
	    "ipAddress TEXT, userAgent TEXT, userId TEXT+");
}

/* As by an app that no longer has the plugin they belong to. */
static void
keys_table_that_has_gone_is_made_again(void **state)
{
	struct fixture *f = *state;
	struct jwk_row *rows = NULL;
	size_t n = 1;

	fixture_node(f, fixture_plain_ddl);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_ok(store_exec(f->s, "DROP TABLE \"jwks\""));
	fixture_close(f);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_ok(store_jwk_all(f->s, f->a, 100, &rows, &n));
	assert_int_equal(n, 0);
}

/* What 1.6 made: no alg, no crv. */
static void
keys_table_of_an_app_is_used_as_it_is(void **state)
{
	struct fixture *f = *state;
	struct jwk_row row = {"k1", "{}", "\"x\"", NOW, 0, "ES256", "P-256"};
	struct jwk_row *rows = NULL;
	size_t n = 0;

	fixture_node(f, fixture_plain_ddl);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_ok(store_exec(f->s,
	    "DROP TABLE \"jwks\"; CREATE TABLE \"jwks\" (\"id\" text primary key,"
	    " \"publicKey\" text, \"privateKey\" text, \"createdAt\" date,"
	    " \"expiresAt\" date)"));
	fixture_close(f);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_false(store_shape(f->s)->has_jwks_alg);
	assert_ok(store_jwk_insert(f->s, &row));
	assert_ok(store_jwk_all(f->s, f->a, 100, &rows, &n));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].id, "k1");
	assert_null(rows[0].alg);
	assert_null(rows[0].crv);
}

/* contract.md 2.7, rule 3 */
static void
required_issuer_is_made_optional_when_asked_and_kept(void **state)
{
	struct fixture *f = *state;

	fixture_node(f, fixture_plain_ddl);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_ok(store_exec(f->s,
	    "DROP TABLE \"account\";"
	    "CREATE TABLE \"account\" (\"id\" text not null primary key, \"issuer\" text not null,"
	    " \"accountId\" text not null, \"providerId\" text not null, \"userId\" text not null"
	    " references \"user\" (\"id\") on delete cascade, \"password\" text, \"createdAt\" "
	    "date not"
	    " null, \"updatedAt\" date not null, \"extra\" text default 'e');"
	    "CREATE UNIQUE INDEX \"account_issuer_accountId_uidx\" ON \"account\" (\"issuer\","
	    " \"accountId\"); CREATE INDEX \"account_userId_idx\" ON \"account\" (\"userId\")"));
	fixture_add_user(f->s, "u1", "a@example.com");
	fixture_add_user(f->s, "u2", "b@example.com");
	assert_ok(store_exec(f->s,
	    "INSERT INTO \"account\" VALUES ('a1', 'local:credential', 'u1', 'credential', 'u1', "
	    "'hash',"
	    " '2026-11-21T05:42:18.292Z', '2026-11-21T05:42:18.292Z', 'kept')"));
	fixture_close(f);

	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_null(store_backup(f->s));
	assert_string_equal(fixture_value(f->s,
				"SELECT \"notnull\" || '' FROM pragma_table_info('account')"
				" WHERE \"name\" = 'issuer'"),
	    "1");
	fixture_close(f);

	f->s = fixture_open(f, STORE_MIGRATE, WA_OK);
	assert_non_null(store_backup(f->s));
	assert_true(store_shape(f->s)->has_issuer);
	assert_columns(f->s, "account",
	    "id TEXT+*, accountId TEXT+, providerId TEXT+, userId TEXT+, password TEXT, "
	    "createdAt date+, updatedAt date+, extra TEXT default, issuer TEXT");
	assert_string_equal(
	    fixture_value(f->s, "SELECT \"issuer\" || \"password\" || \"extra\" FROM \"account\""),
	    "local:credentialhashkept");
	assert_string_equal(fixture_value(f->s,
				"SELECT group_concat(name) FROM (SELECT name FROM"
				" pragma_index_list('account') WHERE origin = 'c' ORDER BY name)"),
	    "account_issuer_accountId_uidx,account_userId_idx");
	assert_err(store_exec(f->s,
		       "INSERT INTO \"account\" (\"id\", \"issuer\", \"accountId\","
		       " \"providerId\", \"userId\", \"createdAt\", \"updatedAt\") VALUES"
		       " ('a2', 'local:credential', 'u1', 'x', 'u1', '', '')"),
	    WA_ERR_CONFLICT);

	assert_ok(store_account_insert_password(f->s, "a3", "u2", "hash2", NOW));
	assert_string_equal(
	    fixture_value(f->s, "SELECT \"issuer\" FROM \"account\" WHERE \"id\" = 'a3'"),
	    "local:credential");
	assert_string_equal(
	    fixture_value(f->s, "SELECT integrity_check FROM pragma_integrity_check"), "ok");
}

static void
issuer_that_cannot_be_moved_leaves_the_store_whole(void **state)
{
	struct fixture *f = *state;

	fixture_node(f, fixture_plain_ddl);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_ok(store_exec(f->s,
	    "DROP TABLE \"account\";"
	    "CREATE TABLE \"account\" (\"id\" text not null primary key, \"issuer\" text not null"
	    " unique, \"accountId\" text, \"providerId\" text, \"userId\" text, \"password\" text,"
	    " \"createdAt\" date, \"updatedAt\" date)"));
	fixture_close(f);
	(void)fixture_open(f, STORE_MIGRATE, WA_ERR_STORE_SCHEMA);
	fixture_assert_detail(f, WA_ERR_STORE_SCHEMA, "issuer");
	f->s = fixture_open(f, STORE_WRITE, WA_OK);
	assert_columns(f->s, "account",
	    "id TEXT+*, issuer TEXT+, accountId TEXT, providerId TEXT, userId TEXT, "
	    "password TEXT, createdAt date, updatedAt date");
}

static void
bans_move_to_the_columns_an_app_got_later(void **state)
{
	struct fixture *f = *state;
	struct user u;

	fixture_node(f, fixture_plain_ddl);
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	fixture_add_user(f->s, "u1", "a@example.com");
	fixture_add_user(f->s, "u2", "b@example.com");
	assert_ok(store_user_ban(f->s, "u1", "spam", NOW + DAY, NOW));
	assert_ok(store_exec(f->s,
	    "ALTER TABLE \"user\" ADD COLUMN \"role\" text;"
	    "ALTER TABLE \"user\" ADD COLUMN \"banned\" integer default 0;"
	    "ALTER TABLE \"user\" ADD COLUMN \"banReason\" text;"
	    "ALTER TABLE \"user\" ADD COLUMN \"banExpires\" date"));
	fixture_close(f);
	(void)fixture_open(f, STORE_READ, WA_ERR_STORE_SCHEMA);
	fixture_assert_detail(f, WA_ERR_STORE_SCHEMA, "bans");

	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	assert_ok(store_user_by_id(f->s, f->a, "u1", &u));
	assert_true(u.banned);
	assert_string_equal(u.ban_reason, "spam");
	assert_true(u.ban_expires_ms == NOW + DAY);
	assert_ok(store_user_by_id(f->s, f->a, "u2", &u));
	assert_false(u.banned);
	fixture_close(f);
	store_close(fixture_open(f, STORE_READ, WA_OK));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_store(created_store_has_better_auths_columns),
	    test_with_store(created_store_has_our_tables_beside_them),
	    test_with_store(created_store_has_better_auths_indexes),
	    test_with_store(created_store_has_better_auths_cascades),
	    test_with_store(versions_are_recorded_with_their_origin),
	    test_with_store(migrating_again_changes_nothing),
	    test_with_store(newer_store_is_refused_untouched),
	    test_with_store(older_store_asks_for_a_migration),
	    test_with_store(store_of_an_app_gets_our_tables_and_keys_only),
	    test_with_store(keys_table_that_has_gone_is_made_again),
	    test_with_store(keys_table_of_an_app_is_used_as_it_is),
	    test_with_store(required_issuer_is_made_optional_when_asked_and_kept),
	    test_with_store(issuer_that_cannot_be_moved_leaves_the_store_whole),
	    test_with_store(bans_move_to_the_columns_an_app_got_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
