/*
 * What a database looks like: which of Better Auth's tables and columns it has, in which order, and
 * whether their types are those this program reads. Columns may stand in any order.
 *
 * The module asks all of this for every login, before it can trust a statement of ours.
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
missing_table(struct store *s, const char *table)
{
	return wa_fault(WA_ERR_STORE_SCHEMA,
	    "%s: table \"%s\" is missing: run \"webauthctl store migrate\", or Better Auth's own "
	    "migration if an app made the other tables",
	    s->file.path, table);
}

static enum wa_err
check_table(struct store *s, const char *table, const struct need *needs, size_t n)
{
	struct store_column column;
	bool there = false;
	enum wa_err e;

	for (size_t i = 0; i < n; i++) {
		e = store_column_find(s, table, needs[i].name, &column, &there);
		/* Which of the two is missing is asked once it is known that one is. */
		if (e == WA_OK && !there && i == 0) {
			e = store_has_table(s, table, &there);
			if (e == WA_OK && !there)
				e = missing_table(s, table);
			there = false;
		}
		if (e == WA_OK)
			e = check_column(s, table, &needs[i], there ? &column : NULL);
		if (e != WA_OK)
			return e;
	}
	return WA_OK;
}

static enum wa_err
has_column(struct store *s, const char *table, const char *name, bool *ret)
{
	struct store_column column;

	return store_column_find(s, table, name, &column, ret);
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
check_user(struct store *s, const struct store_columns *columns)
{
	const struct store_column *id = find(columns, "id");
	enum wa_err e;

	if (columns->n == 0)
		return missing_table(s, "user");
	for (size_t i = 0; i < WA_ARRAY_LEN(user_needs); i++) {
		e = check_column(s, "user", &user_needs[i], find(columns, user_needs[i].name));
		if (e != WA_OK)
			return e;
	}
	/* Our tables refer to it, and a reference to what is no key fails every delete of a user.
	 */
	if (id == NULL || !id->is_key)
		return wa_fault(
		    WA_ERR_STORE_SCHEMA, "%s: user.id is not the primary key", s->file.path);
	return WA_OK;
}

/* The one table whose columns are read in their order. The statements that do so also notice a
 * schema that somebody has changed, for the questions that follow. */
static enum wa_err
read_user(struct store *s, struct store_shape *shape)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(COLUMNS_BYTES);
	struct store_columns columns;
	enum wa_err e;

	if (a == NULL)
		return wa_fault(WA_ERR_NOMEM, "%s: shape", s->file.path);
	e = store_columns(s, a, "user", &columns);
	if (e == WA_OK)
		e = check_user(s, &columns);
	if (e != WA_OK)
		return e;

	shape->has_admin = has(&columns, "role") && has(&columns, "banned") &&
	    has(&columns, "banReason") && has(&columns, "banExpires");
	shape->has_username = has(&columns, "username") && has(&columns, "displayUsername");
	shape->has_two_factor = has(&columns, "twoFactorEnabled");
	order_plugins(&columns, shape);
	return WA_OK;
}

enum wa_err
store_shape_read(struct store *s, struct store_shape *ret)
{
	struct store_shape shape = *ret;
	enum wa_err e;

	e = read_user(s, &shape);
	if (e == WA_OK)
		e = check_table(s, "session", session_needs, WA_ARRAY_LEN(session_needs));
	if (e == WA_OK)
		e = has_column(s, "session", "impersonatedBy", &shape.has_impersonation);
	if (e == WA_OK)
		e = check_table(s, "account", account_needs, WA_ARRAY_LEN(account_needs));
	if (e == WA_OK)
		e = has_column(s, "account", "issuer", &shape.has_issuer);
	if (e == WA_OK)
		e = check_table(
		    s, "verification", verification_needs, WA_ARRAY_LEN(verification_needs));
	if (e != WA_OK)
		return e;

	*ret = shape;
	return WA_OK;
}

enum wa_err
store_shape_read_jwks(struct store *s, struct store_shape *ret)
{
	bool has_alg = false, has_crv = false;
	enum wa_err e;

	e = check_table(s, "jwks", jwks_needs, WA_ARRAY_LEN(jwks_needs));
	if (e == WA_OK)
		e = has_column(s, "jwks", "alg", &has_alg);
	if (e == WA_OK)
		e = has_column(s, "jwks", "crv", &has_crv);
	if (e != WA_OK)
		return e;

	ret->has_jwks_alg = has_alg && has_crv;
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
