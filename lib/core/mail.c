/* Kinds of mail, and the way into the outbox. */
#include "lib/core/mail.h"

#include <string.h>

#include "lib/base/encode.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/store/outbox.h"

#define SALUTATION_MAX 64 /* UTF-16 units */
#define LINK_MAX_BYTES 32768

static const char *const names[WA_MAIL_KINDS] = {
    [WA_MAIL_VERIFY_EMAIL] = "verify-email",
    [WA_MAIL_RESET_PASSWORD] = "reset-password",
    [WA_MAIL_CHANGE_EMAIL] = "change-email",
    [WA_MAIL_DELETE_ACCOUNT] = "delete-account",
    [WA_MAIL_PASSWORD_CHANGED] = "password-changed",
    [WA_MAIL_EMAIL_CHANGED] = "email-changed",
};

const char *
wa_mail_kind_name(enum wa_mail_kind kind)
{
	return names[kind];
}

bool
wa_mail_kind_find(const char *name, enum wa_mail_kind *ret)
{
	for (unsigned i = 0; i < WA_MAIL_KINDS; i++)
		if (strcmp(names[i], name) == 0) {
			*ret = (enum wa_mail_kind)i;
			return true;
		}
	return false;
}

bool
wa_mail_is_enabled(const struct wa_settings *s)
{
	return s->mail_command[0] != '\0';
}

static bool
is_wordlike(char c)
{
	return (unsigned char)c > ' ';
}

static bool
is_salutation(const char *name)
{
	if (*name == '\0' || !wa_text_is_utf8(name, strlen(name)) || wa_text_has_control(name) ||
	    wa_text_utf16_len(name) > SALUTATION_MAX)
		return false;
	for (const char *p = name; *p != '\0'; p++) {
		if (strchr("/\\:@<>", *p) != NULL)
			return false;
		/* "example.com", which mail programs turn into a link; "J. Smith" is a name. */
		if (*p == '.' && p > name && is_wordlike(p[-1]) && is_wordlike(p[1]))
			return false;
	}
	return true;
}

const char *
wa_mail_salutation(struct wa_arena *a, const char *name, const char *address)
{
	return wa_arena_strdup(a, is_salutation(name) ? name : address);
}

const char *
wa_mail_link(struct wa_arena *a, const char *base, const char *path, const char *token,
    const char *parameter, const char *callback_url, const char *fallback)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(LINK_MAX_BYTES);

	if (callback_url == NULL || *callback_url == '\0')
		callback_url = fallback;
	wa_buf_str(&b, base);
	wa_buf_str(&b, path);
	wa_buf_str(&b, token);
	wa_buf_str(&b, parameter);
	wa_percent_encode(&b, callback_url, strlen(callback_url));
	return wa_arena_strdup(a, wa_buf_cstr(&b));
}

enum wa_err
wa_mail_request_begin(
    struct wa_context *cx, const struct user *user, const char *email, struct wa_mail_request *ret)
{
	enum wa_err e;

	cx->claimed_name = email;
	e = wa_guess_begin(cx, WA_GUESS_MAIL, user, &ret->guess, NULL);
	ret->allowed = e == WA_OK;
	return e == WA_ERR_THROTTLED ? WA_OK : e;
}

enum wa_err
wa_mail_request_count(struct wa_context *cx, const struct wa_mail_request *r)
{
	return r->allowed ? wa_guess_failed(cx, &r->guess, NULL, NULL) : WA_OK;
}

enum wa_err
wa_mail_enqueue(struct wa_context *cx, const struct wa_mail *mail, struct wa_mail_receipt *ret)
{
	struct wa_mail_receipt receipt;
	struct outbox_row row = {
	    .id = receipt.id,
	    .kind = wa_mail_kind_name(mail->kind),
	    .recipient = mail->to,
	    .name = wa_mail_salutation(cx->arena, mail->name, mail->to),
	    .url = mail->url,
	    .detail = mail->detail,
	    .created_ms = cx->now_ms,
	    .next_ms = cx->now_ms,
	};
	enum wa_err e;

	if (row.name == NULL)
		return wa_fault(WA_ERR_NOMEM, "mail");
	wa_random_text(receipt.id, WA_ID_LEN);
	e = store_outbox_insert(
	    cx->store, &row, WA_OUTBOX_MAX, WA_OUTBOX_RECIPIENT_MAX, &receipt.queued);
	if (e != WA_OK)
		return e;
	if (receipt.queued)
		cx->mails.queued++;
	else
		cx->mails.lost++;
	if (ret != NULL)
		*ret = receipt;
	return WA_OK;
}

enum wa_err
wa_mail_withdraw(struct wa_context *cx, const struct wa_mail_receipt *receipt)
{
	if (!receipt->queued) {
		cx->mails.lost--;
		return WA_OK;
	}
	cx->mails.queued--;
	return store_outbox_delete(cx->store, receipt->id);
}
