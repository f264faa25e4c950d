/*
 * Opening: only for a ticket that authenticate left on this handle, only for the name that it was
 * given to. sudo changes PAM_USER to the target between the two, and then there is none.
 *
 * Closing: by what open_session kept on the handle or, in another process, by the PAM environment;
 * a name decides what may be ended, so a forged environment ends nobody else's session. The data's
 * cleanup does nothing but free: su runs it in a child while the session is in use.
 */
#include "pam_webauth/session.h"

#include <security/pam_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "lib/base/random.h"
#include "pam_webauth/ask.h"
#include "pam_webauth/call.h"
#include "pam_webauth/guard.h"
#include "pam_webauth/log.h"
#include "pam_webauth/session_file.h"

#define ENV_TICKET "WEBAUTH_TICKET"
#define ENV_ID	   "WEBAUTH_SESSION_ID"
#define ENV_FILE   "WEBAUTH_SESSION_FILE"
#define DATA	   "pam_webauth_session"

/* What open_session leaves on the handle. */
struct kept {
	char id[WA_ID_SIZE];
	char name[]; /* PAM_USER then: the host may change it until the end */
};

static void
put_env(const struct call *call, const char *name, const char *value)
{
	const char *text =
	    value == NULL ? name : wa_arena_printf(call->arena, "%s=%s", name, value);

	/* Removing what is not there is an error to libpam, and none to us. */
	if (value == NULL && pam_getenv(call->pamh, name) == NULL)
		return;
	if (text == NULL || pam_putenv(call->pamh, text) != PAM_SUCCESS)
		log_write(call, LOG_ERR, "the PAM environment takes no %s", name);
}

void
session_remember(const struct call *call, const char *ticket)
{
	put_env(call, ENV_TICKET, ticket);
}

/* ---- open ---- */

static void
free_kept(pam_handle_t *pamh WA_UNUSED, void *data, int status WA_UNUSED)
{
	free(data);
}

static enum wa_err
keep(const struct call *call, const char *id)
{
	size_t n = strlen(call->name) + 1;
	struct kept *kept = calloc(1, sizeof(*kept) + n);

	if (kept == NULL)
		return wa_fault(WA_ERR_NOMEM, "session");
	memcpy(kept->id, id, WA_ID_LEN);
	memcpy(kept->name, call->name, n);
	if (pam_set_data(call->pamh, DATA, kept, free_kept) == PAM_SUCCESS)
		return WA_OK;
	free(kept);
	return wa_fault(WA_ERR_NOMEM, "session");
}

/* An id becomes a file's name. */
static bool
is_id(const char *id)
{
	return strlen(id) == WA_ID_LEN &&
	    strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") ==
	    WA_ID_LEN;
}

/* The session is made: the file, the environment and the handle get to know of it, or it ends. */
static enum wa_err
publish(struct call *call, const char *id, const char *token)
{
	uid_t uid = (uid_t)call->local.uid;
	const char *path = NULL;
	enum wa_err e;

	e = session_file_write(call->arena, call->settings->session_dir, uid, id, token, &path);
	if (e != WA_OK)
		return e;
	e = keep(call, id);
	if (e != WA_OK) {
		session_file_remove(call->arena, call->settings->session_dir, uid, id);
		return e;
	}
	put_env(call, ENV_ID, id);
	put_env(call, ENV_FILE, path);
	return WA_OK;
}

static enum wa_err
open_session(struct call *call, const char *ticket)
{
	const char *id = NULL, *token = NULL;
	char name[LOG_NAME_SIZE];
	enum wa_err e;

	if (call->local.known != WA_LOCAL_EXISTS)
		return wa_refuse(WA_ERR_NOT_PERMITTED,
		    "there is no Unix account whose file it could be (account = web)");
	e = ask_session_open(call, ticket, &id, &token);
	if (e != WA_OK)
		return e;
	if (!is_id(id))
		return wa_fault(WA_ERR_DAEMON, "the id of a session is none");
	e = publish(call, id, token);
	if (e != WA_OK) {
		char why[256];

		(void)snprintf(why, sizeof(why), "%s", wa_err_detail(e));
		if (ask_session_close(call, id) != WA_OK)
			log_write(call, LOG_ERR, "web session %s could not be ended again", id);
		return wa_fault(e, "%s", why);
	}
	log_write(call, LOG_INFO, "web session %s opened for user=%s", id, log_name(call, name));
	return WA_OK;
}

