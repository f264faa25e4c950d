/*
 * The table of routes: who may call what, and what is checked before a handler runs. A handler
 * holds no permission check of its own; the dispatcher reads this table.
 */
#ifndef SESSIOND_ROUTES_ROUTE_H
#define SESSIOND_ROUTES_ROUTE_H

#include "sessiond/routes/exchange.h"

enum lane {
	LANE_LOOP,  /* only reads, from a local store; ends as WA_ERR_WRONG_LANE when it must write
		     */
	LANE_STORE, /* writes, or waits */
	LANE_HASH,  /* hashes a password */
};

enum route_session {
	ROUTE_SESSION_NONE,	/* none needed, none loaded */
	ROUTE_SESSION_OPTIONAL, /* x->has_session tells whether x->session and x->user are set */
	ROUTE_SESSION_REQUIRED, /* 401 without; x->session and x->user are set */
	ROUTE_SESSION_FRESH, /* the same, and 403 when the sign-in is older than session_fresh_age
			      */
};

enum route_space {
	ROUTE_BASE,    /* below the base path: Better Auth's */
	ROUTE_WEBAUTH, /* below /api/webauth: ours, wherever the base path is */
	ROUTE_ROOT,    /* where a standard puts it */
	ROUTE_PAGES,   /* below pages_path: pages and their forms */
};

struct pam_question;

struct route {
	enum http_method method;
	enum route_space space;
	const char *path; /* in its space; "/:name" at its end takes a segment, x->parameter */
	enum lane lane;
	enum route_session session;
	bool form;	      /* also takes application/x-www-form-urlencoded */
	bool no_body;	      /* never reads its body, whatever its type (get-session) */
	bool csrf;	      /* the sign-in and sign-up step of contract.md 10.3 */
	bool no_store;	      /* Cache-Control: no-store on every answer; also where a session may
				 be looked at */
	enum wa_err on_fault; /* what the client sees of a fault; WA_OK: the fault's own bare 500 */
	/* Checks the body and leaves x->input; NULL when the route takes none. */
	enum wa_err (*schema)(struct exchange *x);
	/* Writes the answer, or returns why not. */
	enum wa_err (*run)(struct exchange *x);
	/* Writes the answer to a refusal or a fault, or returns why it cannot; NULL: as JSON. */
	enum wa_err (*refuse)(struct exchange *x, enum wa_err e);
	/* Only on the PAM socket, and all that is looked at there but method, path and lane: see
	 * pam.h. */
	enum wa_err (*pam)(struct exchange *x, struct pam_question *q);
};

/* NULL when there is none: wrong method and unknown path are the same 404 (contract.md 1).
 * *ret_parameter is the segment that "/:name" took, not decoded; absent otherwise. */
const struct route *route_find(const struct site *site, enum http_method method,
    struct http_slice path, struct http_slice *ret_parameter);

/* One handler each, in the file of its name. */
enum wa_err ok_run(struct exchange *x);
enum wa_err sign_up_schema(struct exchange *x);
enum wa_err sign_up_run(struct exchange *x);
enum wa_err sign_in_schema(struct exchange *x);
enum wa_err sign_in_run(struct exchange *x);
enum wa_err sign_out_schema(struct exchange *x);
enum wa_err sign_out_run(struct exchange *x);
enum wa_err get_session_run(struct exchange *x);
enum wa_err get_session_post_run(struct exchange *x);
enum wa_err list_sessions_run(struct exchange *x);
enum wa_err revoke_session_schema(struct exchange *x);
enum wa_err revoke_session_run(struct exchange *x);
enum wa_err revoke_sessions_run(struct exchange *x);
enum wa_err revoke_other_sessions_run(struct exchange *x);
enum wa_err record_schema(struct exchange *x);
enum wa_err update_user_run(struct exchange *x);
enum wa_err update_session_run(struct exchange *x);
enum wa_err change_password_schema(struct exchange *x);
enum wa_err change_password_run(struct exchange *x);
enum wa_err verify_password_schema(struct exchange *x);
enum wa_err verify_password_run(struct exchange *x);
enum wa_err request_password_reset_schema(struct exchange *x);
enum wa_err request_password_reset_run(struct exchange *x);
enum wa_err reset_password_link_schema(struct exchange *x);
enum wa_err reset_password_link_run(struct exchange *x);
enum wa_err reset_password_schema(struct exchange *x);
enum wa_err reset_password_run(struct exchange *x);
enum wa_err send_verification_email_schema(struct exchange *x);
enum wa_err send_verification_email_run(struct exchange *x);
enum wa_err verify_email_schema(struct exchange *x);
enum wa_err verify_email_run(struct exchange *x);
enum wa_err change_email_schema(struct exchange *x);
enum wa_err change_email_run(struct exchange *x);
enum wa_err delete_user_schema(struct exchange *x);
enum wa_err delete_user_run(struct exchange *x);
enum wa_err delete_user_callback_schema(struct exchange *x);
enum wa_err delete_user_callback_run(struct exchange *x);
enum wa_err list_accounts_run(struct exchange *x);
enum wa_err unlink_account_schema(struct exchange *x);
enum wa_err unlink_account_run(struct exchange *x);
enum wa_err account_info_schema(struct exchange *x);
enum wa_err account_info_run(struct exchange *x);
enum wa_err account_token_schema(struct exchange *x);
enum wa_err account_token_run(struct exchange *x);
enum wa_err social_schema(struct exchange *x);
enum wa_err social_run(struct exchange *x);
enum wa_err social_callback_run(struct exchange *x);
enum wa_err error_page_run(struct exchange *x);
enum wa_err token_run(struct exchange *x);
enum wa_err jwks_run(struct exchange *x);
enum wa_err jwks_well_known_run(struct exchange *x);
enum wa_err verify_run(struct exchange *x);
enum wa_err introspect_schema(struct exchange *x);
enum wa_err introspect_run(struct exchange *x);

enum wa_err app_password_list_run(struct exchange *x);
enum wa_err app_password_create_schema(struct exchange *x);
enum wa_err app_password_create_run(struct exchange *x);
enum wa_err app_password_revoke_schema(struct exchange *x);
enum wa_err app_password_revoke_run(struct exchange *x);

#endif
