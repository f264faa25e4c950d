/*
 * Secrets are read into one buffer that is wiped on every path, and copied out at their exact
 * length, so that wa_secret_done() knows all there is to wipe.
 */
#include "lib/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum wa_err
wa_secret_copy(const char *bytes, size_t n, struct wa_secret *ret)
{
	char *copy;

	if (n == SIZE_MAX)
		return wa_fault(WA_ERR_NOMEM, "secret");
	copy = malloc(n + 1);
	if (copy == NULL)
		return wa_fault(WA_ERR_NOMEM, "secret");

	if (n > 0)
		memcpy(copy, bytes, n);
	copy[n] = '\0';
	*ret = (struct wa_secret){.bytes = copy, .len = n};
	return WA_OK;
}

enum wa_err
wa_secret_copy_guarded(const char *bytes, size_t n, struct wa_secret *ret)
{
	char *copy = n == SIZE_MAX ? NULL : sodium_malloc(n + 1);

	if (copy == NULL)
		return wa_fault(WA_ERR_NOMEM, "secret");
	if (n > 0)
		memcpy(copy, bytes, n);
	copy[n] = '\0';
	*ret = (struct wa_secret){.bytes = copy, .len = n, .guarded = true};
	return WA_OK;
}

void
wa_secret_done(struct wa_secret *s)
{
	if (s->guarded) {
		sodium_free(s->bytes); /* wipes it */
	} else if (s->bytes != NULL) {
		sodium_memzero(s->bytes, s->len);
		free(s->bytes);
	}
	*s = WA_SECRET_NONE;
}

bool
wa_secret_equal(const struct wa_secret *a, const struct wa_secret *b)
{
	if (a->len != b->len)
		return false;
	return a->len == 0 || sodium_memcmp(a->bytes, b->bytes, a->len) == 0;
}

struct input {
	char *bytes;
	size_t size;
	size_t len;
};

static void
input_done(struct input *in)
{
	if (in->bytes != NULL) {
		sodium_memzero(in->bytes, in->size);
		free(in->bytes);
	}
}

/* Stops at end of file, when the input is full, or behind the newline that ends a line. A line is
 * read byte by byte: what follows it belongs to the next reader of fd. */
static enum wa_err
fill(int fd, bool line, struct input *in)
{
	while (in->len < in->size) {
		ssize_t got;

		got = read(fd, in->bytes + in->len, line ? 1 : in->size - in->len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return wa_fault(WA_ERR_SYSTEM, "read: %s", strerror(errno));
		if (got == 0)
			return WA_OK;
		in->len += (size_t)got;
		if (line && in->bytes[in->len - 1] == '\n')
			return WA_OK;
	}
	return WA_OK;
}

enum end {
	END_OF_FILE,
	END_OF_LINE,
	END_OF_TEXT_FILE, /* end of file, before which one newline does not count */
};

static enum wa_err
read_until(int fd, size_t max, enum end end, struct wa_secret *ret)
{
	WA_CLEANUP(input_done) struct input in = {0};
	enum wa_err e;

	/* Room for a newline and for one byte too many, by which a longer secret is noticed. */
	if (max > SIZE_MAX - 2)
		return wa_fault(WA_ERR_NOMEM, "secret of up to %zu bytes", max);
	in.bytes = malloc(max + 2);
	if (in.bytes == NULL)
		return wa_fault(WA_ERR_NOMEM, "secret of up to %zu bytes", max);
	in.size = max + 2;

	e = fill(fd, end == END_OF_LINE, &in);
	if (e != WA_OK)
		return e;

	if (end != END_OF_FILE && in.len > 0 && in.bytes[in.len - 1] == '\n')
		in.len--;
	if (in.len > max)
		return wa_refuse(WA_ERR_TOO_LONG, "longer than %zu bytes", max);
	if (memchr(in.bytes, '\0', in.len) != NULL)
		return wa_refuse(WA_ERR_INVALID, "contains a NUL byte");
	return wa_secret_copy(in.bytes, in.len, ret);
}

enum wa_err
wa_secret_read(int fd, size_t max, bool line, struct wa_secret *ret)
{
	return read_until(fd, max, line ? END_OF_LINE : END_OF_FILE, ret);
}

/* What is asked is asked of the opened file, so that nobody can exchange it in between. */
static enum wa_err
check_file(const char *path, int fd)
{
	uid_t me = geteuid();
	struct stat st;

	if (fstat(fd, &st) != 0)
		return wa_fault(WA_ERR_CONFIG, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return wa_fault(WA_ERR_CONFIG, "%s: not a regular file", path);
	if (st.st_uid != 0 && st.st_uid != me) {
		return wa_fault(WA_ERR_CONFIG,
		    "%s: owned by uid %ju, which could change it; run: chown root '%s'", path,
		    (uintmax_t)st.st_uid, path);
	}
	if ((st.st_mode & (S_IROTH | S_IWOTH)) != 0) {
		return wa_fault(WA_ERR_CONFIG,
		    "%s: everybody can read or write it; run: chmod g-w,o= '%s'", path, path);
	}
	if ((st.st_mode & S_IWGRP) != 0) {
		return wa_fault(
		    WA_ERR_CONFIG, "%s: its group can write it; run: chmod g-w '%s'", path, path);
	}
	return WA_OK;
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
}

enum wa_err
wa_secret_read_file(const char *path, size_t max, struct wa_secret *ret)
{
	WA_CLEANUP(close_fd) int fd = -1;
	enum wa_err e;

	/* O_NONBLOCK: a FIFO in this place must be refused, not waited for. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	if (fd == -1 && errno == ELOOP)
		return wa_fault(
		    WA_ERR_CONFIG, "%s: is a symbolic link; name the file itself", path);
	if (fd == -1)
		return wa_fault(WA_ERR_CONFIG, "%s: %s", path, strerror(errno));

	e = check_file(path, fd);
	if (e != WA_OK)
		return e;

	e = read_until(fd, max, END_OF_TEXT_FILE, ret);
	if (e == WA_OK || e == WA_ERR_NOMEM)
		return e;
	return wa_fault(WA_ERR_CONFIG, "%s: %s", path, wa_err_detail(e));
}
