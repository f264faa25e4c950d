/*
 * Settings from the ini file and from -o key=value: the table of keys, reading, checking, printing.
 * The only includer of ini.h.
 */
#include "lib/base/config.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/limits.h"
#include "lib/base/parse.h"

enum key_type {
	KEY_STRING,
	KEY_LIST,
	KEY_BOOL,
	KEY_UINT,
	KEY_MODE,     /* octal */
	KEY_DURATION, /* int64_t, ms */
	KEY_CHOICE,   /* an enum: the words stand in order of its values */
	KEY_WORD,     /* a string that is one of the words */
};

struct key {
	const char *name;
	enum key_type type;
	size_t offset;
	const char *fallback; /* the default as text; for a list: blank-separated */
	const char *words;    /* of CHOICE and WORD, blank-separated; of LIST: what items may be */
	uint64_t min;
	uint64_t max;
	const char *meaning;
};

#define AT(field)  offsetof(struct wa_settings, field)
#define PAM(field) offsetof(struct wa_service, field)

#define DAYS(n) ((uint64_t)(n)*86400000)

static const struct key daemon_keys[] = {
    {"store", KEY_STRING, AT(store), "sqlite:/var/lib/webauth/webauth.db", NULL, 0, 0,
	"where users and sessions are kept: sqlite:PATH"},
    {"listen", KEY_LIST, AT(listen), "unix:/run/webauth/api.sock", NULL, 0, 0,
	"unix:PATH or tcp:127.0.0.1:PORT; repeat for several"},
    {"socket_group", KEY_STRING, AT(socket_group), "", NULL, 0, 0,
	"the group that may connect to the Unix sockets; empty keeps the daemon's own"},
    {"socket_mode", KEY_MODE, AT(socket_mode), "0660", NULL, 0, 0777,
	"the mode of the Unix sockets, octal"},
    {"pam_socket", KEY_STRING, AT(pam_socket), "auto", NULL, 0, 0,
	"the socket for PAM modules that may not read the store: unix:PATH; auto: pam.sock beside "
	"the api.sock of listen; empty: none"},
    {"daemon_user", KEY_STRING, AT(daemon_user), "webauth", NULL, 0, 0,
	"the user sessiond runs as; the module sends a password to nobody but that user and root"},
    {"session_dir", KEY_STRING, AT(session_dir), "/run/webauth/sessions", NULL, 0, 0,
	"where the module keeps the tokens of web sessions that it opens; root's"},
    {"uid_range", KEY_STRING, AT(uid_range), "200000-299999", NULL, 0, 0,
	"FIRST-LAST: uids for accounts that webauthctl link add --create brings to the host"},
    {"base_url", KEY_STRING, AT(base_url), "http://localhost:8787", NULL, 0, 0,
	"the URL browsers use, as BETTER_AUTH_URL; /api/auth is added when it has no path"},
    {"trusted_origins", KEY_LIST, AT(trusted_origins), "", NULL, 0, 0,
	"other origins that may call, as BETTER_AUTH_TRUSTED_ORIGINS; * and ? are wildcards"},
    {"cookie_prefix", KEY_STRING, AT(cookie_prefix), "better-auth", NULL, 0, 0,
	"the first part of cookie names"},
    {"cookie_domain", KEY_STRING, AT(cookie_domain), "", NULL, 0, 0,
	"Domain of the cookies, to share them among subdomains; empty for this host only"},
    {"secure_cookies", KEY_WORD, AT(secure_cookies), "auto", "auto true false", 0, 0,
	"Secure cookies with __Secure- names; auto: when base_url is https"},
    {"secret_file", KEY_STRING, AT(secret_file), "", NULL, 0, 0,
	"the file with BETTER_AUTH_SECRET; empty: systemd credential webauth-secret, then "
	"environment"},
    {"sign_up", KEY_BOOL, AT(sign_up), "true", NULL, 0, 0, "may people sign up by themselves?"},
    {"auto_sign_in", KEY_BOOL, AT(auto_sign_in), "true", NULL, 0, 0,
	"does a sign-up also sign in?"},
    {"require_email_verification", KEY_BOOL, AT(require_email_verification), "false", NULL, 0, 0,
	"refuse sign-ins of users whose e-mail is not verified"},
    {"auto_sign_in_after_verification", KEY_BOOL, AT(auto_sign_in_after_verification), "false",
	NULL, 0, 0, "does verifying an e-mail also sign in?"},
    {"send_on_sign_up", KEY_WORD, AT(send_on_sign_up), "auto", "auto true false", 0, 0,
	"mail a verification link at sign-up; auto: when require_email_verification is on"},
    {"send_on_sign_in", KEY_BOOL, AT(send_on_sign_in), "false", NULL, 0, 0,
	"mail it again when an unverified user tries to sign in"},
    {"revoke_sessions_on_password_reset", KEY_BOOL, AT(revoke_sessions_on_password_reset), "false",
	NULL, 0, 0, "does a password reset end all sessions?"},
    {"change_email", KEY_BOOL, AT(change_email), "false", NULL, 0, 0,
	"may users change their e-mail address?"},
    {"change_email_confirmation", KEY_BOOL, AT(change_email_confirmation), "false", NULL, 0, 0,
	"a verified user confirms at the old address first"},
    {"change_email_unverified", KEY_BOOL, AT(change_email_unverified), "false", NULL, 0, 0,
	"an unverified user's address changes at once"},
    {"delete_user", KEY_BOOL, AT(delete_user), "false", NULL, 0, 0,
	"may users delete their account?"},
    {"delete_user_verification", KEY_BOOL, AT(delete_user_verification), "false", NULL, 0, 0,
	"only through a link that is mailed"},
    {"unlink_last_account", KEY_BOOL, AT(unlink_last_account), "false", NULL, 0, 0,
	"may users unlink the only way they sign in?"},
    {"reset_token_expires_in", KEY_DURATION, AT(reset_token_expires_in), "1h", NULL, 60000, DAYS(7),
	"how long a password reset link works"},
    {"verification_expires_in", KEY_DURATION, AT(verification_expires_in), "1h", NULL, 60000,
	DAYS(30), "how long an e-mail verification link works"},
    {"delete_token_expires_in", KEY_DURATION, AT(delete_token_expires_in), "1d", NULL, 60000,
	DAYS(30), "how long an account deletion link works"},
    {"min_password_length", KEY_UINT, AT(min_password_length), "8", NULL, 1, 128,
	"UTF-16 units, as browsers count"},
    {"max_password_length", KEY_UINT, AT(max_password_length), "128", NULL, 8, 1024,
	"UTF-16 units, as browsers count"},
    {"password_scheme", KEY_CHOICE, AT(password_scheme), "auto", "auto argon2id scrypt", 0, 0,
	"how new passwords are hashed; auto: argon2id, but scrypt in a store a Better Auth app "
	"made"},
    {"session_expires_in", KEY_DURATION, AT(session_expires_in), "7d", NULL, 1000, DAYS(400),
	"how long a session lives"},
    {"session_update_age", KEY_DURATION, AT(session_update_age), "1d", NULL, 0, DAYS(400),
	"how old a session must be before use extends it"},
    {"session_fresh_age", KEY_DURATION, AT(session_fresh_age), "1d", NULL, 0, DAYS(400),
	"how recent a sign-in must be for sensitive actions; 0: any"},
    {"max_sessions_per_user", KEY_UINT, AT(max_sessions_per_user), "100", NULL, 1, 100000,
	"sessions a user may have at once; one more ends the oldest"},
    {"session_refresh", KEY_BOOL, AT(session_refresh), "true", NULL, 0, 0,
	"does use extend a session at all?"},
    {"session_defer_refresh", KEY_BOOL, AT(session_defer_refresh), "false", NULL, 0, 0,
	"GET get-session never extends; it says needsRefresh, and a POST does it"},
    {"bearer_require_signature", KEY_BOOL, AT(bearer_require_signature), "false", NULL, 0, 0,
	"accept only signed session tokens as bearer tokens"},
    {"ip_tracking", KEY_BOOL, AT(ip_tracking), "true", NULL, 0, 0,
	"keep the client's address with a session"},
    {"ip_headers", KEY_LIST, AT(ip_headers), "x-forwarded-for", NULL, 0, 0,
	"headers in which the proxy in front gives the client's address"},
    {"trusted_proxies", KEY_LIST, AT(trusted_proxies), "", NULL, 0, 0,
	"addresses or CIDRs of proxies to skip in such a header"},
    {"jwt_alg", KEY_WORD, AT(jwt_alg), "ES256", "ES256 EdDSA RS256 HS256", 0, 0,
	"what JWTs are signed with; keys a Better Auth app left are used by its rules; HS256: the "
	"secret itself"},
    {"jwt_expires_in", KEY_DURATION, AT(jwt_expires_in), "15m", NULL, 60000, DAYS(1),
	"how long a JWT lives"},
    {"jwt_issuer", KEY_STRING, AT(jwt_issuer), "", NULL, 0, 0,
	"iss of JWTs; empty: the origin of base_url"},
    {"jwt_audience", KEY_LIST, AT(jwt_audience), "", NULL, 0, 0,
	"aud of JWTs; none: the origin of base_url"},
    {"jwt_header", KEY_BOOL, AT(jwt_header), "true", NULL, 0, 0,
	"does get-session answer with a set-auth-jwt header?"},
    {"jwt_roles", KEY_BOOL, AT(jwt_roles), "false", NULL, 0, 0,
	"do JWTs carry the user's roles as a list?"},
    {"jwt_rotate_every", KEY_DURATION, AT(jwt_rotate_every), "0", NULL, 0, DAYS(3650),
	"how long a new signing key signs; 0: until webauthctl key rotate"},
    {"jwt_publish_ahead", KEY_DURATION, AT(jwt_publish_ahead), "1d", NULL, 0, DAYS(365),
	"how long before it signs the next key is published"},
    {"jwt_grace", KEY_DURATION, AT(jwt_grace), "30d", NULL, 0, DAYS(3650),
	"how long a retired key stays published"},
    {"introspect_uids", KEY_LIST, AT(introspect_uids), "", NULL, 0, 0,
	"uids that may introspect tokens over a Unix socket, besides root and the daemon's own"},
    {"introspect_groups", KEY_LIST, AT(introspect_groups), "", NULL, 0, 0,
	"groups whose members may"},
    {"introspect_secret_file", KEY_STRING, AT(introspect_secret_file), "", NULL, 0, 0,
	"the file with the secret that lets anybody introspect, over TCP too; empty: none does"},
    {"mail_command", KEY_STRING, AT(mail_command), "/usr/sbin/sendmail -t -i", NULL, 0, 0,
	"the program that takes a mail on its standard input, and its words; empty: send no mail"},
    {"mail_from", KEY_STRING, AT(mail_from), "", NULL, 0, 0,
	"From: of mails, address or Name <address>; empty: no-reply@ the host of base_url"},
    {"site_name", KEY_STRING, AT(site_name), "", NULL, 0, 0,
	"what mails call the site; empty: the host of base_url"},
    {"mail_templates", KEY_STRING, AT(mail_templates), "/usr/share/webauth/mail", NULL, 0, 0,
	"the directory with the texts of mails"},
    {"mail_timeout", KEY_DURATION, AT(mail_timeout), "1m", NULL, 100, 3600000,
	"how long mail_command may take for one mail"},
    {"mail_retry", KEY_DURATION, AT(mail_retry), "1m", NULL, 10, DAYS(1),
	"how soon a mail that failed is tried again; doubled each time, up to 1h"},
    {"mail_give_up", KEY_DURATION, AT(mail_give_up), "3d", NULL, 1000, DAYS(30),
	"how old a mail that keeps failing gets before it is dropped"},
    {"pages", KEY_BOOL, AT(pages), "false", NULL, 0, 0,
	"serve pages to sign up, sign in and look after one's account?"},
    {"pages_path", KEY_STRING, AT(pages_path), "/auth", NULL, 0, 0, "where they are"},
    {"pages_dir", KEY_STRING, AT(pages_dir), "", NULL, 0, 0,
	"a directory with files that take the place of the built-in ones; empty: none"},
    {"rate_limit", KEY_BOOL, AT(rate_limit), "true", NULL, 0, 0,
	"limit requests as Better Auth does in production; false for load tests"},
    {"hash_threads", KEY_UINT, AT(hash_threads), "0", NULL, 0, 64,
	"threads that hash passwords; 0: one per core"},
    {"hash_queue", KEY_UINT, AT(hash_queue), "64", NULL, 1, 10000,
	"sign-ins that may wait for such a thread before 503 is answered"},
    {"store_queue", KEY_UINT, AT(store_queue), "256", NULL, 1, 10000,
	"writes that may wait before 503 is answered"},
    {"max_connections", KEY_UINT, AT(max_connections), "1024", NULL, 4, 100000,
	"open connections; more wait in the backlog"},
    {"request_timeout", KEY_DURATION, AT(request_timeout), "10s", NULL, 100, 600000,
	"from the first byte of a request to its last"},
    {"idle_timeout", KEY_DURATION, AT(idle_timeout), "75s", NULL, 100, 86400000,
	"how long a connection may wait for its next request"},
    {"stop_timeout", KEY_DURATION, AT(stop_timeout), "10s", NULL, 100, 600000,
	"how long requests in flight may take after SIGTERM"},
    {"log_level", KEY_CHOICE, AT(log_level), "info", "error warning notice info debug", 0, 0,
	"what is written to standard error"},
};

