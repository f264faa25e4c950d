/*
 * The ini file as a list of entries, through libinih. The only includer of ini.h.
 */
#include "lib/base/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/limits.h"

struct reader {
	struct wa_arena *arena;
	const char *file;
	const char *at; /* what is left of the text */
	int line;
	struct wa_config_entry *entries;
	size_t n;
	size_t cap;
	enum wa_err error; /* the first */
};

static char *
reader_line(char *out, int size, void *stream)
{
	struct reader *r = stream;
	size_t len = strcspn(r->at, "\n");

	if (*r->at == '\0' || r->error != WA_OK)
		return NULL;
	r->line++;
	if (len + 1 > (size_t)size) {
		r->error = wa_fault(WA_ERR_CONFIG, "%s:%d: the line is longer than %d characters",
		    r->file, r->line, WA_CONFIG_LINE_MAX);
		return NULL;
	}
	if (*r->at == ' ' || *r->at == '\t') {
		/* libinih would take it for one more value of the key above. */
		if (strspn(r->at, " \t\r") != len) {
			r->error = wa_fault(WA_ERR_CONFIG,
			    "%s:%d: the line begins with a blank; start keys in the first column",
			    r->file, r->line);
			return NULL;
		}
	}
	memcpy(out, r->at, len);
	out[len] = '\0';
	r->at += len + (r->at[len] == '\n');
	return out;
}

static int
reader_entry(void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;
	struct wa_config_entry *e;

	if (r->error != WA_OK)
		return 0;
	if (r->n == r->cap) {
		size_t cap = r->cap == 0 ? 32 : r->cap * 2;
		struct wa_config_entry *grown = wa_arena_alloc(r->arena, cap * sizeof(*grown));

		if (grown == NULL) {
			r->error = wa_config_nomem();
			return 0;
		}
		if (r->n > 0)
			memcpy(grown, r->entries, r->n * sizeof(*grown));
		r->entries = grown;
		r->cap = cap;
	}
	e = &r->entries[r->n];
	e->section = wa_arena_strdup(r->arena, section);
	e->key = wa_arena_strdup(r->arena, name);
	e->value = wa_arena_strdup(r->arena, value);
	e->line = r->line;
	if (e->section == NULL || e->key == NULL || e->value == NULL) {
		r->error = wa_config_nomem();
		return 0;
	}
	r->n++;
	return 1;
}

static void
closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static enum wa_err
check_file(const char *file, const struct stat *st, bool strict_owner)
{
	if (!S_ISREG(st->st_mode))
		return wa_fault(WA_ERR_CONFIG, "%s: not a regular file", file);
	if (st->st_size > WA_CONFIG_MAX)
		return wa_fault(WA_ERR_CONFIG, "%s: larger than %d bytes", file, WA_CONFIG_MAX);
	if ((st->st_mode & 0022) != 0)
		return wa_fault(WA_ERR_CONFIG,
		    "%s: others can change it (mode %04o); run: chmod go-w '%s'", file,
		    (unsigned)(st->st_mode & 07777), file);
	if (strict_owner && st->st_uid != 0 && st->st_uid != geteuid())
		return wa_fault(WA_ERR_CONFIG, "%s: owned by uid %u; run: chown root '%s'", file,
		    (unsigned)st->st_uid, file);
	return WA_OK;
}

/* The whole file as text; *ret stays NULL when an optional file is absent. */
static enum wa_err
read_file(struct wa_arena *a, const char *file, bool optional, bool strict_owner, char **ret)
{
	WA_CLEANUP(closep)
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	struct stat st;
	size_t len = 0;
	char *text;
	enum wa_err e;

	if (fd < 0 && errno == ENOENT && optional)
		return WA_OK;
	if (fd < 0 || fstat(fd, &st) < 0)
		return wa_fault(WA_ERR_CONFIG, "%s: %s", file, strerror(errno));
	e = check_file(file, &st, strict_owner);
	if (e != WA_OK)
		return e;
	text = wa_arena_alloc(a, (size_t)st.st_size + 1);
	if (text == NULL)
		return wa_config_nomem();
	while (len < (size_t)st.st_size) {
		ssize_t n = read(fd, text + len, (size_t)st.st_size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return wa_fault(WA_ERR_CONFIG, "%s: %s", file, strerror(errno));
		if (n == 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	if (strlen(text) != len)
		return wa_fault(WA_ERR_CONFIG, "%s: holds a NUL byte", file);
	*ret = text;
	return WA_OK;
}

static enum wa_err
read_entries(struct reader *r, const char *text)
{
	int line;

	r->at = text;
	line = ini_parse_stream(reader_line, r, reader_entry, r);
	if (r->error != WA_OK)
		return r->error;
	if (line != 0)
		return wa_fault(WA_ERR_CONFIG, "%s:%d: neither \"key = value\" nor \"[section]\"",
		    r->file, line);
	return WA_OK;
}

enum wa_err
wa_config_file_read(struct wa_arena *a, const char *file, bool optional, bool strict_owner,
    struct wa_config_file *ret)
{
	struct reader r = {.arena = a, .file = file};
	char *text = NULL;
	enum wa_err e;

	e = read_file(a, file, optional, strict_owner, &text);
	if (e == WA_OK && text != NULL)
		e = read_entries(&r, text);
	if (e != WA_OK)
		return e;
	*ret = (struct wa_config_file){text != NULL ? file : NULL, r.entries, r.n};
	return WA_OK;
}
