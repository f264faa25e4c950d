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
		WA_JSON_KEY(b, "role");
		wa_json_string(b, u->role);
		WA_JSON_KEY(b, "banned");
		view_optional_bool(b, u->banned_known, u->banned);
		WA_JSON_KEY(b, "banReason");
		wa_json_string(b, u->ban_reason);
		WA_JSON_KEY(b, "banExpires");
		view_optional_time(b, u->ban_expires_ms);
		return;
	case STORE_PLUGIN_USERNAME:
		WA_JSON_KEY(b, "username");
		wa_json_string(b, u->username);
		WA_JSON_KEY(b, "displayUsername");
		wa_json_string(b, u->display_username);
		return;
	case STORE_PLUGIN_TWO_FACTOR:
		WA_JSON_KEY(b, "twoFactorEnabled");
		view_optional_bool(b, u->two_factor_known, u->two_factor_enabled);
		return;
	case STORE_PLUGIN_NONE: return;
	}
}

void
wa_view_user_members(struct wa_buf *b, const struct store_shape *shape, const struct user *u)
{
	WA_JSON_KEY(b, "name");
	wa_json_string(b, u->name);
	WA_JSON_KEY(b, "email");
	wa_json_string(b, u->email);
	WA_JSON_KEY(b, "emailVerified");
	wa_json_bool(b, u->email_verified);
	WA_JSON_KEY(b, "image");
	wa_json_string(b, u->image);
	WA_JSON_KEY(b, "createdAt");
	wa_json_time(b, u->created_ms);
	WA_JSON_KEY(b, "updatedAt");
	wa_json_time(b, u->updated_ms);
	for (size_t i = 0; i < WA_ARRAY_LEN(shape->plugins); i++)
		view_plugin(b, shape->plugins[i], u);
	WA_JSON_KEY(b, "id");
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
	WA_JSON_KEY(b, "expiresAt");
	wa_json_time(b, s->expires_ms);
	WA_JSON_KEY(b, "token");
	wa_json_string(b, s->token);
	WA_JSON_KEY(b, "createdAt");
	wa_json_time(b, s->created_ms);
	WA_JSON_KEY(b, "updatedAt");
	wa_json_time(b, s->updated_ms);
	WA_JSON_KEY(b, "ipAddress");
	wa_json_string(b, s->ip_address);
	WA_JSON_KEY(b, "userAgent");
	wa_json_string(b, s->user_agent);
	WA_JSON_KEY(b, "userId");
	wa_json_string(b, s->user_id);
	if (shape->has_impersonation) {
		WA_JSON_KEY(b, "impersonatedBy");
		wa_json_string(b, s->impersonated_by);
	}
	WA_JSON_KEY(b, "id");
	wa_json_string(b, s->id);
	wa_json_close(b, '}');
}