static const struct key pam_keys[] = {
    {"match", KEY_LIST, PAM(match_words), "link username email", "link username email", 0, 0,
	"which of a web user's names a login may use, in this order; e-mail only if verified"},
    {"account", KEY_CHOICE, PAM(account), "web", "web unix", 0, 0,
	"unix: a login becomes that Unix account, and only a link made by webauthctl lets it in; "
	"web: no Unix identity is given, and names of local accounts are refused"},
    {"min_uid", KEY_UINT, PAM(min_uid), "1000", NULL, 1, 4294967294,
	"local accounts below this uid are always refused"},
    {"app_passwords", KEY_CHOICE, PAM(app_passwords), "true", "false true only", 0, 0,
	"may an app password stand for the password? only: the password itself is refused"},
    {"tokens", KEY_BOOL, PAM(tokens), "false", NULL, 0, 0,
	"may the token of a web session stand for the password?"},
    {"ignore_unknown_user", KEY_BOOL, PAM(ignore_unknown_user), "false", NULL, 0, 0,
	"acct_mgmt answers PAM_IGNORE, not PAM_USER_UNKNOWN, for who is no web user"},
    {"debug", KEY_BOOL, PAM(debug), "false", NULL, 0, 0, "log each decision (never a secret)"},
    {"nodelay", KEY_BOOL, PAM(nodelay), "false", NULL, 0, 0,
	"ask for no delay after a failure; for event-driven hosts such as nginx"},
    {"try_first_pass", KEY_BOOL, PAM(try_first_pass), "false", NULL, 0, 0,
	"try an earlier module's password first, then ask once"},
    {"use_first_pass", KEY_BOOL, PAM(use_first_pass), "false", NULL, 0, 0,
	"use an earlier module's password and never ask"},
    {"transport", KEY_CHOICE, PAM(transport), "auto", "auto store daemon", 0, 0,
	"how the module gets at the store; auto: root and the store's owner open it, others ask "
	"sessiond"},
    {"daemon_timeout", KEY_DURATION, PAM(daemon_timeout), "3s", NULL, 100, 30000,
	"how long the module waits for sessiond, all in all"},
    {"trusted_peer", KEY_LIST, PAM(trusted_peers), "", NULL, 0, 0,
	"users, by name or uid, whose processes may ask sessiond about anybody for this service"},
    {"require_role", KEY_LIST, PAM(require_roles), "", NULL, 0, 0,
	"only users with one of these roles may use the service"},
    {"no_pass_expiry", KEY_BOOL, PAM(no_pass_expiry), "false", NULL, 0, 0,
	"acct_mgmt lets in users who must change their password, for services that cannot ask for "
	"a new one"},
    {"session", KEY_BOOL, PAM(session), "false", NULL, 0, 0,
	"open_session makes a web session for who logged in with the password, in a file"},
    {"session_required", KEY_BOOL, PAM(session_required), "false", NULL, 0, 0,
	"fail open_session when that session cannot be made"},
};

