/* webauthctl user: who may sign in. */
#include "lib/core/user.h"
#include "lib/core/session.h"

#include <string.h>

#include "lib/base/base_url.h"
#include "lib/base/text.h"
#include "lib/core/credential.h"
#include "lib/core/password_reset.h"
#include "lib/core/session.h"
#include "lib/store/account.h"
#include "lib/store/link.h"
#include "tools/webauthctl/ask.h"

#define PAGE	  500
#define LINKS_MAX 1000 /* shown with one user */

#define USER_FIELDS                                                                 \
	{"id", "ID", true}, {"email", "E-MAIL", false}, {"name", "NAME", false},    \
	    {"username", "USER NAME", false}, {"emailVerified", "VERIFIED", false}, \
	    {"role", "ROLE", true}, {"disabled", "DISABLED", false},                \
	    {"disabledReason", "REASON", true}, {"disabledUntil", "UNTIL", true},   \
	    {"createdAt", "CREATED", false},                                        \
	{                                                                           \
		"updatedAt", "UPDATED", true                                        \
	}

static const struct output_field made_fields[] = {USER_FIELDS, {"password", "PASSWORD", false}};
static const struct output_field show_fields[] = {USER_FIELDS,
    {"hasPassword", "HAS PASSWORD", false}, {"accounts", "ACCOUNTS", false},
    {"sessions", "SESSIONS", false}};

static const struct output_field link_fields[] = {
    USER_FIELDS, {"resetLink", "LINK", false}, {"resetLinkExpiresAt", "GOOD UNTIL", false}};

#define N_FIELDS (WA_ARRAY_LEN(made_fields) - 1)

static void
write_user(struct output *o, const struct user *u, int64_t now_ms)
{
	bool banned = wa_user_is_banned(u, now_ms);

	output_text(o, u->id);
	output_text(o, u->email);
	output_text(o, u->name);
	output_text(o, u->display_username != NULL ? u->display_username : u->username);
	output_bool(o, u->email_verified);
	output_text(o, u->role);
	output_bool(o, banned);
	output_text(o, banned ? u->ban_reason : NULL);
	output_time(o, banned ? u->ban_expires_ms : 0);
	output_time(o, u->created_ms);
	output_time(o, u->updated_ms);
}

/* The user as a record; with the password where one was generated. */
static enum ctl_exit
put_user(const struct ctl *c, const struct user *u, const char *password)
{
	struct output o;

	output_record(&o, c->format, "user", made_fields, N_FIELDS + (password != NULL));
	write_user(&o, u, c->cx.now_ms);
	if (password != NULL)
		output_text(&o, password);
	output_row(&o);
	return output_end(&o) ? CTL_OK : CTL_FAILED;
}

enum ctl_exit
user_find(struct ctl *c, const char *text, struct user *ret)
{
	enum wa_err e = wa_user_find(&c->cx, text, ret);

	if (e == WA_OK)
		return CTL_OK;
	if (e != WA_ERR_NOT_FOUND)
		return message_fail(e, text);
	message_say("%s: no such user; see: webauthctl user list", text);
	return CTL_NOT_FOUND;
}

/* What was changed, read again: the record shows what is stored, not what was meant. */
static enum ctl_exit
put_user_again(struct ctl *c, const char *id, const char *password)
{
	struct user u;
	enum wa_err e = store_user_by_id(c->cx.store, c->arena, id, &u);

	if (e != WA_OK)
		return message_fail(e, id);
	return put_user(c, &u, password);
}

