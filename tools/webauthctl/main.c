/*
 * webauthctl: administers the store that sessiond and pam_webauth share. The verbs are in verbs.c.
 */
#include <locale.h>
#include <sodium.h>
#include <string.h>
#include <sys/resource.h>

#include "lib/base/json.h"
#include "tools/webauthctl/ctl.h"

static enum ctl_exit
run(struct ctl *c, int argc, char **argv)
{
	enum ctl_exit x = options_parse(c, argc, argv);

	if (x != CTL_OK)
		return x;
	if (c->version) {
		static const char text[] = "webauthctl " WEBAUTH_VERSION "\n";

		return output_plain(text, strlen(text)) ? CTL_OK : CTL_FAILED;
	}
	if (c->help)
		return help_print(c);
	x = open_needed(c);
	return x == CTL_OK ? c->verb->run(c) : x;
}

int
main(int argc, char **argv)
{
	struct ctl c = {.format = OUTPUT_TABLE};
	enum ctl_exit x;

	/* Names are UTF-8 whatever the terminal's locale is: this decides the width of columns. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	/* Passwords pass through. */
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	if (sodium_init() < 0) {
		message_say("libsodium cannot start: no source of random numbers?");
		return CTL_FAILED;
	}
	wa_json_init();
	x = run(&c, argc, argv);
	open_done(&c);
	return (int)x;
}
