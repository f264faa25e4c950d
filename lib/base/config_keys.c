/*
 * The keys themselves. A new one is a line here, a field in config.h, and its place in
 * etc/webauth.conf and webauth.conf(5), which tests/lint/config.py demands.
 */
#include "lib/base/config_keys.h"

#include <string.h>

#include "lib/base/config.h"

#define AT(field)  offsetof(struct wa_settings, field)
#define PAM(field) offsetof(struct wa_service, field)

#define DAYS(n) ((uint64_t)(n)*86400000)

static const struct wa_key daemon_keys[] = {
    {"profile", WA_KEY_WORD, AT(profile), "better-auth", "better-auth hardened", 0, 0,
	"whose defaults hold for keys that are not set: Better Auth's, or stricter ones"},
    {"store", WA_KEY_STRING, AT(store), "sqlite:/var/lib/webauth/webauth.db", NULL, 0, 0,
	"where users and sessions are kept: sqlite:PATH"},
    {"listen", WA_KEY_LIST, AT(listen), "unix:/run/webauth/api.sock", NULL, 0, 0,
	"unix:PATH or tcp:127.0.0.1:PORT; repeat for several"},
    {"socket_group", WA_KEY_STRING, AT(socket_group), "", NULL, 0, 0,
	"the group that may connect to the Unix sockets; empty keeps the daemon's own"},
    {"socket_mode", WA_KEY_MODE, AT(socket_mode), "0660", NULL, 0, 0777,
	"the mode of the Unix sockets, octal"},
    {"pam_socket", WA_KEY_STRING, AT(pam_socket), "auto", NULL, 0, 0,
	"the socket for PAM modules that may not read the store: unix:PATH; auto: pam.sock beside "
	"the api.sock of listen; empty: none"},
    {"daemon_user", WA_KEY_STRING, AT(daemon_user), "webauth", NULL, 0, 0,
	"the user sessiond runs as; the module sends a password to nobody but that user and root"},
    {"session_dir", WA_KEY_STRING, AT(session_dir), "/run/webauth/sessions", NULL, 0, 0,
	"where the module keeps the tokens of web sessions that it opens; root's"},
    {"uid_range", WA_KEY_STRING, AT(uid_range), "200000-299999", NULL, 0, 0,
	"FIRST-LAST: uids for accounts that webauthctl link add --create brings to the host"},
    {"base_url", WA_KEY_STRING, AT(base_url), "http://localhost:8787", NULL, 0, 0,
	"the URL browsers use, as BETTER_AUTH_URL; /api/auth is added when it has no path"},
    {"trusted_origins", WA_KEY_LIST, AT(trusted_origins), "", NULL, 0, 0,
	"other origins that may call, as BETTER_AUTH_TRUSTED_ORIGINS; * and ? are wildcards"},
    {"cookie_prefix", WA_KEY_STRING, AT(cookie_prefix), "better-auth", NULL, 0, 0,
	"the first part of cookie names"},
    {"cookie_domain", WA_KEY_STRING, AT(cookie_domain), "", NULL, 0, 0,
	"Domain of the cookies, to share them among subdomains; empty for this host only"},
    {"secure_cookies", WA_KEY_WORD, AT(secure_cookies), "auto", "auto true false", 0, 0,
	"Secure cookies with __Secure- names; auto: when base_url is https"},
    {"host_cookies", WA_KEY_BOOL, AT(host_cookies), "false", NULL, 0, 0,
	"__Host- names instead, which browsers take from this very host alone"},
    {"secret_file", WA_KEY_STRING, AT(secret_file), "", NULL, 0, 0,
	"the file with BETTER_AUTH_SECRET; empty: systemd credential webauth-secret, then "
	"environment"},
    {"sign_up", WA_KEY_BOOL, AT(sign_up), "true", NULL, 0, 0, "may people sign up by themselves?"},
    {"auto_sign_in", WA_KEY_BOOL, AT(auto_sign_in), "true", NULL, 0, 0,
	"does a sign-up also sign in?"},
    {"require_email_verification", WA_KEY_BOOL, AT(require_email_verification), "false", NULL, 0, 0,
	"refuse sign-ins of users whose e-mail is not verified"},
    {"auto_sign_in_after_verification", WA_KEY_BOOL, AT(auto_sign_in_after_verification), "false",
	NULL, 0, 0, "does verifying an e-mail also sign in?"},
    {"send_on_sign_up", WA_KEY_WORD, AT(send_on_sign_up), "auto", "auto true false", 0, 0,
	"mail a verification link at sign-up; auto: when require_email_verification is on"},
    {"send_on_sign_in", WA_KEY_BOOL, AT(send_on_sign_in), "false", NULL, 0, 0,
	"mail it again when an unverified user tries to sign in"},
    {"revoke_sessions_on_password_reset", WA_KEY_BOOL, AT(revoke_sessions_on_password_reset),
	"false", NULL, 0, 0, "does a password reset end all sessions?"},
    {"revoke_sessions_on_password_change", WA_KEY_BOOL, AT(revoke_sessions_on_password_change),
	"false", NULL, 0, 0,
	"does changing the password end all other sessions, if the request does not say?"},
    {"change_email", WA_KEY_BOOL, AT(change_email), "false", NULL, 0, 0,
	"may users change their e-mail address?"},
    {"change_email_confirmation", WA_KEY_BOOL, AT(change_email_confirmation), "false", NULL, 0, 0,
	"a verified user confirms at the old address first"},
    {"change_email_unverified", WA_KEY_BOOL, AT(change_email_unverified), "false", NULL, 0, 0,
	"an unverified user's address changes at once"},
    {"delete_user", WA_KEY_BOOL, AT(delete_user), "false", NULL, 0, 0,
	"may users delete their account?"},
    {"delete_user_verification", WA_KEY_BOOL, AT(delete_user_verification), "false", NULL, 0, 0,
	"only through a link that is mailed"},
    {"unlink_last_account", WA_KEY_BOOL, AT(unlink_last_account), "false", NULL, 0, 0,
	"may users unlink the only way they sign in?"},
    {"reset_token_expires_in", WA_KEY_DURATION, AT(reset_token_expires_in), "1h", NULL, 60000,
	DAYS(7), "how long a password reset link works"},
    {"verification_expires_in", WA_KEY_DURATION, AT(verification_expires_in), "1h", NULL, 60000,
	DAYS(30), "how long an e-mail verification link works"},
    {"delete_token_expires_in", WA_KEY_DURATION, AT(delete_token_expires_in), "1d", NULL, 60000,
	DAYS(30), "how long an account deletion link works"},
    {"min_password_length", WA_KEY_UINT, AT(min_password_length), "8", NULL, 1, 128,
	"UTF-16 units, as browsers count"},
    {"max_password_length", WA_KEY_UINT, AT(max_password_length), "128", NULL, 8, 1024,
	"UTF-16 units, as browsers count"},
    {"password_blocklist_builtin", WA_KEY_BOOL, AT(password_blocklist_builtin), "true", NULL, 0, 0,
	"refuse new passwords that are among the 17,959 most common ones known here"},
    {"password_blocklist", WA_KEY_LIST, AT(password_blocklist), "", NULL, 0, 0,
	"files of further passwords to refuse, prepared with webauthctl blocklist prepare"},
    {"password_context_words", WA_KEY_BOOL, AT(password_context_words), "true", NULL, 0, 0,
	"refuse new passwords made of nothing but the site's and the user's names"},
    {"password_scheme", WA_KEY_CHOICE, AT(password_scheme), "auto", "auto argon2id scrypt", 0, 0,
	"how new passwords are hashed; auto: argon2id, but scrypt in a store a Better Auth app "
	"made"},
    {"session_expires_in", WA_KEY_DURATION, AT(session_expires_in), "7d", NULL, 1000, DAYS(400),
	"how long a session lives"},
    {"session_update_age", WA_KEY_DURATION, AT(session_update_age), "1d", NULL, 0, DAYS(400),
	"how old a session must be before use extends it"},
    {"session_fresh_age", WA_KEY_DURATION, AT(session_fresh_age), "1d", NULL, 0, DAYS(400),
	"how recent a sign-in must be for sensitive actions; 0: any"},
    {"session_max_age", WA_KEY_DURATION, AT(session_max_age), "0", NULL, 0, DAYS(400),
	"how long after its sign-in a session ends, however much it is used; 0: never"},
    {"max_sessions_per_user", WA_KEY_UINT, AT(max_sessions_per_user), "100", NULL, 1, 100000,
	"sessions a user may have at once; one more ends the oldest"},
    {"sweep_every", WA_KEY_DURATION, AT(sweep_every), "1d", NULL, 0, DAYS(365),
	"how often what has ended is deleted; 0: never"},
    {"session_refresh", WA_KEY_BOOL, AT(session_refresh), "true", NULL, 0, 0,
	"does use extend a session at all?"},
    {"session_defer_refresh", WA_KEY_BOOL, AT(session_defer_refresh), "false", NULL, 0, 0,
	"GET get-session never extends; it says needsRefresh, and a POST does it"},
    {"bearer_require_signature", WA_KEY_BOOL, AT(bearer_require_signature), "false", NULL, 0, 0,
	"accept only signed session tokens as bearer tokens"},
    {"ip_tracking", WA_KEY_BOOL, AT(ip_tracking), "true", NULL, 0, 0,
	"keep the client's address with a session"},
    {"ip_headers", WA_KEY_LIST, AT(ip_headers), "x-forwarded-for", NULL, 0, 0,
	"headers in which the proxy in front gives the client's address"},
    {"trusted_proxies", WA_KEY_LIST, AT(trusted_proxies), "", NULL, 0, 0,
	"addresses or CIDRs of proxies to skip in such a header"},
    {"jwt_alg", WA_KEY_WORD, AT(jwt_alg), "ES256", "ES256 EdDSA RS256 HS256", 0, 0,
	"what JWTs are signed with; keys a Better Auth app left are used by its rules; HS256: the "
	"secret itself"},
    {"jwt_expires_in", WA_KEY_DURATION, AT(jwt_expires_in), "15m", NULL, 60000, DAYS(1),
	"how long a JWT lives"},
    {"jwt_issuer", WA_KEY_STRING, AT(jwt_issuer), "", NULL, 0, 0,
	"iss of JWTs; empty: the origin of base_url"},
    {"jwt_audience", WA_KEY_LIST, AT(jwt_audience), "", NULL, 0, 0,
	"aud of JWTs; none: the origin of base_url"},
    {"jwt_header", WA_KEY_BOOL, AT(jwt_header), "true", NULL, 0, 0,
	"does get-session answer with a set-auth-jwt header?"},
    {"jwt_roles", WA_KEY_BOOL, AT(jwt_roles), "false", NULL, 0, 0,
	"do JWTs carry the user's roles as a list?"},
    {"jwt_rotate_every", WA_KEY_DURATION, AT(jwt_rotate_every), "0", NULL, 0, DAYS(3650),
	"how long a new signing key signs; 0: until webauthctl key rotate"},
    {"jwt_publish_ahead", WA_KEY_DURATION, AT(jwt_publish_ahead), "1d", NULL, 0, DAYS(365),
	"how long before it signs the next key is published"},
    {"jwt_grace", WA_KEY_DURATION, AT(jwt_grace), "30d", NULL, 0, DAYS(3650),
	"how long a retired key stays published"},
    {"introspect_uids", WA_KEY_LIST, AT(introspect_uids), "", NULL, 0, 0,
	"uids that may introspect tokens over a Unix socket, besides root and the daemon's own"},
    {"introspect_groups", WA_KEY_LIST, AT(introspect_groups), "", NULL, 0, 0,
	"groups whose members may"},
    {"introspect_secret_file", WA_KEY_STRING, AT(introspect_secret_file), "", NULL, 0, 0,
	"the file with the secret that lets anybody introspect, over TCP too; empty: none does"},
    {"mail_command", WA_KEY_STRING, AT(mail_command), "/usr/sbin/sendmail -t -i", NULL, 0, 0,
	"the program that takes a mail on its standard input, and its words; empty: send no mail"},
    {"mail_from", WA_KEY_STRING, AT(mail_from), "", NULL, 0, 0,
	"From: of mails, address or Name <address>; empty: no-reply@ the host of base_url"},
    {"site_name", WA_KEY_STRING, AT(site_name), "", NULL, 0, 0,
	"what mails call the site; empty: the host of base_url"},
    {"mail_templates", WA_KEY_STRING, AT(mail_templates), "/usr/share/webauth/mail", NULL, 0, 0,
	"the directory with the texts of mails"},
    {"mail_timeout", WA_KEY_DURATION, AT(mail_timeout), "1m", NULL, 100, 3600000,
	"how long mail_command may take for one mail"},
    {"mail_retry", WA_KEY_DURATION, AT(mail_retry), "1m", NULL, 10, DAYS(1),
	"how soon a mail that failed is tried again; doubled each time, up to 1h"},
    {"mail_give_up", WA_KEY_DURATION, AT(mail_give_up), "3d", NULL, 1000, DAYS(30),
	"how old a mail that keeps failing gets before it is dropped"},
    {"pages", WA_KEY_BOOL, AT(pages), "false", NULL, 0, 0,
	"serve pages to sign up, sign in and look after one's account?"},
    {"pages_path", WA_KEY_STRING, AT(pages_path), "/auth", NULL, 0, 0, "where they are"},
    {"pages_dir", WA_KEY_STRING, AT(pages_dir), "", NULL, 0, 0,
	"a directory with files that take the place of the built-in ones; empty: none"},
    {"rate_limit", WA_KEY_BOOL, AT(rate_limit), "true", NULL, 0, 0,
	"limit requests as Better Auth does in production; false for load tests"},
    {"hash_threads", WA_KEY_UINT, AT(hash_threads), "0", NULL, 0, 64,
	"threads that hash passwords; 0: one per core"},
    {"hash_queue", WA_KEY_UINT, AT(hash_queue), "64", NULL, 1, 10000,
	"sign-ins that may wait for such a thread before 503 is answered"},
    {"store_queue", WA_KEY_UINT, AT(store_queue), "256", NULL, 1, 10000,
	"writes that may wait before 503 is answered"},
    {"max_connections", WA_KEY_UINT, AT(max_connections), "1024", NULL, 4, 100000,
	"open connections; more wait in the backlog"},
    {"request_timeout", WA_KEY_DURATION, AT(request_timeout), "10s", NULL, 100, 600000,
	"from the first byte of a request to its last"},
    {"idle_timeout", WA_KEY_DURATION, AT(idle_timeout), "75s", NULL, 100, 86400000,
	"how long a connection may wait for its next request"},
    {"stop_timeout", WA_KEY_DURATION, AT(stop_timeout), "10s", NULL, 100, 600000,
	"how long requests in flight may take after SIGTERM"},
    {"log_level", WA_KEY_CHOICE, AT(log_level), "info", "error warning notice info debug", 0, 0,
	"what is written to standard error"},
    {"audit_keep", WA_KEY_DURATION, AT(audit_keep), "90d", NULL, 0, DAYS(3650),
	"how long a record stays in the audit log; 0: until audit_max_rows push it out"},
    {"audit_max_rows", WA_KEY_UINT, AT(audit_max_rows), "200000", NULL, 1000, 100000000,
	"how many records the audit log may have; the oldest make room"},
    {"sandbox", WA_KEY_CHOICE, AT(sandbox), "auto", "auto require log off", 0, 0,
	"does the daemon confine itself with Landlock and seccomp? auto: as far as the kernel can; "
	"require: or it does not start; log: only tell the kernel's log what it would forbid"},
};