static enum ctl_exit
check_new_user(struct ctl *c, const struct wa_new_user *nu)
{
	bool no_password = options_get(c, "no-password") != NULL;

	if (!wa_text_is_email(nu->email))
		return message_usage(c, "%s: not an e-mail address", nu->email);
	if (wa_text_has_control(nu->name))
		return message_usage(c, "--name: control characters are not part of a name");
	if (nu->username != NULL && !wa_text_is_username(nu->username))
		return message_usage(
		    c, "--username: a user name is 3 to 30 letters, digits, underscores and dots");
	if (options_get(c, "page") != NULL && options_get(c, "reset-link") == NULL)
		return message_usage(c, "--page is about --reset-link");
	if ((no_password || options_get(c, "reset-link") != NULL) &&
	    (options_get(c, "password-stdin") != NULL || options_get(c, "generate") != NULL ||
		options_get(c, "password-file") != NULL))
		return message_usage(
		    c, "--no-password and --reset-link exclude the other password options");
	if (nu->username != NULL && !store_shape(c->cx.store)->has_username) {
		message_say(
		    "%s: this store has no user names; give the Better Auth app that made it "
		    "the username plugin, or leave --username out",
		    nu->username);
		return CTL_REFUSED;
	}
	return CTL_OK;
}

static enum ctl_exit
say_not_added(enum wa_err e, const struct wa_new_user *nu)
{
	if (e == WA_ERR_USER_EXISTS)
		message_say(
		    "%s: is a user already; see: webauthctl user show %s", nu->email, nu->email);
	else if (e == WA_ERR_USERNAME_TAKEN)
		message_say("%s: another user has this user name; see: webauthctl user show %s",
		    nu->username, nu->username);
	else
		return message_fail(e, nu->email);
	return CTL_CONFLICT;
}

/* The administrator insists: the length is still judged, lists and names are not. */
static void
allow_common(struct ctl *c)
{
	if (options_get(c, "allow-common") == NULL)
		return;
	c->settings->password_blocklist_builtin = false;
	c->settings->password_blocklist = (struct wa_strings){0};
	c->settings->password_context_words = false;
}

/* ---- links ---- */

/* Where a link leads: base is the URL of the routes, page that of whoever asks for the password. */
struct way {
	const char *base;
	const char *page;
};

/* Asked for before anything is changed. */
static enum ctl_exit
find_way(struct ctl *c, struct way *ret)
{
	enum wa_err e = wa_base_url(c->arena, wa_base_url_given(c->settings->base_url), &ret->base);

	if (e != WA_OK)
		return message_fail(e, "link");

	ret->page = options_get(c, "page");
	if (ret->page == NULL && c->settings->pages)
		ret->page = wa_arena_printf(c->arena, "%s/reset-password", c->settings->pages_path);
	else if (ret->page == NULL)
		return message_usage(
		    c, "--page must be given: no pages of ours are served (pages = false)");
	return ret->page != NULL ? CTL_OK : message_fail(WA_ERR_NOMEM, "link");
}

static enum ctl_exit
put_link(struct ctl *c, const struct user *u, const struct way *way)
{
	int64_t expires_ms = 0;
	const char *url = NULL;
	struct output o;
	enum wa_err e =
	    wa_password_reset_link(&c->cx, way->base, u->id, way->page, &url, &expires_ms);

	if (e != WA_OK)
		return message_fail(e, u->email);
	output_record(&o, c->format, "user", link_fields, WA_ARRAY_LEN(link_fields));
	write_user(&o, u, c->cx.now_ms);
	output_text(&o, url);
	output_time(&o, expires_ms);
	output_row(&o);
	return output_end(&o) ? CTL_OK : CTL_FAILED;
}

enum ctl_exit
user_reset_link(struct ctl *c)
{
	struct way way;
	struct user u;
	enum ctl_exit x = find_way(c, &way);

	if (x == CTL_OK)
		x = user_find(c, c->operands[0], &u);
	return x == CTL_OK ? put_link(c, &u, &way) : x;
}

/* ---- adding ---- */

