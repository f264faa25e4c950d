/*
 * Beginning and end of a call into the module.
 */
#include "pam_webauth/call.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "pam_webauth/options.h"

/* Longer than any honest writer holds the store, far shorter than sshd's LoginGraceTime. */
#define BUSY_MS 2000

/*
 * A host may run with descriptors 0 to 2 closed, and then the store, or libc's socket to syslog,
 * which stays open for good, would become its standard error. The free ones are held while we work.
 */
static void
hold_descriptors(struct call *call)
{
	while (call->n_held < CALL_HELD_MAX) {
		int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

		if (fd < 0)
			return;
		if (fd > STDERR_FILENO) {
			(void)close(fd);
			return;
		}
		call->held[call->n_held++] = fd;
	}
}

static void
release_descriptors(struct call *call)
{
	while (call->n_held > 0)
		(void)close(call->held[--call->n_held]);
}

enum wa_err
call_begin(struct call *call, pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	*call = (struct call){.pamh = pamh, .flags = (unsigned)flags};
	call->service.nodelay = options_has_word("nodelay", argc, argv);
	call->local.known = WA_LOCAL_UNKNOWN;

	wa_err_forget();
	hold_descriptors(call);

	call->arena = wa_arena_new(WA_ARENA_MAX);
	if (call->arena == NULL)
		return wa_fault(WA_ERR_NOMEM, "memory of the call");
	return options_load(call, argc, argv);
}

void
call_done(struct call *call)
{
	store_close(call->store);
	call->store = NULL;
	wa_settings_freep(&call->settings);
	wa_arena_freep(&call->arena);
	release_descriptors(call);
}

enum wa_err
call_take_name(struct call *call)
{
	const void *name = NULL;

	if (pam_get_item(call->pamh, PAM_USER, &name) != PAM_SUCCESS || name == NULL)
		name = "";
	call->name = wa_arena_strdup(call->arena, name);
	return call->name != NULL ? WA_OK : wa_fault(WA_ERR_NOMEM, "user name");
}

bool
call_owns_store(const struct call *call)
{
	static const char sqlite[] = "sqlite:";
	const char *path = call->settings->store + strlen(sqlite);
	struct stat st;

	/* By its owner alone: to open the file by hand would, when it is closed, drop the locks of
	 * a host that has the same database open. */
	return geteuid() == 0 || (stat(path, &st) == 0 && st.st_uid == geteuid());
}

enum wa_err
call_open_store(struct call *call, bool to_write)
{
	const struct store_options options = {
	    .uri = call->settings->store,
	    .mode = to_write && call_owns_store(call) ? STORE_WRITE : STORE_READ,
	    .busy_ms = BUSY_MS,
	};

	if (call->store != NULL)
		return WA_OK;
	return store_open(&options, &call->store);
}

struct wa_context
call_context(const struct call *call)
{
	const void *rhost = NULL, *tty = NULL;

	if (pam_get_item(call->pamh, PAM_RHOST, &rhost) != PAM_SUCCESS || rhost == NULL)
		rhost = "";
	if (pam_get_item(call->pamh, PAM_TTY, &tty) != PAM_SUCCESS)
		tty = NULL;
	return (struct wa_context){
	    .store = call->store,
	    .settings = call->settings,
	    .arena = call->arena,
	    .now_ms = wa_clock_now_ms(),
	    .ip_address = rhost,
	    .local_uid = getuid(), /* in su and sudo, who called them */
	    .user_agent = "",
	    .door = WA_DOOR_PAM,
	    .pam_service = call->service.name,
	    .pam_tty = tty,
	};
}
