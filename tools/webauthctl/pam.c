/* webauthctl pam check: what is wrong with a service's stack, before somebody tries to log in. */
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/local_account.h"
#include "lib/store/link.h"
#include "tools/webauthctl/problem.h"
#include "tools/webauthctl/stack.h"

#define MODULE	      "pam_webauth.so"
#define DIRECTORY     "/etc/pam.d"
#define CONF	      "conf="
#define PATTERN_BYTES 1024

struct check {
	struct ctl *c;
	struct problem_list *problems;
	struct stack stack;
	const char *service;
	struct wa_service settings; /* as our last line makes them */
	bool broken;		    /* settings could not be had */
};

/* ---- lines ---- */

static void
bad_line(void *arg, const char *file, int line, const char *why)
{
	problem_add(arg, "stack", "%s:%d: %s", file, line, why);
}

static bool
is_ours(const struct stack_line *l)
{
	return strcmp(stack_module_name(l), MODULE) == 0;
}

static const struct stack_line *
first_of_ours(const struct check *k, enum stack_kind kind)
{
	for (size_t i = 0; i < k->stack.n; i++)
		if (k->stack.v[i]->kind == kind && is_ours(k->stack.v[i]))
			return k->stack.v[i];
	return NULL;
}

/* Where libpam looks for a module without a path: its one directory, by Debian's name or others'.
 */
static bool
is_installed(const char *module)
{
	static const char *const places[] = {
	    "/lib/*/security", "/lib/security", "/lib64/security", "/usr/lib/*/security"};
	bool found = false;

	if (module[0] == '/')
		return access(module, F_OK) == 0;
	for (size_t i = 0; i < WA_ARRAY_LEN(places) && !found; i++) {
		char pattern[PATTERN_BYTES];
		glob_t matches = {0};

		(void)snprintf(pattern, sizeof(pattern), "%s/%s", places[i], module);
		found = glob(pattern, GLOB_NOSORT, NULL, &matches) == 0;
		globfree(&matches);
	}
	return found;
}

static void
check_modules(struct check *k)
{
	for (size_t i = 0; i < k->stack.n; i++) {
		const struct stack_line *l = k->stack.v[i];

		if (!l->optional && !is_installed(l->module))
			problem_add(k->problems, "module",
			    "%s:%d: %s is not installed; libpam takes that for a refusal", l->file,
			    l->line, l->module);
	}
}

/* ---- options ---- */

static void
check_words(struct check *k, const struct stack_line *l, struct wa_settings *s)
{
	for (size_t i = 0; i < l->n_args; i++) {
		const char *word = l->args[i], *equals = strchr(word, '=');
		size_t n = strcspn(word, "=");
		const char *key = wa_arena_strndup(k->c->arena, word, n);
		enum wa_err e;

		for (size_t j = 0; j < i; j++)
			if (strcspn(l->args[j], "=") == n && memcmp(l->args[j], word, n) == 0)
				problem_add(k->problems, "options",
				    "%s:%d: \"%.*s\" is given twice, which refuses everybody",
				    l->file, l->line, (int)n, word);
		if (strncmp(word, CONF, strlen(CONF)) == 0 || strcmp(word, "use_authtok") == 0)
			continue;
		e = key == NULL
		    ? wa_fault(WA_ERR_NOMEM, "options")
		    : wa_service_set(s, &k->settings, key, equals != NULL ? equals + 1 : NULL);
		if (e != WA_OK)
			problem_add(k->problems, "options", "%s:%d: %s", l->file, l->line,
			    wa_err_detail(e));
	}
}

/* The file that the line reads, as the module reads it; what it means stays with k. */
static void
check_line(struct check *k, const struct stack_line *l)
{
	struct wa_config_source source = {.file = k->c->file, .strict_owner = true};
	WA_CLEANUP(wa_settings_freep) struct wa_settings *s = NULL;
	enum wa_err e;

	for (size_t i = 0; i < l->n_args; i++) {
		if (strncmp(l->args[i], CONF, strlen(CONF)) != 0)
			continue;
		source.file = l->args[i] + strlen(CONF);
		if (source.file[0] != '/') {
			problem_add(k->problems, "options", "%s:%d: %s: expected an absolute path",
			    l->file, l->line, l->args[i]);
			return;
		}
	}
	e = wa_settings_load(&source, &s);
	if (e != WA_OK) {
		problem_add(
		    k->problems, "options", "%s:%d: %s", l->file, l->line, wa_err_detail(e));
		k->broken = true;
		return;
	}
	wa_settings_service(s, k->service, &k->settings);
	check_words(k, l, s);
	if (k->settings.tokens && s->bearer_require_signature)
		problem_add(k->problems, "options",
		    "%s:%d: tokens has no effect while bearer_require_signature is true", l->file,
		    l->line);
	/* Lists and texts of it belong to the settings, which end here. */
	k->settings.match_words = (struct wa_strings){0};
	k->settings.trusted_peers = (struct wa_strings){0};
	k->settings.name = k->service;
}

