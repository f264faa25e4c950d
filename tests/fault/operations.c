/* The operations of core and store, each with everything that can fail under it failing in turn. */
#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/app_password.h"
#include "lib/core/claims.h"
#include "lib/core/credential.h"
#include "lib/core/deletion.h"
#include "lib/core/email_token.h"
#include "lib/core/guess.h"
#include "lib/core/jwt.h"
#include "lib/core/key.h"
#include "lib/core/login.h"
#include "lib/core/password_reset.h"
#include "lib/core/session.h"
#include "lib/core/user.h"
#include "lib/store/link.h"
#include "tests/fault/world.h"

/* Did the call leave alone what it had nothing to write to? */
static void
check_untouched(enum wa_err e, const void *ret, size_t n, const char *what)
{
	const unsigned char *bytes = ret;

	if (e == WA_OK)
		return;
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != WORLD_POISON)
			errx(1, "%s: failed, and wrote its result", what);
}

#define POISON(x)	memset(&(x), WORLD_POISON, sizeof(x))
#define UNTOUCHED(e, x) check_untouched((e), &(x), sizeof(x), __func__)

/* ---- the store ---- */

static enum wa_err
open_with(struct world *w, enum store_mode mode)
{
	struct store_options o = {.uri = w->uri, .mode = mode};
	struct store *s = NULL;
	enum wa_err e = store_open(&o, &s);

	if ((e == WA_OK) != (s != NULL))
		errx(1, "opened a store and said %s", wa_err_name(e));
	store_close(s);
	return e;
}

static enum wa_err
open_reading(struct world *w)
{
	return open_with(w, STORE_READ);
}

static enum wa_err
open_writing(struct world *w)
{
	return open_with(w, STORE_WRITE);
}

static enum wa_err
open_creating(struct world *w)
{
	return open_with(w, STORE_CREATE);
}

static size_t
count_backups(const struct world *w)
{
	DIR *dir = opendir(w->dir);
	struct dirent *entry;
	size_t n = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		n += strstr(entry->d_name, "backup") != NULL;
	if (dir != NULL)
		(void)closedir(dir);
	return n;
}

/* A change has its backup, and nothing is left of one whose store did not change; where even that
 * cannot be found out, it stays. */
static enum wa_err
migrate_old(struct world *w)
{
	enum wa_err e = open_with(w, STORE_MIGRATE);
	size_t n = count_backups(w);

	if (n > 1 || (e == WA_OK && n == 0))
		errx(1, "%zu backups, and a migration that ended as %s", n, wa_err_name(e));
	return e;
}

/* ---- users and passwords ---- */

static enum wa_err
find_user(struct world *w, const char *email, struct user *ret)
{
	return wa_user_by_email(&w->cx, email, ret);
}

static enum wa_err
sign_up(struct world *w)
{
	struct wa_new_user new_user = {.name = "Dora",
	    .email = "dora@example.com",
	    .password = WORLD_PASSWORD,
	    .username = "dora"};
	struct session s;
	struct user u;
	enum wa_err e;

	POISON(u);
	POISON(s);
	e = wa_user_create(&w->cx, &new_user, true, &u, &s);
	UNTOUCHED(e, u);
	UNTOUCHED(e, s);
	return e;
}

static enum wa_err
sign_in_as(struct world *w, const char *email, const char *password)
{
	struct session s;
	struct user u, ret;
	enum wa_err e = find_user(w, email, &u);

	POISON(s);
	POISON(ret);
	if (e == WA_OK)
		e = wa_credential_sign_in(&w->cx, &u, password, true, &ret, &s);
	UNTOUCHED(e, s);
	UNTOUCHED(e, ret);
	return e;
}

static enum wa_err
sign_in(struct world *w)
{
	return sign_in_as(w, "ada@example.com", WORLD_PASSWORD);
}

static enum wa_err
sign_in_wrong(struct world *w)
{
	return sign_in_as(w, "ada@example.com", "correct horse battery.");
}

static enum wa_err
sign_in_banned(struct world *w)
{
	return sign_in_as(w, "bob@example.com", WORLD_PASSWORD);
}

