/*
 * A configuration that is accepted is printed as one that is accepted and says the same. Any other
 * is refused with a reason.
 */
#include "lib/base/config.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/limits.h"
#include "tests/fuzz/fuzz.h"

static char dir[] = "/tmp/fuzz-config-XXXXXX";
static char path[sizeof(dir) + 16];

static void
clean_up(void)
{
	(void)unlink(path);
	(void)rmdir(dir);
}

static struct wa_settings *
load(const void *bytes, size_t n)
{
	const struct wa_config_source source = {.file = path};
	struct wa_settings *s = NULL;
	enum wa_err e;
	int fd;

	if (path[0] == '\0') {
		if (mkdtemp(dir) == NULL)
			abort();
		strcpy(path, dir);
		strcat(path, "/webauth.conf");
		(void)atexit(clean_up);
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n || close(fd) != 0)
		abort();
	e = wa_settings_load(&source, &s);
	assert((e == WA_OK) == (s != NULL));
	assert(e == WA_OK || (e == WA_ERR_CONFIG && strlen(wa_err_detail(e)) > 0));
	return s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WA_CLEANUP(wa_settings_freep) struct wa_settings *s = load(data, size);
	WA_CLEANUP(wa_settings_freep) struct wa_settings *again = NULL;
	WA_CLEANUP(wa_buf_done) struct wa_buf once = WA_BUF_INIT(WA_ARENA_MAX);
	WA_CLEANUP(wa_buf_done) struct wa_buf twice = WA_BUF_INIT(WA_ARENA_MAX);

	if (s == NULL)
		return 0;
	wa_settings_print(s, &once);
	assert(!once.failed);
	again = load(once.data, once.len);
	assert(again != NULL);
	wa_settings_print(again, &twice);
	assert(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
	return 0;
}
