/*
 * Bisection over bytes: the middle of an interval is moved on to the next start of a line, and that
 * line says on which side to go on.
 */
#include "lib/core/sorted_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/compiler.h"

#define CHUNK	   512	/* bytes read at once */
#define PLACES	   4096 /* where wa_sorted_lines_check() looks */
#define PREPARE_BY "webauthctl blocklist prepare < FILE | LC_ALL=C sort -u"

static enum wa_err
unreadable(const struct wa_sorted_lines *l, const char *why)
{
	return wa_fault(WA_ERR_CONFIG, "password_blocklist = %s: %s", l->name, why);
}

enum wa_err
wa_sorted_lines_open(const char *path, struct wa_sorted_lines *ret)
{
	struct wa_sorted_lines l = {.name = path};
	struct stat st;

	l.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (l.fd < 0)
		return unreadable(&l, strerror(errno));
	if (fstat(l.fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		(void)close(l.fd);
		return unreadable(&l, "not a regular file");
	}
	l.size = (uint64_t)st.st_size;
	*ret = l;
	return WA_OK;
}

void
wa_sorted_lines_close(struct wa_sorted_lines *l)
{
	if (l->text == NULL && l->fd >= 0)
		(void)close(l->fd);
	*l = (struct wa_sorted_lines){.fd = -1};
}

/* What is there of n bytes at an offset: less only where the list ends. */
static enum wa_err
read_at(const struct wa_sorted_lines *l, uint64_t at, char *buf, size_t n, size_t *ret)
{
	size_t got = 0;

	if (l->text != NULL) {
		got = l->size - at < n ? (size_t)(l->size - at) : n;
		memcpy(buf, l->text + at, got);
	}
	while (l->text == NULL && got < n) {
		ssize_t r = pread(l->fd, buf + got, n - got, (off_t)(at + got));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return unreadable(l, strerror(errno));
		if (r == 0)
			break;
		got += (size_t)r;
	}
	*ret = got;
	return WA_OK;
}

/* The first start of a line at or after an offset; the list's size when there is none. */
static enum wa_err
line_start(const struct wa_sorted_lines *l, uint64_t at, uint64_t *ret)
{
	char buf[CHUNK];
	size_t n;
	enum wa_err e;

	if (at == 0) {
		*ret = 0;
		return WA_OK;
	}
	for (uint64_t from = at - 1; from < l->size; from += n) {
		const char *newline;

		e = read_at(l, from, buf, sizeof(buf), &n);
		if (e != WA_OK)
			return e;
		if (n == 0)
			break;
		newline = memchr(buf, '\n', n);
		if (newline != NULL) {
			*ret = from + (uint64_t)(newline - buf) + 1;
			return WA_OK;
		}
	}
	*ret = l->size;
	return WA_OK;
}

/* As strcmp(), by unsigned bytes, of key and the line that starts there. Reads no more of the line
 * than decides it. */
static enum wa_err
compare_at(const struct wa_sorted_lines *l, uint64_t at, const char *key, int *ret)
{
	size_t left = strlen(key);
	char buf[CHUNK];

	for (;;) {
		size_t want = left + 1 < sizeof(buf) ? left + 1 : sizeof(buf);
		size_t n, line, same;
		const char *newline;
		enum wa_err e = read_at(l, at, buf, want, &n);

		if (e != WA_OK)
			return e;
		newline = memchr(buf, '\n', n);
		line = newline != NULL ? (size_t)(newline - buf) : n;
		same = line < left ? line : left;
		*ret = memcmp(key, buf, same);
		if (*ret == 0 && line != left)
			*ret = line < left ? 1 : -1;
		/* Only of a line that goes on, after as much of the key, is there more to see. */
		if (newline != NULL || n < want || line > left || memcmp(key, buf, same) != 0)
			return WA_OK;
		at += n;
		key += n;
		left -= n;
	}
}

enum wa_err
wa_sorted_lines_has(const struct wa_sorted_lines *l, const char *line, bool *ret)
{
	uint64_t low = 0, high = l->size; /* the line, if there is one, starts in [low, high) */

	while (low < high) {
		uint64_t middle = low + (high - low) / 2, start;
		int order = 0;
		enum wa_err e = line_start(l, middle, &start);

		if (e == WA_OK && start < high)
			e = compare_at(l, start, line, &order);
		if (e != WA_OK)
			return e;
		if (start >= high || order < 0) {
			high = middle;
		} else if (order > 0) {
			low = start + 1;
		} else {
			*ret = true;
			return WA_OK;
		}
	}
	*ret = false;
	return WA_OK;
}

static enum wa_err
check_line(const struct wa_sorted_lines *l, const char *line)
{
	for (const char *p = line; *p != '\0'; p++)
		if ((*p >= 'A' && *p <= 'Z') || *p == '\r')
			return unreadable(l,
			    "lines with capital letters or carriage returns match nothing; prepare "
			    "it with: " PREPARE_BY);
	return WA_OK;
}

/* The beginning of the line at an offset, as text. */
static enum wa_err
line_at(const struct wa_sorted_lines *l, uint64_t at, char buf[static CHUNK])
{
	size_t n;
	enum wa_err e = read_at(l, at, buf, CHUNK - 1, &n);

	if (e != WA_OK)
		return e;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return WA_OK;
}

enum wa_err
wa_sorted_lines_check(const struct wa_sorted_lines *l)
{
	uint64_t places = l->size < PLACES ? l->size : PLACES, last = 0;
	char before[CHUNK] = "", line[CHUNK];

	for (uint64_t i = 0; i < places; i++) {
		uint64_t start;
		enum wa_err e = line_start(l, l->size / places * i, &start);

		if (e != WA_OK)
			return e;
		if (start >= l->size)
			break;
		if (i > 0 && start == last)
			continue;
		e = line_at(l, start, line);
		if (e == WA_OK)
			e = check_line(l, line);
		if (e != WA_OK)
			return e;
		if (strcmp(line, before) < 0)
			return unreadable(l, "not in byte order; prepare it with: " PREPARE_BY);
		memcpy(before, line, sizeof(before));
		last = start;
	}
	return WA_OK;
}