static enum wa_err
sign_in_without(struct world *w)
{
	return sign_in_as(w, "carl@example.com", WORLD_PASSWORD);
}

static enum wa_err
sign_in_nobody(struct world *w)
{
	struct wa_proven proven;
	enum wa_err e;

	w->cx.claimed_name = "nobody@example.com";
	e = wa_credential_prove(&w->cx, NULL, WORLD_PASSWORD, WA_AUDIT_LOGIN_FAIL, &proven);
	w->cx.claimed_name = NULL;
	return e;
}

/* Six wrong passwords, without failures, and a right one must wait. A try that met a failure may go
 * uncounted, since it told its caller nothing; then a right one must tell nothing either. */
static enum wa_err
sign_in_throttled(struct world *w)
{
	struct wa_proven proven;
	struct user u;
	enum wa_err e = find_user(w, "ada@example.com", &u);
	char wrong[16];

	for (int i = 0; e == WA_OK && i < 30; i++) {
		(void)snprintf(wrong, sizeof(wrong), "wrong %d", i);
		e = wa_credential_prove(&w->cx, &u, wrong, WA_AUDIT_LOGIN_FAIL, &proven);
		if (e == WA_ERR_BAD_CREDENTIALS || wa_err_class(e) == WA_CLASS_FAULT)
			e = WA_OK;
	}
	if (e != WA_OK && e != WA_ERR_THROTTLED)
		return e;
	e = wa_credential_prove(&w->cx, &u, WORLD_PASSWORD, WA_AUDIT_LOGIN_FAIL, &proven);
	return e == WA_OK ? wa_credential_record(&w->cx, &proven.guess, u.id, NULL, WA_OK, NULL)
			  : e;
}

static enum wa_err
change_password(struct world *w)
{
	struct session s;
	struct user u;
	enum wa_err e = find_user(w, "ada@example.com", &u);

	POISON(s);
	w->cx.now_ms = WORLD_NOW + WORLD_DAY;
	if (e == WA_OK)
		e = wa_credential_change(
		    &w->cx, &u, WORLD_PASSWORD, "another long password", true, &s);
	w->cx.now_ms = WORLD_NOW;
	UNTOUCHED(e, s);
	return e;
}

static enum wa_err
change_password_wrong(struct world *w)
{
	struct session s;
	struct user u;
	enum wa_err e = find_user(w, "ada@example.com", &u);

	return e == WA_OK ? wa_credential_change(
				&w->cx, &u, "not the password", "another long password", true, &s)
			  : e;
}

static enum wa_err
confirm_wrong(struct world *w)
{
	const char *hash;
	struct user u;
	enum wa_err e = find_user(w, "ada@example.com", &u);

	return e == WA_OK
	    ? wa_credential_confirm(&w->cx, u.id, "not the password", WA_AUDIT_LOGIN_FAIL, &hash)
	    : e;
}

static enum wa_err
set_password(struct world *w)
{
	struct user u;
	enum wa_err e = find_user(w, "carl@example.com", &u);

	return e == WA_OK ? wa_credential_set(&w->cx, u.id, WORLD_PASSWORD, false) : e;
}

static enum wa_err
update_user(struct world *w)
{
	const struct wa_user_change change = {.name = "Ada L.",
	    .image_given = true,
	    .image = "https://example.com/a.png",
	    .username = "countess"};
	struct user u, ret;
	enum wa_err e = find_user(w, "ada@example.com", &u);

	return e == WA_OK ? wa_user_update(&w->cx, &change, u.id, &ret) : e;
}

static enum wa_err
ban(struct world *w)
{
	struct user u;
	enum wa_err e = find_user(w, "ada@example.com", &u);

	return e == WA_OK ? wa_user_ban(&w->cx, u.id, "spam", 0) : e;
}

static enum wa_err
delete_user(struct world *w)
{
	struct user u;
	enum wa_err e = find_user(w, "ada@example.com", &u);

	return e == WA_OK ? wa_deletion_perform(&w->cx, u.id, NULL) : e;
}

static enum wa_err
delete_user_forged(struct world *w)
{
	struct user u;
	enum wa_err e = find_user(w, "ada@example.com", &u);

	return e == WA_OK ? wa_deletion_perform(&w->cx, u.id, "a token that nobody was sent") : e;
}

