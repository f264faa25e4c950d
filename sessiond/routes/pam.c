/*
 * The PAM socket: who asks, about whom, and what they are told.
 *
 *	root, the daemon's user	may read the store anyway: anybody, with details
 *	a trusted_peer		anybody, for its services; the outcome alone
 *	everybody else		the web user linked to their own account: yes or no
 */
#include "sessiond/routes/pam.h"

#include <string.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/parse.h"
#include "lib/base/text.h"
#include "lib/core/login_password.h"
#include "lib/core/login_session.h"
#include "lib/core/login_wire.h"
#include "sessiond/routes/accounts.h"
#include "sessiond/routes/reply.h"
#include "sessiond/routes/route.h"

#define TYPE_FORM   "application/x-www-form-urlencoded"
#define SERVICE_MAX 64
#define RHOST_MAX   255

enum asker {
	ASKER_ROOT,
	ASKER_TRUSTED,
	ASKER_SELF,
};

/* One question, as x->input. */
struct pam_question {
	struct http_form form;
	enum asker asker;
	struct wa_service service;
	struct wa_login login;
	struct wa_login_result result;
	const char *ticket; /* NULL: none */
	struct session session;
};

static enum wa_err authenticate(struct exchange *x, struct pam_question *q);
static enum wa_err account(struct exchange *x, struct pam_question *q);
static enum wa_err password_check(struct exchange *x, struct pam_question *q);
static enum wa_err password_change(struct exchange *x, struct pam_question *q);
static enum wa_err session_open(struct exchange *x, struct pam_question *q);
static enum wa_err session_close(struct exchange *x, struct pam_question *q);

/* ---- routes ---- */

static const struct route routes[] = {
    {
	.method = HTTP_POST,
	.path = LOGIN_WIRE_BASE LOGIN_WIRE_AUTHENTICATE,
	.lane = LANE_HASH,
	.pam = authenticate,
    },
    {
	.method = HTTP_POST,
	.path = LOGIN_WIRE_BASE LOGIN_WIRE_ACCOUNT,
	.lane = LANE_STORE,
	.pam = account,
    },
    {
	.method = HTTP_POST,
	.path = LOGIN_WIRE_BASE LOGIN_WIRE_CHECK,
	.lane = LANE_HASH,
	.pam = password_check,
    },
    {
	.method = HTTP_POST,
	.path = LOGIN_WIRE_BASE LOGIN_WIRE_CHANGE,
	.lane = LANE_HASH,
	.pam = password_change,
    },
    {
	.method = HTTP_POST,
	.path = LOGIN_WIRE_BASE LOGIN_WIRE_OPEN,
	.lane = LANE_STORE,
	.pam = session_open,
    },
    {
	.method = HTTP_POST,
	.path = LOGIN_WIRE_BASE LOGIN_WIRE_CLOSE,
	.lane = LANE_STORE,
	.pam = session_close,
    },
};

const struct route *
pam_route_find(enum http_method method, struct http_slice path)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(routes); i++)
		if (routes[i].method == method && http_slice_is(path, routes[i].path))
			return &routes[i];
	return NULL;
}

/* ---- the question ---- */

static bool
is_root(const struct peer *peer)
{
	return peer->is_local && (peer->uid == 0 || peer->uid == geteuid());
}

bool
pam_is_unlimited(const struct site *site, const struct peer *peer)
{
	return is_root(peer) || (peer->is_local && pam_trust_knows(&site->pam_trust, peer->uid));
}

static const char *
field(const struct pam_question *q, const char *name)
{
	const char *value = http_form_get(&q->form, name);

	return value != NULL ? value : "";
}

/* Which field is given twice? A form that two readers could read in two ways is none. */
static enum wa_err
read_form(struct exchange *x, struct pam_question *q)
{
	struct http_slice type = x->request->content_type;
	enum wa_err e;

	if (!http_slice_is_nocase(type, TYPE_FORM) || x->request->query.p != NULL)
		return WA_ERR_VALIDATION;
	e = http_form_parse(x->cx.arena, x->request->body, &q->form);
	if (wa_err_class(e) == WA_CLASS_FAULT)
		return e;
	if (e != WA_OK)
		return WA_ERR_VALIDATION;
	for (size_t i = 0; i < q->form.n; i++)
		if (http_form_count(&q->form, q->form.fields[i].name) != 1)
			return WA_ERR_VALIDATION;
	return WA_OK;
}

