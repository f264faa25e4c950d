/* The rules of waiting. */
#include "lib/core/guess.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/encode.h"
#include "lib/base/ip_address.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/store/guess.h"
#include "lib/store/secret.h"

#define SECOND_MS ((int64_t)1000)
#define MINUTE_MS (60 * SECOND_MS)
#define DAY_MS	  (24 * 60 * MINUTE_MS)

/* Failures before waiting begins. A pair is one person at one place; an account is met from many
 * places; a source may be an office behind one address. */
#define PAIR_FREE    5
#define ACCOUNT_FREE 10
#define SOURCE_FREE  20

#define WAIT_MAX_MS (15 * MINUTE_MS)
/* NIST SP 800-63B: no more than 100 consecutive failures; then a day's rest. */
#define ACCOUNT_MAX 100

/* Consecutive means: with no more than a day between two. */
#define FORGET_MS DAY_MS
/* How long a source stays known at an account. */
#define KNOWN_MS (30 * DAY_MS)

/* One counted failure in so many also sweeps. */
#define SWEEP_EVERY 64

static const char *const kind_names[] = {
    [WA_GUESS_PASSWORD] = "password",
    [WA_GUESS_TOKEN] = "token",
    [WA_GUESS_MAIL] = "mail",
};

/* A row's key: nobody who reads the table learns a name or an address from it. */
static void
key_make(const char *secret, const char *kind, const char *what, const char *a, const char *b,
    char ret[static WA_GUESS_KEY_SIZE])
{
	crypto_generichash_state state;
	uint8_t digest[(WA_GUESS_KEY_SIZE - 1) / 2];
	const char *const parts[] = {kind, what, a, b};

	crypto_generichash_init(&state, (const uint8_t *)secret, strlen(secret), sizeof(digest));
	for (size_t i = 0; i < WA_ARRAY_LEN(parts); i++) /* with its NUL: no two lists look alike */
		crypto_generichash_update(&state, (const uint8_t *)parts[i], strlen(parts[i]) + 1);
	crypto_generichash_final(&state, digest, sizeof(digest));
	wa_hex_encode(digest, sizeof(digest), ret);
	sodium_memzero(&state, sizeof(state));
}

/* The source as it counts: one IPv4 address, or an IPv6 network of 64 bits; other text as it is. */
static void
source_text(const char *from, char ret[static WA_IP_ADDRESS_SIZE])
{
	struct wa_ip_address address;
	size_t n = strnlen(from, WA_IP_ADDRESS_SIZE - 1);

	if (wa_ip_address_parse(from, strlen(from), &address)) {
		wa_ip_address_format(&address, ret);
		return;
	}
	memcpy(ret, from, n);
	ret[n] = '\0';
}

/* Whom it is about: the user's id, or the name as typed, in lower case. */
static enum wa_err
subject_of(struct wa_context *cx, const struct user *user, const char *name, const char **ret)
{
	const char *lower;

	if (user != NULL) {
		*ret = wa_arena_printf(cx->arena, "id %s", user->id);
		return *ret != NULL ? WA_OK : wa_fault(WA_ERR_NOMEM, "counters");
	}
	lower = wa_text_is_utf8(name, strlen(name)) ? wa_text_lower(cx->arena, name) : "";
	if (lower == NULL)
		return wa_fault(WA_ERR_NOMEM, "counters");
	*ret = wa_arena_printf(cx->arena, "name %s", lower);
	return *ret != NULL ? WA_OK : wa_fault(WA_ERR_NOMEM, "counters");
}

static enum wa_err
keys_make(struct wa_context *cx, enum wa_guess_kind kind, const struct user *user, const char *name,
    struct wa_guess *g)
{
	char place[WA_IP_ADDRESS_SIZE] = "";
	const char *subject, *pair = "pair";
	enum wa_err e;

	e = store_secret(cx->store, cx->arena, "guess", &g->secret);
	if (e == WA_ERR_NOT_FOUND) /* a reader of a store in which nothing was ever counted */
		return WA_OK;
	if (e == WA_OK)
		e = subject_of(cx, user, name, &subject);
	if (e != WA_OK)
		return e;

	if (cx->ip_address != NULL && cx->ip_address[0] != '\0') {
		source_text(cx->ip_address, place);
		g->has_source = true;
	} else if (cx->local_uid != 0) {
		/* Whoever guesses by su makes nobody else wait. There is no count of a user's
		 * failures at all accounts, because it may be a daemon, for everybody who comes to
		 * it. */
		(void)snprintf(place, sizeof(place), "%u", (unsigned)cx->local_uid);
		pair = "local pair";
	}
	g->counted = true;
	key_make(g->secret, kind_names[kind], "account", subject, "", g->account);
	key_make(g->secret, kind_names[kind], "source", place, "", g->source);
	key_make(g->secret, kind_names[kind], pair, subject, place, g->pair);
	return WA_OK;
}

