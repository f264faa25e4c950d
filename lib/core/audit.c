/* Making rows of the audit log, and looking at their chain. */
#include "lib/core/audit.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/encode.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/store/secret.h"

#define HASH_BYTES   32
#define HASH_SIZE    (2 * HASH_BYTES + 1)
#define NOBODY_BYTES 16

/* One row in so many also sweeps, and then takes more than it adds. */
#define SWEEP_EVERY 64

static const struct {
	const char *name;
	const char *level;
} events[WA_AUDIT_EVENTS] = {
#define AUDIT(event, name, level) [WA_AUDIT_##event] = {name, #level},
#include "lib/core/audit.def"
#undef AUDIT
};

static const char *const doors[] = {
    [WA_DOOR_WEB] = "web",
    [WA_DOOR_PAM] = "pam",
    [WA_DOOR_CTL] = "ctl",
};

const char *
wa_audit_event_name(enum wa_audit_event event)
{
	return events[event].name;
}

bool
wa_audit_event_find(const char *name, enum wa_audit_event *ret)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(events); i++)
		if (strcmp(events[i].name, name) == 0) {
			*ret = (enum wa_audit_event)i;
			return true;
		}
	return false;
}

const char *
wa_audit_level(const char *name)
{
	enum wa_audit_event event;

	return wa_audit_event_find(name, &event) ? events[event].level : NULL;
}

/* ---- the chain ---- */

/* With its length: no two rows look alike, and what is not there is not what is empty. */
static void
hash_text(crypto_generichash_state *state, const char *text)
{
	uint64_t n = text == NULL ? UINT64_MAX : strlen(text);
	uint8_t length[8];

	for (size_t i = 0; i < sizeof(length); i++)
		length[i] = (uint8_t)(n >> (8 * i));
	crypto_generichash_update(state, length, sizeof(length));
	if (text != NULL)
		crypto_generichash_update(state, (const uint8_t *)text, n);
}

/*
 * BLAKE2b over the hash before and every column. Without a key: who can write the table could read
 * any key that the module can, and so anybody who has a copy of the log can check it.
 */
static void
hash_row(const struct audit_row *row, char ret[static HASH_SIZE])
{
	const char *const parts[] = {row->previous, row->event, row->reason, row->detail,
	    row->user_id, row->name, row->actor, row->door, row->service, row->tty, row->address,
	    row->agent, row->session_id};
	crypto_generichash_state state;
	uint8_t digest[HASH_BYTES];
	char at[WA_ISO_SIZE], number[24];

	wa_iso_format(row->at_ms, at);
	(void)snprintf(number, sizeof(number), "%lld", (long long)row->number);
	crypto_generichash_init(&state, NULL, 0, sizeof(digest));
	hash_text(&state, "webauth audit 1");
	hash_text(&state, number);
	hash_text(&state, at);
	for (size_t i = 0; i < WA_ARRAY_LEN(parts); i++)
		hash_text(&state, parts[i]);
	crypto_generichash_final(&state, digest, sizeof(digest));
	wa_hex_encode(digest, sizeof(digest), ret);
}

/* ---- writing ---- */

enum wa_err
wa_audit_nobody(struct wa_context *cx, const char *name, const char **ret)
{
	crypto_generichash_state state;
	uint8_t digest[NOBODY_BYTES];
	char hex[2 * NOBODY_BYTES + 1];
	const char *lower, *key;
	enum wa_err e;

	e = store_secret(cx->store, cx->arena, "audit", &key);
	if (e != WA_OK)
		return e;
	lower = wa_text_is_utf8(name, strlen(name)) ? wa_text_lower(cx->arena, name) : name;
	if (lower == NULL)
		return wa_fault(WA_ERR_NOMEM, "audit log");

	crypto_generichash_init(&state, (const uint8_t *)key, strlen(key), sizeof(digest));
	crypto_generichash_update(&state, (const uint8_t *)lower, strlen(lower));
	crypto_generichash_final(&state, digest, sizeof(digest));
	wa_hex_encode(digest, sizeof(digest), hex);
	sodium_memzero(&state, sizeof(state));
	*ret = wa_arena_printf(cx->arena, "#%s", hex);
	return *ret != NULL ? WA_OK : wa_fault(WA_ERR_NOMEM, "audit log");
}

/* A text from outside as the log keeps it: cut between characters, and none that is not UTF-8. What
 * it holds besides is made harmless where it is shown. NULL for "". */
static enum wa_err
keep(struct wa_context *cx, const char *text, const char **ret)
{
	size_t n = text == NULL ? 0 : strnlen(text, WA_AUDIT_TEXT_MAX + 1);

	*ret = NULL;
	if (n == 0)
		return WA_OK;
	if (n > WA_AUDIT_TEXT_MAX)
		for (n = WA_AUDIT_TEXT_MAX; n > 0 && ((uint8_t)text[n] & 0xc0) == 0x80;)
			n--;
	*ret = wa_text_is_utf8(text, n) ? wa_arena_strndup(cx->arena, text, n) : "(not text)";
	return *ret != NULL ? WA_OK : wa_fault(WA_ERR_NOMEM, "audit log");
}

