/*
 * Bytes from standard input as sessiond frames them: for each request a line "METHOD TARGET BODY",
 * the body in hex; then how it ended: "close", "more" or "error".
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/limits.h"
#include "sessiond/http/request.h"

#define INPUT_MAX (1 << 20)

static const char *
print_request(const char *p, const struct http_request *r, size_t head)
{
	const char *line_end = p;

	while (*line_end != ' ')
		line_end++;
	(void)printf("%.*s %.*s ", (int)(line_end - p), p, (int)r->target.n, r->target.p);
	for (size_t i = 0; i < r->content_length; i++)
		(void)printf("%02x", (unsigned char)p[head + i]);
	(void)printf("\n");
	return p + head + r->content_length;
}

int
main(void)
{
	static char bytes[INPUT_MAX];
	const char *p = bytes, *end = bytes;
	ssize_t n;

	while ((n = read(STDIN_FILENO, bytes + (end - bytes),
		    (size_t)(bytes + sizeof(bytes) - end))) > 0)
		end += n;
	for (;;) {
		struct http_request r;
		size_t head;
		int status;

		if (p == end) {
			(void)puts("more");
			return 0;
		}
		switch (http_request_parse(p, (size_t)(end - p), &r, &head, &status)) {
		case HTTP_PARSE_ERROR: (void)puts("error"); return 0;
		case HTTP_PARSE_MORE: (void)puts("more"); return 0;
		case HTTP_PARSE_DONE: break;
		}
		if ((size_t)(end - p) - head < r.content_length) {
			(void)puts("more");
			return 0;
		}
		p = print_request(p, &r, head);
		if (!r.keep_alive) {
			(void)puts("close");
			return 0;
		}
	}
}
