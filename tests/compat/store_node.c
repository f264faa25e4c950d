/*
 * What store_node.test.mjs asks of lib/store: one command on one store, the answer as JSON on
 *standard output, the outcome's name on standard error and the exit code 1 where it is not OK.
 *
 *	store_node URI migrate
 *	store_node URI dump
 *	store_node URI add HASH        a user with password, session, verification row
 *	store_node URI ban|unban|delete USER-ID
 *	store_node URI extend TOKEN    by a day
 *	store_node URI consume IDENTIFIER
 */
#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/json_write.h"
#include "lib/base/limits.h"
#include "lib/store/account.h"
#include "lib/store/jwk.h"
#include "lib/store/session.h"
#include "lib/store/user.h"
#include "lib/store/verification.h"

#define DAY INT64_C(86400000)

struct job {
	struct store *s;
	struct wa_arena *a;
	struct wa_buf out;
	int64_t now_ms;
	const char *argument;
	enum wa_err e; /* of what a callback did */
};

static void
put_text(struct wa_buf *b, const char *key, const char *value)
{
	wa_json_key(b, key);
	wa_json_string(b, value);
}

static void
put_bool(struct wa_buf *b, const char *key, bool value)
{
	wa_json_key(b, key);
	wa_json_bool(b, value);
}

static void
put_time(struct wa_buf *b, const char *key, int64_t ms)
{
	wa_json_key(b, key);
	if (ms == 0)
		wa_json_null(b);
	else
		wa_json_time(b, ms);
}

static void
put_known(struct wa_buf *b, const char *key, bool known, bool value)
{
	wa_json_key(b, key);
	if (known)
		wa_json_bool(b, value);
	else
		wa_json_null(b);
}

static bool
put_user(void *arg, const struct user *u)
{
	struct job *job = arg;
	const struct store_shape *shape = store_shape(job->s);
	struct wa_buf *b = &job->out;
	const char *hash = NULL;

	job->e = store_account_password(job->s, job->a, u->id, &hash);
	if (job->e == WA_ERR_NOT_FOUND)
		job->e = WA_OK;

	wa_json_open(b, '{');
	put_text(b, "id", u->id);
	put_text(b, "name", u->name);
	put_text(b, "email", u->email);
	put_bool(b, "emailVerified", u->email_verified);
	put_text(b, "image", u->image);
	put_time(b, "createdAt", u->created_ms);
	put_time(b, "updatedAt", u->updated_ms);
	if (shape->has_admin) {
		put_text(b, "role", u->role);
		put_known(b, "banned", u->banned_known, u->banned);
		put_text(b, "banReason", u->ban_reason);
		put_time(b, "banExpires", u->ban_expires_ms);
	}
	if (shape->has_username) {
		put_text(b, "username", u->username);
		put_text(b, "displayUsername", u->display_username);
	}
	if (shape->has_two_factor)
		put_known(b, "twoFactorEnabled", u->two_factor_known, u->two_factor_enabled);
	put_text(b, "password", hash);
	wa_json_close(b, '}');
	return job->e == WA_OK;
}

static bool
put_session(void *arg, const struct session *row)
{
	struct job *job = arg;
	struct wa_buf *b = &job->out;
	struct session again;
	struct user u;

	/* The hot path must see what the list sees. */
	job->e = store_session_by_token(job->s, job->a, row->token, &again, &u);
	if (job->e == WA_OK && (strcmp(again.id, row->id) != 0 || strcmp(u.id, row->user_id) != 0))
		job->e = WA_ERR_INVALID;

	wa_json_open(b, '{');
	put_text(b, "id", row->id);
	put_time(b, "expiresAt", row->expires_ms);
	put_text(b, "token", row->token);
	put_time(b, "createdAt", row->created_ms);
	put_time(b, "updatedAt", row->updated_ms);
	put_text(b, "ipAddress", row->ip_address);
	put_text(b, "userAgent", row->user_agent);
	put_text(b, "userId", row->user_id);
	if (store_shape(job->s)->has_impersonation)
		put_text(b, "impersonatedBy", row->impersonated_by);
	wa_json_close(b, '}');
	return job->e == WA_OK;
}

