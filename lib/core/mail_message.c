/* Templates to messages. */
#include "lib/core/mail_message.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/encode.h"
#include "lib/base/limits.h"
#include "lib/base/mime.h"
#include "lib/base/random.h"
#include "lib/base/text.h"
#include "lib/core/mail.h"

#define SUBJECT	      "Subject: "
#define BOUNDARY_LEN  24
#define PART_MAX      ((size_t)4 * WA_MAIL_TEMPLATE_MAX)
#define VALUES	      6
#define TEMPLATES_MAX ((size_t)4 * WA_MAIL_TEMPLATE_MAX) /* memory to look at all of them with */

struct value {
	const char *key;
	const char *text;
};

struct template
{
	const char *subject; /* of the text part, one line */
	const char *body;
};

static enum wa_err
nomem(void)
{
	return wa_fault(WA_ERR_NOMEM, "mail");
}

/* ---- the sender ---- */

/* The host of "https://host:port". */
static const char *
host_of(struct wa_arena *a, const char *origin)
{
	const char *host = strstr(origin, "://");
	size_t n;

	host = host == NULL ? origin : host + 3;
	n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
	return wa_arena_strndup(a, host, n);
}

/* What may stand in From: without quotes; "root@localhost" is one. */
static bool
is_address(const char *s, const char **ret_domain)
{
	static const char atoms[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-'";
	static const char hosts[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	size_t local = strspn(s, atoms);

	if (local == 0 || s[local] != '@' || s[0] == '.' || s[local - 1] == '.')
		return false;
	*ret_domain = s + local + 1;
	return **ret_domain != '\0' && (*ret_domain)[strspn(*ret_domain, hosts)] == '\0';
}

static const char *
trimmed(struct wa_arena *a, const char *s, size_t n)
{
	while (n > 0 && s[n - 1] == ' ')
		n--;
	return wa_arena_strndup(a, s, n);
}

/* mail_from: "address" or "Name <address>". */
static enum wa_err
parse_from(struct wa_arena *a, const char *from, struct wa_mail_sender *sender)
{
	const char *open = strchr(from, '<');
	size_t n = strlen(from);

	sender->name = trimmed(a, from, open == NULL ? 0 : (size_t)(open - from));
	sender->address = from;
	if (open != NULL && from[n - 1] == '>')
		sender->address = wa_arena_strndup(a, open + 1, n - (size_t)(open - from) - 2);
	if (sender->name == NULL || sender->address == NULL)
		return nomem();
	if (!is_address(sender->address, &sender->domain) || wa_text_has_control(sender->name) ||
	    !wa_text_is_utf8(sender->name, strlen(sender->name)))
		return wa_fault(
		    WA_ERR_CONFIG, "mail_from = %s: expected user@host, or Name <user@host>", from);
	return WA_OK;
}

enum wa_err
wa_mail_sender_init(struct wa_arena *a, const struct wa_settings *settings, const char *origin,
    struct wa_mail_sender *ret)
{
	const char *host = host_of(a, origin);
	struct wa_mail_sender sender = {.settings = settings, .site = settings->site_name};
	const char *from = settings->mail_from;
	enum wa_err e;

	if (host == NULL)
		return nomem();
	if (*sender.site == '\0')
		sender.site = host;
	if (wa_text_has_control(sender.site) || !wa_text_is_utf8(sender.site, strlen(sender.site)))
		return wa_fault(WA_ERR_CONFIG, "site_name: not a line of UTF-8 text");
	if (*from == '\0') {
		/* An address literal is not what a mail should come from. */
		bool named = host[0] != '[' && host[strspn(host, "0123456789.")] != '\0';

		from = wa_arena_printf(a, "no-reply@%s", named ? host : "localhost");
	}
	if (from == NULL)
		return nomem();
	e = parse_from(a, from, &sender);
	if (e == WA_OK)
		*ret = sender;
	return e;
}

/* ---- templates ---- */

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static enum wa_err
read_all(int fd, const char *path, char *text, size_t size)
{
	size_t n = 0;

	while (n < size) {
		ssize_t got = read(fd, text + n, size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return wa_fault(WA_ERR_CONFIG, "%s: %s", path, strerror(errno));
		if (got == 0)
			break;
		n += (size_t)got;
	}
	text[n] = '\0';
	if (!wa_text_is_utf8(text, n))
		return wa_fault(WA_ERR_CONFIG, "%s: not UTF-8 text", path);
	return WA_OK;
}

static enum wa_err
read_file(struct wa_arena *a, const char *path, char **ret)
{
	WA_CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	char *text;
	enum wa_err e;

	if (fd < 0 || fstat(fd, &st) < 0)
		return wa_fault(WA_ERR_CONFIG, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size > WA_MAIL_TEMPLATE_MAX)
		return wa_fault(WA_ERR_CONFIG, "%s: not a regular file of at most %d bytes", path,
		    WA_MAIL_TEMPLATE_MAX);
	text = wa_arena_alloc(a, (size_t)st.st_size + 1);
	if (text == NULL)
		return nomem();
	e = read_all(fd, path, text, (size_t)st.st_size);
	if (e == WA_OK)
		*ret = text;
	return e;
}

/* extension "txt" or "html"; the subject is that of the text. */
static enum wa_err
read_template(struct wa_arena *a, const struct wa_settings *s, enum wa_mail_kind kind,
    const char *extension, struct template *t)
{
	char *path =
	    wa_arena_printf(a, "%s/%s.%s", s->mail_templates, wa_mail_kind_name(kind), extension);
	char *text, *end;
	enum wa_err e;

	if (path == NULL)
		return nomem();
	e = read_file(a, path, &text);
	if (e != WA_OK)
		return e;
	t->body = text;
	if (strcmp(extension, "txt") != 0)
		return WA_OK;
	end = strchr(text, '\n');
	if (strncmp(text, SUBJECT, strlen(SUBJECT)) != 0 || end == NULL || end[1] != '\n')
		return wa_fault(WA_ERR_CONFIG,
		    "%s: must begin with a line \"Subject: …\" and an empty one", path);
	*end = '\0';
	t->subject = text + strlen(SUBJECT);
	t->body = end + 2;
	return WA_OK;
}

enum wa_err
wa_mail_templates_check(const struct wa_settings *settings)
{
	enum wa_err e = WA_OK;

	for (unsigned kind = 0; e == WA_OK && kind < WA_MAIL_KINDS; kind++) {
		WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(TEMPLATES_MAX);
		struct template t;

		if (a == NULL)
			return nomem();
		e = read_template(a, settings, (enum wa_mail_kind)kind, "txt", &t);
		if (e == WA_OK)
			e = read_template(a, settings, (enum wa_mail_kind)kind, "html", &t);
	}
	return e;
}

static void
add_html(struct wa_buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&': wa_buf_str(b, "&amp;"); break;
		case '<': wa_buf_str(b, "&lt;"); break;
		case '>': wa_buf_str(b, "&gt;"); break;
		case '"': wa_buf_str(b, "&quot;"); break;
		case '\'': wa_buf_str(b, "&#39;"); break;
		default: wa_buf_char(b, *text);
		}
}

/* The value whose "{key}" stands at p. */
static const struct value *
value_at(const struct value *values, const char *p)
{
	for (size_t i = 0; i < VALUES; i++) {
		size_t n = strlen(values[i].key);

		if (strncmp(p + 1, values[i].key, n) == 0 && p[1 + n] == '}')
			return &values[i];
	}
	return NULL;
}

/* One pass: what was filled in is not looked at again. */
static void
fill_in(struct wa_buf *b, const char *text, const struct value *values, bool html)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "{");
		const struct value *v = text[n] == '{' ? value_at(values, text + n) : NULL;

		wa_buf_add(b, text, n);
		text += n;
		if (v == NULL) {
			if (*text == '{')
				wa_buf_char(b, *text++);
			continue;
		}
		if (html)
			add_html(b, v->text);
		else
			wa_buf_str(b, v->text);
		text += strlen(v->key) + 2;
	}
}

