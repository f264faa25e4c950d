/*
 * The lines lie where the kernel has put them at start, which is what /proc shows; so they are
 * overwritten, where unsetenv would only forget where they are.
 */
#include "sessiond/environment.h"

#include <sodium.h>
#include <string.h>
#include <unistd.h>

void
environment_forget_secrets(void)
{
	static const char name[] = "BETTER_AUTH_SECRET"; /* and BETTER_AUTH_SECRETS */

	for (char **line = environ; line != NULL && *line != NULL; line++) {
		char *value = strchr(*line, '=');

		if (value != NULL && strncmp(*line, name, sizeof(name) - 1) == 0)
			sodium_memzero(value + 1, strlen(value + 1));
	}
}
