/* GET and POST /app-passwords, POST /app-passwords/revoke: a signed-in user's own (docs/api.md). */
#include "lib/base/json_write.h"
#include "lib/base/limits.h"
#include "lib/core/app_password.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"
#include "sessiond/routes/schema.h"

#define EXPIRES_IN_MAX ((int64_t)3650 * 86400) /* seconds */

struct create {
	const char *name;
	struct wa_new_app_password new;
};

struct revoke {
	const char *id;
};

struct listing {
	struct exchange *x;
	enum wa_err failed;
};

/* ---- what is asked ---- */

static enum wa_err
wrong(const char *path, const char *expected)
{
	return wa_refuse(WA_ERR_VALIDATION, "[body.%s] Invalid input: expected %s", path, expected);
}

static enum wa_err
read_services(struct exchange *x, struct wa_new_app_password *new)
{
	const struct wa_json *list = wa_json_get(x->body, "services");
	const char **services;

	if (list == NULL)
		return WA_OK;
	if (wa_json_type(list) != WA_JSON_ARRAY)
		return wrong("services", "array");
	new->n_services = wa_json_array_len(list);
	if (new->n_services > WA_APP_PASSWORD_SERVICES_MAX)
		return wrong("services", "fewer of them");
	services = wa_arena_alloc(x->cx.arena, (new->n_services + 1) * sizeof(*services));
	if (services == NULL)
		return wa_fault(WA_ERR_NOMEM, "app password");
	for (size_t i = 0; i < new->n_services; i++) {
		services[i] = wa_json_get_string(wa_json_array_get(list, i));
		if (services[i] == NULL)
			return wrong("services", "strings");
	}
	new->services = services;
	return WA_OK;
}

static enum wa_err
read_expiry(struct exchange *x, struct wa_new_app_password *new)
{
	const struct wa_json *v = wa_json_get(x->body, "expiresIn");
	int64_t seconds;

	if (v == NULL)
		return WA_OK;
	if (!wa_json_get_int(v, &seconds) || seconds < 1 || seconds > EXPIRES_IN_MAX)
		return wrong("expiresIn", "number of seconds");
	new->expires_ms = x->cx.now_ms + seconds * 1000;
	return WA_OK;
}

enum wa_err
app_password_create_schema(struct exchange *x)
{
	static const struct schema_field fields[] = {
	    {"name", SCHEMA_NONEMPTY, false, offsetof(struct create, name)},
	};
	struct create *in = wa_arena_alloc(x->cx.arena, sizeof(*in));
	enum wa_err e;

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "app password");
	x->input = in;
	e = schema_body(x, fields, WA_ARRAY_LEN(fields), false, in);
	if (e == WA_OK)
		e = read_services(x, &in->new);
	if (e == WA_OK)
		e = read_expiry(x, &in->new);
	in->new.name = in->name;
	return e;
}

enum wa_err
app_password_revoke_schema(struct exchange *x)
{
	static const struct schema_field fields[] = {
	    {"id", SCHEMA_STRING, false, offsetof(struct revoke, id)},
	};
	struct revoke *in = wa_arena_alloc(x->cx.arena, sizeof(*in));

	if (in == NULL)
		return wa_fault(WA_ERR_NOMEM, "app password");
	x->input = in;
	return schema_body(x, fields, WA_ARRAY_LEN(fields), false, in);
}

/* ---- what is answered ---- */

static void
write_time(struct wa_buf *b, const char *key, int64_t ms)
{
	wa_json_key(b, key);
	if (ms == 0)
		wa_json_null(b);
	else
		wa_json_time(b, ms);
}

/* The members of one, its object left open. */
static enum wa_err
write_members(struct exchange *x, const struct app_password_row *row)
{
	struct wa_buf *b = &x->response->body;
	struct wa_strings services;
	enum wa_err e = wa_app_password_services(x->cx.arena, row, &services);

	if (e != WA_OK)
		return e;
	wa_json_open(b, '{');
	wa_json_key(b, "id");
	wa_json_string(b, row->id);
	wa_json_key(b, "name");
	wa_json_string(b, row->name);
	wa_json_key(b, "services");
	wa_json_open(b, '[');
	for (size_t i = 0; i < services.n; i++)
		wa_json_string(b, services.v[i]);
	wa_json_close(b, ']');
	write_time(b, "createdAt", row->created_ms);
	write_time(b, "lastUsedAt", row->last_used_ms);
	write_time(b, "expiresAt", row->expires_ms);
	return WA_OK;
}

/* ---- the routes ---- */

static bool
list_one(void *arg, const struct app_password_row *row)
{
	struct listing *l = arg;

	l->failed = write_members(l->x, row);
	if (l->failed != WA_OK)
		return false;
	wa_json_close(&l->x->response->body, '}');
	return true;
}

enum wa_err
app_password_list_run(struct exchange *x)
{
	struct listing l = {.x = x, .failed = WA_OK};
	enum wa_err e;

	wa_json_open(&x->response->body, '[');
	e = wa_app_password_each(&x->cx, x->user.id, list_one, &l);
	if (e == WA_OK)
		e = l.failed;
	if (e != WA_OK)
		return e;
	wa_json_close(&x->response->body, ']');
	reply_json(x, 200);
	return WA_OK;
}

enum wa_err
app_password_create_run(struct exchange *x)
{
	const struct create *in = x->input;
	char text[WA_APP_PASSWORD_SIZE];
	struct app_password_row row;
	enum wa_err e;

	/* It would outlive the session of whoever acts in the user's place. */
	if (x->session.impersonated_by != NULL && x->session.impersonated_by[0] != '\0')
		return wa_refuse(WA_ERR_NOT_PERMITTED, "not while acting in another user's place");

	e = wa_app_password_create(&x->cx, x->user.id, &in->new, &row, text);
	if (e == WA_ERR_INVALID || e == WA_ERR_TOO_LONG)
		return wa_refuse(WA_ERR_VALIDATION, "%s", wa_err_detail(e));
	if (e == WA_OK)
		e = write_members(x, &row);
	if (e != WA_OK)
		return e;
	wa_json_key(&x->response->body, "appPassword");
	wa_json_string(&x->response->body, text);
	wa_json_close(&x->response->body, '}');
	reply_json(x, 200);
	return WA_OK;
}

/* Somebody else's is as unknown as one that never was. */
enum wa_err
app_password_revoke_run(struct exchange *x)
{
	const struct revoke *in = x->input;
	enum wa_err e = wa_app_password_revoke(&x->cx, x->user.id, in->id);

	if (e != WA_OK)
		return e;
	reply_status_true(x);
	return WA_OK;
}
