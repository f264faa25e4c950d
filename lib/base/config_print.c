/*
 * Settings as text, in the file's own syntax: all of them, or what of a service decides who gets
 * in.
 */
#include <inttypes.h>
#include <string.h>

#include "lib/base/config.h"
#include "lib/base/config_keys.h"
#include "lib/base/limits.h"

/* Keys that decide how a module asks, not who gets in: see wa_service_policy(). A key that is not
 * here is one that both sides must agree on. */
static const char *const asking_keys[] = {
    "ignore_unknown_user",
    "debug",
    "nodelay",
    "try_first_pass",
    "use_first_pass",
    "transport",
    "daemon_timeout",
    "trusted_peer",
    "session_required",
};

static void
print_word(struct wa_buf *out, const char *words, size_t index)
{
	const char *w = words;

	for (; index > 0; index--) {
		w += strcspn(w, " ");
		w += strspn(w, " ");
	}
	wa_buf_add(out, w, strcspn(w, " "));
}

static void
print_duration(struct wa_buf *out, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};

	for (size_t i = 0; i < WA_ARRAY_LEN(units); i++)
		if (ms != 0 && ms % units[i].ms == 0) {
			wa_buf_printf(out, "%" PRId64 "%s", ms / units[i].ms, units[i].unit);
			return;
		}
	wa_buf_char(out, '0');
}

/* With blanks around the =, but where the line would then be too long to be read again. */
static void
print_text(struct wa_buf *out, const char *name, const char *value)
{
	bool room = strlen(name) + strlen(" = ") + strlen(value) <= WA_CONFIG_LINE_MAX;

	wa_buf_printf(out, room ? "%s = %s\n" : "%s=%s\n", name, value);
}

static void
print_key(struct wa_buf *out, const struct wa_key *k, const void *base)
{
	const void *field = (const char *)base + k->offset;

	if (k->type == WA_KEY_LIST) {
		const struct wa_strings *list = field;

		for (size_t i = 0; i < list->n; i++)
			print_text(out, k->name, list->v[i]);
		if (list->n == 0)
			wa_buf_printf(out, "%s =\n", k->name);
		return;
	}
	if (k->type == WA_KEY_STRING || k->type == WA_KEY_WORD) {
		print_text(out, k->name, *(const char *const *)field);
		return;
	}
	wa_buf_printf(out, "%s = ", k->name);
	switch (k->type) {
	case WA_KEY_BOOL: wa_buf_str(out, *(const bool *)field ? "true" : "false"); break;
	case WA_KEY_UINT: wa_buf_printf(out, "%" PRIu64, *(const uint64_t *)field); break;
	case WA_KEY_MODE: wa_buf_printf(out, "%04" PRIo64, *(const uint64_t *)field); break;
	case WA_KEY_DURATION: print_duration(out, *(const int64_t *)field); break;
	case WA_KEY_CHOICE: print_word(out, k->words, *(const unsigned *)field); break;
	case WA_KEY_STRING:
	case WA_KEY_WORD:
	case WA_KEY_LIST: break;
	}
	wa_buf_char(out, '\n');
}

static bool
is_asking_key(const char *name)
{
	for (size_t i = 0; i < WA_ARRAY_LEN(asking_keys); i++)
		if (strcmp(asking_keys[i], name) == 0)
			return true;
	return false;
}

void
wa_service_policy(const struct wa_service *service, struct wa_buf *out)
{
	for (size_t i = 0; i < wa_keys_pam.n; i++)
		if (!is_asking_key(wa_keys_pam.v[i].name))
			print_key(out, &wa_keys_pam.v[i], service);
}

static void
print_keys(struct wa_buf *out, const struct wa_keys *keys, const void *base)
{
	for (size_t i = 0; i < keys->n; i++)
		print_key(out, &keys->v[i], base);
}

void
wa_settings_print(const struct wa_settings *s, struct wa_buf *out)
{
	print_keys(out, &wa_keys_daemon, s);
	wa_buf_str(out, "\n[pam]\n");
	print_keys(out, &wa_keys_pam, &s->pam);
	for (size_t j = 0; j < s->n_services; j++) {
		wa_buf_printf(out, "\n[pam %s]\n", s->services[j]->name);
		print_keys(out, &wa_keys_pam, s->services[j]);
	}
}
