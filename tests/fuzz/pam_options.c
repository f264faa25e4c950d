/*
 * Lines: the words of a PAM line. A service that took them, and what of it decides who gets in,
 * said as words again, is the same service.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/config.h"
#include "lib/base/limits.h"
#include "tests/fuzz/fuzz.h"

static enum wa_err
apply(struct wa_settings *s, struct wa_service *service, char *word)
{
	char *equals = strchr(word, '=');

	if (equals != NULL)
		*equals = '\0';
	return wa_service_set(s, service, word, equals != NULL ? equals + 1 : NULL);
}

static void
check_policy(const struct wa_service *service)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(WA_ARENA_MAX);

	wa_service_policy(service, &b);
	assert(!b.failed && b.len > 0 && memchr(b.data, '\0', b.len) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct wa_config_source source = {.file = "none"};
	WA_CLEANUP(wa_settings_freep) struct wa_settings *s = NULL;
	struct wa_service service;
	enum wa_match matches[3];
	enum wa_err e = WA_OK;
	char *text, *end;

	if (size > 4096 || wa_settings_load(&source, &s) != WA_OK)
		return 0;
	wa_settings_service(s, "test", &service);
	text = malloc(size + 1);
	if (text == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	for (char *word = text; e == WA_OK && word != NULL; word = end) {
		end = strchr(word, '\n');
		if (end != NULL)
			*end++ = '\0';
		e = apply(s, &service, word);
		assert(e == WA_OK || e == WA_ERR_CONFIG);
	}
	free(text);
	assert(wa_service_matches(&service, matches) <= 3);
	check_policy(&service);
	return 0;
}