static bool
is_nonce(const char *s)
{
	return strlen(s) == LOGIN_WIRE_NONCE_LEN &&
	    strspn(s, "0123456789abcdef") == LOGIN_WIRE_NONCE_LEN;
}

/* The rules by which the module and we decide must be the same ones. */
static enum wa_err
check_policy(const struct pam_question *q)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(WA_BODY_MAX);
	const char *policy;

	wa_service_policy(&q->service, &b);
	policy = wa_buf_cstr(&b);
	if (policy == NULL)
		return wa_fault(WA_ERR_NOMEM, "policy");
	if (strcmp(policy, field(q, LOGIN_WIRE_POLICY)) != 0)
		return wa_fault(WA_ERR_CONFIG,
		    "the PAM line of service %s, or the file it names, has other rules than "
		    "sessiond: write them into [pam %s] of sessiond's configuration alone, and "
		    "restart it",
		    q->service.name, q->service.name);
	return WA_OK;
}

static enum wa_err
read_service(struct exchange *x, struct pam_question *q)
{
	const char *name = field(q, LOGIN_WIRE_SERVICE);
	size_t n = strlen(name);

	if (n == 0 || n > SERVICE_MAX || wa_text_has_control(name) || !wa_text_is_utf8(name, n))
		return WA_ERR_VALIDATION;
	wa_settings_service(x->cx.settings, name, &q->service);
	q->service.name = name;
	return check_policy(q);
}

/* ---- the policy ---- */

static struct wa_local_account
find_local(const struct exchange *x, const struct wa_service *service, const char *name)
{
	const struct accounts *accounts = x->site->accounts;

	if (accounts == NULL)
		return wa_local_account_find(x->cx.arena, service, name);
	return accounts->find(accounts, x->cx.arena, service, name);
}

static enum wa_err
name_of_peer(const struct exchange *x, const char **ret)
{
	const struct accounts *accounts = x->site->accounts;

	if (accounts == NULL)
		return wa_local_account_name(x->cx.arena, x->peer->uid, ret);
	return accounts->name(accounts, x->cx.arena, x->peer->uid, ret);
}

/* Root's module has asked NSS already, and root needs no guarding from itself: what is left to see
 * is that the name is one. */
static enum wa_err
admit_root(const struct pam_question *q)
{
	const struct wa_local_account local = {
	    .known = q->service.account == WA_ACCOUNT_UNIX ? WA_LOCAL_EXISTS : WA_LOCAL_NONE,
	    .uid = UINT32_MAX - 1};

	return wa_identity_admit(&q->service, q->login.name, &local);
}

static enum wa_err
admit_trusted(struct exchange *x, const struct pam_question *q)
{
	struct wa_local_account local = {.known = WA_LOCAL_UNKNOWN};

	if (wa_identity_name_is_valid(q->login.name))
		local = find_local(x, &q->service, q->login.name);
	return wa_identity_admit(&q->service, q->login.name, &local);
}

/*
 * Their own account, and who is linked to it; the link is all that counts, whatever the service
 * says. Any other name gets one answer that depends on nothing of the store.
 */
static enum wa_err
admit_self(struct exchange *x, struct pam_question *q)
{
	const struct wa_local_account local = {WA_LOCAL_EXISTS, x->peer->uid};
	const char *own = NULL;
	enum wa_err e;

	q->service.account = WA_ACCOUNT_UNIX;
	e = name_of_peer(x, &own);
	if (e != WA_OK && e != WA_ERR_NOT_FOUND)
		return e;
	if (e == WA_ERR_NOT_FOUND || q->login.name == NULL || strcmp(own, q->login.name) != 0 ||
	    wa_identity_admit(&q->service, own, &local) != WA_OK)
		return wa_refuse(WA_ERR_PEER_DENIED,
		    "uid %u may ask only about the web user linked to its own account; see "
		    "trusted_peer in webauth.conf(5)",
		    (unsigned)x->peer->uid);
	return WA_OK;
}

