/* Mails into the outbox, and out of it as messages. TEMPLATES is etc/mail. */
#include "lib/core/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/limits.h"
#include "lib/core/mail_message.h"
#include "tests/unit/core/fixture.h"

static struct wa_mail_sender
sender_of(struct core *c, const char *origin)
{
	struct wa_mail_sender sender;

	c->settings->mail_templates = TEMPLATES;
	assert_ok(wa_mail_sender_init(c->cx.arena, c->settings, origin, &sender));
	return sender;
}

static const char *
message_of(struct core *c, const struct outbox_row *row)
{
	struct wa_mail_sender sender = sender_of(c, "https://auth.example.com");
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(WA_MAIL_MESSAGE_MAX);
	const char *text;

	assert_ok(wa_mail_message(c->cx.arena, &sender, row, NOW, &b));
	text = wa_buf_cstr(&b);
	assert_non_null(text);
	text = wa_arena_strdup(c->cx.arena, text);
	assert_non_null(text);
	return text;
}

static void
mail_waits_with_what_its_template_needs(void **state)
{
	struct core *c = *state;
	struct wa_mail mail = {
	    .kind = WA_MAIL_CHANGE_EMAIL,
	    .to = "ann@x.co",
	    .name = "Ann",
	    .url = "https://a/b",
	    .detail = "new@x.co",
	};
	struct wa_mail_receipt receipt;

	assert_ok(wa_mail_enqueue(&c->cx, &mail, &receipt));
	assert_true(receipt.queued);
	assert_string_equal(
	    fixture_value(c->cx.store,
		"SELECT \"kind\" || ' ' || \"recipient\" || ' ' || \"name\" || ' ' ||"
		" \"url\" || ' ' || \"detail\" || ' ' || \"attempts\" FROM"
		" \"webauth_outbox\""),
	    "change-email ann@x.co Ann https://a/b new@x.co 0");
	assert_ok(wa_mail_withdraw(&c->cx, &receipt));
	assert_string_equal(
	    fixture_value(c->cx.store, "SELECT count(*) || '' FROM \"webauth_outbox\""), "0");
}

static void
one_address_cannot_fill_the_outbox(void **state)
{
	struct core *c = *state;
	struct wa_mail mail = {.kind = WA_MAIL_PASSWORD_CHANGED, .to = "ann@x.co", .name = "Ann"};
	struct wa_mail_receipt receipt;

	for (int i = 0; i < WA_OUTBOX_RECIPIENT_MAX; i++) {
		assert_ok(wa_mail_enqueue(&c->cx, &mail, &receipt));
		assert_true(receipt.queued);
	}
	assert_ok(wa_mail_enqueue(&c->cx, &mail, &receipt));
	assert_false(receipt.queued);
	assert_ok(wa_mail_withdraw(&c->cx, &receipt));
	mail.to = "bob@x.co";
	assert_ok(wa_mail_enqueue(&c->cx, &mail, &receipt));
	assert_true(receipt.queued);
}