static const struct wa_key pam_keys[] = {
    {"match", WA_KEY_LIST, PAM(match_words), "link username email", "link username email", 0, 0,
	"which of a web user's names a login may use, in this order; e-mail only if verified"},
    {"account", WA_KEY_CHOICE, PAM(account), "web", "web unix", 0, 0,
	"unix: a login becomes that Unix account, and only a link made by webauthctl lets it in; "
	"web: no Unix identity is given, and names of local accounts are refused"},
    {"min_uid", WA_KEY_UINT, PAM(min_uid), "1000", NULL, 1, 4294967294,
	"local accounts below this uid are always refused"},
    {"app_passwords", WA_KEY_CHOICE, PAM(app_passwords), "true", "false true only", 0, 0,
	"may an app password stand for the password? only: the password itself is refused"},
    {"tokens", WA_KEY_BOOL, PAM(tokens), "false", NULL, 0, 0,
	"may the token of a web session stand for the password?"},
    {"ignore_unknown_user", WA_KEY_BOOL, PAM(ignore_unknown_user), "false", NULL, 0, 0,
	"acct_mgmt answers PAM_IGNORE, not PAM_USER_UNKNOWN, for who is no web user"},
    {"debug", WA_KEY_BOOL, PAM(debug), "false", NULL, 0, 0, "log each decision (never a secret)"},
    {"nodelay", WA_KEY_BOOL, PAM(nodelay), "false", NULL, 0, 0,
	"ask for no delay after a failure; for event-driven hosts such as nginx"},
    {"try_first_pass", WA_KEY_BOOL, PAM(try_first_pass), "false", NULL, 0, 0,
	"try an earlier module's password first, then ask once"},
    {"use_first_pass", WA_KEY_BOOL, PAM(use_first_pass), "false", NULL, 0, 0,
	"use an earlier module's password and never ask"},
    {"transport", WA_KEY_CHOICE, PAM(transport), "auto", "auto store daemon", 0, 0,
	"how the module gets at the store; auto: root and the store's owner open it, others ask "
	"sessiond"},
    {"daemon_timeout", WA_KEY_DURATION, PAM(daemon_timeout), "3s", NULL, 100, 30000,
	"how long the module waits for sessiond, all in all"},
    {"trusted_peer", WA_KEY_LIST, PAM(trusted_peers), "", NULL, 0, 0,
	"users, by name or uid, whose processes may ask sessiond about anybody for this service"},
    {"require_role", WA_KEY_LIST, PAM(require_roles), "", NULL, 0, 0,
	"only users with one of these roles may use the service"},
    {"no_pass_expiry", WA_KEY_BOOL, PAM(no_pass_expiry), "false", NULL, 0, 0,
	"acct_mgmt lets in users who must change their password, for services that cannot ask for "
	"a new one"},
    {"session", WA_KEY_BOOL, PAM(session), "false", NULL, 0, 0,
	"open_session makes a web session for who logged in with the password, in a file"},
    {"session_required", WA_KEY_BOOL, PAM(session_required), "false", NULL, 0, 0,
	"fail open_session when that session cannot be made"},
};

