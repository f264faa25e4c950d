/* Session cookies in and out. */
#include "sessiond/routes/cookies.h"

#include <string.h>

#include "lib/base/encode.h"
#include "lib/base/parse.h"
#include "lib/core/signed_value.h"
#include "sessiond/http/cookie.h"
#include "sessiond/routes/cookie_cache.h"

static enum wa_err
nomem(void)
{
	return wa_fault(WA_ERR_NOMEM, "cookie");
}

static const char *
cookie_name(const struct exchange *x, enum site_cookie which)
{
	return x->site->cookies[which];
}

/* On the loop: a browser sends the same bytes again and again. */
static const char *
open_remembered(const struct exchange *x, struct http_slice text)
{
	struct http_slice known = cookie_cache_get(x->cookies, text);
	const char *value;
	size_t n;

	if (known.p != NULL)
		return wa_arena_strndup(x->cx.arena, known.p, known.n);
	value = wa_signed_value_open(x->cx.arena, x->site->keyring, text.p, text.n);
	n = value == NULL ? 0 : strlen(value);
	/* One whose value is percent-encoded itself, which none of ours is, is opened each time. */
	if (n > 0 && n < text.n && memcmp(value, text.p, n) == 0)
		cookie_cache_put(x->cookies, text, n);
	return value;
}

const char *
cookies_signed(const struct exchange *x, enum site_cookie which)
{
	struct http_slice value = x->sent[which];

	if (value.p == NULL)
		return NULL;
	return x->cookies != NULL
	    ? open_remembered(x, value)
	    : wa_signed_value_open(x->cx.arena, x->site->keyring, value.p, value.n);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct http_slice
cookies_bearer(const struct http_request *r)
{
	struct http_slice h = r->authorization;
	struct http_slice none = {NULL, 0};

	if (h.p == NULL || h.n < 7 ||
	    !http_slice_is_nocase((struct http_slice){h.p, 6}, "bearer") || !is_blank(h.p[6]))
		return none;
	h.p += 7;
	h.n -= 7;
	while (h.n > 0 && is_blank(h.p[0])) {
		h.p++;
		h.n--;
	}
	while (h.n > 0 && is_blank(h.p[h.n - 1]))
		h.n--;
	return h.n > 0 ? h : none;
}

/* True when the bearer header decides, whether or not its token is any good as a cookie. */
static bool
read_bearer(struct exchange *x)
{
	struct http_slice text = cookies_bearer(x->request);
	bool cookie_form = false;
	char *token;

	if (text.p == NULL)
		return false;
	token = wa_signed_value_bearer(x->cx.arena, x->site->keyring, text.p, text.n,
	    x->site->settings->bearer_require_signature, &cookie_form);
	if (token == NULL)
		return false;
	if (cookie_form) {
		x->session_input = SESSION_INPUT_TOKEN;
		x->session_token = token;
	}
	return true;
}

/* session_data itself, or one of its hundred pieces, .0 to .99 (contract.md 4.5). */
static bool
is_session_data(const struct exchange *x, struct http_slice name)
{
	const char *base = cookie_name(x, SITE_COOKIE_SESSION_DATA);
	size_t n = strlen(base);
	uint64_t piece;

	if (name.n < n || memcmp(name.p, base, n) != 0)
		return false;
	if (name.n == n)
		return true;
	return name.p[n] == '.' && wa_parse_uint(name.p + n + 1, name.n - n - 1, 99, &piece);
}

static bool
is_named(const struct exchange *x, enum site_cookie which, struct http_slice name)
{
	return which == SITE_COOKIE_SESSION_DATA ? is_session_data(x, name)
						 : http_slice_is(name, cookie_name(x, which));
}

/* Of several with one name the first counts. */
static void
find_ours(struct exchange *x)
{
	struct http_slice rest = x->request->cookie, name, value;

	while (http_cookie_next(&rest, &name, &value))
		for (unsigned which = 0; which < SITE_COOKIE_COUNT; which++)
			if (x->sent[which].p == NULL && is_named(x, which, name))
				x->sent[which] = value;
}

enum wa_err
cookies_read(struct exchange *x)
{
	const char *remember;

	find_ours(x);
	x->session_input = SESSION_INPUT_NONE;
	if (!read_bearer(x)) {
		x->session_token = cookies_signed(x, SITE_COOKIE_SESSION_TOKEN);
		if (x->session_token != NULL)
			x->session_input = SESSION_INPUT_TOKEN;
	}
	if (x->session_input == SESSION_INPUT_NONE)
		return WA_OK;
	remember = cookies_signed(x, SITE_COOKIE_DONT_REMEMBER);
	x->dont_remember = remember != NULL && strcmp(remember, "true") == 0;
	return WA_OK;
}

/* "encoded-value[; Max-Age=N]attributes" */
static enum wa_err
set_cookie(struct exchange *x, enum site_cookie which, const char *value, const int64_t *max_age_ms)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(8192);
	const char *line;

	wa_percent_encode(&b, value, strlen(value));
	if (max_age_ms != NULL) {
		wa_buf_str(&b, "; Max-Age=");
		wa_buf_int(&b, *max_age_ms / 1000);
	}
	wa_buf_str(&b, x->site->cookie_attributes);
	line = wa_buf_cstr(&b);
	if (line == NULL)
		return nomem();
	http_response_cookie(x->response, cookie_name(x, which), line);
	return WA_OK;
}

