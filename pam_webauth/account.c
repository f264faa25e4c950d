/*
 * Bans and unverified addresses. Called after ssh keys, by cron and for sudo without a password, so
 * it relies on nothing that authenticate did; guessing counters have no say here, or strangers
 * could keep a user's keys out.
 */
#include "pam_webauth/account.h"

#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "pam_webauth/ask.h"
#include "pam_webauth/call.h"
#include "pam_webauth/guard.h"
#include "pam_webauth/log.h"

static int
unknown_user(const struct call *call)
{
	return call->service.ignore_unknown_user ? PAM_IGNORE
						 : codes_pam(CODES_ACCOUNT, WA_ERR_USER_UNKNOWN);
}

/* A name that is not for the store. Local accounts are other modules' business; an account nobody
 * can tell anything about is let in by none. */
static int
refuse_local(const struct call *call)
{
	log_debug(call, "not a web user: %s", wa_err_detail(WA_ERR_USER_UNKNOWN));
	if (guard_is_local(call))
		return PAM_IGNORE;
	if (!wa_identity_name_is_valid(call->name))
		return codes_pam(CODES_ACCOUNT, WA_ERR_USER_UNKNOWN);
	if (call->local.known == WA_LOCAL_UNKNOWN) {
		log_write(call, LOG_ERR, "%s", wa_err_detail(WA_ERR_USER_UNKNOWN));
		return PAM_AUTHINFO_UNAVAIL;
	}
	return unknown_user(call);
}

/* Whoever asks has come through authenticate, or has a key: who is banned may know for how long. */
static void
tell_banned(const struct call *call, const struct user *user)
{
	const char *reason = user->ban_reason != NULL ? user->ban_reason : "";
	char until[WA_ISO_SIZE] = "";

	if ((call->flags & PAM_SILENT) != 0)
		return;
	if (user->ban_expires_ms != 0)
		wa_iso_format(user->ban_expires_ms, until);
	if (wa_text_has_control(reason) || !wa_text_is_utf8(reason, strlen(reason)))
		reason = "";
	(void)pam_error(call->pamh, "This account is banned%s%s%s%s.",
	    until[0] != '\0' ? " until " : "", until, reason[0] != '\0' ? ": " : "", reason);
}

static int
conclude(const struct call *call, enum wa_err e, const struct wa_login_result *result)
{
	char name[LOG_NAME_SIZE];

	switch (wa_err_class(e)) {
	case WA_CLASS_OK:
		log_debug(call, "account of user=%s id=%s is good", log_name(call, name),
		    result->user.id);
		return PAM_SUCCESS;
	case WA_CLASS_REFUSAL:
		if (e == WA_ERR_USER_UNKNOWN) {
			log_debug(call, "%s", wa_err_detail(e));
			return unknown_user(call);
		}
		log_write(call, codes_priority(e), "account refused: %s: %s%s%s%s%s",
		    wa_err_name(e), wa_err_detail(e), result->known ? ", user=" : "",
		    result->known ? log_name(call, name) : "", result->known ? " id=" : "",
		    result->known ? result->user.id : "");
		if (e == WA_ERR_BANNED)
			tell_banned(call, &result->user);
		return codes_pam(CODES_ACCOUNT, e);
	case WA_CLASS_FAULT: break;
	}
	return log_outcome(call, CODES_ACCOUNT, e);
}

int
account_run(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	WA_CLEANUP(call_done) struct call call = {0};
	struct wa_login_result result;
	enum wa_err e;

	e = call_begin(&call, pamh, flags, argc, argv);
	if (e == WA_OK)
		e = call_take_name(&call);
	if (e != WA_OK)
		return log_outcome(&call, CODES_ACCOUNT, e);

	if (guard_admit(&call) != WA_OK)
		return refuse_local(&call);
	e = ask_account(&call, &result);
	return conclude(&call, e, &result);
}
