/*
 * Proving a password. The order matters: the delay is asked for before anything can fail, local
 * names are refused before the store is opened, and the store is opened only once there is a
 * password, so that nothing is held while somebody types.
 */
#include "pam_webauth/authenticate.h"

#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

#include "lib/base/text.h"
#include "pam_webauth/ask.h"
#include "pam_webauth/call.h"
#include "pam_webauth/conversation.h"
#include "pam_webauth/guard.h"
#include "pam_webauth/log.h"
#include "pam_webauth/session.h"

#define FAIL_DELAY_US 2000000

/*
 * A name to look up, and none for an account that does not exist: such a name has to be asked for a
 * password and cost as much as an account nobody has linked, or sshd would tell which accounts
 * there are. Refusals of local accounts answer at once; other modules know those.
 */
static enum wa_err
admit(struct call *call, const char **ret_name)
{
	enum wa_err e = guard_admit(call);

	*ret_name = e == WA_OK ? call->name : NULL;
	if (e == WA_ERR_USER_UNKNOWN && call->service.account == WA_ACCOUNT_UNIX &&
	    call->local.known == WA_LOCAL_NONE &&
	    !wa_text_equal_nocase(call->name, strlen(call->name), "root"))
		return WA_OK;
	return e;
}

static int
refuse_local(const struct call *call)
{
	log_write(call, LOG_NOTICE, "refused: %s", wa_err_detail(WA_ERR_USER_UNKNOWN));
	log_failure(call, guard_is_local(call));
	return codes_pam(CODES_AUTHENTICATE, WA_ERR_USER_UNKNOWN);
}

static enum wa_err
decide(struct call *call, const char *name, const char *password, struct wa_login_result *result)
{
	const char *ticket = NULL;
	enum wa_err e;

	wa_err_forget();
	e = ask_authenticate(call, name, password, result, &ticket);
	/* Whatever it is, it is not the password: sshd sends it for a login it has refused already.
	 */
	if (e == WA_OK && conversation_is_junk(password))
		return WA_ERR_BAD_CREDENTIALS;
	session_remember(call, e == WA_OK ? ticket : NULL);
	return e;
}

static void
log_refusal(const struct call *call, enum wa_err e, bool known, bool junk)
{
	char name[LOG_NAME_SIZE];

	if (junk)
		log_write(call, LOG_NOTICE,
		    "sshd refused this login before PAM and did not pass the password on: no Unix "
		    "account of that name (NSS), or sshd_config does not let it in (AllowUsers, "
		    "PermitRootLogin)");
	else if (e != WA_ERR_BAD_CREDENTIALS || strcmp(wa_err_detail(e), wa_err_message(e)) != 0)
		log_write(call, codes_priority(e), "%s: %s%s%s", wa_err_name(e), wa_err_detail(e),
		    known ? ", user=" : "", known ? log_name(call, name) : "");
	log_failure(call, known);
}

static void
log_success(const struct call *call, const struct wa_login_result *result)
{
	bool by_other = result->proof != WA_PROOF_PASSWORD;
	char name[LOG_NAME_SIZE];

	log_write(call, LOG_INFO, "authenticated user=%s id=%s%s%s%s%s", log_name(call, name),
	    result->user.id, by_other ? " by=" : "",
	    by_other ? wa_login_proof_name(result->proof) : "",
	    by_other && result->proof_id != NULL ? " proof=" : "",
	    by_other && result->proof_id != NULL ? result->proof_id : "");
	if (result->rehash_failed == WA_ERR_WRONG_LANE)
		log_debug(call,
		    "the hash is outdated; a login through a service that runs as root, "
		    "or on the web, will renew it");
	else if (result->rehash_failed != WA_OK)
		log_write(call, LOG_WARNING, "the outdated hash of user=%s was not renewed: %s: %s",
		    name, wa_err_name(result->rehash_failed), wa_err_detail(result->rehash_failed));
	if (result->unrecorded != WA_OK)
		log_write(call, LOG_ERR, "the login of user=%s is not in the audit log: %s: %s",
		    name, wa_err_name(result->unrecorded), wa_err_detail(result->unrecorded));
}

static int
conclude(const struct call *call, enum wa_err e, const struct wa_login_result *result, bool junk)
{
	switch (wa_err_class(e)) {
	case WA_CLASS_OK: log_success(call, result); return PAM_SUCCESS;
	case WA_CLASS_REFUSAL:
		log_refusal(call, e, result->known || guard_is_local(call), junk);
		return codes_pam(CODES_AUTHENTICATE, e);
	case WA_CLASS_FAULT: break;
	}
	return log_outcome(call, CODES_AUTHENTICATE, e);
}

static int
prove(struct call *call, const char *name)
{
	struct wa_login_result result;
	const char *password = NULL;
	bool asked = false;
	enum wa_err e;
	int code;

	code = conversation_password(call, &password, &asked);
	if (code != PAM_SUCCESS)
		return code;

	e = decide(call, name, password, &result);
	/* The first failure may well be another module's password: no attempt, no trace. Known and
	 * unknown names are asked again alike. */
	if ((e == WA_ERR_BAD_CREDENTIALS || e == WA_ERR_USER_UNKNOWN) && !asked &&
	    call->service.try_first_pass && !call->service.use_first_pass &&
	    !conversation_is_junk(password)) {
		log_debug(call, "the earlier module's password does not fit; asking");
		code = conversation_password_again(call, &password);
		if (code != PAM_SUCCESS)
			return code;
		e = decide(call, name, password, &result);
	}
	return conclude(call, e, &result, conversation_is_junk(password));
}

int
authenticate_run(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	WA_CLEANUP(call_done) struct call call = {0};
	const char *name = NULL;
	enum wa_err e;
	int code;

	e = call_begin(&call, pamh, flags, argc, argv);
	if (!call.service.nodelay)
		(void)pam_fail_delay(pamh, FAIL_DELAY_US);
	if (e != WA_OK)
		return log_outcome(&call, CODES_AUTHENTICATE, e);

	code = conversation_name(&call);
	if (code != PAM_SUCCESS)
		return code;

	e = admit(&call, &name);
	if (e == WA_ERR_USER_UNKNOWN)
		return refuse_local(&call);
	if (e != WA_OK)
		return log_outcome(&call, CODES_AUTHENTICATE, e);
	return prove(&call, name);
}
