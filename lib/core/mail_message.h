/*
 * The message of a mail in the outbox: templates filled in, plain text and HTML as two parts of one
 * mail. How it travels is the sender's.
 *
 * A template is a file of mail_templates: KIND.txt begins with "Subject: …" and an empty line,
 * KIND.html is a whole document. {name} {email} {site} {url} {new_email} {expires} are filled in,
 * escaped in HTML; every other brace stays as it is.
 */
#ifndef LIB_CORE_MAIL_MESSAGE_H
#define LIB_CORE_MAIL_MESSAGE_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/error.h"
#include "lib/store/outbox.h"

#define WA_MAIL_MESSAGE_MAX (1024 * 1024)

/* Who writes. */
struct wa_mail_sender {
	const struct wa_settings *settings;
	const char *address; /* of From: */
	const char *name;    /* before it; "" for none */
	const char *domain;  /* of address; for Message-ID: */
	const char *site;
};

/* From the settings and the origin of base_url. Memory from a. WA_ERR_CONFIG. */
WA_OUTCOME wa_mail_sender_init(struct wa_arena *a, const struct wa_settings *settings,
    const char *origin, struct wa_mail_sender *ret);

/* Are all templates there, and templates? WA_ERR_CONFIG names the first that is not. */
WA_OUTCOME wa_mail_templates_check(const struct wa_settings *settings);

/*
 * Appends the message. The same row gives the same Message-ID, so that whoever gets a mail twice,
 * because its sender died between sending and writing that down, can tell. WA_ERR_CONFIG for a
 * template, WA_ERR_INVALID for a row that is none of ours; details say which.
 */
WA_OUTCOME wa_mail_message(struct wa_arena *a, const struct wa_mail_sender *sender,
    const struct outbox_row *row, int64_t now_ms, struct wa_buf *out);

#endif