enum ctl_exit
user_add(struct ctl *c)
{
	WA_CLEANUP(wa_secret_done) struct wa_secret password = WA_SECRET_NONE;
	const char *name = options_get(c, "name");
	struct wa_new_user nu = {
	    .name = name != NULL ? name : "",
	    .email = c->operands[0],
	    .username = options_get(c, "username"),
	    .email_verified = options_get(c, "verified") != NULL,
	};
	bool linked = options_get(c, "reset-link") != NULL;
	bool generated = false;
	struct way way;
	struct user u;
	enum ctl_exit x = check_new_user(c, &nu);
	enum wa_err e;

	if (x == CTL_OK && linked)
		x = find_way(c, &way);
	else if (x == CTL_OK && options_get(c, "no-password") == NULL)
		x = ask_new_password(c, nu.email, &password, &generated);
	if (x != CTL_OK)
		return x;
	nu.password = password.bytes;
	allow_common(c);
	e = wa_user_create(&c->cx, &nu, false, &u, NULL);
	if (e != WA_OK)
		return say_not_added(e, &nu);
	if (linked)
		return put_link(c, &u, &way);
	return put_user(c, &u, generated ? password.bytes : NULL);
}

/* ---- reading ---- */

struct page {
	struct output *out;
	int64_t now_ms;
	uint64_t seen;
	char last[1024]; /* where the next page begins */
	bool too_long;
};

static bool
page_row(void *arg, const struct user *u)
{
	struct page *p = arg;

	write_user(p->out, u, p->now_ms);
	output_row(p->out);
	p->seen++;
	p->too_long = strlen(u->email) >= sizeof(p->last);
	if (!p->too_long)
		memcpy(p->last, u->email, strlen(u->email) + 1);
	return !p->too_long;
}

/* Page by page: no read stays open while somebody looks at a pager. */
static enum wa_err
list_pages(struct ctl *c, struct page *p, uint64_t limit)
{
	const char *match = c->n_operands > 0 ? c->operands[0] : NULL;
	uint64_t left = limit;

	while (left > 0) {
		uint64_t ask = left < PAGE ? left : PAGE;
		enum wa_err e;

		p->seen = 0;
		e = store_user_each(
		    c->cx.store, match, limit == left ? NULL : p->last, (int64_t)ask, page_row, p);
		if (e == WA_OK && p->too_long)
			e = wa_fault(WA_ERR_STORE_CORRUPT, "an e-mail address of over %zu bytes",
			    sizeof(p->last));
		if (e != WA_OK)
			return e;
		output_flush(p->out);
		if (p->seen < ask || p->out->failed)
			return WA_OK;
		left -= p->seen;
	}
	return WA_OK;
}

enum ctl_exit
user_list(struct ctl *c)
{
	WA_CLEANUP(output_done) struct output o;
	struct page page = {.out = &o, .now_ms = c->cx.now_ms};
	uint64_t limit;
	enum wa_err e;

	output_list(&o, c->format, "users", made_fields, N_FIELDS);
	if (!options_number(c, "limit", INT32_MAX, INT32_MAX, &limit))
		return CTL_USAGE;
	e = list_pages(c, &page, limit);
	if (e != WA_OK)
		return message_fail(e, "user list");
	return output_end(&o) ? CTL_OK : CTL_FAILED;
}

struct accounts {
	struct wa_arena *arena;
	const char *v[LINKS_MAX];
	size_t n;
};

static bool
add_account(void *arg, const struct link *row)
{
	struct accounts *a = arg;

	if (a->n < LINKS_MAX)
		a->v[a->n++] = wa_arena_strdup(a->arena, row->account);
	return a->n < LINKS_MAX && a->v[a->n - 1] != NULL;
}

static bool
count_session(void *arg, const struct session *row)
{
	int64_t *n = arg;

	(void)row;
	(*n)++;
	return true;
}