static enum wa_err
admit(struct exchange *x, struct pam_question *q)
{
	if (!x->peer->is_local)
		return wa_refuse(WA_ERR_PEER_DENIED, "not a local process");
	if (q->asker != ASKER_ROOT &&
	    pam_trust_has(&x->site->pam_trust, q->service.name, x->peer->uid))
		q->asker = ASKER_TRUSTED;
	if (q->asker != ASKER_SELF && q->login.name == NULL)
		return WA_OK;
	switch (q->asker) {
	case ASKER_ROOT: return admit_root(q);
	case ASKER_TRUSTED: return admit_trusted(x, q);
	case ASKER_SELF: return admit_self(x, q);
	}
	return WA_ERR_PEER_DENIED;
}

/* Where a login comes from is believed of those alone who have no reason to lie; of the others it
 * is known, since they ask about themselves. */
static enum wa_err
read_place(struct exchange *x, const struct pam_question *q)
{
	const char *uid = field(q, LOGIN_WIRE_UID); /* a module from before an upgrade sends none */
	uint64_t local_uid = 0;

	if (q->asker == ASKER_SELF) {
		x->cx.ip_address = x->cx.pam_tty = "";
		x->cx.local_uid = x->peer->uid;
		return WA_OK;
	}
	x->cx.ip_address = field(q, LOGIN_WIRE_RHOST);
	x->cx.pam_tty = field(q, LOGIN_WIRE_TTY);
	if (strlen(x->cx.ip_address) > RHOST_MAX ||
	    (*uid != '\0' && !wa_parse_uint(uid, strlen(uid), UINT32_MAX, &local_uid)))
		return WA_ERR_VALIDATION;
	x->cx.local_uid = (uid_t)local_uid;
	return WA_OK;
}

static enum wa_err
read_question(struct exchange *x, struct pam_question *q)
{
	enum wa_err e;

	q->asker = is_root(x->peer) ? ASKER_ROOT : ASKER_SELF;
	q->login.service = &q->service;
	q->login.name = http_form_get(&q->form, LOGIN_WIRE_USER);
	if (!is_nonce(field(q, LOGIN_WIRE_NONCE)))
		return WA_ERR_VALIDATION;
	e = read_service(x, q);
	if (e == WA_OK)
		e = admit(x, q);
	if (e != WA_OK)
		return e;

	x->cx.user_agent = "";
	x->cx.door = WA_DOOR_PAM;
	x->cx.pam_service = q->service.name;
	return read_place(x, q);
}

/* ---- operations ---- */

static enum wa_err
authenticate(struct exchange *x, struct pam_question *q)
{
	enum wa_err e =
	    wa_login_authenticate(&x->cx, &q->login, field(q, LOGIN_WIRE_PASSWORD), &q->result);

	/* A login without a web session is still a login. */
	if (e == WA_OK && q->asker == ASKER_ROOT && q->service.session &&
	    q->result.proof == WA_PROOF_PASSWORD &&
	    wa_login_ticket(&x->cx, &q->login, &q->result, &q->ticket) != WA_OK)
		q->ticket = NULL;
	return e;
}

static enum wa_err
account(struct exchange *x, struct pam_question *q)
{
	return wa_login_account(&x->cx, &q->login, &q->result);
}

/* Passwords are changed by root, and by their owners, who must know them to do it. */
static enum wa_err
admit_change(const struct pam_question *q, bool prove)
{
	const char *current = http_form_get(&q->form, LOGIN_WIRE_PASSWORD);

	if (q->asker == ASKER_TRUSTED || (q->asker == ASKER_SELF && current == NULL && prove))
		return wa_refuse(WA_ERR_PEER_DENIED, "this peer may not change passwords");
	return WA_OK;
}

static enum wa_err
password_check(struct exchange *x, struct pam_question *q)
{
	enum wa_err e = admit_change(q, false);

	if (e != WA_OK)
		return e;
	return wa_login_password_check(&x->cx, &q->login,
	    http_form_get(&q->form, LOGIN_WIRE_PASSWORD),
	    strcmp(field(q, LOGIN_WIRE_EXPIRED), "yes") == 0, &q->result);
}

static enum wa_err
password_change(struct exchange *x, struct pam_question *q)
{
	enum wa_err e = admit_change(q, true);

	if (e != WA_OK)
		return e;
	return wa_login_password_change(&x->cx, &q->login,
	    http_form_get(&q->form, LOGIN_WIRE_PASSWORD), field(q, LOGIN_WIRE_NEW), &q->result);
}

