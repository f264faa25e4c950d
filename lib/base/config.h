/*
 * The one configuration: daemon, module and tools read the same file into the same settings.
 *
 * A file is an ini file (libinih): keys of the daemon first, then sections [pam] (for every
 * service) and [pam SERVICE]. Lists are repeated keys. An unknown key, a bad value, a scalar given
 * twice, an indented or overlong line is an error that names the line; nothing is ever skipped. No
 * environment is expanded. Secrets are not settings: see keyring.h.
 *
 * Every key stands in one table in config_keys.c with its type, default and meaning; -T, the
 * defaults, the words on a PAM line and the tests of etc/webauth.conf and of the manual read that
 * table.
 */
#ifndef LIB_BASE_CONFIG_H
#define LIB_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/error.h"

#define WA_CONFIG_FILE "/etc/webauth/webauth.conf"

struct wa_strings {
	const char **v;
	size_t n;
};

enum wa_password_scheme {
	WA_SCHEME_AUTO, /* argon2id in a store we made, scrypt in one a Better Auth app made */
	WA_SCHEME_ARGON2ID,
	WA_SCHEME_SCRYPT,
};

enum wa_log_level {
	WA_LOG_ERROR,
	WA_LOG_WARNING,
	WA_LOG_NOTICE,
	WA_LOG_INFO,
	WA_LOG_DEBUG,
};

enum wa_sandbox {
	WA_SANDBOX_AUTO, /* as far as the kernel can */
	WA_SANDBOX_REQUIRE,
	WA_SANDBOX_LOG,
	WA_SANDBOX_OFF,
};

/* Which of a web user's names a PAM user name may be. */
enum wa_match {
	WA_MATCH_LINK,
	WA_MATCH_USERNAME,
	WA_MATCH_EMAIL,
};

/* What a successful login means for the host. */
enum wa_account_kind {
	WA_ACCOUNT_WEB,	 /* no Unix identity: local names are refused, web users are meant */
	WA_ACCOUNT_UNIX, /* the Unix account of that name: only an administrator's link will do */
};

/* Does a service take app passwords? */
enum wa_app_passwords {
	WA_APP_PASSWORDS_NO,
	WA_APP_PASSWORDS_YES,
	WA_APP_PASSWORDS_ONLY, /* and nothing else */
};

/* How the module gets at the store. */
enum wa_transport {
	WA_TRANSPORT_AUTO, /* whoever may write the store opens it, others ask the daemon */
	WA_TRANSPORT_STORE,
	WA_TRANSPORT_DAEMON,
};

/* One PAM service: [pam] under [pam SERVICE] under the words on the line. */
struct wa_service {
	const char *name; /* PAM's service name, as it was asked for; "" for [pam] itself */
	struct wa_strings match_words;
	enum wa_account_kind account;
	uint64_t min_uid;
	enum wa_app_passwords app_passwords;
	bool tokens;
	bool ignore_unknown_user;
	bool debug;
	bool nodelay;
	bool try_first_pass;
	bool use_first_pass;
	enum wa_transport transport;
	int64_t daemon_timeout;
	struct wa_strings trusted_peers;
	struct wa_strings require_roles;
	bool no_pass_expiry;
	bool session;
	bool session_required;
};

