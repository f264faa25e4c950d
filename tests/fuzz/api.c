/*
 * Sequences of calls against a model of ten lines: nobody gets a session without the password of
 * that moment, and after each call every session that was ever given is good exactly if nothing
 * ended it.
 *
 * Input: three bytes a call: which, and its two arguments.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/limits.h"
#include "lib/core/signed_value.h"
#include "lib/core/user.h"
#include "sessiond/routes/dispatch.h"
#include "sessiond/routes/key_cache.h"
#include "tests/fault/world.h"
#include "tests/fuzz/fuzz.h"

#define CALLS_MAX    48
#define SESSIONS_MAX 32
#define NOBODY	     SIZE_MAX
#define NO_PASSWORD  (-1)

enum call {
	CALL_SIGN_UP,
	CALL_SIGN_IN,
	CALL_GET_SESSION,
	CALL_SIGN_OUT,
	CALL_REVOKE_SESSION,
	CALL_REVOKE_SESSIONS,
	CALL_REVOKE_OTHERS,
	CALL_CHANGE_PASSWORD,
	CALL_BAN,
	CALL_WAIT,
	CALL_DELETE_USER,
	CALL_FORGE,
	CALLS,
};

static const char *const names[] = {"ada", "bob", "carl", "dora"};
static const char *const passwords[] = {WORLD_PASSWORD, "a second password", "a third password"};

struct model {
	struct {
		bool exists;
		bool banned;
		int password;
	} users[WA_ARRAY_LEN(names)];
	struct {
		size_t user;
		bool live;
		char token[64];
	} sessions[SESSIONS_MAX];
	size_t n;
};

static struct world *world;
static struct wa_arena *site_arena;
static struct site site;

/* ---- asking ---- */

static enum wa_err
answer(const char *bytes, struct wa_buf *ret_body)
{
	struct peer peer = {0};
	struct key_cache *keys = key_cache_new();
	struct http_response response;
	struct http_request r;
	struct http_slice parameter;
	struct exchange x = {
	    .site = &site, .request = &r, .response = &response, .keys = keys, .peer = &peer};
	size_t head;
	int status;
	enum wa_err e;

	assert(keys != NULL);
	assert(http_request_parse(bytes, strlen(bytes), &r, &head, &status) == HTTP_PARSE_DONE);
	r.body = (struct http_slice){bytes + head, r.content_length};
	x.route = route_find(&site, r.method, r.path, &parameter);
	x.cx = world->cx;
	http_response_init(&response);
	e = dispatch(&x);
	wa_buf_add(ret_body, response.body.data, response.body.len);
	assert(wa_err_class(e) != WA_CLASS_FAULT && !ret_body->failed);
	http_response_done(&response);
	key_cache_free(keys);
	wa_arena_reset(world->cx.arena);
	return e;
}

/* The signature is of the token, or of another one (forged). */
static enum wa_err
ask(const char *line, const char *token, bool forged, const char *body, struct wa_buf *ret_body)
{
	const char *value = "";
	char bytes[4096];

	if (token != NULL)
		value = wa_signed_value_make(world->cx.arena, world->keyring, forged ? "x" : token);
	assert(value != NULL);
	value = strchr(value, '.');
	(void)snprintf(bytes, sizeof(bytes),
	    "%s HTTP/1.1\r\nHost: auth.example.com\r\nOrigin: " WORLD_ORIGIN
	    "\r\nContent-Type: application/json\r\nCookie: %s=%s%s\r\nContent-Length: "
	    "%zu\r\n\r\n%s",
	    line, site.cookies[SITE_COOKIE_SESSION_TOKEN], token != NULL ? token : "none",
	    value != NULL ? value : "", strlen(body), body);
	return answer(bytes, ret_body);
}

static bool
is_session(const char *token, bool forged)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf body = WA_BUF_INIT(WA_ARENA_MAX);

	return ask("GET /api/auth/get-session", token, forged, "", &body) == WA_OK && body.len > 4;
}

/* ---- the model ---- */

static void
end_sessions(struct model *m, size_t user, size_t keep)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->sessions[i].user == user && i != keep)
			m->sessions[i].live = false;
}