static int
conclude_open(const struct call *call, enum wa_err e)
{
	if (e == WA_OK)
		return PAM_SUCCESS;
	log_write(call, wa_err_class(e) == WA_CLASS_FAULT ? LOG_ERR : LOG_NOTICE,
	    "no web session for this login: %s: %s", wa_err_name(e),
	    e == WA_ERR_NOT_FOUND ? "it is not this user's, or took too long" : wa_err_detail(e));
	return call->service.session_required ? PAM_SESSION_ERR : PAM_SUCCESS;
}

int
session_open(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	WA_CLEANUP(call_done) struct call call = {0};
	const char *ticket;
	enum wa_err e;

	e = call_begin(&call, pamh, flags, argc, argv);
	if (e == WA_OK)
		e = call_take_name(&call);
	if (e != WA_OK)
		return log_outcome(&call, CODES_SESSION, e);

	ticket = pam_getenv(pamh, ENV_TICKET);
	if (ticket != NULL)
		ticket = wa_arena_strdup(call.arena, ticket);
	put_env(&call, ENV_TICKET, NULL); /* the user's programs need not see it */
	if (!call.service.session)
		return PAM_SUCCESS;
	/* A key, a cron job, sudo's target: who did not log in with the password here has none. */
	if (ticket == NULL || guard_admit(&call) != WA_OK) {
		log_debug(&call, "no password was proven for this user: no web session");
		return PAM_SUCCESS;
	}
	return conclude_open(&call, open_session(&call, ticket));
}

/* ---- close ---- */

/* The session that this handle, or one before it, has opened; NULL: none. Sets call->name. */
static const char *
find_kept(struct call *call)
{
	const void *data = NULL;
	const struct kept *kept;
	const char *id;

	if (pam_get_data(call->pamh, DATA, &data) == PAM_SUCCESS && data != NULL) {
		kept = data;
		call->name = wa_arena_strdup(call->arena, kept->name);
		return call->name != NULL ? wa_arena_strdup(call->arena, kept->id) : NULL;
	}
	id = pam_getenv(call->pamh, ENV_ID);
	return id != NULL && is_id(id) ? wa_arena_strdup(call->arena, id) : NULL;
}

static enum wa_err
close_session(struct call *call, const char *id)
{
	char name[LOG_NAME_SIZE];
	enum wa_err e;

	e = guard_admit(call);
	if (e != WA_OK)
		return e;
	session_file_remove(call->arena, call->settings->session_dir, (uid_t)call->local.uid, id);
	e = ask_session_close(call, id);
	if (e == WA_OK)
		log_write(
		    call, LOG_INFO, "web session %s closed for user=%s", id, log_name(call, name));
	return e;
}

int
session_close(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	WA_CLEANUP(call_done) struct call call = {0};
	const char *id;
	enum wa_err e;

	e = call_begin(&call, pamh, flags, argc, argv);
	if (e == WA_OK)
		e = call_take_name(&call);
	if (e != WA_OK)
		return log_outcome(&call, CODES_SESSION, e);

	id = find_kept(&call);
	if (id == NULL)
		return PAM_SUCCESS;
	e = close_session(&call, id);
	if (wa_err_class(e) == WA_CLASS_FAULT) {
		log_write(&call, LOG_ERR,
		    "web session %s was not ended, and lives up to a day: %s: %s", id,
		    wa_err_name(e), wa_err_detail(e));
		return call.service.session_required ? PAM_SESSION_ERR : PAM_SUCCESS;
	}
	(void)pam_set_data(pamh, DATA, NULL, NULL);
	put_env(&call, ENV_ID, NULL);
	put_env(&call, ENV_FILE, NULL);
	return PAM_SUCCESS;
}
