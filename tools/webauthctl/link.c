/* webauthctl link: which web user is which Unix account. The gate between the two worlds. */
#include "lib/store/link.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>

#include "lib/core/audit.h"
#include "lib/core/identity.h"
#include "tools/webauthctl/uid.h"

#define PASSWD_BYTES 65536

static const struct output_field fields[] = {
    {"account", "ACCOUNT", false},
    {"email", "E-MAIL", false},
    {"userId", "USER ID", true},
    {"createdAt", "CREATED", false},
};

/* What nobody owns: the kernel's overflow uid, to which strangers' files seem to belong. */
#define UID_NOBODY 65534

#define N_REMOVED (WA_ARRAY_LEN(fields) - 1) /* createdAt goes with the row */

static void
write_link(struct output *o, const struct link *l)
{
	output_text(o, l->account);
	output_text(o, l->user_email);
	output_text(o, l->user_id);
	if (o->n_fields > N_REMOVED)
		output_time(o, l->created_ms);
	output_row(o);
}

static enum ctl_exit
put_link(const struct ctl *c, const struct link *l, size_t n_fields)
{
	struct output o;

	output_record(&o, c->format, "link", fields, n_fields);
	write_link(&o, l);
	return output_end(&o) ? CTL_OK : CTL_FAILED;
}

static enum ctl_exit
judge_account(const struct ctl *c, const char *name, const struct passwd *pw)
{
	if (pw == NULL) {
		message_say("%s: no such Unix account on this host; see: getent passwd", name);
		return CTL_NOT_FOUND;
	}
	/* Some name services ignore case: a login as the other spelling would find no link. */
	if (strcmp(pw->pw_name, name) != 0) {
		message_say("%s: the account's name is %s; link that", name, pw->pw_name);
		return CTL_NOT_FOUND;
	}
	if (pw->pw_uid == 0 || strcmp(name, "root") == 0) {
		message_say("%s: uid 0 is never linked to a web user, and there is no --force: let "
			    "them log in as themselves and use sudo",
		    name);
		return CTL_REFUSED;
	}
	if (pw->pw_uid == UID_NOBODY) {
		message_say("%s: is nobody's account, so it is not linked to somebody", name);
		return CTL_REFUSED;
	}
	if (pw->pw_uid < c->settings->pam.min_uid) {
		message_say(
		    "%s: uid %ju is below min_uid = %ju, so a system account, and there is no "
		    "--force; see: webauthctl config show ([pam] min_uid)",
		    name, (uintmax_t)pw->pw_uid, (uintmax_t)c->settings->pam.min_uid);
		return CTL_REFUSED;
	}
	return CTL_OK;
}

/* Doubt is a refusal: a name service that cannot answer says nothing about the uid. */
static enum ctl_exit
check_account(struct ctl *c, const char *name)
{
	char *bytes = wa_arena_alloc(c->arena, PASSWD_BYTES);
	struct passwd entry, *pw = NULL;
	int failed;

	if (bytes == NULL)
		return message_fail(WA_ERR_NOMEM, name);
	if (!wa_identity_name_is_valid(name))
		return message_usage(c, "%s: not a name that an account can have", name);
	failed = getpwnam_r(name, &entry, bytes, PASSWD_BYTES, &pw);
	if (pw == NULL && failed != 0 && failed != ENOENT && failed != ESRCH) {
		message_say(
		    "%s: looking the account up: %s; nothing is changed", name, strerror(failed));
		return CTL_FAILED;
	}
	return judge_account(c, name, pw);
}

static enum ctl_exit
say_conflict(struct ctl *c, const char *account)
{
	struct user owner;

	if (store_link_user(c->cx.store, c->arena, account, &owner) != WA_OK)
		owner.email = "another user";
	message_say(
	    "%s: is linked to %s already; to change that, first run: webauthctl link remove %s",
	    account, owner.email, account);
	return CTL_CONFLICT;
}

static enum wa_err
record(struct ctl *c, const char *user_id, const char *what, const char *account)
{
	const struct wa_audit event = {
	    .event = WA_AUDIT_AUTHZ_CHANGE,
	    .user_id = user_id,
	    .detail = wa_arena_printf(c->arena, "%s account %s", what, account),
	};

	return event.detail != NULL ? wa_audit(&c->cx, &event) : wa_fault(WA_ERR_NOMEM, "link");
}

/* The link, and with --create the account's uid: both or none. */
static enum wa_err
write_new(struct ctl *c, const struct link *l, bool create)
{
	enum wa_err e = create ? uid_give(c, l->account) : WA_OK;

	if (e == WA_OK)
		e = store_link_insert(c->cx.store, l);
	return e == WA_OK ? record(c, l->user_id, "linked to", l->account) : e;
}

enum ctl_exit
link_add(struct ctl *c)
{
	bool create = options_get(c, "create") != NULL;
	struct link l = {.account = c->operands[1], .created_ms = c->cx.now_ms};
	struct user u;
	enum ctl_exit x = user_find(c, c->operands[0], &u);
	enum wa_err e;

	if (x == CTL_OK)
		x = create ? uid_check(c, l.account) : check_account(c, l.account);
	if (x != CTL_OK)
		return x;
	l.user_id = u.id;
	l.user_email = u.email;
	e = store_begin_write(c->cx.store);
	if (e == WA_OK)
		e = store_end(c->cx.store, write_new(c, &l, create));
	if (e == WA_ERR_CONFLICT)
		return say_conflict(c, l.account);
	if (e != WA_OK)
		return message_fail(e, l.account);
	return put_link(c, &l, WA_ARRAY_LEN(fields));
}

static bool
list_row(void *arg, const struct link *row)
{
	write_link(arg, row);
	return true;
}

enum ctl_exit
link_list(struct ctl *c)
{
	WA_CLEANUP(output_done) struct output o;
	const char *who = options_get(c, "user");
	struct user u = {.id = NULL};
	enum ctl_exit x = CTL_OK;
	enum wa_err e;

	output_list(&o, c->format, "links", fields, WA_ARRAY_LEN(fields));
	if (who != NULL)
		x = user_find(c, who, &u);
	if (x != CTL_OK)
		return x;
	e = store_link_each(c->cx.store, u.id, list_row, &o);
	if (e != WA_OK)
		return message_fail(e, "link list");
	return output_end(&o) ? CTL_OK : CTL_FAILED;
}

/* Whose it was is read in the same transaction. */
static enum wa_err
take_away(struct ctl *c, const char *account, struct user *ret)
{
	enum wa_err e = store_link_user(c->cx.store, c->arena, account, ret);

	if (e == WA_OK)
		e = store_link_delete(c->cx.store, account);
	return e == WA_OK ? record(c, ret->id, "no longer linked to", account) : e;
}

enum ctl_exit
link_remove(struct ctl *c)
{
	struct link l = {.account = c->operands[0]};
	struct user u = {.id = NULL};
	enum wa_err e = store_begin_write(c->cx.store);

	if (e == WA_OK)
		e = store_end(c->cx.store, take_away(c, l.account, &u));
	if (e == WA_ERR_NOT_FOUND) {
		message_say("%s: is not linked; see: webauthctl link list", l.account);
		return CTL_NOT_FOUND;
	}
	if (e != WA_OK)
		return message_fail(e, l.account);
	l.user_id = u.id;
	l.user_email = u.email;
	return put_link(c, &l, N_REMOVED);
}
