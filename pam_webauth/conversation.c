/*
 * Prompts. pam_get_authtok() would do most of it, but it looks for use_first_pass in the words of
 * the line alone, where ours may stand in the file, and it answers every failed conversation with
 * PAM_AUTHTOK_ERR.
 */
#include "pam_webauth/conversation.h"

#include <security/pam_ext.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "pam_webauth/call.h"
#include "pam_webauth/log.h"

void
conversation_done(char **response)
{
	if (*response != NULL)
		sodium_memzero(*response, strlen(*response));
	free(*response);
	*response = NULL;
}

/* What a failed conversation is to authenticate. */
static int
failed(const struct call *call, int code)
{
	if (code == PAM_CONV_AGAIN)
		return PAM_INCOMPLETE; /* nothing is lost: we begin anew */
	/* PostgreSQL's client connects once without a password to learn that one is wanted: no
	 * news. */
	log_debug(call, "the conversation failed: %s", pam_strerror(call->pamh, code));
	return code == PAM_BUF_ERR ? PAM_BUF_ERR : PAM_CONV_ERR;
}

int
conversation_name(struct call *call)
{
	const char *name = NULL;
	int code;

	code = pam_get_user(call->pamh, &name, NULL);
	if (code != PAM_SUCCESS || name == NULL)
		return failed(call, code);

	call->name = wa_arena_strdup(call->arena, name);
	return call->name != NULL ? PAM_SUCCESS : PAM_BUF_ERR;
}

static const char *
stored_password(const struct call *call)
{
	const void *password = NULL;

	if (pam_get_item(call->pamh, PAM_AUTHTOK, &password) != PAM_SUCCESS)
		return NULL;
	return password;
}

static int
ask(const struct call *call, const char **ret)
{
	WA_CLEANUP(conversation_done) char *response = NULL;
	int code;

	code = pam_prompt(call->pamh, PAM_PROMPT_ECHO_OFF, &response, "Password: ");
	if (code != PAM_SUCCESS || response == NULL)
		return failed(call, code);

	code = pam_set_item(call->pamh, PAM_AUTHTOK, response);
	if (code != PAM_SUCCESS)
		return PAM_BUF_ERR;
	*ret = stored_password(call);
	return *ret != NULL ? PAM_SUCCESS : PAM_BUF_ERR;
}

int
conversation_password(const struct call *call, const char **ret, bool *ret_asked)
{
	const char *earlier = stored_password(call);

	*ret_asked = earlier == NULL;
	if (earlier != NULL) {
		*ret = earlier;
		return PAM_SUCCESS;
	}
	if (call->service.use_first_pass) {
		log_write(call, LOG_ERR,
		    "use_first_pass, but no earlier module of this stack asks for a password");
		return PAM_AUTH_ERR;
	}
	return ask(call, ret);
}

int
conversation_password_again(const struct call *call, const char **ret)
{
	if (pam_set_item(call->pamh, PAM_AUTHTOK, NULL) != PAM_SUCCESS)
		return PAM_BUF_ERR;
	return ask(call, ret);
}

static int
prompt(const struct call *call, const char *text, char **ret)
{
	int code = pam_prompt(call->pamh, PAM_PROMPT_ECHO_OFF, ret, "%s", text);

	return code == PAM_SUCCESS && *ret != NULL ? PAM_SUCCESS : failed(call, code);
}

int
conversation_current(const struct call *call, const char **ret)
{
	WA_CLEANUP(conversation_done) char *response = NULL;
	const void *item = NULL;
	int code;

	if (pam_get_item(call->pamh, PAM_OLDAUTHTOK, &item) == PAM_SUCCESS && item != NULL) {
		*ret = item;
		return PAM_SUCCESS;
	}
	code = prompt(call, "Current password: ", &response);
	if (code != PAM_SUCCESS)
		return code;
	if (pam_set_item(call->pamh, PAM_OLDAUTHTOK, response) != PAM_SUCCESS ||
	    pam_get_item(call->pamh, PAM_OLDAUTHTOK, &item) != PAM_SUCCESS || item == NULL)
		return PAM_BUF_ERR;
	*ret = item;
	return PAM_SUCCESS;
}

void
conversation_forget_current(const struct call *call)
{
	(void)pam_set_item(call->pamh, PAM_OLDAUTHTOK, NULL);
}

int
conversation_new(const struct call *call, char **ret, bool *ret_equal)
{
	WA_CLEANUP(conversation_done) char *first = NULL;
	WA_CLEANUP(conversation_done) char *second = NULL;
	int code;

	code = prompt(call, "New password: ", &first);
	if (code == PAM_SUCCESS)
		code = prompt(call, "Retype new password: ", &second);
	if (code != PAM_SUCCESS)
		return code;
	*ret_equal = strcmp(first, second) == 0;
	*ret = WA_TAKE(first);
	return PAM_SUCCESS;
}

int
conversation_keep_new(const struct call *call, const char *password)
{
	return pam_set_item(call->pamh, PAM_AUTHTOK, password) == PAM_SUCCESS ? PAM_SUCCESS
									      : PAM_BUF_ERR;
}

void
conversation_tell(const struct call *call, const char *text)
{
	if ((call->flags & PAM_SILENT) == 0)
		(void)pam_error(call->pamh, "%s", text);
}

/* As sshd's auth-pam.c makes it: this text, repeated and cut to the length of what was typed. */
bool
conversation_is_junk(const char *password)
{
	static const char junk[] = "\b\n\r\177INCORRECT";
	size_t i;

	for (i = 0; password[i] != '\0'; i++)
		if (password[i] != junk[i % (sizeof(junk) - 1)])
			return false;
	return i > 0;
}