/* A session that was answered: the token in the body. */
static void
add_session(struct model *m, size_t user, const struct wa_buf *body)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *doc = NULL;
	const char *token;

	assert(wa_json_parse(body->data, body->len, &doc) == WA_OK);
	token = wa_json_get_string(wa_json_get(doc, "token"));
	assert(token != NULL && m->n < SESSIONS_MAX);
	m->sessions[m->n].user = user;
	m->sessions[m->n].live = true;
	(void)snprintf(m->sessions[m->n].token, sizeof(m->sessions[m->n].token), "%s", token);
	m->n++;
}

static void
check(const struct model *m)
{
	for (size_t i = 0; i < m->n; i++)
		assert(is_session(m->sessions[i].token, false) == m->sessions[i].live);
}

static void
sign_up(struct model *m, size_t user, size_t password)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf body = WA_BUF_INIT(WA_ARENA_MAX);
	char text[256];
	enum wa_err e;

	(void)snprintf(text, sizeof(text),
	    "{\"name\":\"N\",\"email\":\"%s@example.com\",\"password\":\"%s\"}", names[user],
	    passwords[password]);
	e = ask("POST /api/auth/sign-up/email", NULL, false, text, &body);
	assert((e == WA_OK) == !m->users[user].exists);
	if (e != WA_OK)
		return;
	m->users[user].exists = true;
	m->users[user].banned = false;
	m->users[user].password = (int)password;
	add_session(m, user, &body);
}

static void
sign_in(struct model *m, size_t user, size_t password)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf body = WA_BUF_INIT(WA_ARENA_MAX);
	char text[256];
	enum wa_err e;

	(void)snprintf(text, sizeof(text), "{\"email\":\"%s@example.com\",\"password\":\"%s\"}",
	    names[user], passwords[password]);
	e = ask("POST /api/auth/sign-in/email", NULL, false, text, &body);
	/* Refused it may always be: after too many wrong ones. */
	if (e != WA_OK)
		return;
	assert(m->users[user].exists && !m->users[user].banned);
	assert(m->users[user].password == (int)password);
	add_session(m, user, &body);
}

static void
change_password(struct model *m, size_t s, size_t from, size_t to, bool revoke)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf body = WA_BUF_INIT(WA_ARENA_MAX);
	size_t user = m->sessions[s].user;
	char text[256];
	enum wa_err e;

	(void)snprintf(text, sizeof(text),
	    "{\"currentPassword\":\"%s\",\"newPassword\":\"%s\",\"revokeOtherSessions\":%s}",
	    passwords[from], passwords[to], revoke ? "true" : "false");
	e = ask("POST /api/auth/change-password", m->sessions[s].token, false, text, &body);
	if (e != WA_OK)
		return;
	assert(m->sessions[s].live && m->users[user].password == (int)from);
	m->users[user].password = (int)to;
	if (revoke) {
		end_sessions(m, user, NOBODY);
		add_session(m, user, &body);
	}
}

static void
revoke_session(struct model *m, size_t s, size_t target)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf body = WA_BUF_INIT(WA_ARENA_MAX);
	char text[128];
	enum wa_err e;

	(void)snprintf(text, sizeof(text), "{\"token\":\"%s\"}", m->sessions[target].token);
	e = ask("POST /api/auth/revoke-session", m->sessions[s].token, false, text, &body);
	assert((e == WA_OK) == m->sessions[s].live);
	/* Another user's is answered alike, and left alone. */
	if (e == WA_OK && m->sessions[target].user == m->sessions[s].user)
		m->sessions[target].live = false;
}

static void
end_many(struct model *m, size_t s, enum call call)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf body = WA_BUF_INIT(WA_ARENA_MAX);
	bool others = call == CALL_REVOKE_OTHERS;
	enum wa_err e =
	    ask(others ? "POST /api/auth/revoke-other-sessions" : "POST /api/auth/revoke-sessions",
		m->sessions[s].token, false, "{}", &body);

	assert((e == WA_OK) == m->sessions[s].live);
	if (e == WA_OK)
		end_sessions(m, m->sessions[s].user, others ? s : NOBODY);
}

static void
sign_out(struct model *m, size_t s)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf body = WA_BUF_INIT(WA_ARENA_MAX);

	assert(ask("POST /api/auth/sign-out", m->sessions[s].token, false, "{}", &body) == WA_OK);
	m->sessions[s].live = false;
}

