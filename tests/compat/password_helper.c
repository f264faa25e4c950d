/*
 * lib/core/password.c for password.test.mjs: reads lines of tab-separated fields, answers one line
 *each.
 *
 *	verify HASH PASSWORD             the outcome's name
 *	hash argon2id|scrypt PASSWORD    the hash
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/password.h"

static void
answer(struct wa_arena *a, const char *command, const char *argument, const char *password)
{
	char hash[WA_PASSWORD_HASH_SIZE];
	enum wa_password_scheme scheme =
	    strcmp(argument, "scrypt") == 0 ? WA_SCHEME_SCRYPT : WA_SCHEME_ARGON2ID;
	enum wa_err e;

	if (strcmp(command, "verify") == 0) {
		(void)puts(wa_err_name(wa_password_verify(a, argument, password)));
		return;
	}
	e = wa_password_hash(a, scheme, password, hash);
	(void)puts(e == WA_OK ? hash : wa_err_name(e));
}

/* Ends the field at the next tab and gives what comes after, or NULL. */
static char *
cut(char *field)
{
	char *tab = strchr(field, '\t');

	if (tab == NULL)
		return NULL;
	*tab = '\0';
	return tab + 1;
}

int
main(void)
{
	struct wa_arena *a = wa_arena_new((size_t)1 << 20);
	char *line = NULL;
	size_t size = 0;

	while (a != NULL && getline(&line, &size, stdin) > 0) {
		char *argument, *password;

		line[strcspn(line, "\n")] = '\0';
		argument = cut(line);
		password = argument == NULL ? NULL : cut(argument);
		if (password == NULL)
			return 2;
		answer(a, line, argument, password);
		wa_arena_reset(a);
	}
	free(line);
	wa_arena_free(a);
	return 0;
}
