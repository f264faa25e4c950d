/* The table of everything webauthctl does. Help, completions and the manual's test read nothing
 * else. */
#include <string.h>

#include "tools/webauthctl/ctl.h"

/* The first letter of a global option tells it apart (options.c). */
const struct ctl_option verbs_globals[] = {
    {"f", "FILE", "configuration file; none for the built-in defaults"},
    {"set", "KEY=VALUE", "change one key of the configuration; repeat for several"},
    {"o", "FORMAT", "table, json, jsonl or tsv"},
    {"h", NULL, "help, on what stands before it"},
    {"help", NULL, "the same"},
    {"version", NULL, "print the version"},
    {NULL, NULL, NULL},
};

const struct ctl_noun verbs_nouns[] = {
    {"user", "web users, their passwords, and who may not sign in"},
    {"link", "which web user is which Unix account of this host"},
    {"app-password", "secrets for mail clients and scripts, in place of a user's password"},
    {"session", "who is signed in, and ending that"},
    {"limit", "wrong guesses, and forgetting them"},
    {"audit", "what happened to accounts, passwords and sessions"},
    {"key", "the keys that sign JWTs"},
    {"pam", "PAM stacks, and why a login goes as it goes"},
    {"config", "the configuration that daemon, PAM module and this tool share"},
    {"blocklist", "files of passwords that nobody may choose"},
    {"store", "the database file"},
    {"completion", "completions for shells"},
    {NULL, NULL},
};

/* clang-format off */
#define PASSWORD_OPTIONS \
	{"password-stdin", NULL, "read the password from standard input"}, \
	{"password-file", "FILE", "read the password from a file that others cannot read"}, \
	{"generate", NULL, "make a password and print it, this once"}
#define ALLOW_COMMON \
	{"allow-common", NULL, "take a password that the lists or the names refuse"}

#define WRITES (CTL_NEED_SETTINGS | CTL_NEED_WRITE)
#define READS  (CTL_NEED_SETTINGS | CTL_NEED_READ)

