#include "tests/unit/store/fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/limits.h"

const char fixture_plain_ddl[] =
    "create table \"user\" (\"id\" text not null primary key, \"name\" text not null, \"email\" "
    "text"
    " not null unique, \"emailVerified\" integer not null, \"image\" text, \"createdAt\" date not "
    "null,"
    " \"updatedAt\" date not null);"
    "create table \"session\" (\"id\" text not null primary key, \"expiresAt\" date not null, "
    "\"token\""
    " text not null unique, \"createdAt\" date not null, \"updatedAt\" date not null, \"ipAddress\""
    " text, \"userAgent\" text, \"userId\" text not null references \"user\" (\"id\") on delete "
    "cascade);"
    "create table \"account\" (\"id\" text not null primary key, \"accountId\" text not null,"
    " \"providerId\" text not null, \"userId\" text not null references \"user\" (\"id\") on delete"
    " cascade, \"accessToken\" text, \"refreshToken\" text, \"idToken\" text, "
    "\"accessTokenExpiresAt\""
    " date, \"refreshTokenExpiresAt\" date, \"scope\" text, \"password\" text, \"createdAt\" date "
    "not"
    " null, \"updatedAt\" date not null);"
    "create table \"verification\" (\"id\" text not null primary key, \"identifier\" text not null,"
    " \"value\" text not null, \"expiresAt\" date not null, \"createdAt\" date not null, "
    "\"updatedAt\""
    " date not null);";

int
fixture_setup_empty(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/store-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof(f->path), "%s/store.db", f->dir);
	(void)snprintf(f->uri, sizeof(f->uri), "sqlite:%s", f->path);
	f->a = wa_arena_new(WA_ARENA_MAX);
	assert_non_null(f->a);
	*state = f;
	return 0;
}

int
fixture_setup(void **state)
{
	struct fixture *f;

	(void)fixture_setup_empty(state);
	f = *state;
	f->s = fixture_open(f, STORE_CREATE, WA_OK);
	return 0;
}

int
fixture_teardown(void **state)
{
	struct fixture *f = *state;
	char name[512];
	struct dirent *entry;
	DIR *dir;

	store_close(f->s);
	wa_arena_free(f->a);
	dir = opendir(f->dir);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		(void)snprintf(name, sizeof(name), "%s/%s", f->dir, entry->d_name);
		if (unlink(name) != 0)
			(void)rmdir(name);
	}
	if (dir != NULL)
		(void)closedir(dir);
	(void)rmdir(f->dir);
	free(f);
	return 0;
}

struct store *
fixture_open(struct fixture *f, enum store_mode mode, enum wa_err want)
{
	struct store_options o = {.uri = f->uri, .mode = mode, .cache_bytes = 1 << 20};
	struct store *s = NULL;
	enum wa_err e;

	e = store_open(&o, &s);
	assert_err(e, want);
	assert_true((s != NULL) == (want == WA_OK));
	return s;
}

void
fixture_close(struct fixture *f)
{
	store_close(f->s);
	f->s = NULL;
}

void
fixture_node(struct fixture *f, const char *ddl)
{
	fixture_drop_ours(f->s);
	assert_ok(store_exec(f->s,
	    "DROP TABLE \"jwks\"; DROP TABLE \"verification\"; DROP TABLE \"account\";"
	    "DROP TABLE \"session\"; DROP TABLE \"user\";"));
	assert_ok(store_exec(f->s, ddl));
	fixture_close(f);
}

const char *
fixture_value(struct store *s, const char *sql)
{
	static char value[4096];
	struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	struct store_stmt *st = store_prepare(s, sql);
	const char *text = "(none)";
	bool row = false;

	assert_ok(store_step(st, &row));
	if (row)
		text = store_col_text(st, 0, a);
	assert_ok(store_row_check(st));
	store_done(st);
	if (text != NULL)
		(void)snprintf(value, sizeof(value), "%s", text);
	wa_arena_free(a);
	return text == NULL ? NULL : value;
}

void
fixture_append(char *text, size_t size, const char *more)
{
	size_t len = strlen(text);

	assert_true(len + strlen(more) < size);
	(void)snprintf(text + len, size - len, "%s", more);
}

struct user
fixture_user(const char *id, const char *email)
{
	return (struct user){
	    .id = id,
	    .name = "Some One",
	    .email = email,
	    .created_ms = NOW - DAY,
	    .updated_ms = NOW - DAY,
	};
}

void
fixture_add_user(struct store *s, const char *id, const char *email)
{
	struct user u = fixture_user(id, email);

	assert_ok(store_user_insert(s, &u));
}

void
fixture_add_session(struct store *s, const char *id, const char *user_id, int64_t expires_ms)
{
	char token[64];
	struct session row = {
	    .id = id,
	    .token = token,
	    .user_id = user_id,
	    .expires_ms = expires_ms,
	    .created_ms = NOW,
	    .updated_ms = NOW,
	    .ip_address = "",
	    .user_agent = "",
	};

	(void)snprintf(token, sizeof(token), "token-%s", id);
	assert_ok(store_session_insert(s, &row));
}

void
fixture_assert(enum wa_err e, enum wa_err want, const char *file, int line)
{
	if (e == want)
		return;
	print_error("%s (%s), expected %s\n", wa_err_name(e), wa_err_detail(e), wa_err_name(want));
	_fail(file, line);
}

void
fixture_assert_detail(struct fixture *f, enum wa_err e, const char *words)
{
	const char *detail = wa_err_detail(e);

	if (strstr(detail, f->path) != NULL && strstr(detail, words) != NULL)
		return;
	print_error("detail \"%s\" lacks \"%s\" or \"%s\"\n", detail, f->path, words);
	fail();
}

void
fixture_drop_ours(struct store *s)
{
	/* Without its closing semicolon the list is one text, read before the first table goes. */
	const char *drop = fixture_value(s,
	    "SELECT group_concat('DROP TABLE \"' || name || '\"', ';') FROM sqlite_schema"
	    " WHERE type = 'table' AND name LIKE 'webauth~_%' ESCAPE '~'");

	assert_ok(store_exec(s, drop));
}
