/*
 * What the user is asked, and only through the application's conversation. A conversation that
 * fails is no attempt to log in: it is never counted, never costs a KDF.
 */
#ifndef PAM_WEBAUTH_CONVERSATION_H
#define PAM_WEBAUTH_CONVERSATION_H

#include <stdbool.h>

struct call;

/* PAM_USER, asked for when the application has not set it, copied to call->name.
 * PAM_SUCCESS, PAM_CONV_ERR, PAM_INCOMPLETE, PAM_BUF_ERR. */
int conversation_name(struct call *call);

/*
 * The password: an earlier module's when there is one, else asked for (never with use_first_pass)
 * and left as PAM_AUTHTOK for later modules. *ret belongs to libpam; *ret_asked: it was typed now.
 * PAM_SUCCESS, PAM_AUTH_ERR (use_first_pass and there is none), PAM_CONV_ERR, PAM_INCOMPLETE,
 * PAM_BUF_ERR.
 */
int conversation_password(const struct call *call, const char **ret, bool *ret_asked);

/* Forgets the password there is and asks for another; codes as above. */
int conversation_password_again(const struct call *call, const char **ret);

/* Is this what sshd hands on in place of the password when it has already refused the login? */
bool conversation_is_junk(const char *password);

#endif
