/*
 * Which way, and how a question looks on it.
 */
#include "pam_webauth/ask.h"

#include <security/pam_modules.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/limits.h"
#include "lib/base/parse.h"
#include "lib/core/local_account.h"
#include "lib/core/login_password.h"
#include "lib/core/login_session.h"
#include "lib/core/login_wire.h"
#include "pam_webauth/call.h"
#include "pam_webauth/client.h"

#define FIELDS_MAX 16

bool
ask_is_daemon(const struct call *call)
{
	switch (call->service.transport) {
	case WA_TRANSPORT_AUTO: return !call_owns_store(call);
	case WA_TRANSPORT_STORE: return false;
	case WA_TRANSPORT_DAEMON: return true;
	}
	return true;
}

/* ---- over the socket ---- */

struct question {
	struct client_field fields[FIELDS_MAX];
	size_t n;
};

static void
add(struct question *q, const char *name, const char *value)
{
	if (q->n < FIELDS_MAX)
		q->fields[q->n++] = (struct client_field){name, value};
}

static enum wa_err
client_of(const struct call *call, struct client *ret)
{
	enum wa_err e;

	*ret = (struct client){
	    .arena = call->arena,
	    .path = wa_settings_pam_socket(call->settings),
	    .timeout_ms = call->service.daemon_timeout,
	};
	if (ret->path == NULL)
		return wa_fault(WA_ERR_CONFIG,
		    "uid %u does not own the store, and pam_socket, over which sessiond could be "
		    "asked, is empty",
		    (unsigned)geteuid());
	e = wa_local_account_uid(call->arena, call->settings->daemon_user, &ret->daemon_uid);
	if (e == WA_ERR_NOT_FOUND) {
		ret->daemon_uid = 0; /* then it must be root who answers */
		return WA_OK;
	}
	return e;
}

/* What every question says. */
static enum wa_err
begin(const struct call *call, const char *name, struct question *q)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf policy = WA_BUF_INIT(WA_BODY_MAX);
	const void *rhost = NULL, *tty = NULL;
	const char *text, *uid;

	wa_service_policy(&call->service, &policy);
	text = wa_buf_cstr(&policy);
	text = text == NULL ? NULL : wa_arena_strdup(call->arena, text);
	uid = wa_arena_printf(call->arena, "%u", (unsigned)getuid());
	if (text == NULL || uid == NULL)
		return wa_fault(WA_ERR_NOMEM, "question to sessiond");
	if (pam_get_item(call->pamh, PAM_RHOST, &rhost) != PAM_SUCCESS)
		rhost = NULL;
	if (pam_get_item(call->pamh, PAM_TTY, &tty) != PAM_SUCCESS)
		tty = NULL;

	*q = (struct question){.n = 0};
	add(q, LOGIN_WIRE_SERVICE, call->service.name);
	add(q, LOGIN_WIRE_POLICY, text);
	add(q, LOGIN_WIRE_USER, name);
	add(q, LOGIN_WIRE_RHOST, rhost);
	add(q, LOGIN_WIRE_UID, uid);
	add(q, LOGIN_WIRE_TTY, tty);
	return WA_OK;
}

static struct wa_login_result
result_of(const struct client_answer *answer)
{
	struct wa_login_result r = {
	    .known = answer->user_id != NULL,
	    .user = {.id = answer->user_id, .ban_reason = answer->ban_reason},
	    .proof_id = answer->proof_id,
	};
	uint64_t end;

	if (answer->ban_end != NULL &&
	    wa_parse_uint(answer->ban_end, strlen(answer->ban_end), INT64_MAX, &end))
		r.user.ban_expires_ms = (int64_t)end;
	if (answer->proof != NULL)
		(void)wa_login_proof_parse(answer->proof, &r.proof);
	return r;
}

static enum wa_err
put(const struct call *call, const char *operation, const struct question *q,
    struct client_answer *answer, struct wa_login_result *ret)
{
	struct client client;
	enum wa_err e;

	*answer = (struct client_answer){0};
	e = client_of(call, &client);
	if (e == WA_OK)
		e = client_ask(&client, operation, q->fields, q->n, answer);
	*ret = result_of(answer);
	return e;
}

/* ---- the store ---- */

static enum wa_err
open_store(struct call *call, bool to_write, struct wa_context *ret)
{
	enum wa_err e = call_open_store(call, to_write);

	if (e == WA_OK)
		*ret = call_context(call);
	return e;
}

static struct wa_login
login_of(const struct call *call, const char *name)
{
	return (struct wa_login){.service = &call->service, .name = name};
}

/* ---- questions ---- */

static enum wa_err
authenticate_by_daemon(struct call *call, const char *name, const char *password,
    struct wa_login_result *ret, const char **ret_ticket)
{
	struct client_answer answer;
	struct question q;
	enum wa_err e;

	/* What cannot be anybody's password is not sent. */
	e = wa_login_check_text(password);
	if (e == WA_OK)
		e = begin(call, name, &q);
	if (e != WA_OK)
		return e;
	add(&q, LOGIN_WIRE_PASSWORD, password);
	e = put(call, LOGIN_WIRE_AUTHENTICATE, &q, &answer, ret);
	*ret_ticket = answer.ticket;
	return e;
}

