/* User and Session objects as JSON. */
#include "lib/core/view.h"

#include "lib/base/json_write.h"

static void
view_optional_bool(struct wa_buf *b, bool known, bool value)
{
	if (known)
		wa_json_bool(b, value);
	else
		wa_json_null(b);
}

static void
view_optional_time(struct wa_buf *b, int64_t ms)
{
	if (ms != 0)
		wa_json_time(b, ms);
	else
		wa_json_null(b);
}

static void
view_plugin(struct wa_buf *b, enum store_plugin plugin, const struct user *u)
{
	switch (plugin) {
	case STORE_PLUGIN_ADMIN:
		wa_json_key(b, "role");
		wa_json_string(b, u->role);
		wa_json_key(b, "banned");
		view_optional_bool(b, u->banned_known, u->banned);
		wa_json_key(b, "banReason");
		wa_json_string(b, u->ban_reason);
		wa_json_key(b, "banExpires");
		view_optional_time(b, u->ban_expires_ms);
		return;
	case STORE_PLUGIN_USERNAME:
		wa_json_key(b, "username");
		wa_json_string(b, u->username);
		wa_json_key(b, "displayUsername");
		wa_json_string(b, u->display_username);
		return;
	case STORE_PLUGIN_TWO_FACTOR:
		wa_json_key(b, "twoFactorEnabled");
		view_optional_bool(b, u->two_factor_known, u->two_factor_enabled);
		return;
	case STORE_PLUGIN_NONE: return;
	}
}

void
wa_view_user_members(struct wa_buf *b, const struct store_shape *shape, const struct user *u)
{
	wa_json_key(b, "name");
	wa_json_string(b, u->name);
	wa_json_key(b, "email");
	wa_json_string(b, u->email);
	wa_json_key(b, "emailVerified");
	wa_json_bool(b, u->email_verified);
	wa_json_key(b, "image");
	wa_json_string(b, u->image);
	wa_json_key(b, "createdAt");
	wa_json_time(b, u->created_ms);
	wa_json_key(b, "updatedAt");
	wa_json_time(b, u->updated_ms);
	for (size_t i = 0; i < WA_ARRAY_LEN(shape->plugins); i++)
		view_plugin(b, shape->plugins[i], u);
	wa_json_key(b, "id");
	wa_json_string(b, u->id);
}

void
wa_view_user(struct wa_buf *b, const struct store_shape *shape, const struct user *u)
{
	wa_json_open(b, '{');
	wa_view_user_members(b, shape, u);
	wa_json_close(b, '}');
}

void
wa_view_session(struct wa_buf *b, const struct store_shape *shape, const struct session *s)
{
	wa_json_open(b, '{');
	wa_json_key(b, "expiresAt");
	wa_json_time(b, s->expires_ms);
	wa_json_key(b, "token");
	wa_json_string(b, s->token);
	wa_json_key(b, "createdAt");
	wa_json_time(b, s->created_ms);
	wa_json_key(b, "updatedAt");
	wa_json_time(b, s->updated_ms);
	wa_json_key(b, "ipAddress");
	wa_json_string(b, s->ip_address);
	wa_json_key(b, "userAgent");
	wa_json_string(b, s->user_agent);
	wa_json_key(b, "userId");
	wa_json_string(b, s->user_id);
	if (shape->has_impersonation) {
		wa_json_key(b, "impersonatedBy");
		wa_json_string(b, s->impersonated_by);
	}
	wa_json_key(b, "id");
	wa_json_string(b, s->id);
	wa_json_close(b, '}');
}
