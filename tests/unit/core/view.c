#include "lib/core/view.h"

#include <string.h>

#include "tests/unit/core/fixture.h"

static const struct user user = {
    .id = "u1",
    .name = "A\xc3\xb1 \"/\" \xe2\x80\xa8",
    .email = "a@e.com",
    .created_ms = NOW,
    .updated_ms = NOW,
    .role = "user",
    .banned_known = true,
    .ban_expires_ms = NOW,
    .username = "ann",
};

static void
assert_json(struct wa_buf *b, const char *want)
{
	assert_ok(wa_buf_check(b));
	assert_string_equal(wa_buf_cstr(b), want);
	wa_buf_done(b);
}

#define CORE_MEMBERS                                                                         \
	"\"name\":\"A\xc3\xb1 \\\"/\\\" \xe2\x80\xa8\",\"email\":\"a@e.com\","               \
	"\"emailVerified\":false,\"image\":null,\"createdAt\":\"2026-11-21T05:42:18.292Z\"," \
	"\"updatedAt\":\"2026-11-21T05:42:18.292Z\","

static void
members_stand_in_the_schemas_order_with_the_plugins_before_the_id(void **state)
{
	const struct store_shape plain = {0};
	const struct store_shape full = {
	    .plugins = {STORE_PLUGIN_TWO_FACTOR, STORE_PLUGIN_USERNAME, STORE_PLUGIN_ADMIN}};
	struct wa_buf b = WA_BUF_INIT(4096);

	(void)state;
	wa_view_user(&b, &plain, &user);
	assert_json(&b, "{" CORE_MEMBERS "\"id\":\"u1\"}");
	wa_view_user(&b, &full, &user);
	assert_json(&b,
	    "{" CORE_MEMBERS "\"twoFactorEnabled\":null,\"username\":\"ann\","
	    "\"displayUsername\":null,\"role\":\"user\",\"banned\":false,\"banReason\":null,"
	    "\"banExpires\":\"2026-11-21T05:42:18.292Z\",\"id\":\"u1\"}");
}

static void
a_session_shows_its_token_and_who_impersonates_where_that_can_be(void **state)
{
	const struct session s = {.id = "s1",
	    .token = "t",
	    .user_id = "u1",
	    .expires_ms = NOW,
	    .created_ms = NOW,
	    .updated_ms = NOW,
	    .ip_address = ""};
	struct store_shape shape = {0};
	struct wa_buf b = WA_BUF_INIT(4096);

	(void)state;
	wa_view_session(&b, &shape, &s);
	assert_json(&b,
	    "{\"expiresAt\":\"2026-11-21T05:42:18.292Z\",\"token\":\"t\","
	    "\"createdAt\":\"2026-11-21T05:42:18.292Z\",\"updatedAt\":\"2026-11-21T05:42:18.292Z\","
	    "\"ipAddress\":\"\",\"userAgent\":null,\"userId\":\"u1\",\"id\":\"s1\"}");
	shape.has_impersonation = true;
	wa_view_session(&b, &shape, &s);
	assert_non_null(strstr(wa_buf_cstr(&b), ",\"impersonatedBy\":null,\"id\":\"s1\"}"));
	wa_buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(members_stand_in_the_schemas_order_with_the_plugins_before_the_id),
	    cmocka_unit_test(a_session_shows_its_token_and_who_impersonates_where_that_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
