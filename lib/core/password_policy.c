/* The rules in order of their cost. */
#include "lib/core/password_policy.h"

#include <string.h>

#include "lib/base/text.h"
#include "lib/core/common_passwords.h"
#include "lib/core/password.h"
#include "lib/core/sorted_lines.h"

#define UNIT_SHORT 4 /* so many bytes over and over are no password, whatever they are */

/* Is the whole text its first len bytes over and over? Once counts. */
static bool
repeats(const char *text, size_t n, size_t len)
{
	return n % len == 0 && memcmp(text, text + len, n - len) == 0;
}

/* Each character the one after, or before, the last: 0 is after 9. */
static bool
is_run(const char *text, size_t n)
{
	size_t up = 0, down = 0;

	for (size_t i = 1; i < n; i++) {
		up += text[i] == text[i - 1] + 1 || (text[i - 1] == '9' && text[i] == '0');
		down += text[i] == text[i - 1] - 1 || (text[i - 1] == '0' && text[i] == '9');
	}
	return n > 1 && (up == n - 1 || down == n - 1);
}

static enum wa_err
is_common(struct wa_arena *a, const char *folded, bool *ret)
{
	const struct wa_sorted_lines list = {.name = "built-in",
	    .text = wa_common_passwords,
	    .fd = -1,
	    .size = wa_common_passwords_len};
	size_t n = strlen(folded);
	enum wa_err e = WA_OK;

	*ret = is_run(folded, n);
	for (size_t len = 1; e == WA_OK && !*ret && len <= n; len++) {
		const char *unit;

		if (!repeats(folded, n, len))
			continue;
		unit = wa_arena_strndup(a, folded, len);
		if (unit == NULL)
			return wa_fault(WA_ERR_NOMEM, "password");
		*ret = len < n && len <= UNIT_SHORT;
		if (!*ret)
			e = wa_sorted_lines_has(&list, unit, ret);
	}
	return e;
}

static enum wa_err
is_listed(const struct wa_strings *files, const char *folded, bool *ret)
{
	enum wa_err e = WA_OK;

	*ret = false;
	for (size_t i = 0; e == WA_OK && !*ret && i < files->n; i++) {
		WA_CLEANUP(wa_sorted_lines_close) struct wa_sorted_lines list = {.fd = -1};

		e = wa_sorted_lines_open(files->v[i], &list);
		if (e == WA_OK)
			e = wa_sorted_lines_has(&list, folded, ret);
	}
	return e;
}

enum wa_err
wa_password_policy_check(struct wa_arena *a, const struct wa_settings *s,
    const struct wa_password_owner *owner, const char *password)
{
	const char *folded;
	bool found = false;
	enum wa_err e;

	e = wa_password_check_new(s, password);
	if (e == WA_OK)
		e = wa_text_fold(a, password, &folded);
	if (e == WA_OK && s->password_context_words)
		e = wa_context_words_are_all(a, s, owner, folded, &found);
	if (e != WA_OK)
		return e;
	if (found)
		return wa_refuse(WA_ERR_PASSWORD_COMPROMISED,
		    "This password is made of your name or the site's. Please choose a different "
		    "password.");

	if (s->password_blocklist_builtin)
		e = is_common(a, folded, &found);
	if (e == WA_OK && !found)
		e = is_listed(&s->password_blocklist, folded, &found);
	if (e == WA_OK && found)
		return WA_ERR_PASSWORD_COMPROMISED;
	return e;
}

enum wa_err
wa_password_policy_check_lists(const struct wa_settings *s)
{
	enum wa_err e = WA_OK;

	for (size_t i = 0; e == WA_OK && i < s->password_blocklist.n; i++) {
		WA_CLEANUP(wa_sorted_lines_close) struct wa_sorted_lines list = {.fd = -1};

		e = wa_sorted_lines_open(s->password_blocklist.v[i], &list);
		if (e == WA_OK)
			e = wa_sorted_lines_check(&list);
	}
	return e;
}