static enum wa_err
delete_cookie(struct exchange *x, const char *name)
{
	const char *line =
	    wa_arena_printf(x->cx.arena, "; Max-Age=0%s", x->site->cookie_attributes);

	if (line == NULL)
		return nomem();
	http_response_cookie(x->response, name, line);
	return WA_OK;
}

static enum wa_err
announce_bearer(struct exchange *x, const char *signed_token)
{
	http_response_header(x->response, "set-auth-token", signed_token);
	http_response_header_join(x->response, "Access-Control-Expose-Headers", "set-auth-token");
	return WA_OK;
}

enum wa_err
cookies_set_session(struct exchange *x, const struct session *s, bool remember)
{
	const char *token = wa_signed_value_make(x->cx.arena, x->site->keyring, s->token);
	const int64_t *max_age = &x->site->settings->session_expires_in;
	enum wa_err e;

	if (token == NULL)
		return nomem();
	e = set_cookie(x, SITE_COOKIE_SESSION_TOKEN, token, remember ? max_age : NULL);
	if (e == WA_OK && !remember) {
		const char *value = wa_signed_value_make(x->cx.arena, x->site->keyring, "true");

		e = value != NULL ? set_cookie(x, SITE_COOKIE_DONT_REMEMBER, value, NULL) : nomem();
	} else if (e == WA_OK && cookies_signed(x, SITE_COOKIE_DONT_REMEMBER) != NULL) {
		e = delete_cookie(x, cookie_name(x, SITE_COOKIE_DONT_REMEMBER));
	}
	if (e != WA_OK)
		return e;
	return announce_bearer(x, token);
}

enum wa_err
cookies_delete_session_data(struct exchange *x)
{
	struct http_slice rest = x->request->cookie, name, value;
	enum wa_err e = WA_OK;

	if (x->sent[SITE_COOKIE_SESSION_DATA].p == NULL)
		return WA_OK;
	while (e == WA_OK && http_cookie_next(&rest, &name, &value)) {
		const char *text;

		if (!is_session_data(x, name))
			continue;
		text = wa_arena_strndup(x->cx.arena, name.p, name.n);
		e = text != NULL ? delete_cookie(x, text) : nomem();
	}
	return e;
}

enum wa_err
cookies_delete_session(struct exchange *x)
{
	enum wa_err e = delete_cookie(x, cookie_name(x, SITE_COOKIE_SESSION_TOKEN));

	if (e == WA_OK)
		e = delete_cookie(x, cookie_name(x, SITE_COOKIE_SESSION_DATA));
	if (e == WA_OK)
		e = cookies_delete_session_data(x);
	if (e == WA_OK)
		e = delete_cookie(x, cookie_name(x, SITE_COOKIE_DONT_REMEMBER));
	return e;
}