struct wa_settings {
	const char *profile; /* whose defaults hold: better-auth, hardened */
	/* Store and listeners */
	const char *store;
	struct wa_strings listen;
	const char *socket_group;
	uint64_t socket_mode;
	const char *pam_socket; /* see wa_settings_pam_socket() */
	const char *daemon_user;
	const char *uid_range; /* FIRST-LAST */
	const char *session_dir;
	/* What clients see */
	const char
	    *base_url; /* with path; "" when only Unix sockets without a web frontend are served */
	struct wa_strings trusted_origins;
	const char *cookie_prefix;
	const char *cookie_domain;
	const char *secure_cookies; /* auto, true, false */
	bool host_cookies;
	/* Secrets */
	const char *secret_file;
	/* Sign-up and sign-in */
	bool sign_up;
	bool auto_sign_in;
	bool require_email_verification;
	bool auto_sign_in_after_verification;
	const char *send_on_sign_up; /* auto, true, false */
	bool send_on_sign_in;
	bool revoke_sessions_on_password_reset;
	bool revoke_sessions_on_password_change;
	bool change_email;
	bool change_email_confirmation;
	bool change_email_unverified;
	bool delete_user;
	bool delete_user_verification;
	bool unlink_last_account;
	int64_t reset_token_expires_in;
	int64_t verification_expires_in;
	int64_t delete_token_expires_in;
	uint64_t min_password_length;
	uint64_t max_password_length;
	bool password_blocklist_builtin;
	struct wa_strings password_blocklist;
	bool password_context_words;
	enum wa_password_scheme password_scheme;
	/* Sessions, ms */
	int64_t session_expires_in;
	int64_t session_update_age;
	int64_t session_fresh_age;
	int64_t session_max_age; /* 0: none */
	uint64_t max_sessions_per_user;
	int64_t sweep_every; /* 0: never */
	bool session_refresh;
	bool session_defer_refresh;
	bool bearer_require_signature;
	/* Client addresses */
	bool ip_tracking;
	struct wa_strings ip_headers;
	struct wa_strings trusted_proxies;
	/* JWT */
	const char *jwt_alg;
	int64_t jwt_expires_in;
	const char *jwt_issuer;		/* "" for the origin of base_url */
	struct wa_strings jwt_audience; /* empty for the origin of base_url */
	bool jwt_header;
	bool jwt_roles;
	int64_t jwt_rotate_every; /* 0: never */
	int64_t jwt_publish_ahead;
	int64_t jwt_grace;
	/* Introspection */
	struct wa_strings introspect_uids;
	struct wa_strings introspect_groups;
	const char *introspect_secret_file; /* "": none */
	/* Mail, pages and limits */
	const char *mail_command; /* "": no mail is sent, and routes that need one say so */
	const char *mail_from;	  /* "" for no-reply@ and the host of base_url */
	const char *mail_templates;
	const char *site_name; /* "" for the host of base_url */
	int64_t mail_timeout;
	int64_t mail_retry;
	int64_t mail_give_up;
	bool pages;
	const char *pages_path;
	const char *pages_dir; /* "": the built-in files alone */
	bool rate_limit;
	uint64_t hash_threads; /* 0: one per core */
	uint64_t hash_queue;
	uint64_t store_queue;
	uint64_t max_connections;
	int64_t request_timeout;
	int64_t idle_timeout;
	int64_t stop_timeout;
	enum wa_log_level log_level;
	int64_t audit_keep; /* 0: as many as audit_max_rows */
	uint64_t audit_max_rows;
	enum wa_sandbox sandbox;

	/* PAM */
	struct wa_service pam;	      /* [pam] */
	struct wa_service **services; /* [pam SERVICE], [pam] already in them */
	size_t n_services;

	const char *file; /* where it came from; NULL for the built-in defaults alone */
	struct wa_arena *arena;
};

struct wa_config_source {
	/* NULL: WA_CONFIG_FILE, which may be absent. "none": the built-in defaults. Any other file
	 * must exist. */
	const char *file;
	/* "key=value", applied last; the first for a list replaces the file's list. */
	const char *const *overrides;
	size_t n_overrides;
	/* The file decides who gets in: demand that only root (or this user) can change it. */
	bool strict_owner;
};

/* WA_ERR_CONFIG with "FILE:LINE: what, and what would be right"; WA_ERR_NOMEM. */
WA_OUTCOME wa_settings_load(const struct wa_config_source *src, struct wa_settings **ret);
void wa_settings_free(struct wa_settings *s);
void wa_settings_freep(struct wa_settings **s);

/* The effective configuration in the file's own syntax, PAM sections included. */
void wa_settings_print(const struct wa_settings *s, struct wa_buf *out);

/* Copies the section of that service, or [pam] where there is none. service is kept as its name. */
void wa_settings_service(const struct wa_settings *s, const char *service, struct wa_service *ret);

/*
 * Sets one key of a service from a word of a PAM line; value NULL for a bare word, which is only
 * good for a yes/no key. Memory comes from s. WA_ERR_CONFIG.
 */
WA_OUTCOME wa_service_set(
    struct wa_settings *s, struct wa_service *service, const char *key, const char *value);

/*
 * What of a service decides who gets in, in the file's own syntax. The module sends
 * its own to the daemon, which refuses another than its own, so that a restriction that stands on a
 * PAM line, or in another file, is never silently none.
 */
void wa_service_policy(const struct wa_service *service, struct wa_buf *out);

/* The path of the socket on which the daemon answers the module; NULL when it has none. */
const char *wa_settings_pam_socket(const struct wa_settings *s);

/* The two ends of uid_range. False when it is none, which a loaded configuration's never is. */
bool wa_settings_uid_range(const struct wa_settings *s, int64_t *ret_first, int64_t *ret_last);

/* The names a service matches, in order. Returns how many. */
size_t wa_service_matches(const struct wa_service *service, enum wa_match ret[static 3]);

/* For documentation and its tests: the i-th key, in which kind of section, its default as text (of
 * a list: blank-separated) and its meaning; false past the last. */
bool wa_config_key(size_t i, const char **ret_name, bool *ret_is_pam, const char **ret_default,
    const char **ret_meaning);

#endif
