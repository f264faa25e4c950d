/*
 * Which words a PAM line may have is config_keys.c's table of [pam] keys; here are the few that are
 * no keys.
 */
#include "pam_webauth/options.h"

#include <string.h>

#include "pam_webauth/call.h"

#define CONF "conf="

/* Not a key: it tells of the other lines of a stack, and only chauthtok asks for it. */
static bool
is_chauthtoks(const char *word)
{
	return strcmp(word, OPTIONS_USE_AUTHTOK) == 0;
}

bool
options_has_word(const char *word, int argc, const char **argv)
{
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], word) == 0)
			return true;
	return false;
}

/* The length of "key" in "key" and in "key=value". */
static size_t
key_length(const char *word)
{
	return strcspn(word, "=");
}

static enum wa_err
check_twice(int argc, const char **argv)
{
	for (int i = 0; i < argc; i++) {
		size_t n = key_length(argv[i]);

		for (int j = i + 1; j < argc; j++)
			if (key_length(argv[j]) == n && memcmp(argv[i], argv[j], n) == 0)
				return wa_fault(WA_ERR_CONFIG,
				    "option \"%.*s\" is given twice; keep one of the two",
				    (int)(n < 64 ? n : 64), argv[i]);
	}
	return WA_OK;
}

static enum wa_err
find_file(int argc, const char **argv, const char **ret)
{
	*ret = NULL;
	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], CONF, strlen(CONF)) != 0)
			continue;
		*ret = argv[i] + strlen(CONF);
		if (**ret != '/')
			return wa_fault(WA_ERR_CONFIG, "conf=%s: expected an absolute path", *ret);
	}
	return WA_OK;
}

static enum wa_err
apply_word(struct call *call, const char *word)
{
	const char *equals = strchr(word, '=');
	char *key;

	if (strncmp(word, CONF, strlen(CONF)) == 0 || is_chauthtoks(word))
		return WA_OK;
	if (equals == NULL)
		return wa_service_set(call->settings, &call->service, word, NULL);

	key = wa_arena_strndup(call->arena, word, (size_t)(equals - word));
	if (key == NULL)
		return wa_fault(WA_ERR_NOMEM, "options");
	return wa_service_set(call->settings, &call->service, key, equals + 1);
}

enum wa_err
options_load(struct call *call, int argc, const char **argv)
{
	struct wa_config_source source = {.strict_owner = true};
	const void *service = NULL;
	enum wa_err e;

	e = check_twice(argc, argv);
	if (e != WA_OK)
		return e;

	e = find_file(argc, argv, &source.file);
	if (e != WA_OK)
		return e;

	e = wa_settings_load(&source, &call->settings);
	if (e != WA_OK)
		return e;

	if (pam_get_item(call->pamh, PAM_SERVICE, &service) != PAM_SUCCESS || service == NULL)
		service = "";
	wa_settings_service(call->settings, service, &call->service);

	for (int i = 0; i < argc; i++) {
		e = apply_word(call, argv[i]);
		if (e != WA_OK)
			return e;
	}
	return WA_OK;
}