static enum wa_err
request_deletion(struct world *w)
{
	struct user u;
	enum wa_err e = find_user(w, "ada@example.com", &u);

	return e == WA_OK ? wa_deletion_request(&w->cx, WORLD_ORIGIN "/api/auth", &u, "/") : e;
}

static enum wa_err
show_guesses(struct world *w)
{
	struct wa_guess_state state;
	struct user u;
	enum wa_err e = find_user(w, "ada@example.com", &u);

	POISON(state);
	if (e == WA_OK)
		e = wa_guess_show(&w->cx, WA_GUESS_PASSWORD, &u, NULL, &state);
	UNTOUCHED(e, state);
	return e;
}

static enum wa_err
reset_guesses(struct world *w)
{
	struct user u;
	enum wa_err e = find_user(w, "ada@example.com", &u);

	return e == WA_OK ? wa_guess_reset(&w->cx, &u, NULL) : e;
}

/* ---- sessions ---- */

static enum wa_err
find_session(struct world *w)
{
	struct session s;
	struct user u;
	enum wa_err e;

	POISON(s);
	e = wa_session_find(&w->cx, w->token, &s, &u);
	UNTOUCHED(e, s);
	return e;
}

static enum wa_err
find_session_unknown(struct world *w)
{
	struct session s;
	struct user u;

	return wa_session_find(&w->cx, "a token that was never given", &s, &u);
}

static enum wa_err
find_session_expired(struct world *w)
{
	struct session s;
	struct user u;
	enum wa_err e;

	w->cx.now_ms = WORLD_NOW + 400 * WORLD_DAY;
	e = wa_session_find(&w->cx, w->token, &s, &u);
	w->cx.now_ms = WORLD_NOW;
	return e;
}

/* Revoked while things fail. That a revocation which was answered holds, the evidence tells. */
static enum wa_err
revoke(struct world *w)
{
	return wa_session_revoke(&w->cx, w->token);
}

static enum wa_err
revoke_all(struct world *w)
{
	struct user u;
	enum wa_err e = find_user(w, "ada@example.com", &u);

	return e == WA_OK ? wa_session_revoke_all(&w->cx, u.id, NULL, NULL) : e;
}

static enum wa_err
extend(struct world *w)
{
	struct session s;
	struct user u;
	enum wa_err e;

	w->cx.now_ms = WORLD_NOW + 2 * WORLD_DAY;
	e = wa_session_find(&w->cx, w->token, &s, &u);
	if (e == WA_OK)
		e = wa_session_extend(&w->cx, &s);
	w->cx.now_ms = WORLD_NOW;
	return e;
}

static bool
count_one(void *arg, const struct session *s)
{
	(void)s;
	++*(int *)arg;
	return true;
}

static enum wa_err
list_sessions(struct world *w)
{
	int n = 0;
	struct user u;
	enum wa_err e = find_user(w, "ada@example.com", &u);

	if (e == WA_OK)
		e = wa_session_each(&w->cx, u.id, WA_SESSIONS_LISTED, count_one, &n);
	if (e == WA_OK && n != 1)
		errx(1, "list_sessions: %d", n);
	return e;
}

/* ---- PAM's logins ---- */

static enum wa_err
login(struct world *w, const char *name, const char *password, enum wa_account_kind kind)
{
	struct wa_service service;
	struct wa_login login = {.service = &service, .name = name};
	struct wa_login_result result;

	wa_settings_service(w->settings, "dovecot", &service);
	service.account = kind;
	service.app_passwords = WA_APP_PASSWORDS_YES;
	return wa_login_authenticate(&w->cx, &login, password, &result);
}

static enum wa_err
login_web(struct world *w)
{
	return login(w, "ada", WORLD_PASSWORD, WA_ACCOUNT_WEB);
}

static enum wa_err
login_unix(struct world *w)
{
	return login(w, "ada", WORLD_PASSWORD, WA_ACCOUNT_UNIX);
}

static enum wa_err
login_unlinked(struct world *w)
{
	return login(w, "bob", WORLD_PASSWORD, WA_ACCOUNT_UNIX);
}

