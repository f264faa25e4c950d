/* webauthctl session: who is signed in. A session's token is a credential and never shown. */
#include "lib/core/session.h"

#include "lib/base/limits.h"

#include "tools/webauthctl/ask.h"

#define LIST_DEFAULT 1000

static const struct output_field fields[] = {
    {"id", "ID", false},
    {"userId", "USER ID", true},
    {"email", "E-MAIL", false},
    {"createdAt", "CREATED", false},
    {"expiresAt", "EXPIRES", false},
    {"ipAddress", "ADDRESS", false},
    {"userAgent", "AGENT", false},
    {"impersonatedBy", "IMPERSONATED BY", true},
};

static const struct output_field ended_fields[] = {{"sessionsEnded", "SESSIONS ENDED", false}};

struct list {
	struct ctl *c;
	struct output *out;
	struct wa_arena *arena; /* of one row's user */
	uint64_t rows;
};

static bool
list_row(void *arg, const struct session *row)
{
	struct list *l = arg;
	struct user u = {.email = NULL};

	wa_arena_reset(l->arena);
	/* A user deleted this moment leaves the e-mail out; the row was there when it was read. */
	if (store_user_by_id(l->c->cx.store, l->arena, row->user_id, &u) != WA_OK)
		u.email = NULL;
	output_text(l->out, row->id);
	output_text(l->out, row->user_id);
	output_text(l->out, u.email);
	output_time(l->out, row->created_ms);
	output_time(l->out, row->expires_ms);
	output_text(l->out, row->ip_address);
	output_text(l->out, row->user_agent);
	output_text(l->out, row->impersonated_by);
	output_row(l->out);
	l->rows++;
	return true;
}

static enum ctl_exit
list_sessions(struct ctl *c, struct output *o, const char *user_id, uint64_t limit)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	struct list l = {.c = c, .out = o, .arena = a};
	enum wa_err e;

	if (a == NULL)
		return message_fail(WA_ERR_NOMEM, "session list");
	e = wa_session_each(&c->cx, user_id, (int64_t)limit, list_row, &l);
	if (e != WA_OK)
		return message_fail(e, "session list");
	if (!output_end(o))
		return CTL_FAILED;
	if (l.rows == limit)
		message_say("these are the newest %ju; for more: --limit", (uintmax_t)limit);
	return CTL_OK;
}

enum ctl_exit
session_list(struct ctl *c)
{
	WA_CLEANUP(output_done) struct output o;
	const char *who = options_get(c, "user");
	struct user u = {.id = NULL};
	enum ctl_exit x = CTL_OK;
	uint64_t limit;

	output_list(&o, c->format, "sessions", fields, WA_ARRAY_LEN(fields));
	if (!options_number(c, "limit", INT32_MAX, LIST_DEFAULT, &limit))
		return CTL_USAGE;
	if (who != NULL)
		x = user_find(c, who, &u);
	return x == CTL_OK ? list_sessions(c, &o, u.id, limit) : x;
}

static enum ctl_exit
put_ended(const struct ctl *c, int64_t n)
{
	struct output o;

	output_record(&o, c->format, "result", ended_fields, WA_ARRAY_LEN(ended_fields));
	output_int(&o, n);
	output_row(&o);
	return output_end(&o) ? CTL_OK : CTL_FAILED;
}

static enum ctl_exit
kill_one(struct ctl *c, const char *id)
{
	bool ended = false;
	enum wa_err e = wa_session_revoke_id(&c->cx, NULL, id, "revoked", &ended);

	if (e != WA_OK)
		return message_fail(e, id);
	if (ended)
		return put_ended(c, 1);
	message_say("%s: no such session; see: webauthctl session list", id);
	return CTL_NOT_FOUND;
}

static enum ctl_exit
kill_of_user(struct ctl *c, const char *who)
{
	int64_t n = 0;
	const char *question;
	struct user u;
	enum ctl_exit x = user_find(c, who, &u);
	enum wa_err e;

	if (x != CTL_OK)
		return x;
	question = wa_arena_printf(c->arena, "End all sessions of %s?", u.email);
	if (question == NULL)
		return message_fail(WA_ERR_NOMEM, who);
	x = ask_confirmed(c, question);
	if (x != CTL_OK)
		return x;
	e = wa_session_revoke_all(&c->cx, u.id, NULL, &n);
	return e == WA_OK ? put_ended(c, n) : message_fail(e, who);
}

static enum ctl_exit
kill_all(struct ctl *c)
{
	int64_t n = 0;
	enum ctl_exit x = ask_confirmed(c, "End all sessions of all users?");
	enum wa_err e;

	if (x != CTL_OK)
		return x;
	e = wa_session_revoke_everybody(&c->cx, &n);
	return e == WA_OK ? put_ended(c, n) : message_fail(e, "session kill");
}

enum ctl_exit
session_kill(struct ctl *c)
{
	const char *who = options_get(c, "user");
	bool all = options_get(c, "all") != NULL;

	if ((c->n_operands > 0) + (who != NULL) + all != 1)
		return message_usage(c, "session kill: give one of ID, --user USER and --all");
	if (all)
		return kill_all(c);
	return who != NULL ? kill_of_user(c, who) : kill_one(c, c->operands[0]);
}