/* A session is a bearer token: only root, who could make one anyway, is given it. */
static enum wa_err
admit_session(const struct pam_question *q)
{
	if (q->asker != ASKER_ROOT || q->login.name == NULL)
		return wa_refuse(WA_ERR_PEER_DENIED, "web sessions are opened by root alone");
	return WA_OK;
}

static enum wa_err
session_open(struct exchange *x, struct pam_question *q)
{
	enum wa_err e = admit_session(q);

	if (e != WA_OK)
		return e;
	return wa_login_session_open(
	    &x->cx, &q->login, field(q, LOGIN_WIRE_TICKET), &q->result, &q->session);
}

static enum wa_err
session_close(struct exchange *x, struct pam_question *q)
{
	enum wa_err e = admit_session(q);

	if (e != WA_OK)
		return e;
	return wa_login_session_close(&x->cx, &q->login, field(q, LOGIN_WIRE_SESSION), &q->result);
}

/* ---- the answer ---- */

/* Who may only ask about themselves learns no more than whether it is so; but why a password is not
 * changed, because only that helps them to one that is. */
static enum wa_err
coarsen(const struct exchange *x, enum wa_err e)
{
	if (wa_err_class(e) != WA_CLASS_REFUSAL || e == WA_ERR_PEER_DENIED ||
	    e == WA_ERR_THROTTLED || e == WA_ERR_PASSWORD_EXPIRED)
		return e;
	if (x->route->pam == authenticate)
		return WA_ERR_BAD_CREDENTIALS;
	return x->route->pam == account ? WA_ERR_NOT_PERMITTED : e;
}

/* A detail for a header: it may hold anything that stood in a configuration or a path. */
static const char *
clean(struct wa_arena *a, const char *text)
{
	char *copy = wa_arena_strdup(a, text);

	for (char *p = copy; p != NULL && *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	return copy != NULL ? copy : "";
}

/* Nothing where there is nothing to say. */
static void
say(struct exchange *x, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		http_response_header(x->response, name, clean(x->cx.arena, value));
}

static void
say_proof(struct exchange *x, const struct wa_login_result *result)
{
	say(x, LOGIN_WIRE_PROOF, wa_login_proof_name(result->proof));
	say(x, LOGIN_WIRE_PROOF_ID, result->proof_id);
}

static void
say_ban(struct exchange *x, const struct user *user)
{
	if (user->ban_expires_ms != 0)
		say(x, LOGIN_WIRE_BAN_END,
		    wa_arena_printf(x->cx.arena, "%lld", (long long)user->ban_expires_ms));
	say(x, LOGIN_WIRE_BAN_TEXT, user->ban_reason);
}

static void
write_answer(struct exchange *x, const struct pam_question *q, enum wa_err e)
{
	if (q->asker == ASKER_SELF)
		e = coarsen(x, e);
	say(x, LOGIN_WIRE_OUTCOME, wa_err_name(e));
	say(x, LOGIN_WIRE_ECHO, field(q, LOGIN_WIRE_NONCE));
	if (q->result.known && (q->asker != ASKER_SELF || e == WA_OK))
		say(x, LOGIN_WIRE_USER_ID, q->result.user.id);
	if (e == WA_OK)
		say_proof(x, &q->result);
	if (e == WA_ERR_BANNED)
		say_ban(x, &q->result.user);
	if (q->asker == ASKER_ROOT) {
		say(x, LOGIN_WIRE_TICKET_IS, q->ticket);
		say(x, LOGIN_WIRE_ID_IS, q->session.id);
		say(x, LOGIN_WIRE_TOKEN_IS, q->session.token);
		if (e != WA_OK)
			say(x, LOGIN_WIRE_DETAIL, wa_err_detail(e));
	}
	http_response_header(x->response, "Cache-Control", "no-store");
	x->response->close = true;
}

enum wa_err
pam_dispatch(struct exchange *x)
{
	struct pam_question *q = wa_arena_alloc(x->cx.arena, sizeof(*q));
	enum wa_err e;

	wa_err_forget(); /* no detail of another request may end up in this answer */
	e = q == NULL ? wa_fault(WA_ERR_NOMEM, "question") : read_form(x, q);
	if (e == WA_OK)
		e = read_question(x, q);
	if (q == NULL || e == WA_ERR_VALIDATION) {
		reply_error(x->response, e);
		x->response->close = true;
		return e;
	}
	if (e == WA_OK)
		e = x->route->pam(x, q);
	write_answer(x, q, e);
	return e;
}