static enum wa_err
put_keys(struct job *job)
{
	struct wa_buf *b = &job->out;
	struct jwk_row *rows = NULL;
	size_t n = 0;
	enum wa_err e;

	e = store_jwk_all(job->s, job->a, 100, &rows, &n);
	for (size_t i = 0; e == WA_OK && i < n; i++) {
		wa_json_open(b, '{');
		put_text(b, "id", rows[i].id);
		put_text(b, "publicKey", rows[i].public_key);
		put_text(b, "privateKey", rows[i].private_key);
		put_time(b, "createdAt", rows[i].created_ms);
		put_time(b, "expiresAt", rows[i].expires_ms);
		put_text(b, "alg", rows[i].alg);
		put_text(b, "crv", rows[i].crv);
		wa_json_close(b, '}');
	}
	return e;
}

static void
put_shape(struct job *job)
{
	const struct store_shape *shape = store_shape(job->s);
	struct wa_buf *b = &job->out;

	wa_json_open(b, '{');
	put_text(b, "origin", shape->origin == STORE_ORIGIN_NODE ? "node" : "ours");
	put_bool(b, "admin", shape->has_admin);
	put_bool(b, "impersonation", shape->has_impersonation);
	put_bool(b, "username", shape->has_username);
	put_bool(b, "twoFactor", shape->has_two_factor);
	put_bool(b, "issuer", shape->has_issuer);
	wa_json_key(b, "plugins");
	wa_json_open(b, '[');
	for (size_t i = 0; i < WA_ARRAY_LEN(shape->plugins); i++)
		wa_json_int(b, shape->plugins[i]);
	wa_json_close(b, ']');
	wa_json_close(b, '}');
}

static enum wa_err
run_migrate(struct job *job)
{
	put_shape(job);
	return WA_OK;
}

static enum wa_err
run_dump(struct job *job)
{
	struct wa_buf *b = &job->out;
	enum wa_err e;

	wa_json_open(b, '{');
	wa_json_key(b, "users");
	wa_json_open(b, '[');
	e = store_user_each(job->s, NULL, NULL, 1000, put_user, job);
	if (e != WA_OK || job->e != WA_OK)
		return e != WA_OK ? e : job->e;

	wa_json_close(b, ']');
	wa_json_key(b, "sessions");
	wa_json_open(b, '[');
	e = store_session_each(job->s, NULL, job->now_ms, 1000, put_session, job);
	if (e != WA_OK || job->e != WA_OK)
		return e != WA_OK ? e : job->e;

	wa_json_close(b, ']');
	wa_json_key(b, "keys");
	wa_json_open(b, '[');
	e = put_keys(job);
	wa_json_close(b, ']');
	wa_json_close(b, '}');
	return e;
}

static enum wa_err
add_rows(struct job *job)
{
	const struct user u = {
	    .id = "ourUser00000000000000000000000001",
	    .name = "Our User",
	    .email = "ours@example.com",
	    .created_ms = job->now_ms,
	    .updated_ms = job->now_ms,
	    .username = "our.user",
	    .display_username = "Our.User",
	};
	const struct session session = {
	    .id = "ourSession0000000000000000000001",
	    .token = "ourToken000000000000000000000001",
	    .user_id = u.id,
	    .expires_ms = job->now_ms + 7 * DAY,
	    .created_ms = job->now_ms,
	    .updated_ms = job->now_ms,
	    .ip_address = "",
	    .user_agent = "",
	};
	const struct verification verification = {
	    .id = "ourVerification00000000000000001",
	    .identifier = "reset-password:ourResetToken00000000001",
	    .value = u.id,
	    .expires_ms = job->now_ms + 3600000,
	    .created_ms = job->now_ms,
	    .updated_ms = job->now_ms,
	};
	enum wa_err e;

	e = store_user_insert(job->s, &u);
	if (e != WA_OK)
		return e;

	e = store_account_insert_password(
	    job->s, "ourAccount0000000000000000000001", u.id, job->argument, job->now_ms);
	if (e != WA_OK)
		return e;

	e = store_session_insert(job->s, &session);
	if (e != WA_OK)
		return e;
	return store_verification_insert(job->s, &verification);
}