/* Keys that decide how a module asks, not who gets in: see wa_service_policy(). A key that is not
 * here is one that both sides must agree on. */
static const char *const asking_keys[] = {
    "ignore_unknown_user",
    "debug",
    "nodelay",
    "try_first_pass",
    "use_first_pass",
    "transport",
    "daemon_timeout",
    "trusted_peer",
    "session_required",
};

/* Services that turn a login into a Unix account: these mean account = unix where nothing says
 * otherwise. */
static const char *const unix_services[] = {
    "sshd",
    "login",
    "su",
    "su-l",
    "sudo",
    "sudo-i",
    "cron",
    "atd",
    "passwd",
    "gdm-password",
    "lightdm",
    "cockpit",
    "polkit-1",
    "systemd-user",
    "runuser",
    "runuser-l",
    "chsh",
    "chfn",
    "chpasswd",
};

/* One "key = value" before it is applied. */
struct entry {
	const char *section;
	const char *key;
	const char *value;
	int line; /* 0: from the command line */
};

struct reader {
	struct wa_arena *arena;
	const char *file;
	const char *at; /* what is left of the text */
	int line;
	struct entry *entries;
	size_t n;
	size_t cap;
	enum wa_err error; /* the first */
};

static enum wa_err
nomem(void)
{
	return wa_fault(WA_ERR_NOMEM, "configuration");
}

