/*
 * Passwords are changed on the web page or by webauthctl, not through PAM. What is left to do here
 * is to tell our users so, before any module of the stack has changed anything, and to be in nobody
 * else's way: "passwd localuser" must go on working with us in the stack.
 */
#include "pam_webauth/chauthtok.h"

#include <security/pam_ext.h>
#include <syslog.h>

#include "pam_webauth/call.h"
#include "pam_webauth/guard.h"
#include "pam_webauth/log.h"

static enum wa_err
find(struct call *call)
{
	struct wa_context cx;
	struct user user;
	enum wa_err e;

	e = guard_admit(call);
	if (e != WA_OK)
		return e;

	e = call_open_store(call, false);
	if (e != WA_OK)
		return e;
	cx = call_context(call);
	return wa_identity_find(&cx, &call->service, call->name, &user);
}

/* Ours. With PAM_CHANGE_EXPIRED_AUTHTOK only expired passwords are to be changed, and a web user's
 * never expires. */
static int
refuse_change(const struct call *call)
{
	char name[LOG_NAME_SIZE];

	if ((call->flags & PAM_CHANGE_EXPIRED_AUTHTOK) != 0)
		return PAM_IGNORE;
	log_write(call, LOG_NOTICE,
	    "the password of user=%s is not changed through PAM: use the web page or \"webauthctl "
	    "user set-password\"",
	    log_name(call, name));
	if ((call->flags & PAM_SILENT) == 0)
		(void)pam_error(
		    call->pamh, "This password is changed on the web page where you sign in.");
	return codes_pam(CODES_CHAUTHTOK, WA_ERR_NOT_PERMITTED);
}

static bool
has_one_phase(unsigned flags)
{
	return ((flags & PAM_PRELIM_CHECK) != 0) != ((flags & PAM_UPDATE_AUTHTOK) != 0);
}

int
chauthtok_run(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	WA_CLEANUP(call_done) struct call call = {0};
	enum wa_err e;

	e = call_begin(&call, pamh, flags, argc, argv);
	if (e == WA_OK)
		e = call_take_name(&call);
	if (e != WA_OK)
		return log_outcome(&call, CODES_CHAUTHTOK, e);
	if (!has_one_phase(call.flags))
		return PAM_ABORT;

	e = find(&call);
	if (e == WA_OK)
		return refuse_change(&call);
	if (e == WA_ERR_USER_UNKNOWN) {
		log_debug(&call, "not a web user: %s", wa_err_detail(e));
		return codes_pam(CODES_CHAUTHTOK, e);
	}
	return log_outcome(&call, CODES_CHAUTHTOK, e);
}