static enum wa_err
run_add(struct job *job)
{
	enum wa_err e;

	e = store_begin_write(job->s);
	if (e != WA_OK)
		return e;
	return store_end(job->s, add_rows(job));
}

static enum wa_err
run_ban(struct job *job)
{
	return store_user_ban(job->s, job->argument, "of ours", 0, job->now_ms);
}

static enum wa_err
run_unban(struct job *job)
{
	return store_user_unban(job->s, job->argument, job->now_ms);
}

static enum wa_err
run_delete(struct job *job)
{
	return store_user_delete(job->s, job->argument);
}

static enum wa_err
run_extend(struct job *job)
{
	struct session row;
	struct user u;
	enum wa_err e;

	e = store_session_by_token(job->s, job->a, job->argument, &row, &u);
	if (e != WA_OK)
		return e;
	return store_session_extend(
	    job->s, row.token, row.expires_ms, row.expires_ms + DAY, job->now_ms);
}

static enum wa_err
run_consume(struct job *job)
{
	struct verification row;
	enum wa_err e;

	e = store_verification_consume(job->s, job->a, job->argument, job->now_ms, &row);
	if (e != WA_OK)
		return e;
	wa_json_string(&job->out, row.value);
	return WA_OK;
}

static const struct command {
	const char *name;
	enum store_mode mode;
	bool argument;
	enum wa_err (*run)(struct job *job);
} commands[] = {
    {"create", STORE_CREATE, false, run_migrate},
    {"migrate", STORE_MIGRATE, false, run_migrate},
    {"dump", STORE_READ, false, run_dump},
    {"add", STORE_WRITE, true, run_add},
    {"ban", STORE_WRITE, true, run_ban},
    {"unban", STORE_WRITE, true, run_unban},
    {"delete", STORE_WRITE, true, run_delete},
    {"extend", STORE_WRITE, true, run_extend},
    {"consume", STORE_WRITE, true, run_consume},
};

static enum wa_err
run(const struct command *command, const char *uri, struct job *job)
{
	const struct store_options options = {.uri = uri, .mode = command->mode, .busy_ms = 5000};
	enum wa_err e;

	e = store_open(&options, &job->s);
	if (e != WA_OK)
		return e;
	return command->run(job);
}

int
main(int argc, char **argv)
{
	struct job job = {.out = WA_BUF_INIT(1 << 20), .now_ms = wa_clock_now_ms()};
	enum wa_err e = WA_ERR_CONFIG;

	job.a = wa_arena_new(WA_ARENA_MAX);
	job.argument = argc > 3 ? argv[3] : NULL;
	for (size_t i = 0; argc > 2 && i < WA_ARRAY_LEN(commands); i++) {
		if (strcmp(argv[2], commands[i].name) == 0 &&
		    commands[i].argument == (job.argument != NULL))
			e = run(&commands[i], argv[1], &job);
	}

	if (e == WA_OK && job.out.len > 0)
		(void)fwrite(job.out.data, 1, job.out.len, stdout);
	if (e != WA_OK)
		(void)fprintf(stderr, "%s %s\n", wa_err_name(e), wa_err_detail(e));
	store_close(job.s);
	wa_arena_free(job.a);
	wa_buf_done(&job.out);
	return e == WA_OK ? 0 : 1;
}