/* A name is kept where it is known to be the user's, and else a digest, by which tries at one name
 * can be told from tries at many. */
static enum wa_err
keep_name(struct wa_context *cx, const struct wa_audit *what, const char **ret)
{
	*ret = NULL;
	if (what->by_itself || cx->claimed_name == NULL)
		return WA_OK;
	if (what->user_id != NULL)
		return keep(cx, cx->claimed_name, ret);
	return wa_audit_nobody(cx, cx->claimed_name, ret);
}

/* What the context knows of who asked. */
static enum wa_err
fill_origin(struct wa_context *cx, struct audit_row *row)
{
	enum wa_err e = keep(cx, cx->actor, &row->actor);

	if (e == WA_OK)
		e = keep(cx, cx->pam_service, &row->service);
	if (e == WA_OK)
		e = keep(cx, cx->pam_tty, &row->tty);
	if (e == WA_OK)
		e = keep(cx, cx->ip_address, &row->address);
	if (e == WA_OK)
		e = keep(cx, cx->user_agent, &row->agent);
	return e;
}

static enum wa_err
sweep_sometimes(struct wa_context *cx)
{
	int64_t keep_ms = cx->settings->audit_keep;

	if (randombytes_uniform(SWEEP_EVERY) != 0)
		return WA_OK;
	return store_audit_sweep(cx->store, keep_ms > 0 ? cx->now_ms - keep_ms : 0,
	    (int64_t)cx->settings->audit_max_rows, NULL);
}

/* Which row is the last is asked in the transaction that adds one: of two processes, the second
 * sees the first one's. */
static enum wa_err
append(struct wa_context *cx, struct audit_row *row)
{
	char hash[HASH_SIZE];
	enum wa_err e;

	e = store_audit_last(cx->store, cx->arena, &row->number, &row->previous);
	if (e == WA_ERR_NOT_FOUND) {
		row->number = 0;
		row->previous = "";
		e = WA_OK;
	}
	if (e != WA_OK)
		return e;

	row->number++;
	hash_row(row, hash);
	row->hash = hash;
	e = store_audit_insert(cx->store, row);
	row->hash = NULL; /* it was this frame's */
	return e == WA_OK ? sweep_sometimes(cx) : e;
}

static enum wa_err
write_row(struct wa_context *cx, const struct wa_audit *what)
{
	struct audit_row row = {
	    .at_ms = cx->now_ms,
	    .event = wa_audit_event_name(what->event),
	    .reason = what->reason != WA_OK ? wa_err_name(what->reason) : NULL,
	    .user_id = what->user_id,
	    .door = what->by_itself ? "self" : doors[cx->door],
	    .session_id = what->session_id,
	};
	enum wa_err e = keep(cx, what->detail, &row.detail);

	if (e == WA_OK)
		e = keep_name(cx, what, &row.name);
	if (e == WA_OK && !what->by_itself)
		e = fill_origin(cx, &row);
	return e == WA_OK ? append(cx, &row) : e;
}

enum wa_err
wa_audit(struct wa_context *cx, const struct wa_audit *what)
{
	bool own;
	enum wa_err e;

	e = store_open_write(cx->store, &own);
	if (e != WA_OK)
		return e;
	return store_close_write(cx->store, own, write_row(cx, what));
}

/* ---- reading ---- */

struct walk {
	struct wa_audit_chain chain;
	const char *known;
	bool (*fn)(void *arg, int64_t number, const char *what);
	void *arg;
};

static bool
check_link(struct walk *w, const struct audit_row *row)
{
	if (row->number != w->chain.last + 1)
		return w->fn(w->arg, row->number, "the rows before it are gone");
	if (strcmp(row->previous, w->chain.head) != 0)
		return w->fn(w->arg, row->number, "it does not follow the row before it");
	return true;
}

static bool
walk_row(void *arg, const struct audit_row *row)
{
	struct walk *w = arg;
	char hash[HASH_SIZE];
	bool more = true;

	if (w->chain.rows > 0)
		more = check_link(w, row);
	hash_row(row, hash);
	if (more && strcmp(hash, row->hash) != 0)
		more = w->fn(w->arg, row->number, "it is not as it was written");

	if (w->chain.rows++ == 0) {
		w->chain.first = row->number;
		w->chain.first_ms = row->at_ms;
	}
	w->chain.last = row->number;
	w->chain.last_ms = row->at_ms;
	/* The next row is compared with what stands here, so that one change is told once. */
	memcpy(w->chain.head, strlen(row->hash) == HASH_SIZE - 1 ? row->hash : hash, HASH_SIZE);
	w->chain.known = w->chain.known ||
	    (w->known != NULL &&
		(strcmp(w->known, row->hash) == 0 || strcmp(w->known, row->previous) == 0));
	return more;
}

enum wa_err
wa_audit_verify(struct wa_context *cx, const char *known,
    bool (*fn)(void *arg, int64_t number, const char *what), void *arg, struct wa_audit_chain *ret)
{
	struct walk w = {.known = known, .fn = fn, .arg = arg};
	enum wa_err e = store_audit_walk(cx->store, walk_row, &w);

	if (e == WA_OK)
		*ret = w.chain;
	return e;
}
