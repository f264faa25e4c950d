/*
 * Settings from their defaults, those of the profile, the file and -o key=value, in this order.
 */
#include "lib/base/config.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/config_check.h"
#include "lib/base/config_service.h"
#include "lib/base/limits.h"

/* The daemon's keys, then [pam], then each [pam SERVICE], whatever their order in the file. */
static enum wa_err
apply_file(struct wa_settings *s, const struct wa_config_file *f)
{
	struct wa_config_target daemon = {
	    .arena = s->arena, .file = f->name, .keys = &wa_keys_daemon, .object = s};
	struct wa_config_target pam = {
	    .arena = s->arena, .file = f->name, .keys = &wa_keys_pam, .object = &s->pam};
	enum wa_err e = WA_OK;

	for (size_t i = 0; e == WA_OK && i < f->n; i++) {
		const struct wa_config_entry *en = &f->entries[i];

		if (strcmp(en->section, "") == 0)
			e = wa_config_value_enter(&daemon, en);
		else if (strcmp(en->section, "pam") == 0)
			e = wa_config_value_enter(&pam, en);
		else if (wa_config_service_of(en->section) == NULL)
			e = wa_fault(WA_ERR_CONFIG,
			    "%s:%d: unknown section [%s]; there are [pam] and [pam SERVICE]",
			    f->name, en->line, en->section);
	}
	for (size_t i = 0; e == WA_OK && i < f->n; i++) {
		const char *name = wa_config_service_of(f->entries[i].section);

		if (name != NULL)
			e = wa_config_service_enter(s, f, name);
	}
	return e;
}

static enum wa_err
apply_overrides(struct wa_settings *s, const struct wa_config_source *src)
{
	struct wa_config_target daemon = {.arena = s->arena, .keys = &wa_keys_daemon, .object = s};

	for (size_t i = 0; i < src->n_overrides; i++) {
		const char *text = src->overrides[i];
		const char *equals = strchr(text, '=');
		struct wa_config_entry en = {"", NULL, NULL, 0};
		enum wa_err e;

		if (equals == NULL)
			return wa_fault(WA_ERR_CONFIG, "%s: expected key=value", text);
		en.key = wa_arena_strndup(s->arena, text, (size_t)(equals - text));
		en.value = equals + 1;
		if (en.key == NULL)
			return wa_config_nomem();
		e = wa_config_value_enter(&daemon, &en);
		if (e != WA_OK)
			return e;
	}
	return WA_OK;
}

static const char *
value_of(const char *override, const char *key)
{
	size_t n = strlen(key);

	return strncmp(override, key, n) == 0 && override[n] == '=' ? override + n + 1 : NULL;
}

/* Found out before anything is applied: whether it is a good one is judged with all others. */
static bool
is_hardened(const struct wa_config_file *f, const struct wa_config_source *src)
{
	const char *profile = "";

	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->entries[i].section, "") == 0 &&
		    strcmp(f->entries[i].key, "profile") == 0)
			profile = f->entries[i].value;
	for (size_t i = 0; i < src->n_overrides; i++) {
		const char *value = value_of(src->overrides[i], "profile");

		if (value != NULL)
			profile = value;
	}
	return strcmp(profile, "hardened") == 0;
}

static enum wa_err
apply_hardened(struct wa_settings *s)
{
	enum wa_err e = WA_OK;

	for (const struct wa_key_default *d = wa_keys_hardened; e == WA_OK && d->name != NULL;
	     d++) {
		struct wa_config_entry en = {"", d->name, d->value, 0};

		e = wa_config_value_set(
		    s->arena, wa_keys_find(&wa_keys_daemon, d->name), s, NULL, &en);
	}
	return e;
}

static enum wa_err
settings_fill(struct wa_settings *s, const struct wa_config_source *src)
{
	const char *name = src->file != NULL ? src->file : WA_CONFIG_FILE;
	struct wa_config_file file = {0};
	enum wa_err e;

	e = wa_config_value_defaults(s->arena, &wa_keys_daemon, s);
	if (e == WA_OK)
		e = wa_config_value_defaults(s->arena, &wa_keys_pam, &s->pam);
	if (e != WA_OK)
		return e;
	s->pam.name = "";

	if (strcmp(name, "none") != 0)
		e = wa_config_file_read(
		    s->arena, name, src->file == NULL, src->strict_owner, &file);
	if (e == WA_OK && is_hardened(&file, src))
		e = apply_hardened(s);
	if (e == WA_OK && file.name != NULL) {
		s->file = wa_arena_strdup(s->arena, name);
		e = s->file != NULL ? apply_file(s, &file) : wa_config_nomem();
	}
	if (e == WA_OK)
		e = apply_overrides(s, src);
	if (e != WA_OK)
		return e;
	return wa_config_check(s);
}

enum wa_err
wa_settings_load(const struct wa_config_source *src, struct wa_settings **ret)
{
	WA_CLEANUP(wa_settings_freep) struct wa_settings *s = NULL;
	struct wa_arena *arena = wa_arena_new(4 * (size_t)WA_ARENA_MAX);
	enum wa_err e;

	if (arena == NULL)
		return wa_config_nomem();
	s = wa_arena_alloc(arena, sizeof(*s));
	if (s == NULL) {
		wa_arena_free(arena);
		return wa_config_nomem();
	}
	s->arena = arena;
	e = settings_fill(s, src);
	if (e != WA_OK)
		return e;
	*ret = WA_TAKE(s);
	return WA_OK;
}

void
wa_settings_free(struct wa_settings *s)
{
	/* The settings themselves are arena memory. */
	if (s != NULL)
		wa_arena_free(s->arena);
}

void
wa_settings_freep(struct wa_settings **s)
{
	wa_settings_free(*s);
	*s = NULL;
}

#define API_SOCKET "/api.sock"
#define PAM_SOCKET "/pam.sock"

static const char *
beside_api_socket(const struct wa_settings *s)
{
	for (size_t i = 0; i < s->listen.n; i++) {
		const char *path = s->listen.v[i];
		size_t n = strlen(path);

		if (strncmp(path, "unix:/", 6) == 0 && n > strlen("unix:" API_SOCKET) &&
		    strcmp(path + n - strlen(API_SOCKET), API_SOCKET) == 0)
			return wa_arena_printf(s->arena, "%.*s" PAM_SOCKET,
			    (int)(n - strlen("unix:" API_SOCKET)), path + strlen("unix:"));
	}
	return NULL;
}

const char *
wa_settings_pam_socket(const struct wa_settings *s)
{
	if (strcmp(s->pam_socket, "auto") == 0)
		return beside_api_socket(s);
	return s->pam_socket[0] == '\0' ? NULL : s->pam_socket + strlen("unix:");
}