/* ---- the message ---- */

/* "1 hour", "90 minutes". */
static const char *
duration_text(struct wa_arena *a, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = {{86400000, "day"}, {3600000, "hour"}, {60000, "minute"}};

	for (size_t i = 0; i < WA_ARRAY_LEN(units); i++)
		if (ms % units[i].ms == 0)
			return wa_arena_printf(a, "%lld %s%s", (long long)(ms / units[i].ms),
			    units[i].name, ms == units[i].ms ? "" : "s");
	return wa_arena_printf(a, "%lld minutes", (long long)(ms / 60000));
}

static int64_t
link_life(const struct wa_settings *s, enum wa_mail_kind kind)
{
	switch (kind) {
	case WA_MAIL_RESET_PASSWORD: return s->reset_token_expires_in;
	case WA_MAIL_DELETE_ACCOUNT: return s->delete_token_expires_in;
	case WA_MAIL_VERIFY_EMAIL:
	case WA_MAIL_CHANGE_EMAIL:
	case WA_MAIL_PASSWORD_CHANGED:
	case WA_MAIL_EMAIL_CHANGED:
	case WA_MAIL_KINDS: break;
	}
	return s->verification_expires_in;
}

static void
add_header(struct wa_buf *out, const struct wa_mail_sender *sender, const struct outbox_row *row,
    const char *subject, const char *boundary, int64_t now_ms)
{
	wa_buf_str(out, "From: ");
	if (sender->name[0] != '\0') {
		wa_mime_phrase(out, sender->name);
		wa_buf_str(out, "\n ");
	}
	wa_buf_printf(out, "<%s>\nTo: <%s>\n", sender->address, row->recipient);
	wa_mime_header(out, "Subject", subject);
	wa_buf_str(out, "Date: ");
	wa_mime_date(out, now_ms);
	wa_buf_printf(out, "\nMessage-ID: <%s@%s>\n", row->id, sender->domain);
	wa_buf_str(out, "Auto-Submitted: auto-generated\nMIME-Version: 1.0\n");
	wa_buf_printf(out, "Content-Type: multipart/alternative; boundary=\"%s\"\n", boundary);
}

