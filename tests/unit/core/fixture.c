#include "tests/unit/core/fixture.h"

#include <stdlib.h>

int
core_setup(void **state)
{
	const struct wa_config_source source = {.file = "none"};
	struct core *c = calloc(1, sizeof(*c));
	void *store = NULL;

	assert_non_null(c);
	assert_int_equal(fixture_setup(&store), 0);
	c->store = store;
	assert_ok(wa_settings_load(&source, &c->settings));
	assert_ok(wa_keyring_parse(CORE_SECRET, "test", &c->keyring));
	c->cx = (struct wa_context){
	    .store = c->store->s,
	    .settings = c->settings,
	    .keyring = c->keyring,
	    .arena = c->store->a,
	    .now_ms = NOW,
	    .ip_address = "",
	    .user_agent = "",
	};
	*state = c;
	return 0;
}

int
core_teardown(void **state)
{
	struct core *c = *state;
	void *store = c->store;

	wa_keyring_free(c->keyring);
	wa_settings_free(c->settings);
	(void)fixture_teardown(&store);
	free(c);
	return 0;
}

void
core_reopen(struct core *c, enum store_mode mode)
{
	fixture_close(c->store);
	c->store->s = fixture_open(c->store, mode, WA_OK);
	c->cx.store = c->store->s;
}

void
core_use_secret(struct core *c, const char *text)
{
	wa_keyring_freep(&c->keyring);
	assert_ok(wa_keyring_parse(text, "test", &c->keyring));
	c->cx.keyring = c->keyring;
}
