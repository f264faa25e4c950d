/*
 * Services: [pam SERVICE] over [pam], the words of a PAM line over both, and what a service is
 * where nothing says so.
 */
#include "lib/base/config_service.h"

#include <string.h>

#include "lib/base/arena.h"

/* Services that turn a login into a Unix account: these mean account = unix where nothing says
 * otherwise. */
static const char *const unix_services[] = {
    "sshd",
    "login",
    "su",
    "su-l",
    "sudo",
    "sudo-i",
    "cron",
    "atd",
    "passwd",
    "gdm-password",
    "lightdm",
    "cockpit",
    "polkit-1",
    "systemd-user",
    "runuser",
    "runuser-l",
    "chsh",
    "chfn",
    "chpasswd",
};

static bool
is_unix_service(const char *name)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(unix_services); i++)
		if (strcmp(unix_services[i], name) == 0)
			return true;
	return false;
}

const char *
wa_config_service_of(const char *section)
{
	if (strncmp(section, "pam ", 4) != 0)
		return NULL;
	section += 4;
	section += strspn(section, " ");
	return *section == '\0' || strchr(section, ' ') != NULL ? NULL : section;
}

static struct wa_service *
service_find(const struct wa_settings *s, const char *name)
{
	for (size_t i = 0; i < s->n_services; i++)
		if (strcmp(s->services[i]->name, name) == 0)
			return s->services[i];
	return NULL;
}

static enum wa_err
service_add(struct wa_settings *s, const char *name, struct wa_service **ret)
{
	struct wa_service **grown =
	    wa_arena_alloc(s->arena, (s->n_services + 1) * sizeof(struct wa_service *));
	struct wa_service *service = wa_arena_alloc(s->arena, sizeof(*service));

	if (grown == NULL || service == NULL)
		return wa_config_nomem();
	if (s->n_services > 0)
		memcpy(grown, s->services, s->n_services * sizeof(struct wa_service *));
	wa_settings_service(s, name, service);
	service->name = wa_arena_strdup(s->arena, name);
	if (service->name == NULL)
		return wa_config_nomem();
	grown[s->n_services] = service;
	s->services = grown;
	s->n_services++;
	*ret = service;
	return WA_OK;
}

enum wa_err
wa_config_service_enter(struct wa_settings *s, const struct wa_config_file *f, const char *name)
{
	struct wa_config_target t = {.arena = s->arena, .file = f->name, .keys = &wa_keys_pam};
	struct wa_service *service = NULL;
	enum wa_err e;

	if (service_find(s, name) != NULL)
		return WA_OK;
	e = service_add(s, name, &service);
	t.object = service;
	for (size_t i = 0; e == WA_OK && i < f->n; i++) {
		const char *of = wa_config_service_of(f->entries[i].section);

		if (of != NULL && strcmp(of, name) == 0)
			e = wa_config_value_enter(&t, &f->entries[i]);
	}
	return e;
}

void
wa_settings_service(const struct wa_settings *s, const char *service, struct wa_service *ret)
{
	const struct wa_service *found = service_find(s, service);

	*ret = found != NULL ? *found : s->pam;
	ret->name = service;
	if (found == NULL && is_unix_service(service))
		ret->account = WA_ACCOUNT_UNIX;
}

enum wa_err
wa_service_set(
    struct wa_settings *s, struct wa_service *service, const char *key, const char *value)
{
	const struct wa_key *k = wa_keys_find(&wa_keys_pam, key);
	struct wa_config_entry e = {"", key, value, 0};

	if (k == NULL)
		return wa_fault(
		    WA_ERR_CONFIG, "unknown option \"%s\"; pam_webauth(8) lists them all", key);
	if (value == NULL && k->type != WA_KEY_BOOL)
		return wa_fault(WA_ERR_CONFIG, "option \"%s\" needs a value: %s=…", key, key);
	if (value == NULL)
		e.value = "true";
	if (k->type == WA_KEY_LIST) {
		/* One word on the line stands for the whole list: match=username,email */
		struct wa_strings *list = (void *)((char *)service + k->offset);

		*list = (struct wa_strings){0};
		for (const char *w = value; w != NULL;) {
			size_t len = strcspn(w, ",");
			enum wa_err err;

			e.value = wa_arena_strndup(s->arena, w, len);
			if (e.value == NULL)
				return wa_config_nomem();
			err = wa_config_value_set(s->arena, k, service, NULL, &e);
			if (err != WA_OK)
				return err;
			w = w[len] == ',' ? w + len + 1 : NULL;
		}
		return WA_OK;
	}
	return wa_config_value_set(s->arena, k, service, NULL, &e);
}

size_t
wa_service_matches(const struct wa_service *service, enum wa_match ret[static 3])
{
	size_t n = 0;

	for (size_t i = 0; i < service->match_words.n && n < 3; i++) {
		size_t index;

		if (wa_config_value_word("link username email", service->match_words.v[i], &index))
			ret[n++] = (enum wa_match)index;
	}
	return n;
}
