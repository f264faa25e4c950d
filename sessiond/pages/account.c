/* The account page: who one is, and where one is signed in. */
#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/json_write.h"
#include "lib/core/app_password.h"
#include "lib/core/session.h"
#include "sessiond/pages/device.h"
#include "sessiond/pages/page.h"

static void
put(struct wa_buf *b, const char *key, const char *value)
{
	wa_json_key(b, key);
	wa_json_string(b, value);
}

/* For machines, and for people whose browser runs no scripts: "2026-11-21 08:41 UTC". */
static void
put_time(struct wa_buf *b, const char *key, int64_t ms)
{
	char iso[WA_ISO_SIZE], text[sizeof("2026-11-21 08:41 UTC")], day[sizeof("2026-11-21")];

	wa_iso_format(ms, iso);
	(void)snprintf(text, sizeof(text), "%.10s %.5s UTC", iso, iso + 11);
	(void)snprintf(day, sizeof(day), "%.10s", iso);
	wa_json_key(b, key);
	wa_json_open(b, '{');
	put(b, "iso", iso);
	put(b, "day", day);
	put(b, "text", text);
	wa_json_close(b, '}');
}

/* The first character of a text, which is UTF-8. */
static void
put_initial(struct wa_buf *b, const char *text)
{
	size_t n = *text == '\0' ? 0 : 1;
	char initial[5] = {0};

	while (n > 0 && n < 4 && ((uint8_t)text[n] & 0xc0) == 0x80)
		n++;
	memcpy(initial, text, n);
	if (n == 1 && initial[0] >= 'a' && initial[0] <= 'z')
		initial[0] = (char)(initial[0] - 'a' + 'A');
	put(b, "initial", initial);
}

static void
put_user(struct wa_buf *b, const struct user *u)
{
	wa_json_key(b, "user");
	wa_json_open(b, '{');
	put(b, "name", u->name);
	put(b, "email", u->email);
	wa_json_key(b, "verified");
	wa_json_bool(b, u->email_verified);
	put(b, "image", u->image);
	put(b, "username", u->username);
	put_initial(b, *u->name != '\0' ? u->name : u->email);
	wa_json_close(b, '}');
}

struct list {
	struct wa_buf *b;
	const char *current; /* id of the session that asks */
	bool others;
	bool refreshed; /* do rows say when they were used? */
};

static bool
put_session(void *arg, const struct session *s)
{
	struct list *l = arg;
	const char *agent = s->user_agent == NULL ? "" : s->user_agent;
	bool current = strcmp(s->id, l->current) == 0;

	/* Sessions of an administrator in this user's place are not theirs to see. */
	if (s->impersonated_by != NULL && *s->impersonated_by != '\0' && !current)
		return true;
	wa_json_open(l->b, '{');
	put(l->b, "id", s->id);
	wa_json_key(l->b, "current");
	wa_json_bool(l->b, current);
	put(l->b, "browser", device_browser(agent));
	put(l->b, "system", device_system(agent));
	put(l->b, "address", s->ip_address);
	put_time(l->b, "created", s->created_ms);
	/* Written when a session is extended, once in session_update_age: the day is all it tells.
	 */
	if (l->refreshed)
		put_time(l->b, "used", s->updated_ms);
	put_time(l->b, "expires", s->expires_ms);
	wa_json_close(l->b, '}');
	l->others = l->others || !current;
	return !l->b->failed;
}

static bool
put_app_password(void *arg, const struct app_password_row *row)
{
	struct wa_buf *b = arg;

	wa_json_open(b, '{');
	put(b, "id", row->id);
	put(b, "name", row->name);
	if (row->last_used_ms != 0)
		put_time(b, "used", row->last_used_ms);
	wa_json_close(b, '}');
	return !b->failed;
}

enum wa_err
page_account_model(struct exchange *x, struct wa_buf *b)
{
	struct list l = {
	    .b = b, .current = x->session.id, .refreshed = x->site->settings->session_refresh};
	enum wa_err e;

	put_user(b, &x->user);
	wa_json_key(b, "sessions");
	wa_json_open(b, '[');
	e = wa_session_each(&x->cx, x->user.id, WA_SESSIONS_LISTED, put_session, &l);
	wa_json_close(b, ']');
	wa_json_key(b, "others");
	wa_json_bool(b, l.others);
	if (e != WA_OK)
		return e;
	wa_json_key(b, "app_passwords");
	wa_json_open(b, '[');
	e = wa_app_password_each(&x->cx, x->user.id, put_app_password, b);
	wa_json_close(b, ']');
	return e;
}
