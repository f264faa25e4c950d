/*
 * The names that module and daemon use between them on the PAM socket. Each is written once, here.
 */
#ifndef LIB_CORE_LOGIN_WIRE_H
#define LIB_CORE_LOGIN_WIRE_H

#define LOGIN_WIRE_BASE "/pam/v1"

/* Operations */
#define LOGIN_WIRE_AUTHENTICATE "/authenticate"
#define LOGIN_WIRE_ACCOUNT	"/account"
#define LOGIN_WIRE_CHECK	"/password-check" /* PAM_PRELIM_CHECK */
#define LOGIN_WIRE_CHANGE	"/password"	  /* PAM_UPDATE_AUTHTOK */
#define LOGIN_WIRE_OPEN		"/session-open"
#define LOGIN_WIRE_CLOSE	"/session-close"

/* Fields of a form */
#define LOGIN_WIRE_NONCE    "nonce"
#define LOGIN_WIRE_SERVICE  "service"
#define LOGIN_WIRE_POLICY   "policy"
#define LOGIN_WIRE_RHOST    "rhost"
#define LOGIN_WIRE_UID	    "uid" /* the real one, of the process that asks */
#define LOGIN_WIRE_TTY	    "tty"
#define LOGIN_WIRE_USER	    "user"     /* absent: nobody's, for the cost alone */
#define LOGIN_WIRE_PASSWORD "password" /* absent where root needs none */
#define LOGIN_WIRE_NEW	    "new-password"
#define LOGIN_WIRE_EXPIRED  "expired" /* "yes": only a password that must be changed */
#define LOGIN_WIRE_TICKET   "ticket"
#define LOGIN_WIRE_SESSION  "session"

/* Headers of an answer */
#define LOGIN_WIRE_OUTCOME "pam-outcome" /* wa_err_name() */
#define LOGIN_WIRE_ECHO	   "pam-nonce"	 /* as asked: this answer is to this question */
#define LOGIN_WIRE_USER_ID "pam-user-id" /* the name is a web user's, this one's */
#define LOGIN_WIRE_DETAIL  "pam-detail"	 /* for the administrator's log; to root alone */

#define LOGIN_WIRE_PROOF     "pam-proof" /* what it was proven with: wa_login_proof_name() */
#define LOGIN_WIRE_PROOF_ID  "pam-proof-id"
#define LOGIN_WIRE_BAN_END   "pam-ban-end" /* ms */
#define LOGIN_WIRE_BAN_TEXT  "pam-ban-reason"
#define LOGIN_WIRE_TICKET_IS "pam-ticket"
#define LOGIN_WIRE_ID_IS     "pam-session-id"
#define LOGIN_WIRE_TOKEN_IS  "pam-session-token"

/* A nonce: hex digits. */
#define LOGIN_WIRE_NONCE_LEN 32

/* What an answer's head may have. */
#define LOGIN_WIRE_ANSWER_MAX 8192

#endif
