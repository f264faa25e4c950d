/*
 * What a database looks like: which of Better Auth's tables and columns it has, in which order, and
 * whether their types are those this program reads. Columns may stand in any order.
 */
#include <string.h>
#include <strings.h>

#include "lib/base/buf.h"
#include "lib/store/connection.h"

#define COLUMNS_BYTES 65536 /* for the names and types of one table */

enum kind {
	KIND_TEXT,
	KIND_BOOL,
	KIND_TIME,
};

struct need {
	const char *name;
	enum kind kind;
};

static const struct need user_needs[] = {
    {"id", KIND_TEXT},
    {"name", KIND_TEXT},
    {"email", KIND_TEXT},
    {"emailVerified", KIND_BOOL},
    {"image", KIND_TEXT},
    {"createdAt", KIND_TIME},
    {"updatedAt", KIND_TIME},
};

static const struct need session_needs[] = {
    {"id", KIND_TEXT},
    {"expiresAt", KIND_TIME},
    {"token", KIND_TEXT},
    {"createdAt", KIND_TIME},
    {"updatedAt", KIND_TIME},
    {"ipAddress", KIND_TEXT},
    {"userAgent", KIND_TEXT},
    {"userId", KIND_TEXT},
};

static const struct need account_needs[] = {
    {"id", KIND_TEXT},
    {"accountId", KIND_TEXT},
    {"providerId", KIND_TEXT},
    {"userId", KIND_TEXT},
    {"password", KIND_TEXT},
    {"createdAt", KIND_TIME},
    {"updatedAt", KIND_TIME},
};

static const struct need verification_needs[] = {
    {"id", KIND_TEXT},
    {"identifier", KIND_TEXT},
    {"value", KIND_TEXT},
    {"expiresAt", KIND_TIME},
    {"createdAt", KIND_TIME},
    {"updatedAt", KIND_TIME},
};

static const struct need jwks_needs[] = {
    {"id", KIND_TEXT},
    {"publicKey", KIND_TEXT},
    {"privateKey", KIND_TEXT},
    {"createdAt", KIND_TIME},
    {"expiresAt", KIND_TIME},
};

static const struct store_column *
find(const struct store_columns *columns, const char *name)
{
	for (size_t i = 0; i < columns->n; i++) {
		if (strcmp(columns->at[i].name, name) == 0)
			return &columns->at[i];
	}
	return NULL;
}

static bool
has(const struct store_columns *columns, const char *name)
{
	return find(columns, name) != NULL;
}

/* SQLite's rules of affinity (datatype3, 3.1), as far as they part what we read from what we do
 * not. */
static bool
is_numbered(const char *type)
{
	return strcasestr(type, "int") != NULL;
}

static bool
is_text(const char *type)
{
	return !is_numbered(type) &&
	    (strcasestr(type, "char") != NULL || strcasestr(type, "clob") != NULL ||
		strcasestr(type, "text") != NULL);
}

static enum wa_err
check_column(
    struct store *s, const char *table, const struct need *need, const struct store_column *column)
{
	if (column == NULL)
		return wa_fault(WA_ERR_STORE_SCHEMA,
		    "%s: table \"%s\" has no column \"%s\": not a Better Auth database of a "
		    "version we know",
		    s->file.path, table, need->name);

	switch (need->kind) {
	case KIND_TEXT:
		if (is_text(column->type))
			return WA_OK;
		return wa_fault(WA_ERR_STORE_SCHEMA,
		    "%s: %s.%s is declared \"%s\": only text is supported (ids too: not serial or "
		    "uuid)",
		    s->file.path, table, need->name, column->type);
	case KIND_TIME:
		if (!is_numbered(column->type))
			return WA_OK;
		return wa_fault(WA_ERR_STORE_SCHEMA,
		    "%s: %s.%s is declared \"%s\": only dates kept as text are supported, as "
		    "Better "
		    "Auth's own migration makes them",
		    s->file.path, table, need->name, column->type);
	case KIND_BOOL: return WA_OK;
	}
	return WA_OK;
}

static enum wa_err
read_table(struct store *s, struct wa_arena *a, const char *table, const struct need *needs,
    size_t n, struct store_columns *ret)
{
	enum wa_err e;

	wa_arena_reset(a);
	e = store_columns(s, a, table, ret);
	if (e != WA_OK)
		return e;

	if (ret->n == 0)
		return wa_fault(WA_ERR_STORE_SCHEMA,
		    "%s: table \"%s\" is missing: run \"webauthctl store migrate\", or Better "
		    "Auth's own "
		    "migration if an app made the other tables",
		    s->file.path, table);

	for (size_t i = 0; i < n; i++) {
		e = check_column(s, table, &needs[i], find(ret, needs[i].name));
		if (e != WA_OK)
			return e;
	}
	return WA_OK;
}

