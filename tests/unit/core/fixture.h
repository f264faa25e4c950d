/* A context for the core: a store of its own, default settings, a keyring, a fixed time. */
#ifndef TESTS_UNIT_CORE_FIXTURE_H
#define TESTS_UNIT_CORE_FIXTURE_H

#include "lib/core/context.h"
#include "tests/unit/store/fixture.h"

#define CORE_SECRET "0123456789abcdef0123456789ABCDEFxyz!" /* contract.md appendix B */

struct core {
	struct fixture *store;
	struct wa_settings *settings; /* a test may change them */
	struct wa_keyring *keyring;
	struct wa_context cx;
};

int core_setup(void **state);
int core_teardown(void **state);

/* Puts another connection of that mode into the context. */
void core_reopen(struct core *c, enum store_mode mode);

/* Another keyring, from BETTER_AUTH_SECRETS' syntax. */
void core_use_secret(struct core *c, const char *text);

#define test_with_core(f) cmocka_unit_test_setup_teardown(f, core_setup, core_teardown)

#endif
