/*
 * The verdict on a head does not depend on how its bytes arrive: any prefix gets MORE or the
 * whole's verdict. Slices lie inside the head, and nothing that frames a request is left to doubt.
 */
#include "sessiond/http/request.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

struct verdict {
	enum http_parse result;
	size_t len;
	int status;
};

static bool
inside(struct http_slice s, const char *p, size_t n)
{
	return s.p == NULL || (s.p >= p && s.n <= n && s.p + s.n <= p + n);
}

/* Is this what looking it up by its name gives? */
static bool
is_header(const struct http_request *r, const char *name, struct http_slice value)
{
	struct http_slice found = http_request_header(r, name);

	return value.p == found.p && value.n == found.n;
}

static void
check_request(const struct http_request *r, const char *p, size_t len)
{
	size_t i;

	assert(len <= WA_HEAD_MAX && r->n_headers <= WA_HEADERS_MAX);
	assert(r->content_length <= WA_BODY_MAX);
	assert(memcmp(p + len - 4, "\r\n\r\n", 4) == 0);
	assert(inside(r->target, p, len) && inside(r->path, p, len) && inside(r->query, p, len));
	assert(r->path.p[0] == '/' && r->body.p == NULL);
	assert(http_request_header(r, "Transfer-Encoding").p == NULL);
	assert(is_header(r, "Cookie", r->cookie) && is_header(r, "Origin", r->origin));
	assert(is_header(r, "Authorization", r->authorization));
	assert(is_header(r, "Content-Type", r->content_type));
	assert(r->content_length == 0 || http_request_header(r, "Content-Length").p != NULL);
	for (i = 0; i < r->n_headers; i++) {
		assert(inside(r->headers[i].name, p, len) && r->headers[i].name.n > 0);
		assert(inside(r->headers[i].value, p, len));
		assert(memchr(r->headers[i].value.p, '\r', r->headers[i].value.n) == NULL);
		assert(memchr(r->headers[i].value.p, '\n', r->headers[i].value.n) == NULL);
		assert(memchr(r->headers[i].value.p, '\0', r->headers[i].value.n) == NULL);
	}
}

static struct verdict
verdict_on(const uint8_t *data, size_t n)
{
	struct verdict v = {.result = HTTP_PARSE_MORE};
	struct http_request r;
	char *copy = malloc(n == 0 ? 1 : n);

	if (copy == NULL)
		abort();
	if (n > 0)
		memcpy(copy, data, n);
	v.result = http_request_parse(copy, n, &r, &v.len, &v.status);
	if (v.result == HTTP_PARSE_DONE)
		check_request(&r, copy, v.len);
	free(copy);
	return v;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct verdict whole = verdict_on(data, size), part;
	size_t cut, step = size / 64 + 1;

	for (cut = 0; cut < size; cut += step) {
		part = verdict_on(data, cut);
		if (part.result == HTTP_PARSE_MORE)
			assert(whole.result != HTTP_PARSE_DONE || cut < whole.len);
		else
			assert(part.result == whole.result && part.len == whole.len &&
			    part.status == whole.status);
	}
	return 0;
}
