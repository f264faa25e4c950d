/* Bytes of one connection. */
#include "sessiond/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/limits.h"

/* A whole request and the beginning of the next. */
#define IN_MAX	  (WA_HEAD_MAX + WA_BODY_MAX + READ_STEP)
#define READ_STEP 4096
/* Answers to pipelined requests; the loop stops taking requests well before. */
#define OUT_MAX (4 * 1024 * 1024)
/* A buffer that grew is given back when it is empty. */
#define KEEP_BYTES 16384

struct conn *
conn_new(int fd, uint64_t id)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->source = SOURCE_CONN;
	c->fd = fd;
	c->id = id;
	c->in = WA_BUF_INIT(IN_MAX);
	c->out = WA_BUF_INIT(OUT_MAX);
	return c;
}

void
conn_free(struct conn *c)
{
	if (c == NULL)
		return;
	(void)close(c->fd);
	wa_buf_done(&c->in);
	wa_buf_done(&c->out);
	free(c);
}

enum conn_io
conn_receive(struct conn *c)
{
	char *room;
	ssize_t n;

	if (c->in.max - c->in.len < READ_STEP)
		return CONN_IO_OK; /* full: what is there must be answered first */
	room = wa_buf_reserve(&c->in, READ_STEP);
	if (room == NULL)
		return CONN_IO_GONE;
	n = recv(c->fd, room, c->in.cap - c->in.len, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? CONN_IO_OK : CONN_IO_GONE;
	if (n == 0)
		c->eof = true;
	wa_buf_advance(&c->in, (size_t)n);
	return CONN_IO_OK;
}

enum conn_io
conn_send(struct conn *c)
{
	while (c->out.len > 0) {
		ssize_t n = send(c->fd, c->out.data, c->out.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? CONN_IO_AGAIN : CONN_IO_GONE;
		wa_buf_consume(&c->out, (size_t)n);
	}
	if (c->out.cap > KEEP_BYTES)
		wa_buf_done(&c->out);
	if (c->in.len == 0 && c->in.cap > KEEP_BYTES)
		wa_buf_done(&c->in);
	return CONN_IO_OK;
}

enum conn_io
conn_drain(struct conn *c)
{
	char sink[4096];
	ssize_t n = recv(c->fd, sink, sizeof(sink), 0);

	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return CONN_IO_OK;
	return CONN_IO_GONE;
}