/* ---- what the stack makes of our answers ---- */

struct answers {
	const char *ours;
	const char *deciders; /* of modules that know users of their own */
};

static const char *
answer(void *arg, const struct stack_line *l)
{
	static const char *const deciders[] = {"pam_unix.so", "pam_sss.so", "pam_ldap.so",
	    "pam_krb5.so", "pam_winbind.so", "pam_pwdfile.so", "pam_mysql.so", "pam_pgsql.so",
	    "pam_userdb.so", "pam_extrausers.so", "pam_systemd_home.so"};
	const struct answers *a = arg;
	const char *name = stack_module_name(l);

	if (is_ours(l))
		return a->ours;
	if (strcmp(name, "pam_permit.so") == 0)
		return "success";
	if (strcmp(name, "pam_deny.so") == 0)
		return "auth_err";
	for (size_t i = 0; i < WA_ARRAY_LEN(deciders); i++)
		if (strcmp(name, deciders[i]) == 0)
			return a->deciders;
	return "ignore"; /* it helps, and decides about nobody */
}

static struct stack_result
play(const struct check *k, enum stack_kind kind, const char *ours, const char *deciders)
{
	struct answers a = {ours, deciders};
	struct stack_result r;

	stack_play(&k->stack, kind, answer, &a, &r);
	return r;
}

static bool
was_asked(const struct check *k, const struct stack_result *r, enum stack_kind kind)
{
	for (size_t i = 0; i < k->stack.n; i++)
		if (r->reached[i] && k->stack.v[i]->kind == kind && is_ours(k->stack.v[i]))
			return true;
	return false;
}

/* Does a ban count for somebody whom all other modules let in? */
static void
check_ban(struct check *k, const struct stack_line *l)
{
	static const char *const refusals[] = {"acct_expired", "perm_denied", "authinfo_unavail"};

	for (size_t i = 0; i < WA_ARRAY_LEN(refusals); i++) {
		struct stack_result r = play(k, STACK_ACCOUNT, refusals[i], "success");

		if (!r.success)
			continue;
		if (was_asked(k, &r, STACK_ACCOUNT))
			problem_add(k->problems, "account",
			    "%s:%d: with \"%s\" the module's %s is ignored: a ban or a fault lets "
			    "everybody in; use required",
			    l->file, l->line, l->control, refusals[i]);
		else if (r.ended != NULL)
			problem_add(k->problems, "account",
			    "%s:%d: is never asked about local users: %s:%d (%s %s) ends the stack "
			    "before it",
			    l->file, l->line, r.ended->file, r.ended->line, r.ended->control,
			    r.ended->module);
		else
			problem_add(k->problems, "account",
			    "%s:%d: is never asked about local users: a control above jumps over "
			    "it",
			    l->file, l->line);
		return;
	}
}

static void
check_account(struct check *k)
{
	const struct stack_line *l = first_of_ours(k, STACK_ACCOUNT);

	if (l == NULL) {
		problem_add(k->problems, "account",
		    "no account line with " MODULE
		    ": bans do not count for ssh keys, cron and sudo without a password; add: "
		    "account required " MODULE);
		return;
	}
	check_ban(k, l);
	if (k->broken)
		return;
	/* Whom we let in: a Unix account is known to others, too; a web user to none. */
	if (!play(k, STACK_ACCOUNT, "success",
		k->settings.account == WA_ACCOUNT_UNIX ? "success" : "user_unknown")
		 .success)
		problem_add(k->problems, "account",
		    "%s:%d: users whom the module lets in are refused by another line%s", l->file,
		    l->line,
		    k->settings.account == WA_ACCOUNT_UNIX
			? ""
			: "; pam_unix.so knows no web user (see the example with-pam_unix)");
}