enum ctl_exit
user_show(struct ctl *c)
{
	struct accounts accounts = {.arena = c->arena};
	const char *hash = NULL;
	int64_t sessions = 0;
	struct output o;
	struct user u;
	enum ctl_exit x = user_find(c, c->operands[0], &u);
	enum wa_err password, e;

	if (x != CTL_OK)
		return x;
	password = store_account_password(c->cx.store, c->arena, u.id, &hash);
	e = password == WA_ERR_NOT_FOUND ? WA_OK : password;
	if (e == WA_OK)
		e = store_link_each(c->cx.store, u.id, add_account, &accounts);
	if (e == WA_OK)
		e = wa_session_each(&c->cx, u.id, INT32_MAX, count_session, &sessions);
	if (e != WA_OK)
		return message_fail(e, c->operands[0]);

	output_record(&o, c->format, "user", show_fields, WA_ARRAY_LEN(show_fields));
	write_user(&o, &u, c->cx.now_ms);
	output_bool(&o, password == WA_OK);
	output_texts(&o, accounts.v, accounts.n);
	output_int(&o, sessions);
	output_row(&o);
	return output_end(&o) ? CTL_OK : CTL_FAILED;
}

/* ---- changing ---- */

enum ctl_exit
user_set_password(struct ctl *c)
{
	WA_CLEANUP(wa_secret_done) struct wa_secret password = WA_SECRET_NONE;
	bool generated = false;
	struct user u;
	enum ctl_exit x = user_find(c, c->operands[0], &u);
	enum wa_err e;

	if (x == CTL_OK)
		x = ask_new_password(c, u.email, &password, &generated);
	if (x != CTL_OK)
		return x;
	allow_common(c);
	e = wa_credential_set(
	    &c->cx, u.id, password.bytes, options_get(c, "keep-sessions") != NULL);
	if (e != WA_OK)
		return message_fail(e, u.email);
	return put_user_again(c, u.id, generated ? password.bytes : NULL);
}

enum ctl_exit
user_require_change(struct ctl *c)
{
	struct user u;
	enum ctl_exit x = user_find(c, c->operands[0], &u);
	enum wa_err e;

	if (x != CTL_OK)
		return x;
	e = wa_user_require_change(&c->cx, u.id);
	if (e != WA_OK)
		return message_fail(e, u.email);
	return put_user_again(c, u.id, NULL);
}

enum ctl_exit
user_disable(struct ctl *c)
{
	const char *reason = options_get(c, "reason");
	const char *until = options_get(c, "until");
	int64_t until_ms = 0;
	struct user u;
	enum ctl_exit x;
	enum wa_err e;

	if (until != NULL && !when_parse(until, c->cx.now_ms, &until_ms))
		return message_usage(c,
		    "--until %s: expected 7d, 12h, or a time such as 2030-01-31T00:00:00Z", until);
	if (until != NULL && until_ms <= c->cx.now_ms)
		return message_usage(c, "--until %s: is not in the future", until);
	if (reason != NULL && !wa_text_is_utf8(reason, strlen(reason)))
		return message_usage(c, "--reason: is not UTF-8 text");
	x = user_find(c, c->operands[0], &u);
	if (x != CTL_OK)
		return x;
	e = wa_user_ban(&c->cx, u.id, reason, until_ms);
	if (e != WA_OK)
		return message_fail(e, u.email);
	return put_user_again(c, u.id, NULL);
}

enum ctl_exit
user_enable(struct ctl *c)
{
	struct user u;
	enum ctl_exit x = user_find(c, c->operands[0], &u);
	enum wa_err e;

	if (x != CTL_OK)
		return x;
	e = wa_user_unban(&c->cx, u.id);
	if (e != WA_OK)
		return message_fail(e, u.email);
	return put_user_again(c, u.id, NULL);
}

enum ctl_exit
user_delete(struct ctl *c)
{
	const char *question;
	struct user u;
	enum ctl_exit x = user_find(c, c->operands[0], &u);
	enum wa_err e;

	if (x != CTL_OK)
		return x;
	question = wa_arena_printf(
	    c->arena, "Delete %s (%s) with password, sessions and links, for good?", u.email, u.id);
	if (question == NULL)
		return message_fail(WA_ERR_NOMEM, u.email);
	x = ask_confirmed(c, question);
	if (x != CTL_OK)
		return x;
	e = wa_user_delete(&c->cx, u.id);
	if (e != WA_OK)
		return message_fail(e, u.email);
	return put_user(c, &u, NULL);
}
