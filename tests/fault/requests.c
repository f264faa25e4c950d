/* Whole requests, from their bytes to the answer's, with everything under them failing in turn. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/limits.h"
#include "lib/core/signed_value.h"
#include "sessiond/routes/dispatch.h"
#include "sessiond/routes/key_cache.h"
#include "tests/fault/world.h"

#define HOST	 "Host: auth.example.com\r\n"
#define BROWSER	 HOST "Origin: " WORLD_ORIGIN "\r\n"
#define JSON	 BROWSER "Content-Type: application/json\r\n"
#define PASSWORD "\"password\":\"" WORLD_PASSWORD "\""

static char no_cookie[] = "a=b";
static struct site site;
static struct wa_arena *site_arena;

/* Answers it as the daemon does; the answer's bytes are appended to out. */
static enum wa_err
answer(struct world *w, const struct http_request *r, struct key_cache *keys, struct wa_buf *out)
{
	struct peer peer = {.is_local = true, .may_introspect = true};
	struct http_response response;
	struct http_slice parameter;
	struct exchange x = {
	    .site = &site,
	    .request = r,
	    .response = &response,
	    .route = route_find(&site, r->method, r->path, &parameter),
	    .keys = keys,
	    .peer = &peer,
	    .cx = w->cx,
	};
	enum wa_err e;

	http_response_init(&response);
	e = dispatch(&x);
	if (e == WA_OK)
		e = http_response_write(&response, "Sat, 21 Nov 2026 05:42:18 GMT", true, out);
	http_response_done(&response);
	return e;
}

/* The outcome of a request that is written here as its bytes. A session that is none, and a token
 * that is not active, are refusals. */
static enum wa_err
ask(struct world *w, const char *bytes)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf out = WA_BUF_INIT(WA_ARENA_MAX);
	struct key_cache *keys = key_cache_new();
	struct http_request r;
	size_t head;
	int status;
	enum wa_err e;

	if (keys == NULL)
		return WA_ERR_NOMEM;
	if (http_request_parse(bytes, strlen(bytes), &r, &head, &status) != HTTP_PARSE_DONE)
		errx(1, "not a request: %s", bytes);
	r.body = (struct http_slice){bytes + head, r.content_length};
	e = answer(w, &r, keys, &out);
	key_cache_free(keys);
	if (e != WA_OK)
		return e;
	if (wa_buf_cstr(&out) == NULL)
		return WA_ERR_NOMEM;
	if (strstr(out.data, "\r\n\r\nnull") != NULL ||
	    strstr(out.data, "\"active\":false") != NULL)
		return WA_ERR_UNAUTHORIZED;
	return WA_OK;
}

static const char *
request(struct world *w, const char *line, const char *headers, const char *body)
{
	static char bytes[4096];

	(void)snprintf(bytes, sizeof(bytes),
	    "%s HTTP/1.1\r\n%sCookie: %s\r\nContent-Length: %zu\r\n\r\n%s", line, headers,
	    w->cookie, strlen(body), body);
	return bytes;
}

static enum wa_err
sign_up(struct world *w)
{
	w->cookie = no_cookie;
	return ask(w,
	    request(w, "POST /api/auth/sign-up/email", JSON,
		"{\"name\":\"Dora\",\"email\":\"dora@example.com\"," PASSWORD "}"));
}

static enum wa_err
sign_in(struct world *w)
{
	w->cookie = no_cookie;
	return ask(w,
	    request(w, "POST /api/auth/sign-in/email", JSON,
		"{\"email\":\"ada@example.com\"," PASSWORD "}"));
}

static enum wa_err
sign_in_wrong(struct world *w)
{
	w->cookie = no_cookie;
	return ask(w,
	    request(w, "POST /api/auth/sign-in/email", JSON,
		"{\"email\":\"ada@example.com\",\"password\":\"not the password\"}"));
}

static enum wa_err
sign_in_nobody(struct world *w)
{
	w->cookie = no_cookie;
	return ask(w,
	    request(w, "POST /api/auth/sign-in/email", JSON,
		"{\"email\":\"nobody@example.com\"," PASSWORD "}"));
}

static enum wa_err
sign_in_foreign(struct world *w)
{
	w->cookie = no_cookie;
	return ask(w,
	    request(w, "POST /api/auth/sign-in/email",
		HOST "Origin: https://evil.example\r\nContent-Type: application/json\r\n",
		"{\"email\":\"ada@example.com\"," PASSWORD "}"));
}

static enum wa_err
get_session(struct world *w)
{
	w->cookie = w->signed_cookie;
	return ask(w, request(w, "GET /api/auth/get-session", BROWSER, ""));
}

static enum wa_err
get_session_forged(struct world *w)
{
	w->cookie = w->forged_cookie;
	return ask(w, request(w, "GET /api/auth/get-session", BROWSER, ""));
}

static enum wa_err
get_session_without(struct world *w)
{
	w->cookie = no_cookie;
	return ask(w, request(w, "GET /api/auth/get-session", BROWSER, ""));
}

static enum wa_err
list_sessions_forged(struct world *w)
{
	w->cookie = w->forged_cookie;
	return ask(w, request(w, "GET /api/auth/list-sessions", BROWSER, ""));
}