/* The row, or an empty one; failures that lie too far back are none. */
static enum wa_err
row_read(struct wa_context *cx, const char *key, struct guess_row *ret)
{
	enum wa_err e = store_guess_find(cx->store, cx->arena, key, ret);

	if (e == WA_ERR_NOT_FOUND) {
		*ret = (struct guess_row){.key = key};
		return WA_OK;
	}
	if (e != WA_OK)
		return e;
	if (ret->last_ms + FORGET_MS < cx->now_ms)
		ret->failures = 0;
	if (ret->last_ms + KNOWN_MS < cx->now_ms)
		ret->known = false;
	return WA_OK;
}

/* A second after the first that is not free, then twice as long each time. */
static int64_t
wait_after(int64_t failures, int64_t free_failures)
{
	int64_t wait = SECOND_MS;

	if (failures < free_failures)
		return 0;
	for (int64_t i = free_failures; i < failures && wait < WAIT_MAX_MS; i++)
		wait *= 2;
	return wait < WAIT_MAX_MS ? wait : WAIT_MAX_MS;
}

static int64_t
wait_left(const struct wa_context *cx, const struct guess_row *row, int64_t free_failures)
{
	int64_t wait =
	    row->failures >= ACCOUNT_MAX ? FORGET_MS : wait_after(row->failures, free_failures);
	int64_t left = row->last_ms + wait - cx->now_ms;

	/* A failure of the future: the clock was set back, and nobody waits until it has caught up.
	 * The next failure is of now, so that each jump gives one try and no more. */
	if (row->failures == 0 || left < 0 || row->last_ms > cx->now_ms + WA_CLOCK_SKEW_MS)
		return 0;
	return left < wait ? left : wait;
}

