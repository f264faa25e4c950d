/*
 * Shows what the program knows of its configuration, for config.py:
 *   config_keys        every key: section, name, default, meaning, tab-separated
 *   config_keys FILE   the settings that FILE ("none": the built-in defaults) ends in
 */
#include <stdio.h>

#include "lib/base/buf.h"
#include "lib/base/config.h"

static void
print_keys(void)
{
	const char *name, *fallback, *meaning;
	bool is_pam;

	for (size_t i = 0; wa_config_key(i, &name, &is_pam, &fallback, &meaning); i++)
		printf("%s\t%s\t%s\t%s\n", is_pam ? "pam" : "daemon", name, fallback, meaning);
}

static int
print_settings(const char *file)
{
	WA_CLEANUP(wa_settings_freep) struct wa_settings *s = NULL;
	WA_CLEANUP(wa_buf_done) struct wa_buf out = WA_BUF_INIT(65536);
	struct wa_config_source source = {.file = file};
	enum wa_err e;

	e = wa_settings_load(&source, &s);
	if (e != WA_OK) {
		fprintf(stderr, "%s\n", wa_err_detail(e));
		return 1;
	}
	wa_settings_print(s, &out);
	if (out.failed)
		return 1;
	(void)fwrite(out.data, 1, out.len, stdout);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		return print_settings(argv[1]);
	print_keys();
	return 0;
}
