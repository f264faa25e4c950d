/* Making and checking app passwords. */
#include "lib/core/app_password.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/encode.h"
#include "lib/base/limits.h"
#include "lib/base/random.h"
#include "lib/base/text.h"
#include "lib/core/audit.h"
#include "lib/store/secret.h"

#define ID_LEN	   8
#define SECRET_LEN 26
#define CHECK_LEN  4
#define PREFIX_LEN (sizeof(WA_APP_PASSWORD_PREFIX) - 1)
#define AT_ID	   PREFIX_LEN
#define AT_SECRET  (AT_ID + ID_LEN)
#define AT_CHECK   (AT_SECRET + SECRET_LEN)

_Static_assert(AT_CHECK + CHECK_LEN == WA_APP_PASSWORD_LEN, "the parts are the whole");

#define HASH_BYTES 32
#define HASH_SIZE  (2 * HASH_BYTES + 1)

/* A use is written down no more often than this: mail clients poll. */
#define RECORD_EVERY_MS ((int64_t)60 * 1000)

#define ID_TRIES 3

/* Crockford's: nothing that looks like something else. Five bits each. */
static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

struct parts {
	char text[WA_APP_PASSWORD_SIZE]; /* in lower case */
	char id[ID_LEN + 1];
};

static void
wipe_parts(struct parts *p)
{
	sodium_memzero(p, sizeof(*p));
}

/* ---- the text ---- */

static void
random_digits(char *out, size_t n)
{
	uint8_t bytes[SECRET_LEN];

	wa_random_bytes(bytes, n);
	for (size_t i = 0; i < n; i++)
		out[i] = digits[bytes[i] & 31];
	sodium_memzero(bytes, sizeof(bytes));
}

static void
check_of(const char *text, char out[static CHECK_LEN])
{
	uint8_t digest[crypto_generichash_BYTES_MIN];

	crypto_generichash(digest, sizeof(digest), (const unsigned char *)text, AT_CHECK, NULL, 0);
	for (size_t i = 0; i < CHECK_LEN; i++)
		out[i] = digits[digest[i] & 31];
	sodium_memzero(digest, sizeof(digest));
}

static void
make_text(struct parts *p)
{
	memcpy(p->text, WA_APP_PASSWORD_PREFIX, PREFIX_LEN);
	random_digits(p->text + AT_ID, ID_LEN);
	random_digits(p->text + AT_SECRET, SECRET_LEN);
	check_of(p->text, p->text + AT_CHECK);
	p->text[WA_APP_PASSWORD_LEN] = '\0';
	memcpy(p->id, p->text + AT_ID, ID_LEN);
	p->id[ID_LEN] = '\0';
}

bool
wa_app_password_is_meant(const char *text)
{
	return strnlen(text, PREFIX_LEN) == PREFIX_LEN &&
	    wa_text_equal_nocase(text, PREFIX_LEN, WA_APP_PASSWORD_PREFIX);
}

static bool
read_text(const char *text, struct parts *ret)
{
	char check[CHECK_LEN];

	if (strnlen(text, WA_APP_PASSWORD_SIZE) != WA_APP_PASSWORD_LEN)
		return false;
	for (size_t i = 0; i < WA_APP_PASSWORD_LEN; i++) {
		char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];

		if (i >= PREFIX_LEN && (c == '\0' || strchr(digits, c) == NULL))
			return false;
		ret->text[i] = c;
	}
	ret->text[WA_APP_PASSWORD_LEN] = '\0';
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-use-of-uninitialized-value" /* the loop wrote it all */
	memcpy(ret->id, ret->text + AT_ID, ID_LEN);
#pragma GCC diagnostic pop
	ret->id[ID_LEN] = '\0';
	check_of(ret->text, check);
	return memcmp(check, ret->text + AT_CHECK, CHECK_LEN) == 0;
}

/* ---- the digest ---- */