static enum wa_err
login_wrong(struct world *w)
{
	return login(w, "ada", "not the password", WA_ACCOUNT_WEB);
}

static enum wa_err
login_banned(struct world *w)
{
	return login(w, "bob", WORLD_PASSWORD, WA_ACCOUNT_WEB);
}

static enum wa_err
login_app_password(struct world *w)
{
	return login(w, "ada", w->app_password, WA_ACCOUNT_WEB);
}

/* The same but for its last character, and with a check that still fits nothing. */
static enum wa_err
login_app_password_wrong(struct world *w)
{
	char text[sizeof(w->app_password)];

	(void)snprintf(text, sizeof(text), "%s", w->app_password);
	text[20] = text[20] == '7' ? '8' : '7';
	return login(w, "ada", text, WA_ACCOUNT_WEB);
}

static enum wa_err
account_of(struct world *w, const char *name)
{
	struct wa_service service;
	struct wa_login login = {.service = &service, .name = name};
	struct wa_login_result result;

	wa_settings_service(w->settings, "dovecot", &service);
	return wa_login_account(&w->cx, &login, &result);
}

static enum wa_err
account(struct world *w)
{
	return account_of(w, "ada");
}

static enum wa_err
account_banned(struct world *w)
{
	return account_of(w, "bob");
}

static enum wa_err
make_app_password(struct world *w)
{
	struct wa_new_app_password in = {.name = "tablet"};
	struct app_password_row row;
	char text[WA_APP_PASSWORD_SIZE];
	struct user u;
	enum wa_err e = find_user(w, "ada@example.com", &u);

	return e == WA_OK ? wa_app_password_create(&w->cx, u.id, &in, &row, text) : e;
}

/* ---- links by mail ---- */

static enum wa_err
request_reset(struct world *w)
{
	return wa_password_reset_request(
	    &w->cx, WORLD_ORIGIN "/api/auth", "ada@example.com", "/reset");
}

static enum wa_err
request_reset_nobody(struct world *w)
{
	return wa_password_reset_request(
	    &w->cx, WORLD_ORIGIN "/api/auth", "nobody@example.com", "/reset");
}

static enum wa_err
reset_password(struct world *w)
{
	return wa_password_reset_perform(&w->cx, WORLD_RESET_TOKEN, "another long password");
}

static enum wa_err
reset_password_forged(struct world *w)
{
	return wa_password_reset_perform(
	    &w->cx, "bbcdefghijklmnopqrstuvwx", "another long password");
}

static enum wa_err
email_token(struct world *w)
{
	const struct wa_email_token t = {.email = "ada@example.com"};
	struct wa_email_token opened;
	const char *text;
	enum wa_err e = wa_email_token_make(&w->cx, &t, &text);

	return e == WA_OK ? wa_email_token_open(&w->cx, text, &opened) : e;
}

static enum wa_err
email_token_forged(struct world *w)
{
	static const char forged[] =
	    "eyJhbGciOiJIUzI1NiJ9.eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSIsImlhdCI6MTc5NTIzOTczOCwiZXhw"
	    "IjoxNzk1MjQzMzM4fQ.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	struct wa_email_token opened;

	return wa_email_token_open(&w->cx, forged, &opened);
}

/* ---- keys and JWTs ---- */

static enum wa_err
mint(struct world *w, struct wa_key_set *set, const char **ret)
{
	struct session s;
	struct user u;
	int64_t expires_ms;
	enum wa_err e = wa_key_ensure(&w->cx, w->cx.arena, set);

	if (e == WA_OK)
		e = wa_session_find(&w->cx, w->token, &s, &u);
	return e == WA_OK ? wa_jwt_mint(&w->cx, set->signer, WORLD_ORIGIN, &s, &u, ret, &expires_ms)
			  : e;
}

static enum wa_err
jwt(struct world *w)
{
	struct wa_key_set set;
	struct wa_claims claims;
	const char *token;
	enum wa_err e = mint(w, &set, &token);

	if (e == WA_OK)
		e = wa_claims_read(&w->cx, &set, WORLD_ORIGIN, token, strlen(token), &claims);
	return e == WA_OK ? wa_jwt_verify(&claims) : e;
}

