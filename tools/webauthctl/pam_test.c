/* webauthctl pam test: a decision of the PAM module, step by step. The steps are the core's own
 * functions in the order in which a login runs them; nothing is counted, recorded or renewed. */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/limits.h"
#include "lib/core/guess.h"
#include "lib/core/local_account.h"
#include "lib/core/login.h"
#include "lib/core/user.h"
#include "lib/store/account.h"
#include "lib/store/app_password.h"
#include "tools/webauthctl/ask.h"

static const struct output_field fields[] = {
    {"step", "STEP", false}, {"result", "RESULT", false}, {"why", "WHY", false}};

struct explain {
	struct ctl *c;
	struct output out;
	struct wa_service service;
	const char *name;
	bool refused;
};

static void step(struct explain *x, const char *what, const char *result, const char *fmt, ...)
    WA_PRINTF(4, 5);

static void
step(struct explain *x, const char *what, const char *result, const char *fmt, ...)
{
	char why[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	output_text(&x->out, what);
	output_text(&x->out, result);
	output_text(&x->out, why);
	output_row(&x->out);
}

/* An outcome as a step; false when it ends the login. */
static bool
step_outcome(struct explain *x, const char *what, enum wa_err e, const char *good)
{
	if (e == WA_OK) {
		step(x, what, "yes", "%s", good);
		return true;
	}
	step(x, what, wa_err_class(e) == WA_CLASS_REFUSAL ? "no" : "fault", "%s: %s",
	    wa_err_name(e), wa_err_detail(e));
	x->refused = true;
	return false;
}

/* ---- the steps ---- */

static void
say_service(struct explain *x)
{
	static const char *const app[] = {"no", "yes", "only these"};
	const struct wa_service *s = &x->service;
	const char *match = "link";

	if (s->account != WA_ACCOUNT_UNIX) {
		match = "";
		for (size_t i = 0; i < s->match_words.n && match != NULL; i++)
			match = wa_arena_printf(
			    x->c->arena, "%s%s%s", match, i > 0 ? ", " : "", s->match_words.v[i]);
	}
	step(x, "service", s->name,
	    "account = %s, names by %s; app passwords: %s, session tokens: %s",
	    s->account == WA_ACCOUNT_UNIX ? "unix" : "web", match != NULL ? match : "?",
	    app[s->app_passwords], s->tokens ? "yes" : "no");
}

static bool
say_local(struct explain *x)
{
	struct wa_local_account local = {.known = WA_LOCAL_UNKNOWN};

	if (wa_identity_name_is_valid(x->name))
		local = wa_local_account_find(x->c->arena, &x->service, x->name);
	switch (local.known) {
	case WA_LOCAL_NONE:
		step(x, "local account", "none", "the host knows no %s", x->name);
		break;
	case WA_LOCAL_EXISTS:
		step(x, "local account", "yes", "uid %ju; min_uid is %ju", (uintmax_t)local.uid,
		    (uintmax_t)x->service.min_uid);
		break;
	case WA_LOCAL_UNKNOWN: step(x, "local account", "?", "not looked up, or no answer"); break;
	}
	return step_outcome(x, "name may be a web user's",
	    wa_identity_admit(&x->service, x->name, &local), "by the rules of the service");
}

static bool
say_user(struct explain *x, struct user *ret)
{
	enum wa_err e = wa_identity_find(&x->c->cx, &x->service, x->name, ret);

	if (e != WA_OK)
		return step_outcome(x, "web user", e, "");
	step(x, "web user", "yes", "%s, id %s", ret->email, ret->id);
	return true;
}

static bool
count_row(void *arg, const struct app_password_row *row)
{
	(void)row;
	(*(size_t *)arg)++;
	return true;
}

static void
say_credentials(struct explain *x, const struct user *u)
{
	struct wa_guess_state state = {0};
	const char *hash = NULL;
	size_t n = 0;
	enum wa_err e = store_account_password(x->c->cx.store, x->c->arena, u->id, &hash);

	step(x, "password", e == WA_OK ? "has one" : "none", "%s",
	    e == WA_OK && x->service.app_passwords == WA_APP_PASSWORDS_ONLY
		? "not taken by this service: app_passwords = only"
		: "");
	if (store_app_password_each(x->c->cx.store, u->id, count_row, &n) == WA_OK)
		step(x, "app passwords", n > 0 ? "has some" : "none",
		    "%zu; see: webauthctl "
		    "app-password list --user %s",
		    n, u->email);
	if (wa_guess_show(&x->c->cx, WA_GUESS_PASSWORD, u, NULL, &state) == WA_OK)
		step(x, "wrong guesses", state.wait_ms > 0 ? "waits" : "no wait",
		    "%jd in a row; the next from a new place in %jd s", (intmax_t)state.failures,
		    (intmax_t)(state.wait_ms + 999) / 1000);
}

static void
say_password(struct explain *x, const char *password)
{
	struct wa_login login = {.service = &x->service, .name = x->name};
	struct wa_login_result result;

	(void)step_outcome(x, "secret given",
	    wa_login_authenticate(&x->c->cx, &login, password, &result), "it proves the name");
}

static void
say_account(struct explain *x)
{
	struct wa_login login = {.service = &x->service, .name = x->name};
	struct wa_login_result result;

	(void)step_outcome(x, "account", wa_login_account(&x->c->cx, &login, &result),
	    "nothing stands against it");
}

/* ---- the verb ---- */

static enum ctl_exit
finish(struct explain *x, bool proven)
{
	if (x->refused)
		step(x, "in the end", "refused", "%s", "see the first \"no\" above");
	else if (proven)
		step(x, "in the end", "let in", "%s",
		    "by this module; the stack may say otherwise: "
		    "webauthctl pam check");
	else
		step(x, "in the end", "let in", "%s",
		    "with the right secret, as far as this module goes");
	if (!output_end(&x->out))
		return CTL_FAILED;
	return x->refused ? CTL_REFUSED : CTL_OK;
}

enum ctl_exit
pam_test(struct ctl *c)
{
	WA_CLEANUP(wa_secret_done) struct wa_secret secret = WA_SECRET_NONE;
	struct explain x = {.c = c, .name = c->operands[0]};
	const char *service = options_get(c, "service"), *rhost = options_get(c, "rhost");
	bool given = options_get(c, "password-stdin") != NULL;
	struct user user;
	enum wa_err e;

	if (service == NULL)
		return message_usage(c, "pam test needs --service: each may have rules of its own");
	if (given) {
		e = wa_secret_read(STDIN_FILENO, WA_PASSWORD_MAX, true, &secret);
		if (e != WA_OK)
			return message_fail(e, "standard input");
	}
	if (rhost != NULL)
		c->cx.ip_address = rhost;
	wa_settings_service(c->settings, service, &x.service);
	output_list(&x.out, c->format, "steps", fields, WA_ARRAY_LEN(fields));
	say_service(&x);
	if (say_local(&x) && say_user(&x, &user)) {
		say_credentials(&x, &user);
		if (given)
			say_password(&x, secret.bytes != NULL ? secret.bytes : "");
		say_account(&x);
	}
	return finish(&x, given);
}