enum wa_err
ask_authenticate(struct call *call, const char *name, const char *password,
    struct wa_login_result *ret, const char **ret_ticket)
{
	struct wa_login login = login_of(call, name);
	struct wa_context cx;
	enum wa_err e;

	*ret = (struct wa_login_result){0};
	*ret_ticket = NULL;
	if (ask_is_daemon(call))
		return authenticate_by_daemon(call, name, password, ret, ret_ticket);

	e = open_store(call, true, &cx);
	if (e == WA_OK)
		e = wa_login_authenticate(&cx, &login, password, ret);
	/* A login without a web session is still a login. */
	if (e == WA_OK && call->service.session && ret->proof == WA_PROOF_PASSWORD &&
	    wa_login_ticket(&cx, &login, ret, ret_ticket) != WA_OK)
		*ret_ticket = NULL;
	return e;
}

enum wa_err
ask_account(struct call *call, struct wa_login_result *ret)
{
	struct wa_login login = login_of(call, call->name);
	struct client_answer answer;
	struct question q;
	struct wa_context cx;
	enum wa_err e;

	*ret = (struct wa_login_result){0};
	if (ask_is_daemon(call)) {
		e = begin(call, call->name, &q);
		return e == WA_OK ? put(call, LOGIN_WIRE_ACCOUNT, &q, &answer, ret) : e;
	}
	e = open_store(call, false, &cx);
	return e == WA_OK ? wa_login_account(&cx, &login, ret) : e;
}

enum wa_err
ask_password_check(
    struct call *call, const char *current, bool expired, struct wa_login_result *ret)
{
	struct wa_login login = login_of(call, call->name);
	struct client_answer answer;
	struct question q;
	struct wa_context cx;
	enum wa_err e;

	*ret = (struct wa_login_result){0};
	if (ask_is_daemon(call)) {
		e = begin(call, call->name, &q);
		if (e != WA_OK)
			return e;
		add(&q, LOGIN_WIRE_PASSWORD, current);
		add(&q, LOGIN_WIRE_EXPIRED, expired ? "yes" : NULL);
		return put(call, LOGIN_WIRE_CHECK, &q, &answer, ret);
	}
	e = open_store(call, true, &cx);
	return e == WA_OK ? wa_login_password_check(&cx, &login, current, expired, ret) : e;
}

enum wa_err
ask_password_change(
    struct call *call, const char *current, const char *password, struct wa_login_result *ret)
{
	struct wa_login login = login_of(call, call->name);
	struct client_answer answer;
	struct question q;
	struct wa_context cx;
	enum wa_err e;

	*ret = (struct wa_login_result){0};
	if (ask_is_daemon(call)) {
		e = begin(call, call->name, &q);
		if (e != WA_OK)
			return e;
		add(&q, LOGIN_WIRE_PASSWORD, current);
		add(&q, LOGIN_WIRE_NEW, password);
		return put(call, LOGIN_WIRE_CHANGE, &q, &answer, ret);
	}
	e = open_store(call, true, &cx);
	return e == WA_OK ? wa_login_password_change(&cx, &login, current, password, ret) : e;
}

static enum wa_err
open_by_daemon(struct call *call, const char *ticket, struct session *ret)
{
	struct wa_login_result result;
	struct client_answer answer;
	struct question q;
	enum wa_err e;

	e = begin(call, call->name, &q);
	if (e != WA_OK)
		return e;
	add(&q, LOGIN_WIRE_TICKET, ticket);
	e = put(call, LOGIN_WIRE_OPEN, &q, &answer, &result);
	if (e == WA_OK && (answer.session_id == NULL || answer.session_token == NULL))
		return wa_fault(WA_ERR_DAEMON, "sessiond opened a session and did not say which");
	ret->id = answer.session_id;
	ret->token = answer.session_token;
	return e;
}

enum wa_err
ask_session_open(struct call *call, const char *ticket, const char **ret_id, const char **ret_token)
{
	struct wa_login login = login_of(call, call->name);
	struct wa_login_result result;
	struct session s = {0};
	struct wa_context cx;
	enum wa_err e;

	if (ask_is_daemon(call)) {
		e = open_by_daemon(call, ticket, &s);
	} else {
		e = open_store(call, true, &cx);
		if (e == WA_OK)
			e = wa_login_session_open(&cx, &login, ticket, &result, &s);
	}
	*ret_id = s.id;
	*ret_token = s.token;
	return e;
}

enum wa_err
ask_session_close(struct call *call, const char *id)
{
	struct wa_login login = login_of(call, call->name);
	struct wa_login_result result;
	struct client_answer answer;
	struct question q;
	struct wa_context cx;
	enum wa_err e;

	if (ask_is_daemon(call)) {
		e = begin(call, call->name, &q);
		if (e != WA_OK)
			return e;
		add(&q, LOGIN_WIRE_SESSION, id);
		return put(call, LOGIN_WIRE_CLOSE, &q, &answer, &result);
	}
	e = open_store(call, true, &cx);
	return e == WA_OK ? wa_login_session_close(&cx, &login, id, &result) : e;
}