/* Says where: "FILE:LINE: " or "-o KEY=VALUE: ". */
static enum wa_err
bad(const char *file, const struct entry *e, const char *what, const char *fix)
{
	if (e->line == 0)
		return wa_fault(WA_ERR_CONFIG, "%s = %s: %s%s%s", e->key, e->value, what,
		    *fix ? "; " : "", fix);
	return wa_fault(WA_ERR_CONFIG, "%s:%d: %s%s%s%s%s", file, e->line, e->key,
	    *e->key ? ": " : "", what, *fix ? "; " : "", fix);
}

static bool
word_in(const char *words, const char *word, size_t *ret_index)
{
	size_t n = strlen(word), index = 0;

	for (const char *w = words; *w != '\0'; index++) {
		size_t len = strcspn(w, " ");

		if (len == n && memcmp(w, word, n) == 0) {
			*ret_index = index;
			return true;
		}
		w += len;
		w += strspn(w, " ");
	}
	return false;
}

static enum wa_err
list_append(struct wa_arena *a, struct wa_strings *list, const char *value)
{
	const char **grown = wa_arena_alloc(a, (list->n + 1) * sizeof(*grown));
	char *copy = wa_arena_strdup(a, value);

	if (grown == NULL || copy == NULL)
		return nomem();
	if (list->n > 0)
		memcpy(grown, list->v, list->n * sizeof(*grown));
	grown[list->n] = copy;
	list->v = grown;
	list->n++;
	return WA_OK;
}

static bool
parse_mode(const char *value, uint64_t max, uint64_t *ret)
{
	uint64_t mode = 0;

	if (*value == '\0' || strlen(value) > 4)
		return false;
	for (const char *p = value; *p != '\0'; p++) {
		if (*p < '0' || *p > '7')
			return false;
		mode = mode * 8 + (uint64_t)(*p - '0');
	}
	*ret = mode;
	return mode <= max;
}

/* Writes one value into the object that base points at. */
static enum wa_err
key_apply(
    struct wa_arena *a, const struct key *k, void *base, const char *file, const struct entry *e)
{
	void *field = (char *)base + k->offset;
	char fix[160];

	switch (k->type) {
	case KEY_STRING: {
		char *copy = wa_arena_strdup(a, e->value);

		if (copy == NULL)
			return nomem();
		*(const char **)field = copy;
		return WA_OK;
	}
	case KEY_WORD:
	case KEY_CHOICE: {
		size_t index;

		if (!word_in(k->words, e->value, &index)) {
			snprintf(fix, sizeof(fix), "one of: %s", k->words);
			return bad(file, e, "not a value this key has", fix);
		}
		if (k->type == KEY_CHOICE) {
			*(unsigned *)field = (unsigned)index;
			return WA_OK;
		}
		*(const char **)field = wa_arena_strdup(a, e->value);
		return *(const char **)field != NULL ? WA_OK : nomem();
	}
	case KEY_LIST: {
		size_t index;

		if (k->words != NULL && !word_in(k->words, e->value, &index)) {
			snprintf(
			    fix, sizeof(fix), "one of: %s (repeat the key for several)", k->words);
			return bad(file, e, "not a value this key has", fix);
		}
		if (*e->value == '\0') { /* "key =" empties the list */
			*(struct wa_strings *)field = (struct wa_strings){0};
			return WA_OK;
		}
		return list_append(a, field, e->value);
	}
	case KEY_BOOL:
		if (!wa_parse_bool(e->value, field))
			return bad(file, e, "not a yes or no", "true or false");
		return WA_OK;
	case KEY_UINT: {
		uint64_t v;

		if (!wa_parse_uint(e->value, strlen(e->value), k->max, &v) || v < k->min) {
			snprintf(fix, sizeof(fix), "a number from %" PRIu64 " to %" PRIu64, k->min,
			    k->max);
			return bad(file, e, "not a number this key takes", fix);
		}
		*(uint64_t *)field = v;
		return WA_OK;
	}
	case KEY_MODE:
		if (!parse_mode(e->value, k->max, field))
			return bad(file, e, "not a file mode", "octal, such as 0660");
		return WA_OK;
	case KEY_DURATION: {
		int64_t ms;

		if (!wa_parse_duration(e->value, &ms))
			return bad(
			    file, e, "not a length of time", "a number with ms, s, m, h or d");
		if ((uint64_t)ms < k->min || (uint64_t)ms > k->max) {
			snprintf(fix, sizeof(fix), "from %" PRIu64 "ms to %" PRIu64 "ms", k->min,
			    k->max);
			return bad(file, e, "too short or too long", fix);
		}
		*(int64_t *)field = ms;
		return WA_OK;
	}
	}
	return wa_fault(WA_ERR_CONFIG, "key %s has no type", k->name);
}

