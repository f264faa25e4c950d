/* The table of forms, and the two of them that no JSON route does as it is. */
#include <string.h>

#include "lib/core/session.h"
#include "sessiond/pages/action.h"
#include "sessiond/pages/page.h"
#include "sessiond/routes/cookies.h"

struct find_session {
	struct exchange *x;
	const char *id;
	const char *token;
};

static bool
take_session(void *arg, const struct session *s)
{
	struct find_session *f = arg;

	if (strcmp(s->id, f->id) != 0)
		return true;
	f->token = wa_arena_strdup(f->x->cx.arena, s->token);
	return false;
}

/* By the row's id: a session's token is a session, and has no place in a page. One that is gone or
 * somebody else's is fine. */
static enum wa_err
revoke_session(struct exchange *x)
{
	struct find_session f = {.x = x};
	struct http_form form;
	enum wa_err e;

	e = page_form(x, &form);
	f.id = http_form_get(&form, "id");
	if (e == WA_OK && f.id != NULL)
		e = wa_session_each(&x->cx, x->user.id, WA_SESSIONS_LISTED, take_session, &f);
	if (e == WA_OK && f.token != NULL)
		e = wa_session_revoke_own(&x->cx, x->user.id, f.token);
	if (e != WA_OK || f.token == NULL || strcmp(f.id, x->session.id) != 0)
		return e;
	x->has_session = false;
	return cookies_delete_session(x);
}

static void
revoked(const struct exchange *x, const char **page, const char **notice)
{
	if (x->has_session)
		return;
	*page = "sign-in";
	*notice = "signed-out";
}

/* Without a session there is something to do first. */
static void
signed_up(const struct exchange *x, const char **page, const char **notice)
{
	if (x->session.token != NULL)
		return;
	*page = "sign-in";
	*notice = x->site->settings->require_email_verification ? "verify-email" : "signed-up";
}

static void
verification_sent(const struct exchange *x, const char **page, const char **notice)
{
	(void)notice;
	if (!x->has_session)
		*page = "sign-in";
}

static void
email_changed(const struct exchange *x, const char **page, const char **notice)
{
	(void)page;
	if (x->site->settings->change_email_unverified && !x->user.email_verified)
		*notice = "email-changed";
}

static void
deleted(const struct exchange *x, const char **page, const char **notice)
{
	if (!x->site->settings->delete_user_verification)
		return;
	*page = "account";
	*notice = "deletion-sent";
}

static const struct action actions[] = {
    {
	.name = "sign-in",
	.page = "sign-in",
	.fields =
	    {
		{"email", FIELD_TEXT},
		{"password", FIELD_TEXT},
		{"rememberMe", FIELD_FLAG},
	    },
	.url_member = "callbackURL",
	.url_page = "verified",
	.schema = sign_in_schema,
	.run = sign_in_run,
    },
    {
	.name = "sign-up",
	.page = "sign-up",
	.fields =
	    {
		{"name", FIELD_TEXT},
		{"email", FIELD_TEXT},
		{"password", FIELD_TEXT},
		{"username", FIELD_OPTIONAL},
	    },
	.url_member = "callbackURL",
	.url_page = "verified",
	.schema = sign_up_schema,
	.run = sign_up_run,
	.done = signed_up,
    },
    {
	.name = "sign-out",
	.page = "account",
	.run = sign_out_run,
	.done_page = "sign-in",
	.done_notice = "signed-out",
    },
    {
	.name = "request-password-reset",
	.page = "forgot-password",
	.fields = {{"email", FIELD_TEXT}},
	.url_member = "redirectTo",
	.url_page = "reset-password",
	.schema = request_password_reset_schema,
	.run = request_password_reset_run,
	.done_page = "forgot-password",
	.done_notice = "reset-sent",
    },
    {
	.name = "reset-password",
	.page = "reset-password",
	.fields = {{"newPassword", FIELD_TEXT}, {"token", FIELD_TEXT}},
	.schema = reset_password_schema,
	.run = reset_password_run,
	.done_page = "sign-in",
	.done_notice = "password-reset",
    },
    {
	.name = "send-verification-email",
	.page = "verified",
	.fields = {{"email", FIELD_TEXT}},
	.url_member = "callbackURL",
	.url_page = "verified",
	.schema = send_verification_email_schema,
	.run = send_verification_email_run,
	.done_page = "account",
	.done_notice = "verification-sent",
	.done = verification_sent,
    },
    {
	.name = "update-user",
	.page = "account",
	.fields = {{"name", FIELD_TEXT}, {"image", FIELD_NULLABLE}},
	.schema = record_schema,
	.run = update_user_run,
	.done_page = "account",
	.done_notice = "profile-saved",
    },
    {
	.name = "change-email",
	.page = "account",
	.fields = {{"newEmail", FIELD_TEXT}},
	.url_member = "callbackURL",
	.url_page = "account",
	.url_notice = "email-confirmed",
	.schema = change_email_schema,
	.run = change_email_run,
	.done_page = "account",
	.done_notice = "email-sent",
	.done = email_changed,
    },
    {
	.name = "change-password",
	.page = "account",
	.fields =
	    {
		{"currentPassword", FIELD_TEXT},
		{"newPassword", FIELD_TEXT},
		{"revokeOtherSessions", FIELD_FLAG},
	    },
	.schema = change_password_schema,
	.run = change_password_run,
	.done_page = "account",
	.done_notice = "password-changed",
    },
    {
	.name = "revoke-session",
	.page = "account",
	.run = revoke_session,
	.done_page = "account",
	.done_notice = "session-ended",
	.done = revoked,
    },
    {
	.name = "revoke-other-sessions",
	.page = "account",
	.run = revoke_other_sessions_run,
	.done_page = "account",
	.done_notice = "others-ended",
    },
    {
	.name = "create-app-password",
	.page = "account",
	.fields = {{"name", FIELD_TEXT}, {"services", FIELD_WORDS}},
	.schema = app_password_create_schema,
	.run = app_password_create_run,
	.done_page = "account",
	.secret_member = "appPassword",
    },
    {
	.name = "revoke-app-password",
	.page = "account",
	.fields = {{"id", FIELD_TEXT}},
	.schema = app_password_revoke_schema,
	.run = app_password_revoke_run,
	.done_page = "account",
	.done_notice = "app-password-ended",
    },
    {
	.name = "delete-user",
	.page = "account",
	.fields = {{"password", FIELD_TEXT}},
	.url_member = "callbackURL",
	.url_page = "sign-in",
	.url_notice = "account-deleted",
	.schema = delete_user_schema,
	.run = delete_user_run,
	.done_page = "sign-in",
	.done_notice = "account-deleted",
	.done = deleted,
    },
};

const struct action *
action_find(const char *path)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(actions); i++)
		if (strcmp(actions[i].name, path + 1) == 0)
			return &actions[i];
	return NULL;
}