static void
name_that_would_do_for_something_else_is_not_used(void **state)
{
	static const char *const good[] = {"Ann", "J. Smith", "Zoë Šimůnek-O'Brien", "山田", "a."};
	static const char *const bad[] = {"", "http://evil.test", "win at evil.com", "a@b", "a\nb",
	    "<b>", "\xff", "www.x",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct core *c = *state;

	for (size_t i = 0; i < WA_ARRAY_LEN(good); i++)
		assert_string_equal(wa_mail_salutation(c->cx.arena, good[i], "ann@x.co"), good[i]);
	for (size_t i = 0; i < WA_ARRAY_LEN(bad); i++)
		assert_string_equal(
		    wa_mail_salutation(c->cx.arena, bad[i], "ann@x.co"), "ann@x.co");
}

static void
message_has_header_text_and_html(void **state)
{
	struct core *c = *state;
	struct outbox_row row = {
	    .id = "m1",
	    .kind = "reset-password",
	    .recipient = "ann@x.co",
	    .name = "Zoë & co",
	    .url = "https://a/?x=1&y='",
	};
	const char *text = message_of(c, &row), *html = strstr(text, "text/html");

	assert_non_null(strstr(text, "From: <no-reply@auth.example.com>\n"));
	assert_non_null(strstr(text, "\nTo: <ann@x.co>\n"));
	assert_non_null(strstr(text, "\nSubject: Reset your password for auth.example.com\n"));
	assert_non_null(strstr(text, "\nDate: Sat, 21 Nov 2026 05:42:18 +0000\n"));
	assert_non_null(strstr(text, "\nMessage-ID: <m1@auth.example.com>\n"));
	assert_non_null(strstr(text, "\nAuto-Submitted: auto-generated\n"));
	assert_non_null(strstr(text, "\nContent-Type: multipart/alternative; boundary=\""));
	assert_non_null(html);
	assert_non_null(strstr(text, "Hello Zo=C3=AB & co,"));
	assert_non_null(strstr(text, "https://a/?x=3D1&y=3D'\n"));
	assert_non_null(strstr(html, "Hello Zo=C3=AB &amp; co,"));
	assert_non_null(strstr(html, "href=3D\"https://a/?x=3D1&amp;y=3D&#39;\""));
	assert_non_null(strstr(text, "1 hour"));
}

/* Another program may have written the row: nothing in it becomes a header line or a placeholder.
 */
static void
row_cannot_write_the_header(void **state)
{
	static const char *const recipients[] = {
	    "", "ann", "a@x.co\nBcc: b@x.co", "a@x.co, b@x.co", "<a@x.co>", "-bv@x .co"};
	struct core *c = *state;
	struct wa_mail_sender sender = sender_of(c, "https://auth.example.com");
	struct outbox_row row = {
	    .id = "m1", .kind = "verify-email", .name = "{url}\r\nX: y", .url = "https://a"};
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(WA_MAIL_MESSAGE_MAX);
	const char *text;

	for (size_t i = 0; i < WA_ARRAY_LEN(recipients); i++) {
		row.recipient = recipients[i];
		assert_err(wa_mail_message(c->cx.arena, &sender, &row, NOW, &b), WA_ERR_INVALID);
	}
	row.recipient = "ann@x.co";
	text = message_of(c, &row);
	assert_non_null(strstr(text, "Hello {url}\n"));
	assert_true(strstr(text, "\nX: y") > strstr(text, "\n\n"));
	row.kind = "../../etc/passwd";
	assert_err(wa_mail_message(c->cx.arena, &sender, &row, NOW, &b), WA_ERR_INVALID);
	assert_int_equal(b.len, 0);
}

static void
sender_is_who_is_configured(void **state)
{
	struct core *c = *state;
	struct wa_mail_sender sender;
	static const char *const bad[] = {"x", "a@", "@b", "A <a@b", "a b@c", "A\nB <a@b>",
	    "a@b\nBcc: c@d", "<a@b> <c@d>", "\xff <a@b>"};

	sender = sender_of(c, "http://localhost:8787");
	assert_string_equal(sender.address, "no-reply@localhost");
	assert_string_equal(sender.site, "localhost");
	sender = sender_of(c, "http://127.0.0.1:8787");
	assert_string_equal(sender.address, "no-reply@localhost");
	sender = sender_of(c, "http://[::1]:8787");
	assert_string_equal(sender.address, "no-reply@localhost");
	assert_string_equal(sender.site, "[::1]");
	c->settings->mail_from = "The Shop <shop@example.com>";
	c->settings->site_name = "The Shop";
	sender = sender_of(c, "http://127.0.0.1:8787");
	assert_string_equal(sender.name, "The Shop");
	assert_string_equal(sender.address, "shop@example.com");
	assert_string_equal(sender.domain, "example.com");
	assert_string_equal(sender.site, "The Shop");
	for (size_t i = 0; i < WA_ARRAY_LEN(bad); i++) {
		c->settings->mail_from = bad[i];
		assert_err(wa_mail_sender_init(c->cx.arena, c->settings, "https://x.test", &sender),
		    WA_ERR_CONFIG);
	}
}

static void
shipped_templates_are_whole(void **state)
{
	struct core *c = *state;

	c->settings->mail_templates = TEMPLATES;
	assert_ok(wa_mail_templates_check(c->settings));
	for (unsigned kind = 0; kind < WA_MAIL_KINDS; kind++) {
		struct outbox_row row = {
		    .id = "m1",
		    .kind = wa_mail_kind_name((enum wa_mail_kind)kind),
		    .recipient = "ann@x.co",
		    .name = "Ann",
		    .url = "https://a",
		    .detail = "new@x.co",
		};

		assert_null(strchr(message_of(c, &row), '{'));
	}
}

static void
write_template(struct core *c, const char *name, const char *text, size_t n)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", c->store->dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void
template_that_is_none_is_named(void **state)
{
	static char big[WA_MAIL_TEMPLATE_MAX + 1];
	struct core *c = *state;
	struct wa_mail_sender sender = sender_of(c, "https://auth.example.com");
	struct outbox_row row = {
	    .id = "m1", .kind = "verify-email", .recipient = "ann@x.co", .name = "Ann"};
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(WA_MAIL_MESSAGE_MAX);
	static const char *const bad[] = {"", "Hello", "Subject: x", "Subject: x\nbody",
	    "subject: x\n\nbody", "Subject: \xff\n\nbody"};

	c->settings->mail_templates = c->store->dir;
	assert_err(wa_mail_message(c->cx.arena, &sender, &row, NOW, &b), WA_ERR_CONFIG);
	assert_non_null(strstr(wa_err_detail(WA_ERR_CONFIG), "verify-email.txt: No such file"));
	write_template(c, "verify-email.html", "<p>{name} {x} {", 15);
	for (size_t i = 0; i < WA_ARRAY_LEN(bad); i++) {
		write_template(c, "verify-email.txt", bad[i], strlen(bad[i]));
		assert_err(wa_mail_message(c->cx.arena, &sender, &row, NOW, &b), WA_ERR_CONFIG);
	}
	memset(big, 'x', sizeof(big));
	memcpy(big, "Subject: x\n\n", 12);
	write_template(c, "verify-email.txt", big, WA_MAIL_TEMPLATE_MAX + 1);
	assert_err(wa_mail_message(c->cx.arena, &sender, &row, NOW, &b), WA_ERR_CONFIG);
	write_template(c, "verify-email.txt", big, WA_MAIL_TEMPLATE_MAX);
	assert_ok(wa_mail_message(c->cx.arena, &sender, &row, NOW, &b));
	/* Braces that mean nothing stay. */
	assert_non_null(strstr(wa_buf_cstr(&b), "<p>Ann {x} {"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_core(mail_waits_with_what_its_template_needs),
	    test_with_core(one_address_cannot_fill_the_outbox),
	    test_with_core(name_that_would_do_for_something_else_is_not_used),
	    test_with_core(message_has_header_text_and_html),
	    test_with_core(row_cannot_write_the_header),
	    test_with_core(sender_is_who_is_configured),
	    test_with_core(shipped_templates_are_whole),
	    test_with_core(template_that_is_none_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