static void
check_auth(struct check *k)
{
	const struct stack_line *l = first_of_ours(k, STACK_AUTH);

	if (l == NULL) {
		problem_add(k->problems, "auth",
		    "no auth line with " MODULE ": nobody logs in with a web password");
		return;
	}
	if (!play(k, STACK_AUTH, "success", "auth_err").success)
		problem_add(k->problems, "auth",
		    "%s:%d: a right web password is not enough: another line refuses it", l->file,
		    l->line);
	if (play(k, STACK_AUTH, "auth_err", "auth_err").success ||
	    play(k, STACK_AUTH, "authinfo_unavail", "auth_err").success)
		problem_add(k->problems, "auth",
		    "%s:%d: a wrong password gets in: the module's refusal is ignored and no other "
		    "line refuses",
		    l->file, l->line);
}

/* ---- the store ---- */

static bool
count_link(void *arg, const struct link *row)
{
	(void)row;
	*(bool *)arg = true;
	return false;
}

static void
check_links(struct check *k)
{
	bool any = false;
	enum wa_err e;

	if (k->settings.account != WA_ACCOUNT_UNIX || k->c->cx.store == NULL)
		return;
	e = store_link_each(k->c->cx.store, NULL, count_link, &any);
	if (e != WA_OK)
		problem_add_err(k->problems, "store", e);
	else if (!any)
		problem_add(k->problems, "links",
		    "%s gives a Unix account (account = unix) and no web user is linked to one; "
		    "see: webauthctl link add --help",
		    k->service);
}

static bool
is_trusted(struct check *k, uid_t uid)
{
	struct wa_service service;

	wa_settings_service(k->c->settings, k->service, &service);
	for (size_t i = 0; i < service.trusted_peers.n; i++) {
		uid_t peer;

		if (wa_local_account_uid(k->c->arena, service.trusted_peers.v[i], &peer) == WA_OK &&
		    peer == uid)
			return true;
	}
	return false;
}

/* A service that does not run as root or as the store's owner asks the daemon. */
static void
check_service_user(struct check *k, const char *user)
{
	const char *socket = wa_settings_pam_socket(k->c->settings);
	struct stat st, store;
	uid_t uid;

	if (wa_local_account_uid(k->c->arena, user, &uid) != WA_OK) {
		problem_add(k->problems, "user", "%s: no such user on this host", user);
		return;
	}
	if (uid == 0 ||
	    (stat(k->c->settings->store + strlen("sqlite:"), &store) == 0 && store.st_uid == uid))
		return;
	if (k->settings.transport == WA_TRANSPORT_STORE) {
		problem_add(k->problems, "user",
		    "%s may not read the store, and transport = store asks nobody else", user);
		return;
	}
	if (socket == NULL)
		problem_add(k->problems, "user",
		    "%s may not read the store, and there is no pam_socket to ask sessiond", user);
	else if (stat(socket, &st) != 0 || !S_ISSOCK(st.st_mode))
		problem_add(k->problems, "user",
		    "%s may not read the store, and %s is not there; is sessiond running?", user,
		    socket);
	if (!is_trusted(k, uid))
		problem_add(k->problems, "user",
		    "sessiond answers %s only about the web user linked to its own account; put "
		    "trusted_peer = %s into [pam %s] for more",
		    user, user, k->service);
}

/* ---- the verb ---- */

static void
check_stack(struct check *k)
{
	const struct stack_line *last = NULL;

	check_modules(k);
	for (size_t i = 0; i < k->stack.n; i++)
		if (is_ours(k->stack.v[i])) {
			last = k->stack.v[i];
			check_line(k, last);
		}
	if (last == NULL) {
		problem_add(k->problems, "stack",
		    "%s has no line with " MODULE
		    "; see the examples in /usr/share/doc/webauth/examples/pam.d",
		    k->service);
		return;
	}
	check_auth(k);
	check_account(k);
}

enum ctl_exit
pam_check(struct ctl *c)
{
	const char *directory = options_get(c, "dir"), *user = options_get(c, "as");
	struct problem_list p;
	struct check k = {.c = c, .problems = &p, .service = c->operands[0]};
	bool other = false;
	enum wa_err e;

	if (strchr(k.service, '/') != NULL)
		return message_usage(c, "%s: is no name of a service", k.service);
	problem_begin(&p, c);
	e = stack_read(c->arena, directory != NULL ? directory : DIRECTORY, k.service, bad_line, &p,
	    &k.stack, &other);
	if (e != WA_OK) {
		output_done(&p.out);
		return message_fail(e, k.service);
	}
	if (other)
		problem_add(&p, "stack", "%s/%s is not there: libpam uses \"other\"",
		    directory != NULL ? directory : DIRECTORY, k.service);
	wa_settings_service(c->settings, k.service, &k.settings);
	check_stack(&k);
	problem_check_store(&p, c, false);
	check_links(&k);
	if (user != NULL)
		check_service_user(&k, user);
	return problem_end(&p);
}
