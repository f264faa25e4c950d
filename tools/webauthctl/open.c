/* What a verb needs before it runs: settings, secret, store. Each failure is said once, here. */
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "tools/webauthctl/ctl.h"

#define BUSY_MS 5000

enum ctl_exit
open_settings(struct ctl *c)
{
	struct wa_config_source src = {
	    .file = c->file, .overrides = c->sets, .n_overrides = c->n_sets, .strict_owner = true};
	enum wa_err e = wa_settings_load(&src, &c->settings);

	if (e == WA_OK)
		return CTL_OK;
	(void)message_fail(e, "configuration");
	/* Was it the file, or what was typed? */
	src.n_overrides = 0;
	if (e == WA_ERR_CONFIG && c->n_sets > 0 && wa_settings_load(&src, &c->settings) == WA_OK)
		return CTL_USAGE;
	return CTL_FAILED;
}

enum ctl_exit
open_store(struct ctl *c, enum store_mode mode)
{
	struct store_options o = {.uri = c->settings->store, .mode = mode, .busy_ms = BUSY_MS};
	enum wa_err e = store_open(&o, &c->cx.store);

	return e == WA_OK ? CTL_OK : message_fail(e, "store");
}

enum ctl_exit
open_needed(struct ctl *c)
{
	unsigned needs = c->verb->needs;
	enum ctl_exit x = CTL_OK;
	enum wa_err e;

	c->arena = wa_arena_new(WA_ARENA_MAX);
	if (c->arena == NULL)
		return message_fail(WA_ERR_NOMEM, "start");
	c->cx.arena = c->arena;
	c->cx.now_ms = wa_clock_now_ms();
	c->cx.ip_address = "";
	c->cx.user_agent = "";
	c->cx.door = WA_DOOR_CTL;
	c->cx.actor = wa_arena_printf(c->arena, "uid %ju", (uintmax_t)getuid());
	if (c->cx.actor == NULL)
		return message_fail(WA_ERR_NOMEM, "start");
	if (needs & CTL_NEED_SETTINGS)
		x = open_settings(c);
	c->cx.settings = c->settings;
	if (x == CTL_OK && (needs & CTL_NEED_KEYRING)) {
		e = wa_keyring_load(c->settings, &c->keyring);
		x = e == WA_OK ? CTL_OK : message_fail(e, "secret");
		c->cx.keyring = c->keyring;
	}
	if (x == CTL_OK && (needs & (CTL_NEED_READ | CTL_NEED_WRITE)))
		x = open_store(c, needs & CTL_NEED_WRITE ? STORE_WRITE : STORE_READ);
	return x;
}

void
open_done(struct ctl *c)
{
	store_close(c->cx.store);
	wa_keyring_free(c->keyring);
	wa_settings_free(c->settings);
	wa_arena_free(c->arena);
}