static enum wa_err
jwt_forged(struct world *w)
{
	struct wa_key_set set;
	struct wa_claims claims;
	const char *token;
	char *forged;
	enum wa_err e = mint(w, &set, &token);

	if (e != WA_OK)
		return e;
	forged = wa_arena_strdup(w->cx.arena, token);
	if (forged == NULL)
		return WA_ERR_NOMEM;
	forged[strlen(forged) - 8] ^= forged[strlen(forged) - 8] == 'A' ? 3 : 1;
	e = wa_claims_read(&w->cx, &set, WORLD_ORIGIN, forged, strlen(forged), &claims);
	return e == WA_OK ? wa_jwt_verify(&claims) : e;
}

static enum wa_err
rotate_key(struct world *w)
{
	const char *kid;

	return wa_key_rotate(&w->cx, WA_JWK_EDDSA, &kid);
}

/* ---- configuration ---- */

static enum wa_err
load_settings(struct world *w)
{
	const struct wa_config_source source = {.file = "none"};
	struct wa_settings *s = NULL;
	enum wa_err e = wa_settings_load(&source, &s);

	(void)w;
	if ((e == WA_OK) != (s != NULL))
		errx(1, "settings");
	wa_settings_free(s);
	return e;
}

static enum wa_err
load_secret(struct world *w, const char *path)
{
	struct wa_settings settings = *w->settings;
	struct wa_keyring *k = NULL;
	enum wa_err e;

	settings.secret_file = path;
	e = wa_keyring_load(&settings, &k);
	if ((e == WA_OK) != (k != NULL))
		errx(1, "keyring");
	wa_keyring_free(k);
	return e;
}

static enum wa_err
load_keyring(struct world *w)
{
	return load_secret(w, w->secret);
}

static enum wa_err
load_open_keyring(struct world *w)
{
	return load_secret(w, w->open_secret);
}

/* Not at all, or all parts of it. */
#define DONE(parts, n) "SELECT CASE " parts " WHEN 0 THEN '0' WHEN " #n " THEN '1' ELSE 'half' END"
#define COUNT(table)   "(SELECT count(*) FROM \"" table "\")"
#define SESSIONS_OF_ADA                                                                  \
	"(SELECT count(*) FROM \"session\" s JOIN \"user\" u ON u.\"id\" = s.\"userId\"" \
	" WHERE u.\"email\" = 'ada@example.com')"

