/*
 * webauthctl link export: linked accounts that the host does not have, in the form that a name
 * service reads. Each file is written beside its place and then put there, so that a login never
 * sees half of one. None of these accounts has a password of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/json_write.h"
#include "lib/base/text.h"
#include "lib/store/uid.h"
#include "tools/webauthctl/ctl.h"

#define TEXT_MAX  (64UL * 1024 * 1024)
#define NAME_SIZE 300

static const struct output_field fields[] = {{"format", "FORMAT", false},
    {"directory", "DIRECTORY", false}, {"accounts", "ACCOUNTS", false}};

struct export
{
	struct ctl *c;
	int dir; /* the directory */
	const char *out, *home, *shell;
	int64_t accounts;
	struct wa_buf passwd, group, shadow; /* of extrausers */
	bool failed;			     /* said already */
};

static void
export_done(struct export *x)
{
	if (x->dir >= 0)
		(void)close(x->dir);
	wa_buf_done(&x->passwd);
	wa_buf_done(&x->group);
	wa_buf_done(&x->shadow);
}

/* ---- files ---- */

static bool
say_failed(struct export *x, const char *name)
{
	message_say("%s/%s: %s", x->out, name, strerror(errno));
	x->failed = true;
	return false;
}

static bool
write_all(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t put = write(fd, text, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		text += put;
		n -= (size_t)put;
	}
	return fsync(fd) == 0;
}

/* Whole and on the disk, or as it was. */
static bool
put_file(struct export *x, const char *name, mode_t mode, const struct wa_buf *b)
{
	char temporary[NAME_SIZE + 8];
	int fd;
	bool good;

	if (b->failed) {
		errno = ENOMEM;
		return say_failed(x, name);
	}
	(void)snprintf(temporary, sizeof(temporary), ".%s.new", name);
	(void)unlinkat(x->dir, temporary, 0);
	fd = openat(x->dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return say_failed(x, temporary);
	good = fchmod(fd, mode) == 0 && write_all(fd, b->data, b->len);
	good = close(fd) == 0 && good && renameat(x->dir, temporary, x->dir, name) == 0;
	return good || say_failed(x, name);
}

static bool
put_link(struct export *x, const char *name, const char *target)
{
	char temporary[NAME_SIZE + 8];

	(void)snprintf(temporary, sizeof(temporary), ".%s.new", name);
	(void)unlinkat(x->dir, temporary, 0);
	return (symlinkat(target, x->dir, temporary) == 0 &&
		   renameat(x->dir, temporary, x->dir, name) == 0) ||
	    say_failed(x, name);
}

/* ---- what an account is ---- */

/* A name for people, without what has a meaning in passwd(5). */
static void
put_name(struct wa_buf *b, const char *name)
{
	bool plain = !wa_text_has_control(name);

	for (const char *p = name; *p != '\0'; p++)
		wa_buf_char(b,
		    strchr(":,=&", *p) != NULL || (!plain && (unsigned char)*p < 0x20) ? ' ' : *p);
}

/* ---- extrausers ---- */

static bool
add_extrauser(void *arg, const struct uid_row *row)
{
	struct export *x = arg;

	if (row->user_name == NULL)
		return true;
	wa_buf_printf(
	    &x->passwd, "%s:x:%" PRId64 ":%" PRId64 ":", row->account, row->uid, row->uid);
	put_name(&x->passwd, row->user_name);
	wa_buf_printf(&x->passwd, ":%s/%s:%s\n", x->home, row->account, x->shell);
	wa_buf_printf(&x->group, "%s:x:%" PRId64 ":\n", row->account, row->uid);
	/* No password fits, and none ages. */
	wa_buf_printf(&x->shadow, "%s:!*:::::::\n", row->account);
	x->accounts++;
	return true;
}

/* passwd comes last: whoever is in it has a group and a locked password by then. */
static enum wa_err
export_extrausers(struct export *x)
{
	enum wa_err e = store_uid_each(x->c->cx.store, add_extrauser, x);

	if (e != WA_OK)
		return e;
	(void)(put_file(x, "group", 0644, &x->group) && put_file(x, "shadow", 0640, &x->shadow) &&
	    put_file(x, "passwd", 0644, &x->passwd));
	return WA_OK;
}

/* ---- userdb ---- */

static void
json_text(struct wa_buf *b, const char *key, const char *value)
{
	wa_json_key(b, key);
	wa_json_string(b, value);
}

static void
json_number(struct wa_buf *b, const char *key, int64_t value)
{
	wa_json_key(b, key);
	wa_json_int(b, value);
}

static bool
put_record(struct export *x, const struct uid_row *row, const char *ending, const struct wa_buf *b)
{
	char name[NAME_SIZE], number[NAME_SIZE];

	(void)snprintf(name, sizeof(name), "%s.%s", row->account, ending);
	(void)snprintf(number, sizeof(number), "%" PRId64 ".%s", row->uid, ending);
	return put_file(x, name, 0644, b) && put_link(x, number, name);
}

static bool
put_user(struct export *x, const struct uid_row *row)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(TEXT_MAX);
	WA_CLEANUP(wa_buf_done) struct wa_buf name = WA_BUF_INIT(TEXT_MAX);
	WA_CLEANUP(wa_buf_done) struct wa_buf home = WA_BUF_INIT(TEXT_MAX);

	put_name(&name, row->user_name);
	wa_buf_printf(&home, "%s/%s", x->home, row->account);
	wa_json_open(&b, '{');
	json_text(&b, "userName", row->account);
	json_number(&b, "uid", row->uid);
	json_number(&b, "gid", row->uid);
	json_text(&b, "realName", wa_buf_cstr(&name));
	json_text(&b, "homeDirectory", wa_buf_cstr(&home));
	json_text(&b, "shell", x->shell);
	json_text(&b, "disposition", "regular");
	wa_json_close(&b, '}');
	wa_buf_char(&b, '\n');
	return put_record(x, row, "user", &b);
}