static enum wa_err
sign_out(struct world *w)
{
	w->cookie = w->signed_cookie;
	return ask(w, request(w, "POST /api/auth/sign-out", BROWSER, ""));
}

static enum wa_err
revoke_sessions(struct world *w)
{
	w->cookie = w->signed_cookie;
	return ask(w, request(w, "POST /api/auth/revoke-sessions", BROWSER, ""));
}

static enum wa_err
change_password_forged(struct world *w)
{
	w->cookie = w->forged_cookie;
	return ask(w,
	    request(w, "POST /api/auth/change-password", JSON,
		"{\"currentPassword\":\"" WORLD_PASSWORD "\",\"newPassword\":\"another one\"}"));
}

static enum wa_err
update_user(struct world *w)
{
	w->cookie = w->signed_cookie;
	return ask(w, request(w, "POST /api/auth/update-user", JSON, "{\"name\":\"Ada L.\"}"));
}

static enum wa_err
verify(struct world *w)
{
	w->cookie = w->signed_cookie;
	return ask(w, request(w, "GET /api/webauth/verify", BROWSER, ""));
}

static enum wa_err
verify_forged(struct world *w)
{
	w->cookie = w->forged_cookie;
	return ask(w, request(w, "GET /api/webauth/verify", BROWSER, ""));
}

static enum wa_err
token(struct world *w)
{
	w->cookie = w->signed_cookie;
	return ask(w, request(w, "GET /api/auth/token", BROWSER, ""));
}

static enum wa_err
introspect_forged(struct world *w)
{
	w->cookie = no_cookie;
	return ask(w,
	    request(w, "POST /api/webauth/introspect",
		HOST "Content-Type: application/x-www-form-urlencoded\r\n",
		"token=eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."));
}

#define OF_ADA                                                                               \
	" FROM \"session\" s JOIN \"user\" u ON u.\"id\" = s.\"userId\" WHERE u.\"email\" =" \
	" 'ada@example.com'"

static const struct trial trials[] = {
    {.name = "sign up",
	.act = sign_up,
	.may_stand = true,
	.evidence =
	    "SELECT CASE (SELECT count(*) FROM \"user\") + (SELECT count(*) FROM \"account\")"
	    " + (SELECT count(*) FROM \"session\") WHEN 6 THEN '0' WHEN 9 THEN '1' ELSE 'half'"
	    " END"},
    {.name = "sign in",
	.act = sign_in,
	.may_stand = true,
	.evidence = "SELECT CAST(count(*) - 1 AS text)" OF_ADA},
    {.name = "sign in, wrong", .act = sign_in_wrong, .must_fail = true},
    {.name = "sign in, nobody", .act = sign_in_nobody, .must_fail = true},
    {.name = "sign in, foreign page", .act = sign_in_foreign, .must_fail = true},
    {.name = "get session", .act = get_session},
    {.name = "get session, forged", .act = get_session_forged, .must_fail = true},
    {.name = "get session, without", .act = get_session_without, .must_fail = true},
    {.name = "list sessions, forged", .act = list_sessions_forged, .must_fail = true},
    {.name = "sign out",
	.act = sign_out,
	.may_stand = true,
	.evidence = "SELECT CAST(1 - count(*) AS text)" OF_ADA},
    {.name = "revoke sessions",
	.act = revoke_sessions,
	.may_stand = true,
	.evidence = "SELECT CAST(1 - count(*) AS text)" OF_ADA},
    {.name = "change password, forged", .act = change_password_forged, .must_fail = true},
    {.name = "update user",
	.act = update_user,
	.may_stand = true,
	.evidence = "SELECT CAST(\"name\" = 'Ada L.' AS text) FROM \"user\" WHERE \"email\" ="
		    " 'ada@example.com'"},
    {.name = "verify", .act = verify},
    {.name = "verify, forged", .act = verify_forged, .must_fail = true},
    {.name = "token", .act = token},
    {.name = "introspect, forged", .act = introspect_forged, .must_fail = true},
};

static void
make_cookies(struct world *w)
{
	char *value = wa_signed_value_make(site_arena, w->keyring, w->token);
	const char *name = site.cookies[SITE_COOKIE_SESSION_TOKEN];

	w->signed_cookie = wa_arena_printf(site_arena, "%s=%s", name, value);
	value[strlen(value) - 10] ^= value[strlen(value) - 10] == 'A' ? 3 : 1;
	w->forged_cookie = wa_arena_printf(site_arena, "%s=%s", name, value);
}

/* No argument: all; else those whose names begin so. */
int
main(int argc, char **argv)
{
	struct world *w = world_new();

	wa_json_init();
	site_arena = wa_arena_new(WA_ARENA_MAX);
	if (site_init(site_arena, w->settings, w->keyring, &site) != WA_OK)
		errx(1, "site: %s", wa_err_detail(WA_ERR_CONFIG));
	make_cookies(w);
	for (size_t i = 0; i < WA_ARRAY_LEN(trials); i++)
		if (argc < 2 || strncmp(trials[i].name, argv[1], strlen(argv[1])) == 0)
			world_try(w, &trials[i]);
	wa_arena_free(site_arena);
	world_free(w);
	return 0;
}
