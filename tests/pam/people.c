#include "tests/pam/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/core/password.h"
#include "lib/core/user.h"
#include "lib/store/account.h"
#include "lib/store/link.h"
#include "tests/pam/people.h"

static void
must(enum wa_err e, const char *what)
{
	if (e == WA_OK)
		return;
	(void)fprintf(stderr, "%s: %s: %s\n", what, wa_err_name(e), wa_err_detail(e));
	exit(1);
}

static struct user
person(struct wa_context *cx, const char *name, bool verified, bool with_password)
{
	char email[64];
	struct wa_new_user new_user = {
	    .name = name,
	    .email = email,
	    .username = name,
	    .password = with_password ? PASSWORD : NULL,
	    .email_verified = verified,
	};
	struct user user = {0};

	(void)snprintf(email, sizeof(email), "%s@example.org", name);
	must(wa_user_create(cx, &new_user, false, &user, NULL), name);
	return user;
}

static void
linked(struct wa_context *cx, const struct user *user, const char *account)
{
	struct link link = {.account = account, .user_id = user->id, .created_ms = cx->now_ms};

	must(store_link_insert(cx->store, &link), account);
}

static void
with_hash(struct wa_context *cx, const char *name, const char *hash)
{
	struct user user = person(cx, name, true, true);

	must(store_account_set_password(cx->store, user.id, hash, cx->now_ms), name);
}

static void
make(struct wa_context *cx)
{
	char scrypt[WA_PASSWORD_HASH_SIZE];
	struct user user;

	(void)person(cx, "alice", true, true);
	(void)person(cx, "bob", false, true);
	(void)person(cx, "erin", true, false);
	(void)person(cx, "root", true, true);
	(void)person(cx, "daemon", true, true);

	user = person(cx, "carol", true, true);
	must(wa_user_ban(cx, user.id, "spam", 0), "ban");
	user = person(cx, "dave", true, true);
	must(wa_user_ban(cx, user.id, "spam", cx->now_ms - 86400000), "ban");

	with_hash(cx, "frank", "5f4dcc3b5aa765d61d8327deb882cf99");
	with_hash(cx, "grace",
	    "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	must(wa_password_hash(cx->arena, WA_SCHEME_SCRYPT, PASSWORD, scrypt), "scrypt");
	with_hash(cx, "heidi", scrypt);

	user = person(cx, "linked", true, true);
	linked(cx, &user, "unixer");
	user = person(cx, "mona", true, true);
	must(wa_user_require_change(cx, user.id), "require change");
	user = person(cx, "olga", true, true);
	must(store_user_set_role(cx->store, user.id, "editor,staff", cx->now_ms), "role");
	(void)person(cx, "pat", true, true);
	(void)person(cx, "quinn", true, true);

	user = person(cx, "selfie", true, true);
	linked(cx, &user, "nobody");
	user = person(cx, "barred", true, true);
	linked(cx, &user, "barred");
	must(wa_user_ban(cx, user.id, NULL, 0), "ban");
}

void
people_make(const char *store_path)
{
	char uri[512];
	struct store_options options = {.uri = uri, .mode = STORE_CREATE, .busy_ms = 1000};
	struct wa_config_source source = {.file = "none"};
	struct wa_settings *settings = NULL;
	struct wa_context cx = {.ip_address = "", .user_agent = ""};

	(void)snprintf(uri, sizeof(uri), "sqlite:%s", store_path);
	must(store_open(&options, &cx.store), store_path);
	must(wa_settings_load(&source, &settings), "settings");
	cx.settings = settings;
	cx.arena = wa_arena_new(WA_ARENA_MAX);
	cx.now_ms = wa_clock_now_ms();
	make(&cx);
	wa_arena_free(cx.arena);
	wa_settings_free(settings);
	store_close(cx.store);
}