static void
ban(struct model *m, size_t user, bool lift)
{
	char email[64];
	struct user u;
	enum wa_err e;

	if (!m->users[user].exists)
		return;
	(void)snprintf(email, sizeof(email), "%s@example.com", names[user]);
	e = wa_user_by_email(&world->cx, email, &u);
	if (e == WA_OK)
		e = lift ? store_user_unban(world->cx.store, u.id, world->cx.now_ms)
			 : wa_user_ban(&world->cx, u.id, NULL, 0);
	assert(e == WA_OK);
	m->users[user].banned = !lift;
	if (!lift)
		end_sessions(m, user, NOBODY);
}

static void
delete_user(struct model *m, size_t s, size_t password)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf body = WA_BUF_INIT(WA_ARENA_MAX);
	size_t user = m->sessions[s].user;
	char text[128];
	enum wa_err e;

	(void)snprintf(text, sizeof(text), "{\"password\":\"%s\"}", passwords[password]);
	e = ask("POST /api/auth/delete-user", m->sessions[s].token, false, text, &body);
	if (e != WA_OK)
		return;
	assert(m->sessions[s].live && m->users[user].password == (int)password);
	m->users[user].exists = false;
	end_sessions(m, user, NOBODY);
}

/* A session's token signed as another's, and one that is no session's. */
static void
forge(const struct model *m, size_t s, size_t cut)
{
	char token[64];

	assert(!is_session(m->sessions[s].token, true));
	(void)snprintf(token, sizeof(token), "%s", m->sessions[s].token);
	cut %= strlen(token);
	token[cut] = token[cut] == 'a' ? 'b' : 'a';
	assert(!is_session(token, false));
}

static void
step(struct model *m, const uint8_t *bytes)
{
	enum call call = (enum call)(bytes[0] % CALLS);
	size_t user = bytes[1] % WA_ARRAY_LEN(names);
	size_t s = bytes[1] % m->n;
	size_t password = bytes[2] % WA_ARRAY_LEN(passwords);

	switch (call) {
	case CALL_SIGN_UP: sign_up(m, user, password); break;
	case CALL_SIGN_IN: sign_in(m, user, password); break;
	case CALL_GET_SESSION: break; /* every step ends with all of them */
	case CALL_SIGN_OUT: sign_out(m, s); break;
	case CALL_REVOKE_SESSION: revoke_session(m, s, bytes[2] % m->n); break;
	case CALL_REVOKE_SESSIONS:
	case CALL_REVOKE_OTHERS: end_many(m, s, call); break;
	case CALL_CHANGE_PASSWORD:
		change_password(
		    m, s, bytes[2] / 16 % WA_ARRAY_LEN(passwords), password, bytes[2] % 2 != 0);
		break;
	case CALL_BAN: ban(m, user, bytes[2] % 2 != 0); break;
	case CALL_WAIT: world->cx.now_ms += (int64_t)1000 * bytes[2]; break;
	case CALL_DELETE_USER: delete_user(m, s, password); break;
	case CALL_FORGE: forge(m, s, bytes[2]); break;
	case CALLS: break;
	}
	check(m);
}

static void
start(void)
{
	wa_json_init();
	world = world_new();
	world->settings->delete_user = true;
	site_arena = wa_arena_new(WA_ARENA_MAX);
	if (site_arena == NULL ||
	    site_init(site_arena, world->settings, world->keyring, &site) != WA_OK)
		abort();
}

static void
clean_up(void)
{
	wa_arena_free(site_arena);
	world_free(world);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct model m = {.users = {{true, false, 0}, {true, true, 0}, {true, false, NO_PASSWORD}}};

	if (world == NULL) {
		start();
		(void)atexit(clean_up);
	}
	world_reset(world);
	world->cx.now_ms = WORLD_NOW;
	m.n = 1;
	m.sessions[0].live = true;
	(void)snprintf(m.sessions[0].token, sizeof(m.sessions[0].token), "%s", world->token);

	for (size_t i = 0; i + 3 <= size && i < (size_t)3 * CALLS_MAX; i += 3)
		if (m.n < SESSIONS_MAX)
			step(&m, data + i);
	return 0;
}