static const struct trial trials[] = {
    {.name = "open for reading", .act = open_reading, .opens = true},
    {.name = "open for writing", .act = open_writing, .opens = true},
    {.name = "open, creating", .act = open_creating, .opens = true},
    {.name = "migrate",
	.act = migrate_old,
	.opens = true,
	.may_stand = true,
	.before =
	    "DROP TABLE \"webauth_audit\"; DELETE FROM \"webauth_schema\" WHERE \"version\" > 8",
	.evidence = "SELECT count(*) || '' FROM \"webauth_schema\" WHERE \"version\" > 8"},
    {.name = "sign up",
	.act = sign_up,
	.evidence = DONE(COUNT("user") " + " COUNT("account") " + " COUNT("session") " - 6", 3)},
    {.name = "sign in", .act = sign_in, .evidence = DONE(SESSIONS_OF_ADA " - 1", 1)},
    {.name = "sign in, wrong", .act = sign_in_wrong, .must_fail = true},
    {.name = "sign in, banned", .act = sign_in_banned, .must_fail = true},
    {.name = "sign in, no password", .act = sign_in_without, .must_fail = true},
    {.name = "sign in, nobody", .act = sign_in_nobody, .must_fail = true},
    {.name = "change password",
	.act = change_password,
	/* The one session is not the first, and the change is dated. */
	.evidence =
	    DONE("(SELECT (s.\"updatedAt\" > '2026-11-21T12') + (a.\"updatedAt\" > "
		 "'2026-11-21T12') FROM \"session\" s, \"account\" a JOIN \"user\" u ON u.\"id\""
		 " = a.\"userId\" WHERE u.\"email\" = 'ada@example.com')",
		2)},
    {.name = "change password, wrong", .act = change_password_wrong, .must_fail = true},
    {.name = "confirm, wrong", .act = confirm_wrong, .must_fail = true},
    {.name = "set password", .act = set_password, .evidence = DONE(COUNT("account") " - 2", 1)},
    {.name = "update user",
	.act = update_user,
	.evidence = DONE("(SELECT (\"name\" = 'Ada L.') + (\"username\" = 'countess') FROM "
			 "\"user\" WHERE \"email\" = 'ada@example.com')",
	    2)},
    {.name = "ban",
	.act = ban,
	.evidence = DONE("(SELECT 1 - " SESSIONS_OF_ADA " + (\"banned\" = 1) FROM \"user\""
			 " WHERE \"email\" = 'ada@example.com')",
	    2)},
    {.name = "delete user",
	.act = delete_user,
	.evidence = DONE("7 - " COUNT("user") " - " COUNT("account") " - " COUNT(
			     "session") " - " COUNT("webauth_link"),
	    4)},
    {.name = "delete user, forged", .act = delete_user_forged, .must_fail = true},
    {.name = "request deletion",
	.act = request_deletion,
	.evidence = DONE(COUNT("webauth_outbox") " + " COUNT("verification") " - 1", 2)},
    {.name = "show guesses", .act = show_guesses},
    {.name = "reset guesses", .act = reset_guesses},
    {.name = "find session", .act = find_session},
    {.name = "find session, unknown", .act = find_session_unknown, .must_fail = true},
    {.name = "find session, expired", .act = find_session_expired, .must_fail = true},
    {.name = "revoke", .act = revoke, .evidence = DONE("1 - " SESSIONS_OF_ADA, 1)},
    {.name = "revoke all", .act = revoke_all, .evidence = DONE("1 - " SESSIONS_OF_ADA, 1)},
    {.name = "extend",
	.act = extend,
	.evidence = DONE("(SELECT \"updatedAt\" > \"createdAt\" FROM \"session\")", 1)},
    {.name = "list sessions", .act = list_sessions},
    {.name = "login", .act = login_web},
    {.name = "login, linked", .act = login_unix},
    {.name = "login, not linked", .act = login_unlinked, .must_fail = true},
    {.name = "login, wrong", .act = login_wrong, .must_fail = true},
    {.name = "login, banned", .act = login_banned, .must_fail = true},
    {.name = "login, app password", .act = login_app_password},
    {.name = "login, wrong app password", .act = login_app_password_wrong, .must_fail = true},
    {.name = "account", .act = account},
    {.name = "account, banned", .act = account_banned, .must_fail = true},
    {.name = "make app password",
	.act = make_app_password,
	.evidence = DONE(COUNT("webauth_app_password") " - 1", 1)},
    {.name = "request reset",
	.act = request_reset,
	.evidence = DONE(COUNT("webauth_outbox") " + " COUNT("verification") " - 1", 2)},
    {.name = "request reset, nobody", .act = request_reset_nobody},
    {.name = "reset password",
	.act = reset_password,
	.evidence = DONE("1 - " COUNT("verification"), 1)},
    {.name = "reset password, forged", .act = reset_password_forged, .must_fail = true},
    {.name = "e-mail token", .act = email_token},
    {.name = "e-mail token, forged", .act = email_token_forged, .must_fail = true},
    {.name = "jwt", .act = jwt},
    {.name = "jwt, forged", .act = jwt_forged, .must_fail = true},
    {.name = "rotate key", .act = rotate_key},
    {.name = "settings", .act = load_settings},
    {.name = "keyring", .act = load_keyring},
    {.name = "keyring, open", .act = load_open_keyring, .must_fail = true},
    {.name = "sign in, throttled", .act = sign_in_throttled, .must_fail = true},
};

/* No argument: all; else those whose names begin so. */
int
main(int argc, char **argv)
{
	struct world *w = world_new();

	for (size_t i = 0; i < WA_ARRAY_LEN(trials); i++)
		if (argc < 2 || strncmp(trials[i].name, argv[1], strlen(argv[1])) == 0)
			world_try(w, &trials[i]);
	world_free(w);
	return 0;
}