static bool
put_group(struct export *x, const struct uid_row *row)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(TEXT_MAX);

	wa_json_open(&b, '{');
	json_text(&b, "groupName", row->account);
	json_number(&b, "gid", row->uid);
	json_text(&b, "disposition", "regular");
	wa_json_close(&b, '}');
	wa_buf_char(&b, '\n');
	return put_record(x, row, "group", &b);
}

/* What an earlier export left of an account that is nobody's now. */
static bool
remove_records(struct export *x, const struct uid_row *row)
{
	static const char *const endings[] = {"user", "group"};
	char name[NAME_SIZE];

	for (size_t i = 0; i < 2 * WA_ARRAY_LEN(endings); i++) {
		if (i % 2 == 0)
			(void)snprintf(name, sizeof(name), "%s.%s", row->account, endings[i / 2]);
		else
			(void)snprintf(
			    name, sizeof(name), "%" PRId64 ".%s", row->uid, endings[i / 2]);
		if (unlinkat(x->dir, name, 0) != 0 && errno != ENOENT)
			return say_failed(x, name);
	}
	return true;
}

static bool
add_record(void *arg, const struct uid_row *row)
{
	struct export *x = arg;

	if (row->user_name == NULL)
		return remove_records(x, row);
	x->accounts++;
	return put_group(x, row) && put_user(x, row);
}

/* ---- the verb ---- */

static bool
is_field(const char *s)
{
	return s[0] == '/' && strchr(s, ':') == NULL && !wa_text_has_control(s) &&
	    wa_text_is_utf8(s, strlen(s));
}

static enum ctl_exit
put_result(struct export *x, const char *format)
{
	struct output o;

	output_record(&o, x->c->format, "export", fields, WA_ARRAY_LEN(fields));
	output_text(&o, format);
	output_text(&o, x->out);
	output_int(&o, x->accounts);
	output_row(&o);
	return output_end(&o) ? CTL_OK : CTL_FAILED;
}

enum ctl_exit
link_export(struct ctl *c)
{
	const char *format = options_get(c, "format"), *home = options_get(c, "home"),
		   *shell = options_get(c, "shell");
	WA_CLEANUP(export_done)
	struct export x = {
	    .c = c,
	    .dir = -1,
	    .out = options_get(c, "out"),
	    .home = home != NULL ? home : "/home",
	    .shell = shell != NULL ? shell : "/bin/sh",
	    .passwd = WA_BUF_INIT(TEXT_MAX),
	    .group = WA_BUF_INIT(TEXT_MAX),
	    .shadow = WA_BUF_INIT(TEXT_MAX),
	};
	bool extrausers = format != NULL && strcmp(format, "extrausers") == 0;
	enum wa_err e;

	if (format == NULL || (!extrausers && strcmp(format, "userdb") != 0))
		return message_usage(c, "link export needs --format extrausers or --format userdb");
	if (x.out == NULL)
		return message_usage(c, "link export needs --out DIR");
	if (!is_field(x.home) || !is_field(x.shell))
		return message_usage(c, "--home and --shell take absolute paths");
	x.dir = open(x.out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (x.dir < 0) {
		message_say("%s: %s", x.out, strerror(errno));
		return CTL_FAILED;
	}
	e = extrausers ? export_extrausers(&x) : store_uid_each(c->cx.store, add_record, &x);
	if (e != WA_OK)
		return message_fail(e, "link export");
	if (x.failed)
		return CTL_FAILED;
	(void)fsync(x.dir);
	return put_result(&x, format);
}