static enum wa_err
add_part(struct wa_buf *out, const char *boundary, const char *type, const char *body,
    const struct value *values, bool html)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf text = WA_BUF_INIT(PART_MAX);
	enum wa_err e;

	fill_in(&text, body, values, html);
	e = wa_buf_check(&text);
	if (e != WA_OK)
		return e;
	wa_buf_printf(out,
	    "\n--%s\nContent-Type: %s; charset=utf-8\n"
	    "Content-Transfer-Encoding: quoted-printable\n\n",
	    boundary, type);
	wa_mime_quoted_printable(out, text.data, text.len);
	return WA_OK;
}

static enum wa_err
fill_values(struct wa_arena *a, const struct wa_mail_sender *sender, const struct outbox_row *row,
    enum wa_mail_kind kind, struct value values[static VALUES])
{
	const char *expires = duration_text(a, link_life(sender->settings, kind));

	if (expires == NULL)
		return nomem();
	values[0] = (struct value){"name", row->name};
	values[1] = (struct value){"email", row->recipient};
	values[2] = (struct value){"site", sender->site};
	values[3] = (struct value){"url", row->url != NULL ? row->url : ""};
	values[4] = (struct value){"new_email", row->detail != NULL ? row->detail : ""};
	values[5] = (struct value){"expires", expires};
	return WA_OK;
}

static enum wa_err
write_message(struct wa_arena *a, const struct wa_mail_sender *sender, const struct outbox_row *row,
    enum wa_mail_kind kind, int64_t now_ms, struct wa_buf *out)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf subject = WA_BUF_INIT(PART_MAX);
	struct template text, html;
	struct value values[VALUES];
	char boundary[BOUNDARY_LEN + 1];
	const char *line;
	enum wa_err e;

	e = read_template(a, sender->settings, kind, "txt", &text);
	if (e == WA_OK)
		e = read_template(a, sender->settings, kind, "html", &html);
	if (e == WA_OK)
		e = fill_values(a, sender, row, kind, values);
	if (e != WA_OK)
		return e;
	fill_in(&subject, text.subject, values, false);
	line = wa_buf_cstr(&subject);
	if (line == NULL)
		return nomem();
	/* Not to be guessed by whoever chose a name or a URL in the parts. */
	wa_random_text(boundary, BOUNDARY_LEN);
	add_header(out, sender, row, line, boundary, now_ms);
	e = add_part(out, boundary, "text/plain", text.body, values, false);
	if (e == WA_OK)
		e = add_part(out, boundary, "text/html", html.body, values, true);
	if (e != WA_OK)
		return e;
	wa_buf_printf(out, "\n--%s--\n", boundary);
	return wa_buf_check(out);
}

enum wa_err
wa_mail_message(struct wa_arena *a, const struct wa_mail_sender *sender,
    const struct outbox_row *row, int64_t now_ms, struct wa_buf *out)
{
	enum wa_mail_kind kind;

	if (!wa_mail_kind_find(row->kind, &kind))
		return wa_refuse(WA_ERR_INVALID, "no mail of that kind");
	/* The header takes it as it is: an address by contract.md 0.6 holds no blank, no comma and
	 * no angle bracket. Other programs write to this store too. */
	if (!wa_text_is_email(row->recipient) || !wa_text_is_utf8(row->name, strlen(row->name)))
		return wa_refuse(WA_ERR_INVALID, "the recipient is no e-mail address");
	return write_message(a, sender, row, kind, now_ms, out);
}