static int64_t
longest(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

enum wa_err
wa_guess_begin(struct wa_context *cx, enum wa_guess_kind kind, const struct user *user,
    struct wa_guess *ret, int64_t *ret_wait_ms)
{
	struct guess_row account, pair, source = {0};
	struct wa_guess g = {0};
	int64_t wait;
	enum wa_err e;

	*ret = g;
	if (ret_wait_ms != NULL)
		*ret_wait_ms = 0;
	if (user == NULL && cx->claimed_name == NULL)
		return WA_OK;
	e = keys_make(cx, kind, user, cx->claimed_name, &g);
	if (e != WA_OK || !g.counted)
		return e;

	e = row_read(cx, g.account, &account);
	if (e == WA_OK)
		e = row_read(cx, g.pair, &pair);
	if (e == WA_OK && g.has_source)
		e = row_read(cx, g.source, &source);
	if (e != WA_OK)
		return e;

	g.last = pair.last;
	g.after_failures = account.failures > 0 || pair.failures > 0;
	g.doubted = g.after_failures || !pair.known;
	g.pass_must_write = g.doubted || pair.last_ms + DAY_MS < cx->now_ms;
	wait = wait_left(cx, &pair, PAIR_FREE);
	if (!pair.known) {
		wait = longest(wait, wait_left(cx, &account, ACCOUNT_FREE));
		wait = longest(wait, wait_left(cx, &source, SOURCE_FREE));
	}
	*ret = g;
	if (ret_wait_ms != NULL)
		*ret_wait_ms = wait;
	return wait > 0 ? WA_ERR_THROTTLED : WA_OK;
}

static enum wa_err
sweep_sometimes(struct wa_context *cx)
{
	if (randombytes_uniform(SWEEP_EVERY) != 0)
		return WA_OK;
	return store_guess_sweep(cx->store, cx->now_ms - KNOWN_MS, WA_GUESS_ROWS_MAX);
}

/* Waiting begins with the failure that is one too many: only that one is told of it, however many
 * processes count. */
static enum wa_err
record_lock(struct wa_context *cx, const struct wa_audit *event, const char *what, int64_t failures,
    int64_t free_failures)
{
	struct wa_audit lock = {.event = WA_AUDIT_LOGIN_LOCK, .detail = what};

	if (event == NULL || failures != free_failures)
		return WA_OK;
	lock.user_id = event->user_id;
	return wa_audit(cx, &lock);
}

static enum wa_err
count_account(struct wa_context *cx, const struct wa_guess *g, const struct wa_audit *event)
{
	int64_t n;
	enum wa_err e;

	e = store_guess_fail(cx->store, g->account, NULL, cx->now_ms - FORGET_MS, cx->now_ms, &n);
	if (e == WA_OK)
		e = record_lock(cx, event, "maxretries: account", n, ACCOUNT_FREE);
	return e == WA_OK ? record_lock(cx, event, "maxretries: account, a day", n, ACCOUNT_MAX)
			  : e;
}

static enum wa_err
count_pair(struct wa_context *cx, const struct wa_guess *g, const char *digest,
    const struct wa_audit *event)
{
	int64_t n;
	enum wa_err e;

	e = store_guess_fail(cx->store, g->pair, digest, cx->now_ms - FORGET_MS, cx->now_ms, &n);
	return e == WA_OK
	    ? record_lock(cx, event, "maxretries: account from this address", n, PAIR_FREE)
	    : e;
}

static enum wa_err
count_source(struct wa_context *cx, const struct wa_guess *g, const struct wa_audit *event)
{
	int64_t n;
	enum wa_err e;

	if (!g->has_source)
		return WA_OK;
	e = store_guess_fail(cx->store, g->source, NULL, cx->now_ms - FORGET_MS, cx->now_ms, &n);
	return e == WA_OK ? record_lock(cx, event, "maxretries: address", n, SOURCE_FREE) : e;
}

static enum wa_err
count(struct wa_context *cx, const struct wa_guess *g, const char *digest,
    const struct wa_audit *event)
{
	enum wa_err e = event != NULL ? wa_audit(cx, event) : WA_OK;

	if (e == WA_OK)
		e = count_account(cx, g, event);
	if (e == WA_OK)
		e = count_pair(cx, g, digest, event);
	if (e == WA_OK)
		e = count_source(cx, g, event);
	return e == WA_OK ? sweep_sometimes(cx) : e;
}

enum wa_err
wa_guess_failed(struct wa_context *cx, const struct wa_guess *g, const char *secret,
    const struct wa_audit *event)
{
	char digest[WA_GUESS_KEY_SIZE] = "";
	enum wa_err e;

	if (!g->counted || !store_may_write(cx->store))
		return WA_OK;
	if (secret != NULL) {
		key_make(g->secret, "secret", g->pair, secret, "", digest);
		if (g->last != NULL && strlen(g->last) == sizeof(digest) - 1 &&
		    sodium_memcmp(g->last, digest, sizeof(digest) - 1) == 0)
			return WA_OK;
	}
	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	return store_end(cx->store, count(cx, g, secret != NULL ? digest : NULL, event));
}

enum wa_err
wa_guess_passed(struct wa_context *cx, const struct wa_guess *g)
{
	bool own;
	enum wa_err e;

	if (!g->counted || !g->pass_must_write || !store_may_write(cx->store))
		return WA_OK;
	e = store_open_write(cx->store, &own);
	if (e != WA_OK)
		return e;
	e = store_guess_delete(cx->store, g->account);
	if (e == WA_OK)
		e = store_guess_pass(cx->store, g->pair, cx->now_ms);
	return store_close_write(cx->store, own, e);
}

enum wa_err
wa_guess_show(struct wa_context *cx, enum wa_guess_kind kind, const struct user *user,
    const char *name, struct wa_guess_state *ret)
{
	struct guess_row account = {0};
	struct wa_guess g = {0};
	enum wa_err e;

	e = keys_make(cx, kind, user, name, &g);
	if (e == WA_OK && g.counted)
		e = row_read(cx, g.account, &account);
	if (e != WA_OK)
		return e;
	*ret = (struct wa_guess_state){
	    .failures = account.failures, .wait_ms = wait_left(cx, &account, ACCOUNT_FREE)};
	return WA_OK;
}

static enum wa_err
reset(struct wa_context *cx, const struct user *user, const char *name)
{
	struct wa_audit event = {.event = WA_AUDIT_AUTHZ_ADMIN, .detail = "limit reset"};
	enum wa_err e = WA_OK;

	for (size_t kind = 0; e == WA_OK && kind < WA_ARRAY_LEN(kind_names); kind++) {
		struct wa_guess g = {0};

		e = keys_make(cx, (enum wa_guess_kind)kind, user, name, &g);
		if (e == WA_OK && g.counted)
			e = store_guess_delete(cx->store, g.account);
	}
	cx->claimed_name = user == NULL ? name : NULL;
	event.user_id = user != NULL ? user->id : NULL;
	return e == WA_OK ? wa_audit(cx, &event) : e;
}

enum wa_err
wa_guess_reset(struct wa_context *cx, const struct user *user, const char *name)
{
	enum wa_err e = store_begin_write(cx->store);

	return e == WA_OK ? store_end(cx->store, reset(cx, user, name)) : e;
}