const struct ctl_verb verbs_table[] = {
	{
		.noun = "user", .name = "add", .operands = "EMAIL",
		.summary = "add a web user",
		.details = "Without an option for the password it is asked for on the terminal, twice.",
		.example = "user add alice@example.com --name 'Alice Example' --generate",
		.options = {
			{"name", "NAME", "the name to show; empty when not given"},
			{"username", "NAME", "a name to sign in with, besides the e-mail address"},
			{"verified", NULL, "the e-mail address is known to be theirs"},
			PASSWORD_OPTIONS,
			ALLOW_COMMON,
			{"no-password", NULL, "add them without a password"},
			{"reset-link", NULL, "the same, and print a link with which they choose one"},
			{"page", "URL", "where that link leads; the page of ours when not given"},
		},
		.needs = WRITES, .run = user_add,
	},
	{
		.noun = "user", .name = "list", .operands = "[TEXT]",
		.summary = "list web users, or those with TEXT in e-mail, name or user name",
		.example = "user list @example.com -o tsv",
		.options = {
			{"limit", "N", "at most N of them"},
		},
		.needs = READS, .run = user_list,
	},
	{
		.noun = "user", .name = "show", .operands = "USER",
		.summary = "show one web user, with links and the number of sessions",
		.details = "USER is an e-mail address, a user name or an id, here and elsewhere.",
		.example = "user show alice@example.com",
		.needs = READS, .run = user_show,
	},
	{
		.noun = "user", .name = "set-password", .operands = "USER",
		.summary = "set a web user's password and end their sessions",
		.details = "Without an option for the password it is asked for on the terminal, twice.",
		.example = "user set-password alice@example.com",
		.options = {
			PASSWORD_OPTIONS,
			ALLOW_COMMON,
			{"keep-sessions", NULL, "let them stay signed in where they are"},
		},
		.needs = WRITES, .run = user_set_password,
	},
	{
		.noun = "user", .name = "reset-link", .operands = "USER",
		.summary = "print a link with which a web user chooses a new password, once",
		.details = "Nothing is mailed: it is for the administrator to hand over, by a way on which nobody else "
		    "reads it. It works for reset_token_expires_in, and the password stays until it is used.",
		.example = "user reset-link alice@example.com",
		.options = {
			{"page", "URL", "where the link leads; the page of ours when not given"},
		},
		.needs = WRITES, .run = user_reset_link,
	},
	{
		.noun = "user", .name = "require-change", .operands = "USER",
		.summary = "have a web user change the password at the next login to a PAM service",
		.details = "Any change of it is one, wherever it is made. The web's sign-in does not ask.",
		.example = "user require-change alice@example.com",
		.needs = WRITES, .run = user_require_change,
	},
	{
		.noun = "user", .name = "disable", .operands = "USER",
		.summary = "refuse every sign-in and PAM login of a user, and end their sessions",
		.example = "user disable alice@example.com --reason 'lost laptop' --until 7d",
		.options = {
			{"reason", "TEXT", "why; kept with the user"},
			{"until", "WHEN", "when it ends by itself: 7d, 12h, or 2030-01-31T00:00:00Z"},
		},
		.needs = WRITES, .run = user_disable,
	},
	{
		.noun = "user", .name = "enable", .operands = "USER",
		.summary = "let a disabled user sign in again",
		.example = "user enable alice@example.com",
		.needs = WRITES, .run = user_enable,
	},
	{
		.noun = "user", .name = "delete", .operands = "USER",
		.summary = "delete a user with their password, sessions and links, for good",
		.example = "user delete alice@example.com --yes",
		.options = {
			{"yes", NULL, "do not ask"},
		},
		.needs = WRITES, .run = user_delete,
	},
	{
		.noun = "link", .name = "add", .operands = "USER ACCOUNT",
		.summary = "let a web user log in as a Unix account of this host",
		.details = "The account must exist. Root and accounts below min_uid of the [pam] section are "
		    "refused, and there is no --force: a web password must never open a system account. "
		    "An account belongs to one web user; a web user may have several accounts.",
		.example = "link add alice@example.com alice",
		.options = {
			{"create", NULL, "the host has no such account: give it a uid, for link export"},
		},
		.needs = WRITES, .run = link_add,
	},
	{
		.noun = "link", .name = "list", .operands = "",
		.summary = "list links",
		.example = "link list --user alice@example.com",
		.options = {
			{"user", "USER", "only this user's"},
		},
		.needs = READS, .run = link_list,
	},
	{
		.noun = "link", .name = "remove", .operands = "ACCOUNT",
		.summary = "end a link: the web user can log in as that account no more",
		.example = "link remove alice",
		.needs = WRITES, .run = link_remove,
	},
	{
		.noun = "link", .name = "export", .operands = "",
		.summary = "write the accounts made with link add --create for a name service",
		.details = "extrausers: passwd, group and shadow, for libnss-extrausers in /var/lib/extrausers. "
		    "userdb: a record for each, for systemd in /etc/userdb. Run it after each change of links.",
		.example = "link export --format extrausers --out /var/lib/extrausers",
		.options = {
			{"format", "FORMAT", "extrausers or userdb; must be given"},
			{"out", "DIR", "the directory to write to; must be given"},
			{"home", "DIR", "where home directories are, /home when not given"},
			{"shell", "PATH", "the login shell, /bin/sh when not given"},
		},
		.needs = READS, .run = link_export,
	},
	{
		.noun = "app-password", .name = "add", .operands = "USER",
		.summary = "make an app password and print it, this once",
		.details = "It is good for PAM services, never for the web. Without --services it is good for "
		    "all that give no Unix account; sshd or sudo must be named.",
		.example = "app-password add alice@example.com --name 'mail on the phone' --services dovecot",
		.options = {
			{"name", "NAME", "what it is for, so that its user knows which to revoke"},
			{"services", "LIST", "the PAM services it is good for, with commas between them"},
			{"expires", "WHEN", "when it ends by itself: 90d, 12h, or 2030-01-31T00:00:00Z"},
		},
		.needs = WRITES, .run = app_password_add,
	},
	{
		.noun = "app-password", .name = "list", .operands = "",
		.summary = "list app passwords, and when each was last used",
		.example = "app-password list --user alice@example.com",
		.options = {
			{"user", "USER", "only this user's"},
		},
		.needs = READS, .run = app_password_list,
	},
	{
		.noun = "app-password", .name = "revoke", .operands = "[ID]",
		.summary = "end one app password, or all of a user's",
		.example = "app-password revoke 7k2m9qxz",
		.options = {
			{"user", "USER", "all of this user's"},
			{"yes", NULL, "do not ask, where more than one may end"},
		},
		.needs = WRITES, .run = app_password_revoke,
	},
	{
		.noun = "session", .name = "list", .operands = "",
		.summary = "list live sessions, newest first",
		.example = "session list --user alice@example.com",
		.options = {
			{"user", "USER", "only this user's"},
			{"limit", "N", "at most N of them, 1000 when not given"},
		},
		.needs = READS, .run = session_list,
	},
	{
		.noun = "session", .name = "kill", .operands = "[ID]",
		.summary = "end one session, a user's, or everybody's, from the next request on",
		.example = "session kill --user alice@example.com --yes",
		.options = {
			{"user", "USER", "all of this user's"},
			{"all", NULL, "all sessions of all users"},
			{"yes", NULL, "do not ask, where more than one may end"},
		},
		.needs = WRITES, .run = session_kill,
	},
	{
		.noun = "limit", .name = "show", .operands = "NAME",
		.summary = "show wrong guesses at a user, or at a name, and how long the next must wait",
		.details = "From an address that is known to the user nobody waits for what others "
			   "guessed.",
		.example = "limit show alice@example.com",
		.needs = READS, .run = limit_show,
	},
	{
		.noun = "limit", .name = "reset", .operands = "NAME",
		.summary = "forget the wrong guesses at a user, or at a name",
		.details = "Those of the addresses that they came from run out by themselves.",
		.example = "limit reset alice@example.com",
		.needs = WRITES, .run = limit_reset,
	},
	{
		.noun = "audit", .name = "list", .operands = "",
		.summary = "list what happened to accounts, passwords and sessions, newest first",
		.details = "USER may also be a name that is nobody's: of such a name only a digest is kept, "
		    "and tries at it are found by that.",
		.example = "audit list --user alice@example.com --since 7d",
		.options = {
			{"user", "USER", "only what is about this user"},
			{"event", "EVENT", "only this event, authn_login_fail for example"},
			{"since", "WHEN", "only what is younger: 7d, 12h, or 2030-01-31T00:00:00Z"},
			{"limit", "N", "at most N of them, 1000 when not given"},
		},
		.needs = READS, .run = audit_list,
	},
	{
		.noun = "audit", .name = "verify", .operands = "",
		.summary = "check that no record of the audit log was changed or taken out",
		.details = "It ends with 8 where one was. Who can write the store can write a whole new log: "
		    "keep the hash that is printed elsewhere, and give it next time.",
		.example = "audit verify --since-hash 9f2c…",
		.options = {
			{"since-hash", "HASH", "one that was printed earlier: it must still be there"},
		},
		.needs = READS, .run = audit_verify,
	},
	{
		.noun = "key", .name = "list", .operands = "",
		.summary = "list the signing keys that are published",
		.example = "key list",
		.needs = READS | CTL_NEED_KEYRING, .run = key_list,
	},
	{
		.noun = "key", .name = "rotate", .operands = "",
		.summary = "sign with a new key; earlier ones stay published for jwt_grace",
		.example = "key rotate --alg EdDSA",
		.options = {
			{"alg", "ALG", "ES256, EdDSA or RS256; jwt_alg when not given"},
		},
		.needs = WRITES | CTL_NEED_KEYRING, .run = key_rotate,
	},
	{
		.noun = "pam", .name = "check", .operands = "SERVICE",
		.summary = "read a service's PAM stack and say what is wrong with it; one line per problem",
		.details = "It plays the stack through for the answers that modules may give: does a wrong "
		    "password get in, does a ban count, is a right password enough?",
		.example = "pam check sshd",
		.options = {
			{"as", "USER", "the user the service runs as, if not root: may it ask?"},
			{"dir", "DIR", "where stacks are, in place of /etc/pam.d"},
		},
		.needs = CTL_NEED_SETTINGS, .run = pam_check,
	},
	{
		.noun = "pam", .name = "test", .operands = "NAME",
		.summary = "explain step by step how the PAM module decides about a login name",
		.details = "Nothing is counted or recorded. It ends with 4 where the login would be refused.",
		.example = "pam test alice --service sshd",
		.options = {
			{"service", "SERVICE", "the PAM service; must be given"},
			{"password-stdin", NULL, "also check the secret on standard input"},
			{"rhost", "HOST", "where the login would come from"},
		},
		.needs = READS, .run = pam_test,
	},
	{
		.noun = "config", .name = "check", .operands = "",
		.summary = "check configuration, secret, store and listeners; one line per problem",
		.example = "-f ./webauth.conf config check",
		.needs = CTL_NEED_NOTHING, .run = config_check,
	},
	{
		.noun = "config", .name = "show", .operands = "",
		.summary = "print the effective configuration in the syntax of the file",
		.example = "--set log_level=debug config show",
		.needs = CTL_NEED_SETTINGS, .run = config_show,
	},
	{
		.noun = "blocklist", .name = "prepare", .operands = "",
		.summary = "bring passwords, one a line, into the form in which they are compared",
		.details = "Reads standard input and writes standard output, of any size: NFKC, letter case taken "
		    "away, what is too short to be a password left out. Sort the result, which need not fit into "
		    "memory either (LC_ALL=C sort -u); sessiond refuses a list that is not sorted.",
		.example = "blocklist prepare < breached.txt | LC_ALL=C sort -u > /etc/webauth/breached",
		.needs = CTL_NEED_SETTINGS, .run = blocklist_prepare,
	},
	{
		.noun = "store", .name = "create", .operands = "",
		.summary = "make the store where there is none",
		.details = "Made by root, it belongs to the owner of the directory it is in.",
		.example = "store create",
		.needs = CTL_NEED_SETTINGS, .run = store_verb_create,
	},
	{
		.noun = "store", .name = "migrate", .operands = "",
		.summary = "bring the store to this version's schema; a Better Auth database gets our tables",
		.details = "Where there is something to do, the store is copied first, beside it; see webauthctl(1), "
		    "GOING BACK. sessiond does the same when it starts, but alters no table that an app made.",
		.example = "store migrate --dry-run",
		.options = {
			{"dry-run", NULL, "list what would be done, and change nothing"},
		},
		.needs = CTL_NEED_SETTINGS, .run = store_verb_migrate,
	},
	{
		.noun = "store", .name = "check", .operands = "",
		.summary = "check the store's file, permissions, schema and content; one line per problem",
		.example = "store check",
		.needs = CTL_NEED_SETTINGS, .run = store_verb_check,
	},
	{
		.noun = "completion", .name = "bash", .operands = "",
		.summary = "print completions for bash",
		.example = "completion bash > /etc/bash_completion.d/webauthctl",
		.needs = CTL_NEED_NOTHING, .run = help_completion,
	},
	{
		.noun = "completion", .name = "zsh", .operands = "",
		.summary = "print completions for zsh",
		.example = "completion zsh > /usr/local/share/zsh/site-functions/_webauthctl",
		.needs = CTL_NEED_NOTHING, .run = help_completion,
	},
	{
		.noun = "completion", .name = "fish", .operands = "",
		.summary = "print completions for fish",
		.example = "completion fish > /etc/fish/completions/webauthctl.fish",
		.needs = CTL_NEED_NOTHING, .run = help_completion,
	},
	{.noun = NULL},
};
/* clang-format on */

const struct ctl_verb *
verbs_find(const char *noun, const char *name)
{
	for (const struct ctl_verb *v = verbs_table; v->noun != NULL; v++)
		if (strcmp(v->noun, noun) == 0 && (name == NULL || strcmp(v->name, name) == 0))
			return v;
	return NULL;
}

void
verbs_operands(const struct ctl_verb *v, size_t *ret_min, size_t *ret_max)
{
	size_t min = 0, max = 0;

	for (const char *w = v->operands; *w != '\0'; w += strspn(w, " ")) {
		min += *w != '[';
		max++;
		w += strcspn(w, " ");
	}
	*ret_min = min;
	*ret_max = max;
}