/* Bound to its row and its owner: a digest copied into another row proves nothing there. */
static enum wa_err
hash_of(struct wa_context *cx, const char *id, const char *user_id, const char *text,
    char ret[static HASH_SIZE])
{
	const char *const parts[] = {"app password", id, user_id};
	crypto_generichash_state state;
	uint8_t digest[HASH_BYTES];
	const char *key;
	enum wa_err e;

	e = store_secret(cx->store, cx->arena, "app_password", &key);
	if (e != WA_OK)
		return e;

	crypto_generichash_init(&state, (const uint8_t *)key, strlen(key), sizeof(digest));
	for (size_t i = 0; i < WA_ARRAY_LEN(parts); i++) /* with its NUL: no two lists look alike */
		crypto_generichash_update(&state, (const uint8_t *)parts[i], strlen(parts[i]) + 1);
	crypto_generichash_update(&state, (const uint8_t *)text + AT_SECRET, SECRET_LEN);
	crypto_generichash_final(&state, digest, sizeof(digest));
	wa_hex_encode(digest, sizeof(digest), ret);
	sodium_memzero(&state, sizeof(state));
	sodium_memzero(digest, sizeof(digest));
	return WA_OK;
}

/* ---- services ---- */

bool
wa_app_password_service_is_valid(const char *service)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t n = strnlen(service, WA_PAM_SERVICE_MAX + 1);

	return n > 0 && n <= WA_PAM_SERVICE_MAX && strspn(service, allowed) == n;
}

static enum wa_err
join_services(struct wa_arena *a, const char *const *services, size_t n_services, const char **ret)
{
	const char *list = "";

	if (n_services > WA_APP_PASSWORD_SERVICES_MAX)
		return wa_refuse(WA_ERR_TOO_LONG, "services: more than %d of them",
		    WA_APP_PASSWORD_SERVICES_MAX);
	for (size_t i = 0; i < n_services; i++) {
		if (!wa_app_password_service_is_valid(services[i]))
			return wa_refuse(
			    WA_ERR_INVALID, "services: not a name that a PAM service can have");
		list = wa_arena_printf(a, "%s%s%s", list, i > 0 ? " " : "", services[i]);
		if (list == NULL)
			return wa_fault(WA_ERR_NOMEM, "services");
	}
	*ret = list;
	return WA_OK;
}

enum wa_err
wa_app_password_services(
    struct wa_arena *a, const struct app_password_row *row, struct wa_strings *ret)
{
	struct wa_strings list = {0};

	list.v = wa_arena_alloc(a, (strlen(row->services) / 2 + 1) * sizeof(*list.v));
	if (list.v == NULL)
		return wa_fault(WA_ERR_NOMEM, "services");
	for (const char *w = row->services; *w != '\0'; w += strspn(w, " ")) {
		size_t n = strcspn(w, " ");

		list.v[list.n] = wa_arena_strndup(a, w, n);
		if (list.v[list.n++] == NULL)
			return wa_fault(WA_ERR_NOMEM, "services");
		w += n;
	}
	*ret = list;
	return WA_OK;
}

/* A Unix account is not opened by what was made for whatever there is. */
static bool
is_for(const struct app_password_row *row, const struct wa_service *service)
{
	size_t len = strlen(service->name);

	if (row->services[0] == '\0')
		return service->account != WA_ACCOUNT_UNIX;
	for (const char *w = row->services; *w != '\0'; w += strspn(w, " ")) {
		size_t n = strcspn(w, " ");

		if (n == len && memcmp(w, service->name, n) == 0)
			return true;
		w += n;
	}
	return false;
}

/* ---- making one ---- */

static enum wa_err
check_new(const struct wa_context *cx, const struct wa_new_app_password *in)
{
	size_t n = strnlen(in->name, WA_APP_PASSWORD_NAME_MAX + 1);

	if (n == 0)
		return wa_refuse(WA_ERR_INVALID, "name: is empty");
	if (n > WA_APP_PASSWORD_NAME_MAX)
		return wa_refuse(
		    WA_ERR_TOO_LONG, "name: longer than %d bytes", WA_APP_PASSWORD_NAME_MAX);
	if (!wa_text_is_utf8(in->name, n) || wa_text_has_control(in->name))
		return wa_refuse(WA_ERR_INVALID, "name: holds what is no text");
	if (in->expires_ms != 0 && in->expires_ms <= cx->now_ms)
		return wa_refuse(WA_ERR_INVALID, "expiry: is not in the future");
	return WA_OK;
}

