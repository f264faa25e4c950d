/*
 * libpam asks every module of a stack to check first, and to change only when all have agreed. So
 * all that can be refused is refused in the first step, before anything is asked that need not be:
 * "passwd localuser" must go on working with us in the stack, and nobody types a new password for
 * nothing.
 */
#include "pam_webauth/chauthtok.h"

#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/core/password_policy.h"
#include "pam_webauth/ask.h"
#include "pam_webauth/call.h"
#include "pam_webauth/conversation.h"
#include "pam_webauth/guard.h"
#include "pam_webauth/log.h"
#include "pam_webauth/options.h"

#define FAIL_DELAY_US 2000000
#define TRIES	      3

static bool
is_forced(const struct call *call)
{
	return (call->flags & PAM_CHANGE_EXPIRED_AUTHTOK) != 0;
}

/* Root needs to know no password of anybody's; but login(1) is root too when it makes a user change
 * an expired one. */
static bool
needs_current(const struct call *call)
{
	return getuid() != 0 || is_forced(call);
}

/* Of the first step; what a second cannot do now it says in its own words. */
static int
refused(const struct call *call, enum wa_err e, const struct wa_login_result *result)
{
	char name[LOG_NAME_SIZE];

	if (e == WA_ERR_USER_UNKNOWN) {
		log_debug(call, "not a web user: %s", wa_err_detail(e));
		return codes_pam(CODES_CHAUTHTOK, e);
	}
	if (e == WA_ERR_PASSWORD_NOT_EXPIRED) {
		log_debug(call, "the password need not be changed");
		return PAM_IGNORE;
	}
	if (wa_err_class(e) == WA_CLASS_FAULT)
		return log_outcome(call, CODES_CHAUTHTOK, e);
	log_write(call, codes_priority(e), "password not changed: %s: %s%s%s", wa_err_name(e),
	    wa_err_detail(e), result->known ? ", user=" : "",
	    result->known ? log_name(call, name) : "");
	if (e == WA_ERR_BAD_CREDENTIALS || e == WA_ERR_THROTTLED)
		log_failure(call, result->known);
	return codes_pam(CODES_CHAUTHTOK, e);
}

/* ---- the first step ---- */

static int
prove_current(struct call *call)
{
	struct wa_login_result result = {0};
	const char *current = NULL;
	enum wa_err e;
	int code = conversation_current(call, &current);

	/* chauthtok has no code for a conversation that failed. */
	if (code != PAM_SUCCESS)
		return code == PAM_CONV_ERR ? PAM_AUTHTOK_RECOVERY_ERR : code;
	e = ask_password_check(call, current, is_forced(call), &result);
	if (e == WA_OK)
		return PAM_SUCCESS;
	conversation_forget_current(call);
	return refused(call, e, &result);
}

static int
check(struct call *call)
{
	struct wa_login_result result = {0};
	enum wa_err e = ask_password_check(call, NULL, is_forced(call), &result);

	if (e != WA_OK)
		return refused(call, e, &result);
	return needs_current(call) ? prove_current(call) : PAM_SUCCESS;
}

/* ---- the second step ---- */

/* Why this text cannot be the new password; NULL: it can. */
static const char *
objection(const struct call *call, const struct user *user, const char *password, bool equal)
{
	const struct wa_password_owner owner = {
	    .name = user->name,
	    .username = user->username != NULL ? user->username : call->name,
	    .email = user->email,
	};
	enum wa_err e;

	if (!equal)
		return "The passwords are not the same.";
	e = wa_login_check_text(password);
	if (e != WA_OK)
		return "This cannot be a password.";
	e = wa_password_policy_check(call->arena, call->settings, &owner, password);
	/* What this process cannot judge (a list it may not read) is judged where the change is
	 * made. */
	return wa_err_class(e) == WA_CLASS_REFUSAL ? wa_err_detail(e) : NULL;
}

