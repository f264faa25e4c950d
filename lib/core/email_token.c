/* E-mail tokens: their claims. */
#include "lib/core/email_token.h"

#include <string.h>

#include "lib/base/json.h"
#include "lib/base/json_write.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/core/jwt.h"

/* Encoded it stays below WA_EMAIL_TOKEN_MAX. */
#define CLAIMS_MAX (WA_EMAIL_TOKEN_MAX / 2)

static const char *const requests[] = {
    [WA_EMAIL_REQUEST_NONE] = NULL,
    [WA_EMAIL_REQUEST_CONFIRM] = "change-email-confirmation",
    [WA_EMAIL_REQUEST_VERIFY] = "change-email-verification",
};

static void
add(struct wa_buf *b, const char *name, const char *text)
{
	if (text == NULL)
		return;
	wa_json_key(b, name);
	wa_json_string(b, text);
}

enum wa_err
wa_email_token_make(struct wa_context *cx, const struct wa_email_token *t, const char **ret)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf claims = WA_BUF_INIT(CLAIMS_MAX);
	const char *email = wa_text_lower(cx->arena, t->email);
	const char *update_to =
	    t->update_to == NULL ? NULL : wa_text_lower(cx->arena, t->update_to);
	int64_t now_s = cx->now_ms / 1000;
	enum wa_err e;

	if (email == NULL || (t->update_to != NULL && update_to == NULL))
		return wa_fault(WA_ERR_NOMEM, "e-mail token");
	wa_json_open(&claims, '{');
	add(&claims, "email", email);
	add(&claims, "updateTo", update_to);
	add(&claims, "requestType", requests[t->request]);
	add(&claims, "userId", t->user_id);
	wa_json_key(&claims, "iat");
	wa_json_int(&claims, now_s);
	wa_json_key(&claims, "exp");
	wa_json_int(&claims, now_s + cx->settings->verification_expires_in / 1000);
	wa_json_close(&claims, '}');
	e = wa_buf_check(&claims);
	if (e != WA_OK)
		return e;
	return wa_jwt_sign_shared(cx->arena, wa_keyring_current(cx->keyring), &claims, ret);
}

/* A claim that is text or absent; false when it is anything else. */
static bool
take_text(struct wa_arena *a, const struct wa_json *claims, const char *name, const char **ret)
{
	const struct wa_json *v = wa_json_get(claims, name);

	if (v == NULL)
		return true;
	*ret = wa_arena_strdup(a, wa_json_get_string(v));
	return *ret != NULL;
}

static bool
take_request(const char *text, enum wa_email_request *ret)
{
	if (text == NULL) {
		*ret = WA_EMAIL_REQUEST_NONE;
		return true;
	}
	for (unsigned i = WA_EMAIL_REQUEST_CONFIRM; i < WA_ARRAY_LEN(requests); i++)
		if (strcmp(requests[i], text) == 0) {
			*ret = (enum wa_email_request)i;
			return true;
		}
	return false;
}

static bool
take_address(struct wa_arena *a, const char **address)
{
	if (*address == NULL || !wa_text_is_email(*address))
		return false;
	*address = wa_text_lower(a, *address);
	return *address != NULL;
}

static bool
take_claims(struct wa_arena *a, const struct wa_json *claims, struct wa_email_token *t)
{
	/* The secret signs other things: a token that says whom it is for, or who made it, was made
	 * for something else. */
	static const char *const foreign[] = {"sub", "aud", "iss", "sid", "session"};
	const char *request = NULL;

	for (size_t i = 0; i < WA_ARRAY_LEN(foreign); i++)
		if (wa_json_get(claims, foreign[i]) != NULL)
			return false;
	if (!take_text(a, claims, "email", &t->email) ||
	    !take_text(a, claims, "updateTo", &t->update_to) ||
	    !take_text(a, claims, "requestType", &request) ||
	    !take_text(a, claims, "userId", &t->user_id))
		return false;
	if (!take_request(request, &t->request) || !take_address(a, &t->email))
		return false;
	if (t->update_to != NULL && (!take_address(a, &t->update_to) || t->user_id == NULL))
		return false;
	return t->update_to != NULL || t->request == WA_EMAIL_REQUEST_NONE;
}

/* When it is good. A time that is there must be a whole number of seconds; exp must be there. */
static enum wa_err
check_times(const struct wa_json *claims, int64_t now_s)
{
	const struct wa_json *nbf = wa_json_get(claims, "nbf"), *iat = wa_json_get(claims, "iat");
	int64_t exp, at;

	if (!wa_json_get_int(wa_json_get(claims, "exp"), &exp) ||
	    (iat != NULL && !wa_json_get_int(iat, &at)))
		return WA_ERR_VERIFY_TOKEN_INVALID;
	if (nbf != NULL && (!wa_json_get_int(nbf, &at) || at > now_s))
		return WA_ERR_VERIFY_TOKEN_INVALID;
	return exp <= now_s ? WA_ERR_VERIFY_TOKEN_EXPIRED : WA_OK;
}

enum wa_err
wa_email_token_open(struct wa_context *cx, const char *text, struct wa_email_token *ret)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *claims = NULL;
	struct wa_email_token t = {0};
	enum wa_err e = WA_ERR_INVALID;

	/* Mailed before a rotation, it is as good as after. */
	for (size_t i = 0; e == WA_ERR_INVALID && i < cx->keyring->n; i++)
		e = wa_jwt_open_shared(&cx->keyring->entries[i].secret, text, &claims);
	if (e == WA_ERR_INVALID || (e == WA_OK && !take_claims(cx->arena, claims, &t)))
		return WA_ERR_VERIFY_TOKEN_INVALID;
	if (e == WA_OK)
		e = check_times(claims, cx->now_ms / 1000);
	if (e == WA_OK)
		*ret = t;
	return e;
}