/* The id is no secret: it names the row in every list. */
static enum wa_err
record(struct wa_context *cx, enum wa_audit_event what, const char *user_id, const char *id)
{
	const struct wa_audit event = {
	    .event = what,
	    .user_id = user_id,
	    .detail = wa_arena_printf(cx->arena, "app password %s", id),
	};

	if (event.detail == NULL)
		return wa_fault(WA_ERR_NOMEM, "app password");
	return wa_audit(cx, &event);
}

static enum wa_err
write_new(struct wa_context *cx, const struct app_password_row *row)
{
	bool inserted = false;
	enum wa_err e = store_app_password_insert(cx->store, row, WA_APP_PASSWORDS_MAX, &inserted);

	if (e != WA_OK)
		return e;
	/* Not CONFLICT: that would be tried again with another id. */
	return inserted ? record(cx, WA_AUDIT_TOKEN_CREATED, row->user_id, row->id)
			: WA_ERR_TOO_LONG;
}

static enum wa_err
insert(struct wa_context *cx, struct app_password_row *row, const struct parts *p)
{
	char *hash = wa_arena_alloc(cx->arena, HASH_SIZE);
	enum wa_err e;

	row->id = wa_arena_strdup(cx->arena, p->id);
	if (hash == NULL || row->id == NULL)
		return wa_fault(WA_ERR_NOMEM, "app password");
	row->hash = hash;

	e = hash_of(cx, row->id, row->user_id, p->text, hash);
	if (e == WA_OK)
		e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	return store_end(cx->store, write_new(cx, row));
}

enum wa_err
wa_app_password_create(struct wa_context *cx, const char *user_id,
    const struct wa_new_app_password *in, struct app_password_row *ret,
    char ret_text[static WA_APP_PASSWORD_SIZE])
{
	struct app_password_row row = {
	    .user_id = user_id,
	    .name = in->name,
	    .created_ms = cx->now_ms,
	    .expires_ms = in->expires_ms,
	};
	WA_CLEANUP(wipe_parts) struct parts p;
	enum wa_err e;

	e = check_new(cx, in);
	if (e == WA_OK)
		e = join_services(cx->arena, in->services, in->n_services, &row.services);
	if (e != WA_OK)
		return e;

	e = WA_ERR_CONFLICT;
	for (int i = 0; e == WA_ERR_CONFLICT && i < ID_TRIES; i++) {
		make_text(&p);
		e = insert(cx, &row, &p);
	}
	if (e == WA_ERR_TOO_LONG)
		return wa_refuse(WA_ERR_CONFLICT,
		    "there are %d app passwords already; revoke one first", WA_APP_PASSWORDS_MAX);
	if (e != WA_OK)
		return e;

	memcpy(ret_text, p.text, WA_APP_PASSWORD_SIZE);
	*ret = row;
	return WA_OK;
}

/* ---- ending them ---- */

static enum wa_err
revoke(struct wa_context *cx, const char *user_id, const char *id)
{
	const char *owner = NULL;
	enum wa_err e = store_app_password_delete(cx->store, cx->arena, user_id, id, &owner);

	return e == WA_OK ? record(cx, WA_AUDIT_TOKEN_REVOKED, owner, id) : e;
}

enum wa_err
wa_app_password_revoke(struct wa_context *cx, const char *user_id, const char *id)
{
	enum wa_err e = store_begin_write(cx->store);

	return e == WA_OK ? store_end(cx->store, revoke(cx, user_id, id)) : e;
}

static enum wa_err
revoke_all(struct wa_context *cx, const char *user_id, int64_t *ret_ended)
{
	struct wa_audit event = {.event = WA_AUDIT_TOKEN_REVOKED, .user_id = user_id};
	enum wa_err e = store_app_password_delete_of_user(cx->store, user_id, ret_ended);

	if (e != WA_OK || *ret_ended == 0)
		return e;
	event.detail = wa_arena_printf(cx->arena, "all app passwords, %lld", (long long)*ret_ended);
	return event.detail != NULL ? wa_audit(cx, &event)
				    : wa_fault(WA_ERR_NOMEM, "app passwords");
}

