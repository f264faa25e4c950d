/* In this order: files first, because the filter does not allow the calls that limit them. */
#include "sessiond/sandbox.h"

#include <string.h>
#include <sys/prctl.h>

#include "lib/base/arena.h"
#include "lib/base/limits.h"
#include "lib/core/jwk.h"
#include "sessiond/listen.h"
#include "sessiond/log.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LIMITS_FILES 0 /* at the end LeakSanitizer reads /proc */
#else
#define LIMITS_FILES 1
#endif

/* The directory of a file; memory from a. */
static const char *
directory_of(struct wa_arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return ".";
	return slash == path ? "/" : wa_arena_strndup(a, path, (size_t)(slash - path));
}

static enum wa_err
limit_files(const struct wa_settings *s, const struct listeners *l, const char **ret_missing)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	struct sandbox_path *paths = a == NULL
	    ? NULL
	    : wa_arena_alloc(a, (l->n + s->password_blocklist.n + 3) * sizeof(*paths));
	size_t n = 0;

	if (paths == NULL)
		return wa_fault(WA_ERR_NOMEM, "sandbox");
	/* SQLite makes and removes files beside the store, so its directory it is. */
	paths[n++] =
	    (struct sandbox_path){directory_of(a, s->store + strlen("sqlite:")), SANDBOX_STORE};
	paths[n++] = (struct sandbox_path){"/dev/urandom", SANDBOX_READ}; /* SQLite's */
	if (s->mail_command[0] != '\0')
		paths[n++] = (struct sandbox_path){s->mail_templates, SANDBOX_READ};
	/* Their directories: a new list takes an old one's place under its name. */
	for (size_t i = 0; i < s->password_blocklist.n; i++)
		paths[n++] = (struct sandbox_path){
		    directory_of(a, s->password_blocklist.v[i]), SANDBOX_READ};
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].unlink_path != NULL)
			paths[n++] = (struct sandbox_path){
			    directory_of(a, l->v[i].unlink_path), SANDBOX_UNLINK};
	return sandbox_limit_files(paths, n, ret_missing);
}

static enum wa_err
lacks(const struct wa_settings *s, const char *missing)
{
	if (missing == NULL)
		return WA_OK;
	if (s->sandbox == WA_SANDBOX_REQUIRE)
		return wa_fault(WA_ERR_SYSTEM,
		    "sandbox = require: not without %s; auto does what can be done", missing);
	log_note(WA_LOG_WARNING, "sandbox", "without %s", missing);
	return WA_OK;
}

enum wa_err
sandbox_enter(const struct wa_settings *s, const struct listeners *listeners)
{
	const char *missing = LIMITS_FILES ? NULL : "Landlock, which the sanitizers do not bear";
	enum wa_err e;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return wa_fault(WA_ERR_SYSTEM, "no_new_privs cannot be set");
	if (s->sandbox == WA_SANDBOX_OFF)
		return WA_OK;
	/* OpenSSL reads its configuration, and may load what that names, when it is first used. */
	e = wa_jwk_init();
	if (e == WA_OK && LIMITS_FILES && s->sandbox != WA_SANDBOX_LOG)
		e = limit_files(s, listeners, &missing);
	if (e == WA_OK)
		e = lacks(s, missing);
	if (e == WA_OK)
		e = sandbox_limit_syscalls(s->sandbox == WA_SANDBOX_LOG, &missing);
	return e == WA_OK ? lacks(s, missing) : e;
}