static enum wa_err
apply_defaults(struct wa_arena *a, const struct key *keys, size_t n, void *base)
{
	for (size_t i = 0; i < n; i++) {
		struct entry e = {"", keys[i].name, keys[i].fallback, 0};
		enum wa_err err;

		if (keys[i].type != KEY_LIST) {
			err = key_apply(a, &keys[i], base, NULL, &e);
			if (err != WA_OK)
				return err;
			continue;
		}
		for (const char *w = keys[i].fallback; *w != '\0'; w += strspn(w, " ")) {
			size_t len = strcspn(w, " ");

			e.value = wa_arena_strndup(a, w, len);
			if (e.value == NULL)
				return nomem();
			err = key_apply(a, &keys[i], base, NULL, &e);
			if (err != WA_OK)
				return err;
			w += len;
		}
	}
	return WA_OK;
}

static const struct key *
key_find(const struct key *keys, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

/* Which keys a run of entries has set already: a scalar may be set once, a list starts anew. */
struct seen {
	bool daemon[WA_ARRAY_LEN(daemon_keys)];
	bool pam[WA_ARRAY_LEN(pam_keys)];
};

static enum wa_err
entry_apply(struct wa_arena *a, const char *file, const struct entry *e, const struct key *keys,
    size_t n_keys, void *base, bool *seen)
{
	const struct key *k = key_find(keys, n_keys, e->key);
	size_t i;

	if (k == NULL) {
		const struct key *other = keys == daemon_keys
		    ? key_find(pam_keys, WA_ARRAY_LEN(pam_keys), e->key)
		    : key_find(daemon_keys, WA_ARRAY_LEN(daemon_keys), e->key);

		if (other == NULL)
			return bad(file, e, "unknown key", "webauth.conf(5) lists them all");
		return bad(file, e, "not a key of this section",
		    keys == daemon_keys ? "it belongs under [pam] or [pam SERVICE]"
					: "it belongs above the first section");
	}
	i = (size_t)(k - keys);
	if (seen[i] && k->type != KEY_LIST)
		return bad(file, e, "given twice", "keep one of the two");
	if (!seen[i] && k->type == KEY_LIST)
		*(struct wa_strings *)(void *)((char *)base + k->offset) = (struct wa_strings){0};
	seen[i] = true;
	return key_apply(a, k, base, file, e);
}

/* ---- reading the file ---- */

static char *
reader_line(char *out, int size, void *stream)
{
	struct reader *r = stream;
	size_t len = strcspn(r->at, "\n");

	if (*r->at == '\0' || r->error != WA_OK)
		return NULL;
	r->line++;
	if (len + 2 > (size_t)size) {
		r->error = wa_fault(WA_ERR_CONFIG, "%s:%d: the line is longer than %d characters",
		    r->file, r->line, WA_CONFIG_LINE_MAX);
		return NULL;
	}
	if (*r->at == ' ' || *r->at == '\t') {
		/* libinih would take it for one more value of the key above. */
		if (strspn(r->at, " \t\r") != len) {
			r->error = wa_fault(WA_ERR_CONFIG,
			    "%s:%d: the line begins with a blank; start keys in the first column",
			    r->file, r->line);
			return NULL;
		}
	}
	memcpy(out, r->at, len);
	out[len] = '\n';
	out[len + 1] = '\0';
	r->at += len + (r->at[len] == '\n');
	return out;
}

static int
reader_entry(void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;
	struct entry *e;

	if (r->error != WA_OK)
		return 0;
	if (r->n == r->cap) {
		size_t cap = r->cap == 0 ? 32 : r->cap * 2;
		struct entry *grown = wa_arena_alloc(r->arena, cap * sizeof(*grown));

		if (grown == NULL) {
			r->error = nomem();
			return 0;
		}
		if (r->n > 0)
			memcpy(grown, r->entries, r->n * sizeof(*grown));
		r->entries = grown;
		r->cap = cap;
	}
	e = &r->entries[r->n];
	e->section = wa_arena_strdup(r->arena, section);
	e->key = wa_arena_strdup(r->arena, name);
	e->value = wa_arena_strdup(r->arena, value);
	e->line = r->line;
	if (e->section == NULL || e->key == NULL || e->value == NULL) {
		r->error = nomem();
		return 0;
	}
	r->n++;
	return 1;
}

static void
closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static enum wa_err
check_file(const char *file, const struct stat *st, bool strict_owner)
{
	if (!S_ISREG(st->st_mode))
		return wa_fault(WA_ERR_CONFIG, "%s: not a regular file", file);
	if (st->st_size > WA_CONFIG_MAX)
		return wa_fault(WA_ERR_CONFIG, "%s: larger than %d bytes", file, WA_CONFIG_MAX);
	if ((st->st_mode & 0022) != 0)
		return wa_fault(WA_ERR_CONFIG,
		    "%s: others can change it (mode %04o); run: chmod go-w '%s'", file,
		    (unsigned)(st->st_mode & 07777), file);
	if (strict_owner && st->st_uid != 0 && st->st_uid != geteuid())
		return wa_fault(WA_ERR_CONFIG, "%s: owned by uid %u; run: chown root '%s'", file,
		    (unsigned)st->st_uid, file);
	return WA_OK;
}

/* The whole file as text; *ret stays NULL when an optional file is absent. */
static enum wa_err
read_file(struct wa_arena *a, const char *file, bool optional, bool strict_owner, char **ret)
{
	WA_CLEANUP(closep)
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	struct stat st;
	size_t len = 0;
	char *text;
	enum wa_err e;

	if (fd < 0 && errno == ENOENT && optional)
		return WA_OK;
	if (fd < 0 || fstat(fd, &st) < 0)
		return wa_fault(WA_ERR_CONFIG, "%s: %s", file, strerror(errno));
	e = check_file(file, &st, strict_owner);
	if (e != WA_OK)
		return e;
	text = wa_arena_alloc(a, (size_t)st.st_size + 1);
	if (text == NULL)
		return nomem();
	while (len < (size_t)st.st_size) {
		ssize_t n = read(fd, text + len, (size_t)st.st_size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return wa_fault(WA_ERR_CONFIG, "%s: %s", file, strerror(errno));
		if (n == 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	if (strlen(text) != len)
		return wa_fault(WA_ERR_CONFIG, "%s: holds a NUL byte", file);
	*ret = text;
	return WA_OK;
}

static enum wa_err
read_entries(struct reader *r, const char *text)
{
	int line;

	r->at = text;
	line = ini_parse_stream(reader_line, r, reader_entry, r);
	if (r->error != WA_OK)
		return r->error;
	if (line != 0)
		return wa_fault(WA_ERR_CONFIG, "%s:%d: neither \"key = value\" nor \"[section]\"",
		    r->file, line);
	return WA_OK;
}

/* ---- sections ---- */

static bool
is_unix_service(const char *name)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(unix_services); i++)
		if (strcmp(unix_services[i], name) == 0)
			return true;
	return false;
}

/* NULL unless section is "pam SERVICE". */
static const char *
section_service(const char *section)
{
	if (strncmp(section, "pam ", 4) != 0)
		return NULL;
	section += 4;
	section += strspn(section, " ");
	return *section == '\0' || strchr(section, ' ') != NULL ? NULL : section;
}

static struct wa_service *
service_find(const struct wa_settings *s, const char *name)
{
	for (size_t i = 0; i < s->n_services; i++)
		if (strcmp(s->services[i]->name, name) == 0)
			return s->services[i];
	return NULL;
}

static enum wa_err
service_add(struct wa_settings *s, const char *name, struct wa_service **ret)
{
	struct wa_service **grown =
	    wa_arena_alloc(s->arena, (s->n_services + 1) * sizeof(struct wa_service *));
	struct wa_service *service = wa_arena_alloc(s->arena, sizeof(*service));

	if (grown == NULL || service == NULL)
		return nomem();
	if (s->n_services > 0)
		memcpy(grown, s->services, s->n_services * sizeof(struct wa_service *));
	wa_settings_service(s, name, service);
	service->name = wa_arena_strdup(s->arena, name);
	if (service->name == NULL)
		return nomem();
	grown[s->n_services] = service;
	s->services = grown;
	s->n_services++;
	*ret = service;
	return WA_OK;
}

static enum wa_err
apply_service(struct wa_settings *s, const struct reader *r, const char *name)
{
	struct seen seen = {0};
	struct wa_service *service = NULL;
	enum wa_err e = service_add(s, name, &service);

	for (size_t i = 0; e == WA_OK && i < r->n; i++) {
		const char *of = section_service(r->entries[i].section);

		if (of != NULL && strcmp(of, name) == 0)
			e = entry_apply(s->arena, r->file, &r->entries[i], pam_keys,
			    WA_ARRAY_LEN(pam_keys), service, seen.pam);
	}
	return e;
}

/* The daemon's keys, then [pam], then each [pam SERVICE], whatever their order in the file. */
static enum wa_err
apply_entries(struct wa_settings *s, const struct reader *r)
{
	struct seen seen = {0};
	enum wa_err e = WA_OK;

	for (size_t i = 0; e == WA_OK && i < r->n; i++) {
		const struct entry *en = &r->entries[i];

		if (strcmp(en->section, "") == 0)
			e = entry_apply(s->arena, r->file, en, daemon_keys,
			    WA_ARRAY_LEN(daemon_keys), s, seen.daemon);
		else if (strcmp(en->section, "pam") == 0)
			e = entry_apply(s->arena, r->file, en, pam_keys, WA_ARRAY_LEN(pam_keys),
			    &s->pam, seen.pam);
		else if (section_service(en->section) == NULL)
			e = wa_fault(WA_ERR_CONFIG,
			    "%s:%d: unknown section [%s]; there are [pam] and [pam SERVICE]",
			    r->file, en->line, en->section);
	}
	for (size_t i = 0; e == WA_OK && i < r->n; i++) {
		const char *name = section_service(r->entries[i].section);

		if (name != NULL && service_find(s, name) == NULL)
			e = apply_service(s, r, name);
	}
	return e;
}

static enum wa_err
apply_overrides(struct wa_settings *s, const struct wa_config_source *src)
{
	struct seen seen = {0};

	for (size_t i = 0; i < src->n_overrides; i++) {
		const char *text = src->overrides[i];
		const char *equals = strchr(text, '=');
		struct entry en = {"", NULL, NULL, 0};
		enum wa_err e;

		if (equals == NULL)
			return wa_fault(WA_ERR_CONFIG, "%s: expected key=value", text);
		en.key = wa_arena_strndup(s->arena, text, (size_t)(equals - text));
		en.value = equals + 1;
		if (en.key == NULL)
			return nomem();
		e = entry_apply(
		    s->arena, NULL, &en, daemon_keys, WA_ARRAY_LEN(daemon_keys), s, seen.daemon);
		if (e != WA_OK)
			return e;
	}
	return WA_OK;
}

/* Uids below 1000 are the system's, the highest ones the kernel's. */
#define UID_FIRST 1000
#define UID_LAST  UINT64_C(4294967293)

bool
wa_settings_uid_range(const struct wa_settings *s, int64_t *ret_first, int64_t *ret_last)
{
	const char *dash = strchr(s->uid_range, '-');
	uint64_t first, last;

	if (dash == NULL ||
	    !wa_parse_uint(s->uid_range, (size_t)(dash - s->uid_range), UID_LAST, &first) ||
	    !wa_parse_uint(dash + 1, strlen(dash + 1), UID_LAST, &last) || first < UID_FIRST ||
	    first > last)
		return false;
	*ret_first = (int64_t)first;
	*ret_last = (int64_t)last;
	return true;
}

/* What no single key can tell. */
static enum wa_err
check_together(const struct wa_settings *s)
{
	const char *where = s->file != NULL ? s->file : "configuration";
	int64_t first, last;

	if (s->min_password_length > s->max_password_length)
		return wa_fault(
		    WA_ERR_CONFIG, "%s: min_password_length is above max_password_length", where);
	if (s->delete_user_verification && s->mail_command[0] == '\0')
		return wa_fault(WA_ERR_CONFIG,
		    "%s: delete_user_verification needs a mail_command to mail the link with",
		    where);
	if (s->session_update_age > s->session_expires_in)
		return wa_fault(
		    WA_ERR_CONFIG, "%s: session_update_age is above session_expires_in", where);
	if (strncmp(s->store, "sqlite:", 7) != 0 || s->store[7] == '\0')
		return wa_fault(
		    WA_ERR_CONFIG, "%s: store = %s: expected sqlite:PATH", where, s->store);
	if (s->session_dir[0] != '/')
		return wa_fault(WA_ERR_CONFIG, "%s: session_dir = %s: expected an absolute path",
		    where, s->session_dir);
	if (strcmp(s->pam_socket, "auto") != 0 && s->pam_socket[0] != '\0' &&
	    strncmp(s->pam_socket, "unix:/", 6) != 0)
		return wa_fault(WA_ERR_CONFIG,
		    "%s: pam_socket = %s: expected unix: and an absolute path, auto, or nothing",
		    where, s->pam_socket);
	if (!wa_settings_uid_range(s, &first, &last))
		return wa_fault(WA_ERR_CONFIG,
		    "%s: uid_range = %s: expected two uids from %d on, as in 200000-299999", where,
		    s->uid_range, UID_FIRST);
	if (s->base_url[0] != '\0' && strncmp(s->base_url, "http://", 7) != 0 &&
	    strncmp(s->base_url, "https://", 8) != 0)
		return wa_fault(WA_ERR_CONFIG, "%s: base_url = %s: expected http://… or https://…",
		    where, s->base_url);
	return WA_OK;
}

static enum wa_err
settings_fill(struct wa_settings *s, const struct wa_config_source *src)
{
	const char *file = src->file != NULL ? src->file : WA_CONFIG_FILE;
	struct reader r = {.arena = s->arena, .file = file};
	char *text = NULL;
	enum wa_err e;

	e = apply_defaults(s->arena, daemon_keys, WA_ARRAY_LEN(daemon_keys), s);
	if (e == WA_OK)
		e = apply_defaults(s->arena, pam_keys, WA_ARRAY_LEN(pam_keys), &s->pam);
	if (e != WA_OK)
		return e;
	s->pam.name = "";

	if (strcmp(file, "none") != 0) {
		e = read_file(s->arena, file, src->file == NULL, src->strict_owner, &text);
		if (e != WA_OK)
			return e;
	}
	if (text != NULL) {
		s->file = wa_arena_strdup(s->arena, file);
		e = s->file != NULL ? read_entries(&r, text) : nomem();
		if (e == WA_OK)
			e = apply_entries(s, &r);
		if (e != WA_OK)
			return e;
	}
	e = apply_overrides(s, src);
	if (e != WA_OK)
		return e;
	return check_together(s);
}

enum wa_err
wa_settings_load(const struct wa_config_source *src, struct wa_settings **ret)
{
	WA_CLEANUP(wa_settings_freep) struct wa_settings *s = NULL;
	struct wa_arena *arena = wa_arena_new(4 * (size_t)WA_ARENA_MAX);
	enum wa_err e;

	if (arena == NULL)
		return nomem();
	s = wa_arena_alloc(arena, sizeof(*s));
	if (s == NULL) {
		wa_arena_free(arena);
		return nomem();
	}
	s->arena = arena;
	e = settings_fill(s, src);
	if (e != WA_OK)
		return e;
	*ret = WA_TAKE(s);
	return WA_OK;
}

void
wa_settings_free(struct wa_settings *s)
{
	/* The settings themselves are arena memory. */
	if (s != NULL)
		wa_arena_free(s->arena);
}

void
wa_settings_freep(struct wa_settings **s)
{
	wa_settings_free(*s);
	*s = NULL;
}

void
wa_settings_service(const struct wa_settings *s, const char *service, struct wa_service *ret)
{
	const struct wa_service *found = service_find(s, service);

	*ret = found != NULL ? *found : s->pam;
	ret->name = service;
	if (found == NULL && is_unix_service(service))
		ret->account = WA_ACCOUNT_UNIX;
}

enum wa_err
wa_service_set(
    struct wa_settings *s, struct wa_service *service, const char *key, const char *value)
{
	const struct key *k = key_find(pam_keys, WA_ARRAY_LEN(pam_keys), key);
	struct entry e = {"", key, value, 0};

	if (k == NULL)
		return wa_fault(
		    WA_ERR_CONFIG, "unknown option \"%s\"; pam_webauth(8) lists them all", key);
	if (value == NULL && k->type != KEY_BOOL)
		return wa_fault(WA_ERR_CONFIG, "option \"%s\" needs a value: %s=…", key, key);
	if (value == NULL)
		e.value = "true";
	if (k->type == KEY_LIST) {
		/* One word on the line stands for the whole list: match=username,email */
		struct wa_strings *list = (void *)((char *)service + k->offset);

		*list = (struct wa_strings){0};
		for (const char *w = value; w != NULL;) {
			size_t len = strcspn(w, ",");
			enum wa_err err;

			e.value = wa_arena_strndup(s->arena, w, len);
			if (e.value == NULL)
				return nomem();
			err = key_apply(s->arena, k, service, NULL, &e);
			if (err != WA_OK)
				return err;
			w = w[len] == ',' ? w + len + 1 : NULL;
		}
		return WA_OK;
	}
	return key_apply(s->arena, k, service, NULL, &e);
}

#define API_SOCKET "/api.sock"
#define PAM_SOCKET "/pam.sock"

static const char *
beside_api_socket(const struct wa_settings *s)
{
	for (size_t i = 0; i < s->listen.n; i++) {
		const char *path = s->listen.v[i];
		size_t n = strlen(path);

		if (strncmp(path, "unix:/", 6) == 0 && n > strlen("unix:" API_SOCKET) &&
		    strcmp(path + n - strlen(API_SOCKET), API_SOCKET) == 0)
			return wa_arena_printf(s->arena, "%.*s" PAM_SOCKET,
			    (int)(n - strlen("unix:" API_SOCKET)), path + strlen("unix:"));
	}
	return NULL;
}

const char *
wa_settings_pam_socket(const struct wa_settings *s)
{
	if (strcmp(s->pam_socket, "auto") == 0)
		return beside_api_socket(s);
	return s->pam_socket[0] == '\0' ? NULL : s->pam_socket + strlen("unix:");
}

size_t
wa_service_matches(const struct wa_service *service, enum wa_match ret[static 3])
{
	size_t n = 0;

	for (size_t i = 0; i < service->match_words.n && n < 3; i++) {
		size_t index;

		if (word_in("link username email", service->match_words.v[i], &index))
			ret[n++] = (enum wa_match)index;
	}
	return n;
}

/* ---- printing ---- */

static void
print_word(struct wa_buf *out, const char *words, size_t index)
{
	const char *w = words;

	for (; index > 0; index--) {
		w += strcspn(w, " ");
		w += strspn(w, " ");
	}
	wa_buf_add(out, w, strcspn(w, " "));
}

static void
print_duration(struct wa_buf *out, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};

	for (size_t i = 0; i < WA_ARRAY_LEN(units); i++)
		if (ms != 0 && ms % units[i].ms == 0) {
			wa_buf_printf(out, "%" PRId64 "%s", ms / units[i].ms, units[i].unit);
			return;
		}
	wa_buf_char(out, '0');
}

static void
print_key(struct wa_buf *out, const struct key *k, const void *base)
{
	const void *field = (const char *)base + k->offset;

	if (k->type == KEY_LIST) {
		const struct wa_strings *list = field;

		for (size_t i = 0; i < list->n; i++)
			wa_buf_printf(out, "%s = %s\n", k->name, list->v[i]);
		if (list->n == 0)
			wa_buf_printf(out, "%s =\n", k->name);
		return;
	}
	wa_buf_printf(out, "%s = ", k->name);
	switch (k->type) {
	case KEY_STRING:
	case KEY_WORD: wa_buf_str(out, *(const char *const *)field); break;
	case KEY_BOOL: wa_buf_str(out, *(const bool *)field ? "true" : "false"); break;
	case KEY_UINT: wa_buf_printf(out, "%" PRIu64, *(const uint64_t *)field); break;
	case KEY_MODE: wa_buf_printf(out, "%04" PRIo64, *(const uint64_t *)field); break;
	case KEY_DURATION: print_duration(out, *(const int64_t *)field); break;
	case KEY_CHOICE: print_word(out, k->words, *(const unsigned *)field); break;
	case KEY_LIST: break;
	}
	wa_buf_char(out, '\n');
}

static bool
is_asking_key(const char *name)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(asking_keys); i++)
		if (strcmp(asking_keys[i], name) == 0)
			return true;
	return false;
}

