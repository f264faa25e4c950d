/*
 * Mails: which there are, and putting one into the outbox. Nothing is sent here, and no template is
 * read: a row holds what a template needs, and whoever sends it makes the message
 * (mail_message.h).
 */
#ifndef LIB_CORE_MAIL_H
#define LIB_CORE_MAIL_H

#include <stdbool.h>

#include "lib/base/random.h"
#include "lib/core/context.h"
#include "lib/core/guess.h"
#include "lib/store/user.h"

enum wa_mail_kind {
	WA_MAIL_VERIFY_EMAIL,	  /* url proves the address */
	WA_MAIL_RESET_PASSWORD,	  /* url leads to a new password */
	WA_MAIL_CHANGE_EMAIL,	  /* to the old address: url allows the new one, detail */
	WA_MAIL_DELETE_ACCOUNT,	  /* url deletes it */
	WA_MAIL_PASSWORD_CHANGED, /* a notice, without url */
	WA_MAIL_EMAIL_CHANGED,	  /* a notice to the old address; detail is the new one */
	WA_MAIL_KINDS,
};

struct wa_mail {
	enum wa_mail_kind kind;
	const char *to;	    /* an e-mail address */
	const char *name;   /* of its owner, as they chose it */
	const char *url;    /* NULL: none */
	const char *detail; /* NULL: none */
};

struct wa_mail_receipt {
	bool queued; /* false: the outbox is full, and the mail lost */
	char id[WA_ID_SIZE];
};

/* The name of the kind's templates, "verify-email". */
const char *wa_mail_kind_name(enum wa_mail_kind kind);
bool wa_mail_kind_find(const char *name, enum wa_mail_kind *ret);

/* Is there anything to send with? */
bool wa_mail_is_enabled(const struct wa_settings *s);

/*
 * Into the outbox, within the caller's transaction if one is open: a mail is of the change that
 * causes it. That the outbox is full is no failure of the change, and nothing that a client may be
 * told: the receipt and cx->mails tell. ret may be NULL.
 */
WA_OUTCOME wa_mail_enqueue(
    struct wa_context *cx, const struct wa_mail *mail, struct wa_mail_receipt *ret);

/* Takes it back. With this, a request about nobody costs what one about somebody does. */
WA_OUTCOME wa_mail_withdraw(struct wa_context *cx, const struct wa_mail_receipt *receipt);

/*
 * May a stranger cause a mail to this address now, or has enough gone there, or come from the same
 * source? Counted like guesses (guess.h), user NULL for an address that nobody has. Where not,
 * everything is as if, but nothing is sent. No transaction may be open in count, which is called
 * once the mail is written.
 */
struct wa_mail_request {
	struct wa_guess guess;
	bool allowed;
};

WA_OUTCOME wa_mail_request_begin(
    struct wa_context *cx, const struct user *user, const char *email, struct wa_mail_request *ret);
WA_OUTCOME wa_mail_request_count(struct wa_context *cx, const struct wa_mail_request *r);

/*
 * A link: base, path and token, parameter and callback_url (or fallback, where that is NULL or ""),
 * percent-encoded. Arena memory; NULL when there is none.
 */
const char *wa_mail_link(struct wa_arena *a, const char *base, const char *path, const char *token,
    const char *parameter, const char *callback_url, const char *fallback);

/*
 * How a mail addresses its reader: name, or the address when the name would do for something else.
 * Whoever signs up with somebody else's address chooses the name in the mail that goes there; it
 * must not be an advertisement or a link. Arena memory; NULL when there is none.
 */
const char *wa_mail_salutation(struct wa_arena *a, const char *name, const char *address);

#endif