enum wa_err
wa_app_password_revoke_all(struct wa_context *cx, const char *user_id, int64_t *ret_ended)
{
	int64_t ended = 0;
	enum wa_err e = store_begin_write(cx->store);

	if (e == WA_OK)
		e = store_end(cx->store, revoke_all(cx, user_id, &ended));
	if (e == WA_OK)
		*ret_ended = ended;
	return e;
}

/* ---- checking one ---- */

static enum wa_err
refuse(const char *why)
{
	return wa_refuse(WA_ERR_BAD_CREDENTIALS, "%s", why);
}

/* The row, if the text is its secret and the user its owner. */
static enum wa_err
find(struct wa_context *cx, const struct user *user, const char *text, struct app_password_row *ret)
{
	WA_CLEANUP(wipe_parts) struct parts p;
	char hash[HASH_SIZE];
	enum wa_err e;

	if (!read_text(text, &p))
		return refuse("the app password is mistyped: its check does not fit");

	e = store_app_password_find(cx->store, cx->arena, p.id, ret);
	if (e == WA_ERR_NOT_FOUND ||
	    (e == WA_OK && (user == NULL || strcmp(ret->user_id, user->id) != 0)))
		return refuse("no such app password of this user; it may have been revoked");
	if (e != WA_OK)
		return e;

	e = hash_of(cx, ret->id, ret->user_id, p.text, hash);
	if (e != WA_OK)
		return e;
	if (strlen(ret->hash) != HASH_SIZE - 1 ||
	    sodium_memcmp(ret->hash, hash, HASH_SIZE - 1) != 0)
		return refuse("no such app password of this user");
	return WA_OK;
}

enum wa_err
wa_app_password_each(struct wa_context *cx, const char *user_id,
    bool (*fn)(void *arg, const struct app_password_row *row), void *arg)
{
	return store_app_password_each(cx->store, user_id, fn, arg);
}

enum wa_err
wa_app_password_check_use(const struct wa_context *cx, const struct wa_service *service,
    const struct app_password_row *row)
{
	if (row->expires_ms != 0 && row->expires_ms <= cx->now_ms)
		return refuse("the app password has expired");
	if (!is_for(row, service))
		return refuse("the app password is for other services");
	return WA_OK;
}

bool
wa_app_password_is_used_anew(const struct wa_context *cx, const struct app_password_row *row)
{
	return row->last_used_ms <= cx->now_ms - RECORD_EVERY_MS;
}

enum wa_err
wa_app_password_used(struct wa_context *cx, const struct app_password_row *row)
{
	return store_app_password_used(
	    cx->store, row->id, cx->now_ms - RECORD_EVERY_MS, cx->now_ms);
}

static enum wa_err
failed(
    struct wa_context *cx, const struct user *user, const struct wa_guess *guess, const char *text)
{
	const struct wa_audit event = {
	    .event = WA_AUDIT_LOGIN_FAIL,
	    .user_id = user != NULL ? user->id : NULL,
	    .reason = WA_ERR_BAD_CREDENTIALS,
	    .detail = "app password",
	};
	char why[128];
	enum wa_err e;

	(void)snprintf(why, sizeof(why), "%s", wa_err_detail(WA_ERR_BAD_CREDENTIALS));
	e = wa_guess_failed(cx, guess, text, &event);
	return e == WA_OK ? refuse(why) : e;
}

enum wa_err
wa_app_password_prove(struct wa_context *cx, const struct user *user, const char *text,
    struct app_password_row *ret, struct wa_guess *ret_guess)
{
	struct app_password_row row;
	struct wa_guess guess;
	enum wa_err e;

	e = wa_guess_begin(cx, WA_GUESS_TOKEN, user, &guess, NULL);
	if (e != WA_OK)
		return e;

	e = find(cx, user, text, &row);
	if (e == WA_ERR_BAD_CREDENTIALS)
		return failed(cx, user, &guess, text);
	if (e != WA_OK)
		return e;

	*ret = row;
	*ret_guess = guess;
	return WA_OK;
}