/* Each with the line of docs/security-checklist.md that asks for it. */
const struct wa_key_default wa_keys_hardened[] = {
    {"min_password_length", "15"},		    /* 1 */
    {"session_max_age", "30d"},			    /* 38 */
    {"revoke_sessions_on_password_reset", "true"},  /* 41 */
    {"revoke_sessions_on_password_change", "true"}, /* 41 */
    {"bearer_require_signature", "true"},	    /* 36 */
    {"host_cookies", "true"},			    /* 49 */
    {NULL, NULL},
};

_Static_assert(WA_ARRAY_LEN(daemon_keys) <= WA_KEYS_MAX, "WA_KEYS_MAX");
_Static_assert(WA_ARRAY_LEN(pam_keys) <= WA_KEYS_MAX, "WA_KEYS_MAX");

const struct wa_keys wa_keys_daemon = {daemon_keys, WA_ARRAY_LEN(daemon_keys)};
const struct wa_keys wa_keys_pam = {pam_keys, WA_ARRAY_LEN(pam_keys)};

const struct wa_key *
wa_keys_find(const struct wa_keys *keys, const char *name)
{
	for (size_t i = 0; i < keys->n; i++)
		if (strcmp(keys->v[i].name, name) == 0)
			return &keys->v[i];
	return NULL;
}

bool
wa_config_key(size_t i, const char **ret_name, bool *ret_is_pam, const char **ret_default,
    const char **ret_meaning)
{
	static const size_t n_daemon = WA_ARRAY_LEN(daemon_keys), n_pam = WA_ARRAY_LEN(pam_keys);
	const struct wa_key *k;

	if (i >= n_daemon + n_pam)
		return false;
	k = i < n_daemon ? &daemon_keys[i] : &pam_keys[i - n_daemon];
	*ret_name = k->name;
	*ret_is_pam = i >= n_daemon;
	*ret_default = k->fallback;
	*ret_meaning = k->meaning;
	return true;
}
