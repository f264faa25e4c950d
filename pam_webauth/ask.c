/*
 * Which way, and how a question looks on it.
 */
#include "pam_webauth/ask.h"

#include <security/pam_modules.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/limits.h"
#include "lib/core/local_account.h"
#include "lib/core/login_wire.h"
#include "pam_webauth/call.h"
#include "pam_webauth/client.h"

#define FIELDS_MAX 16

bool
ask_daemon(const struct call *call)
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
	const void *rhost = NULL;
	const char *text;

	wa_service_policy(&call->service, &policy);
	text = wa_buf_cstr(&policy);
	text = text == NULL ? NULL : wa_arena_strdup(call->arena, text);
	if (text == NULL)
		return wa_fault(WA_ERR_NOMEM, "question to sessiond");
	if (pam_get_item(call->pamh, PAM_RHOST, &rhost) != PAM_SUCCESS)
		rhost = NULL;

	*q = (struct question){.n = 0};
	add(q, LOGIN_WIRE_SERVICE, call->service.name);
	add(q, LOGIN_WIRE_POLICY, text);
	add(q, LOGIN_WIRE_USER, name);
	add(q, LOGIN_WIRE_RHOST, rhost);
	return WA_OK;
}

static enum wa_err
put(const struct call *call, const char *operation, const struct question *q,
    struct wa_login_result *ret)
{
	struct client_answer answer = {0};
	struct client client;
	enum wa_err e;

	e = client_of(call, &client);
	if (e != WA_OK)
		return e;

	e = client_ask(&client, operation, q->fields, q->n, &answer);
	ret->known = answer.user_id != NULL;
	ret->user.id = answer.user_id;
	return e;
}

/* ---- questions ---- */

static enum wa_err
authenticate_by_daemon(
    struct call *call, const char *name, const char *password, struct wa_login_result *ret)
{
	struct question q;
	enum wa_err e;

	/* What cannot be anybody's password is not sent, and not counted. */
	e = wa_login_check_text(password);
	if (e == WA_OK)
		e = begin(call, name, &q);
	if (e != WA_OK)
		return e;
	add(&q, LOGIN_WIRE_PASSWORD, password);
	return put(call, LOGIN_WIRE_AUTHENTICATE, &q, ret);
}

enum wa_err
ask_authenticate(
    struct call *call, const char *name, const char *password, struct wa_login_result *ret)
{
	struct wa_login login = {.service = &call->service, .name = name};
	struct wa_context cx;
	enum wa_err e;

	*ret = (struct wa_login_result){0};
	if (ask_daemon(call))
		return authenticate_by_daemon(call, name, password, ret);

	e = call_open_store(call, true);
	if (e != WA_OK)
		return e;
	cx = call_context(call);
	return wa_login_authenticate(&cx, &login, password, ret);
}

enum wa_err
ask_account(struct call *call, struct wa_login_result *ret)
{
	struct wa_login login = {.service = &call->service, .name = call->name};
	struct question q;
	struct wa_context cx;
	enum wa_err e;

	*ret = (struct wa_login_result){0};
	if (ask_daemon(call)) {
		e = begin(call, call->name, &q);
		return e == WA_OK ? put(call, LOGIN_WIRE_ACCOUNT, &q, ret) : e;
	}

	e = call_open_store(call, false);
	if (e != WA_OK)
		return e;
	cx = call_context(call);
	return wa_login_account(&cx, &login, ret);
}