static int
ask_new(const struct call *call, const struct user *user)
{
	for (int i = 0; i < TRIES; i++) {
		WA_CLEANUP(conversation_done) char *typed = NULL;
		const char *why;
		bool equal = false;
		int code = conversation_new(call, &typed, &equal);

		if (code != PAM_SUCCESS)
			return code == PAM_CONV_ERR ? PAM_AUTHTOK_ERR : code;
		why = objection(call, user, typed, equal);
		if (why == NULL)
			return conversation_keep_new(call, typed);
		conversation_tell(call, why);
	}
	return PAM_AUTHTOK_ERR;
}

/* The new password, left as PAM_AUTHTOK for us and for later modules. */
static int
find_new(const struct call *call, const struct user *user, bool use_authtok, const char **ret)
{
	const void *item = NULL;
	int code;

	if (pam_get_item(call->pamh, PAM_AUTHTOK, &item) != PAM_SUCCESS || item == NULL) {
		if (use_authtok) {
			log_write(call, LOG_ERR,
			    "use_authtok, but no earlier module of this stack asks for a new "
			    "password");
			return PAM_AUTHTOK_ERR;
		}
		code = ask_new(call, user);
		if (code != PAM_SUCCESS)
			return code;
		if (pam_get_item(call->pamh, PAM_AUTHTOK, &item) != PAM_SUCCESS || item == NULL)
			return PAM_BUF_ERR;
	}
	*ret = item;
	return PAM_SUCCESS;
}

static int
changed(const struct call *call, enum wa_err e, const struct wa_login_result *result)
{
	char name[LOG_NAME_SIZE];
	int code;

	if (e == WA_OK) {
		log_write(call, LOG_INFO, "password changed for user=%s id=%s; web sessions ended",
		    log_name(call, name), result->user.id);
		return PAM_SUCCESS;
	}
	if (wa_err_class(e) == WA_CLASS_REFUSAL && e != WA_ERR_USER_UNKNOWN &&
	    e != WA_ERR_PEER_DENIED)
		conversation_tell(
		    call, e == WA_ERR_PASSWORD_COMPROMISED ? wa_err_detail(e) : wa_err_message(e));
	code = refused(call, e, result);
	if (e == WA_ERR_STORE_BUSY)
		return PAM_AUTHTOK_LOCK_BUSY;
	/* "Try again" is an answer to a check; this was to change something. */
	return code == PAM_TRY_AGAIN ? PAM_AUTHTOK_ERR : code;
}

static int
update(struct call *call, bool use_authtok)
{
	struct wa_login_result result = {0};
	const char *current = NULL, *password = NULL;
	const void *item = NULL;
	enum wa_err e;
	int code;

	/* That somebody is not ours, or not to change, is found out again: the steps may be far
	 * apart. */
	e = ask_password_check(call, NULL, is_forced(call), &result);
	if (e != WA_OK)
		return changed(call, e, &result);
	if (needs_current(call)) {
		if (pam_get_item(call->pamh, PAM_OLDAUTHTOK, &item) != PAM_SUCCESS || item == NULL)
			return PAM_AUTHTOK_RECOVERY_ERR;
		current = item;
	}
	code = find_new(call, &result.user, use_authtok, &password);
	if (code != PAM_SUCCESS)
		return code;
	e = ask_password_change(call, current, password, &result);
	return changed(call, e, &result);
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
	struct wa_login_result nobody = {0};
	enum wa_err e;

	e = call_begin(&call, pamh, flags, argc, argv);
	if (!call.service.nodelay)
		(void)pam_fail_delay(pamh, FAIL_DELAY_US);
	if (e == WA_OK)
		e = call_take_name(&call);
	if (e != WA_OK)
		return log_outcome(&call, CODES_CHAUTHTOK, e);
	if (!has_one_phase(call.flags))
		return PAM_ABORT;

	e = guard_admit(&call);
	if (e != WA_OK)
		return refused(&call, e, &nobody);
	return (call.flags & PAM_PRELIM_CHECK) != 0
	    ? check(&call)
	    : update(&call, options_has_word(OPTIONS_USE_AUTHTOK, argc, argv));
}