/* The order in which the plugins' first columns stand is the order of their keys in JSON. */
static void
order_plugins(const struct store_columns *user, struct store_shape *shape)
{
	size_t n = 0;

	for (size_t i = 0; i < user->n; i++) {
		const char *name = user->at[i].name;

		if (shape->has_admin && strcmp(name, "role") == 0)
			shape->plugins[n++] = STORE_PLUGIN_ADMIN;
		else if (shape->has_username && strcmp(name, "username") == 0)
			shape->plugins[n++] = STORE_PLUGIN_USERNAME;
		else if (shape->has_two_factor && strcmp(name, "twoFactorEnabled") == 0)
			shape->plugins[n++] = STORE_PLUGIN_TWO_FACTOR;
	}
}

static enum wa_err
read_user(
    struct store *s, struct wa_arena *a, struct store_columns *columns, struct store_shape *shape)
{
	const struct store_column *id;
	enum wa_err e;

	e = read_table(s, a, "user", user_needs, WA_ARRAY_LEN(user_needs), columns);
	if (e != WA_OK)
		return e;

	/* Our tables refer to it, and a reference to what is no key fails every delete of a user.
	 */
	id = find(columns, "id");
	if (id == NULL || !id->is_key)
		return wa_fault(
		    WA_ERR_STORE_SCHEMA, "%s: user.id is not the primary key", s->file.path);

	shape->has_admin = has(columns, "role") && has(columns, "banned") &&
	    has(columns, "banReason") && has(columns, "banExpires");
	shape->has_username = has(columns, "username") && has(columns, "displayUsername");
	shape->has_two_factor = has(columns, "twoFactorEnabled");
	order_plugins(columns, shape);
	return WA_OK;
}

static enum wa_err
read_core(
    struct store *s, struct wa_arena *a, struct store_columns *columns, struct store_shape *shape)
{
	enum wa_err e;

	e = read_user(s, a, columns, shape);
	if (e != WA_OK)
		return e;

	e = read_table(s, a, "session", session_needs, WA_ARRAY_LEN(session_needs), columns);
	if (e != WA_OK)
		return e;
	shape->has_impersonation = has(columns, "impersonatedBy");

	e = read_table(s, a, "account", account_needs, WA_ARRAY_LEN(account_needs), columns);
	if (e != WA_OK)
		return e;
	shape->has_issuer = has(columns, "issuer");

	return read_table(
	    s, a, "verification", verification_needs, WA_ARRAY_LEN(verification_needs), columns);
}

enum wa_err
store_shape_read(struct store *s, struct store_shape *ret)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(COLUMNS_BYTES);
	struct store_columns columns;
	struct store_shape shape = *ret;
	enum wa_err e;

	if (a == NULL)
		return wa_fault(WA_ERR_NOMEM, "%s: shape", s->file.path);

	e = read_core(s, a, &columns, &shape);
	if (e != WA_OK)
		return e;

	*ret = shape;
	return WA_OK;
}

enum wa_err
store_shape_read_jwks(struct store *s, struct store_shape *ret)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(COLUMNS_BYTES);
	struct store_columns columns;
	enum wa_err e;

	if (a == NULL)
		return wa_fault(WA_ERR_NOMEM, "%s: shape", s->file.path);

	e = read_table(s, a, "jwks", jwks_needs, WA_ARRAY_LEN(jwks_needs), &columns);
	if (e != WA_OK)
		return e;

	ret->has_jwks_alg = has(&columns, "alg") && has(&columns, "crv");
	return WA_OK;
}

enum wa_err
store_has_table(struct store *s, const char *table, bool *ret)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(COLUMNS_BYTES);
	struct store_columns columns;
	enum wa_err e;

	if (a == NULL)
		return wa_fault(WA_ERR_NOMEM, "%s: shape", s->file.path);

	e = store_columns(s, a, table, &columns);
	if (e != WA_OK)
		return e;

	*ret = columns.n > 0;
	return WA_OK;
}

/*
 * Guards
 */

static bool
guard_holds(const struct store_shape *shape, const char *name, size_t n, bool *ret)
{
	const struct {
		const char *name;
		bool on;
	} guards[] = {
	    {"admin", shape->has_admin},
	    {"impersonation", shape->has_impersonation},
	    {"username", shape->has_username},
	    {"two_factor", shape->has_two_factor},
	    {"issuer", shape->has_issuer},
	    {"jwks_alg", shape->has_jwks_alg},
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(guards); i++) {
		if (strlen(guards[i].name) == n && memcmp(guards[i].name, name, n) == 0) {
			*ret = guards[i].on;
			return true;
		}
	}
	return false;
}

enum wa_err
store_shape_expand(const struct store_shape *shape, const char *sql, struct wa_buf *out)
{
	const char *open;

	while ((open = strchr(sql, '{')) != NULL) {
		bool negated = open[1] == '!';
		const char *name = open + 1 + (negated ? 1 : 0);
		const char *colon = strchr(name, ':');
		const char *end = colon == NULL ? NULL : strchr(colon, '}');
		bool on;

		if (end == NULL || !guard_holds(shape, name, (size_t)(colon - name), &on))
			return wa_fault(WA_ERR_STORE, "bad guard in \"%s\"", sql);

		wa_buf_add(out, sql, (size_t)(open - sql));
		if (on != negated)
			wa_buf_add(out, colon + 1, (size_t)(end - colon - 1));
		sql = end + 1;
	}
	wa_buf_str(out, sql);
	return wa_buf_check(out);
}