void
wa_service_policy(const struct wa_service *service, struct wa_buf *out)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(pam_keys); i++)
		if (!is_asking_key(pam_keys[i].name))
			print_key(out, &pam_keys[i], service);
}

void
wa_settings_print(const struct wa_settings *s, struct wa_buf *out)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(daemon_keys); i++)
		print_key(out, &daemon_keys[i], s);
	wa_buf_str(out, "\n[pam]\n");
	for (size_t i = 0; i < WA_ARRAY_LEN(pam_keys); i++)
		print_key(out, &pam_keys[i], &s->pam);
	for (size_t j = 0; j < s->n_services; j++) {
		wa_buf_printf(out, "\n[pam %s]\n", s->services[j]->name);
		for (size_t i = 0; i < WA_ARRAY_LEN(pam_keys); i++)
			print_key(out, &pam_keys[i], s->services[j]);
	}
}

bool
wa_config_key(size_t i, const char **ret_name, bool *ret_is_pam, const char **ret_default,
    const char **ret_meaning)
{
	static const size_t n_daemon = WA_ARRAY_LEN(daemon_keys), n_pam = WA_ARRAY_LEN(pam_keys);
	const struct key *k;

	if (i >= n_daemon + n_pam)
		return false;
	k = i < n_daemon ? &daemon_keys[i] : &pam_keys[i - n_daemon];
	*ret_name = k->name;
	*ret_is_pam = i >= n_daemon;
	*ret_default = k->fallback;
	*ret_meaning = k->meaning;
	return true;
}
