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

/* The password to be changed: an earlier module's PAM_OLDAUTHTOK, else asked for, and left there
 * for our second step and for later modules. Codes as above. */
int conversation_current(const struct call *call, const char **ret);

/* Forgets it: it was wrong. */
void conversation_forget_current(const struct call *call);

/*
 * A new password, typed twice; *ret is the conversation's own copy, to be left as PAM_AUTHTOK with
 * conversation_keep_new, and *ret_equal tells whether both were the same. Codes as above.
 */
int conversation_new(const struct call *call, char **ret, bool *ret_equal);
int conversation_keep_new(const struct call *call, const char *password);

/* Wipes and frees what conversation_new gave. Fits WA_CLEANUP. */
void conversation_done(char **password);

/* A word to the user, unless PAM_SILENT forbids it. */
void conversation_tell(const struct call *call, const char *text);

/* Is this what sshd hands on in place of the password when it has already refused the login? */
bool conversation_is_junk(const char *password);

#endif
