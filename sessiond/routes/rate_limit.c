/* Rules, keys and the table of windows. */
#include "sessiond/routes/rate_limit.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/text.h"
#include "sessiond/http/cookie.h"
#include "sessiond/routes/client.h"

/* Entries: a set of WAYS places for each key; the entry that has been quiet longest makes room. */
#define SETS 16384
#define WAYS 4

struct entry {
	uint64_t key; /* keyed hash of client and path; 0: free */
	uint32_t count;
	int64_t last_ms; /* of the last request that was let through */
};

struct rate_limit {
	struct entry entries[SETS][WAYS];
	uint8_t key[crypto_shorthash_KEYBYTES];
};

struct rule {
	const char *path; /* below the base path */
	bool prefix;
	int64_t window_ms;
	uint32_t max;
};

/* The first that fits. get-session is not in Better Auth's list: there it falls under the last
 * rule, and pages that ask often sign their users out with it. docs/api.md names the difference. */
static const struct rule rules[] = {
    {"/get-session", false, 10000, 1000},
    {"/sign-in", true, 10000, 3},
    {"/sign-up", true, 10000, 3},
    {"/change-password", true, 10000, 3},
    {"/change-email", true, 10000, 3},
    {"/request-password-reset", false, 60000, 3},
    {"/send-verification-email", false, 60000, 3},
    {"/forget-password", true, 60000, 3},
    {"/email-otp/send-verification-otp", false, 60000, 3},
    {"/email-otp/request-password-reset", false, 60000, 3},
    {"", true, 10000, 100},
};

struct rate_limit *
rate_limit_new(void)
{
	struct rate_limit *rl = calloc(1, sizeof(*rl));

	if (rl != NULL)
		crypto_shorthash_keygen(rl->key);
	return rl;
}

void
rate_limit_free(struct rate_limit *rl)
{
	free(rl);
}

/* The path below a prefix, without closing slashes; false for paths that are elsewhere. */
static bool
path_below(const char *prefix, struct http_slice path, struct http_slice *ret)
{
	size_t base = strlen(prefix);

	if (path.n <= base || memcmp(path.p, prefix, base) != 0 || path.p[base] != '/')
		return false;
	path.p += base;
	path.n -= base;
	while (path.n > 0 && path.p[path.n - 1] == '/')
		path.n--;
	*ret = path;
	return true;
}

/* Forms of pages have the paths of the routes behind them, so that the same rules hold. */
static bool
relative_path(const struct site *site, struct http_slice path, struct http_slice *ret)
{
	return path_below(site->base_path, path, ret) ||
	    (site->pages != NULL && path_below(site->pages_path, path, ret));
}

static const struct rule *
rule_for(struct http_slice path)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(rules); i++) {
		size_t n = strlen(rules[i].path);

		if (path.n >= n && memcmp(path.p, rules[i].path, n) == 0 &&
		    (rules[i].prefix || path.n == n))
			return &rules[i];
	}
	return NULL;
}

/* The e-mail that a JSON body names, in lower case; NULL when it names none. */
static const char *
named_email(struct wa_arena *arena, const struct http_request *r)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *body = NULL;
	const char *email;

	if (r->method != HTTP_POST || r->body.n == 0 ||
	    wa_json_parse(r->body.p, r->body.n, &body) != WA_OK)
		return NULL;
	email = wa_json_get_string(wa_json_get(body, "email"));
	return email == NULL ? NULL : wa_text_lower(arena, email);
}

/* Whom to count; "" when there is nobody to tell apart. */
static enum wa_err
client_key(
    const struct site *site, struct wa_arena *arena, const struct http_request *r, const char **ret)
{
	const char *address = client_address(arena, site->settings, r);
	struct http_slice cookie, bearer;
	const char *email;

	if (address == NULL)
		return wa_fault(WA_ERR_NOMEM, "rate limit");
	if (address[0] != '\0') {
		*ret = wa_arena_printf(arena, "ip %s", address);
		return *ret != NULL ? WA_OK : wa_fault(WA_ERR_NOMEM, "rate limit");
	}
	cookie = http_cookie_get(r->cookie, site->cookies[SITE_COOKIE_SESSION_TOKEN]);
	bearer = r->authorization;
	email = named_email(arena, r);
	if (email != NULL)
		*ret = wa_arena_printf(arena, "email %s", email);
	else if (bearer.n > 0)
		*ret = wa_arena_printf(arena, "bearer %.*s", (int)bearer.n, bearer.p);
	else if (cookie.n > 0)
		*ret = wa_arena_printf(arena, "cookie %.*s", (int)cookie.n, cookie.p);
	else
		*ret = "";
	return *ret != NULL ? WA_OK : wa_fault(WA_ERR_NOMEM, "rate limit");
}

static uint64_t
hash(const struct rate_limit *rl, const char *text)
{
	uint64_t h;

	_Static_assert(sizeof(h) == crypto_shorthash_BYTES, "one word");
	crypto_shorthash((uint8_t *)&h, (const uint8_t *)text, strlen(text), rl->key);
	return h == 0 ? 1 : h;
}

static struct entry *
entry_for(struct rate_limit *rl, uint64_t key)
{
	struct entry *set = rl->entries[key % SETS], *oldest = &set[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (set[i].key == 0 || set[i].last_ms < oldest->last_ms)
			oldest = &set[i];
	}
	*oldest = (struct entry){.key = key};
	return oldest;
}

/* contract.md 11: the window is measured from the last request that was let through. */
static int64_t
take(struct entry *entry, const struct rule *rule, int64_t now_ms)
{
	int64_t since = now_ms - entry->last_ms;

	if (entry->count == 0 || since < 0 || since >= rule->window_ms) {
		entry->count = 1;
		entry->last_ms = now_ms;
		return 0;
	}
	if (entry->count >= rule->max)
		return (rule->window_ms - since + 999) / 1000;
	entry->count++;
	entry->last_ms = now_ms;
	return 0;
}

enum wa_err
rate_limit_check(struct rate_limit *rl, const struct site *site, struct wa_arena *arena,
    const struct http_request *r, int64_t now_ms, int64_t *ret_retry_s)
{
	const char *client, *text;
	const struct rule *rule;
	struct http_slice path;
	enum wa_err e;

	*ret_retry_s = 0;
	if (!site->settings->ip_tracking || !relative_path(site, r->path, &path))
		return WA_OK;
	rule = rule_for(path);
	e = client_key(site, arena, r, &client);
	if (e != WA_OK || client[0] == '\0' || rule == NULL)
		return e;
	text = wa_arena_printf(arena, "%s|%.*s", client, (int)path.n, path.p);
	if (text == NULL)
		return wa_fault(WA_ERR_NOMEM, "rate limit");
	*ret_retry_s = take(entry_for(rl, hash(rl, text)), rule, now_ms);
	return WA_OK;
}
