/* webauthctl app-password: secrets for programs, in place of a user's password. */
#include "lib/core/app_password.h"

#include <string.h>

#include "lib/base/limits.h"
#include "tools/webauthctl/ask.h"

static const struct output_field fields[] = {
    {"id", "ID", false}, {"email", "E-MAIL", false}, {"userId", "USER ID", true},
    {"name", "NAME", false}, {"services", "SERVICES", false}, {"createdAt", "CREATED", false},
    {"lastUsedAt", "LAST USED", false}, {"expiresAt", "EXPIRES", false},
    {"appPassword", "APP PASSWORD", false}, /* of a new one alone */
};

#define N_FIELDS (WA_ARRAY_LEN(fields) - 1)

static const struct output_field revoked_fields[] = {{"revoked", "REVOKED", false}};

struct list {
	struct output *out;
	struct wa_arena *arena;
	enum wa_err failed;
};

static enum wa_err
write_row(struct output *o, struct wa_arena *a, const struct app_password_row *row)
{
	struct wa_strings services;
	enum wa_err e = wa_app_password_services(a, row, &services);

	if (e != WA_OK)
		return e;
	output_text(o, row->id);
	output_text(o, row->user_email);
	output_text(o, row->user_id);
	output_text(o, row->name);
	output_texts(o, services.v, services.n);
	output_time(o, row->created_ms);
	output_time(o, row->last_used_ms);
	output_time(o, row->expires_ms);
	return WA_OK;
}

/* "a,b" as a list; empty parts are the core's to refuse. */
static bool
split_services(struct ctl *c, const char *text, struct wa_strings *ret)
{
	size_t max = 1;

	*ret = (struct wa_strings){0};
	if (text == NULL)
		return true;
	for (const char *p = text; *p != '\0'; p++)
		max += *p == ',';
	ret->v = wa_arena_alloc(c->arena, max * sizeof(*ret->v));
	for (const char *w = text; ret->v != NULL && w != NULL;) {
		size_t n = strcspn(w, ",");

		ret->v[ret->n] = wa_arena_strndup(c->arena, w, n);
		if (ret->v[ret->n++] == NULL)
			return false;
		w = w[n] == ',' ? w + n + 1 : NULL;
	}
	return ret->v != NULL;
}

static enum ctl_exit
read_new(struct ctl *c, struct wa_new_app_password *in)
{
	const char *expires = options_get(c, "expires");
	struct wa_strings services;

	in->name = options_get(c, "name");
	if (in->name == NULL)
		return message_usage(
		    c, "app-password add needs --name: its user must know which it is");
	if (!split_services(c, options_get(c, "services"), &services))
		return message_fail(WA_ERR_NOMEM, "--services");
	in->services = services.v;
	in->n_services = services.n;
	if (expires != NULL && !when_parse(expires, c->cx.now_ms, &in->expires_ms))
		return message_usage(c,
		    "--expires %s: expected 90d, 12h, or a time such as 2030-01-31T00:00:00Z",
		    expires);
	return CTL_OK;
}

enum ctl_exit
app_password_add(struct ctl *c)
{
	struct wa_new_app_password in = {.name = NULL};
	char text[WA_APP_PASSWORD_SIZE];
	struct app_password_row row;
	struct output o;
	struct user u;
	enum ctl_exit x = read_new(c, &in);
	enum wa_err e;

	if (x == CTL_OK)
		x = user_find(c, c->operands[0], &u);
	if (x != CTL_OK)
		return x;
	e = wa_app_password_create(&c->cx, u.id, &in, &row, text);
	if (e != WA_OK)
		return message_fail(e, u.email);
	row.user_email = u.email;
	output_record(&o, c->format, "appPassword", fields, WA_ARRAY_LEN(fields));
	e = write_row(&o, c->arena, &row);
	if (e != WA_OK) {
		output_done(&o);
		return message_fail(e, u.email);
	}
	output_text(&o, text);
	output_row(&o);
	return output_end(&o) ? CTL_OK : CTL_FAILED;
}

static bool
list_row(void *arg, const struct app_password_row *row)
{
	struct list *l = arg;

	wa_arena_reset(l->arena);
	l->failed = write_row(l->out, l->arena, row);
	if (l->failed == WA_OK)
		output_row(l->out);
	return l->failed == WA_OK;
}

enum ctl_exit
app_password_list(struct ctl *c)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	WA_CLEANUP(output_done) struct output o;
	struct list l = {.out = &o, .arena = a, .failed = WA_OK};
	const char *who = options_get(c, "user");
	struct user u = {.id = NULL};
	enum ctl_exit x = CTL_OK;
	enum wa_err e;

	output_list(&o, c->format, "appPasswords", fields, N_FIELDS);
	if (a == NULL)
		return message_fail(WA_ERR_NOMEM, "app-password list");
	if (who != NULL)
		x = user_find(c, who, &u);
	if (x != CTL_OK)
		return x;
	e = store_app_password_each(c->cx.store, u.id, list_row, &l);
	if (e == WA_OK)
		e = l.failed;
	if (e != WA_OK)
		return message_fail(e, "app-password list");
	return output_end(&o) ? CTL_OK : CTL_FAILED;
}

static enum ctl_exit
put_revoked(const struct ctl *c, int64_t n)
{
	struct output o;

	output_record(&o, c->format, "result", revoked_fields, WA_ARRAY_LEN(revoked_fields));
	output_int(&o, n);
	output_row(&o);
	return output_end(&o) ? CTL_OK : CTL_FAILED;
}

static enum ctl_exit
revoke_one(struct ctl *c, const char *id)
{
	enum wa_err e = wa_app_password_revoke(&c->cx, NULL, id);

	if (e == WA_ERR_NOT_FOUND) {
		message_say("%s: no such app password; see: webauthctl app-password list", id);
		return CTL_NOT_FOUND;
	}
	return e == WA_OK ? put_revoked(c, 1) : message_fail(e, id);
}

static enum ctl_exit
revoke_of_user(struct ctl *c, const char *who)
{
	const char *question;
	int64_t n = 0;
	struct user u;
	enum ctl_exit x = user_find(c, who, &u);
	enum wa_err e;

	if (x != CTL_OK)
		return x;
	question = wa_arena_printf(c->arena, "Revoke all app passwords of %s?", u.email);
	if (question == NULL)
		return message_fail(WA_ERR_NOMEM, who);
	x = ask_confirmed(c, question);
	if (x != CTL_OK)
		return x;
	e = wa_app_password_revoke_all(&c->cx, u.id, &n);
	return e == WA_OK ? put_revoked(c, n) : message_fail(e, who);
}

enum ctl_exit
app_password_revoke(struct ctl *c)
{
	const char *who = options_get(c, "user");

	if ((c->n_operands > 0) == (who != NULL))
		return message_usage(c, "app-password revoke: give either ID or --user USER");
	return who != NULL ? revoke_of_user(c, who) : revoke_one(c, c->operands[0]);
}
