/*
 * The request head, in one pass over its bytes. Every byte is looked up once in a class table and
 * the first one out of place ends the parse, so a prefix of the input never gets another error than
 * the whole: it gets the same one or HTTP_PARSE_MORE. That is what makes it safe to parse again
 * from the start when more bytes are there, which costs at most WA_HEAD_MAX bytes each time.
 *
 * Not here: the body (its length is all that is told), percent-decoding, what a path means.
 */
#include "sessiond/http/request.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"
#include "lib/base/words.h"

enum {
	C_VALUE = 1, /* RFC 9110 5.5: blanks, visible, obs-text (opaque to us) */
	C_TARGET =
	    2, /* visible ASCII without '#' (no fragment is ever sent) and without '"', '<', '>' */
	C_TOKEN = 4, /* RFC 9110 5.6.2 */
	C_HOST = 8,  /* what a host and port are written with */
};

#define NO 0
#define VA C_VALUE
#define TA (C_VALUE | C_TARGET)
#define HA (C_VALUE | C_TARGET | C_HOST)
#define KA (C_VALUE | C_TOKEN)
#define TK (C_VALUE | C_TARGET | C_TOKEN)
#define AL (C_VALUE | C_TARGET | C_TOKEN | C_HOST)

/* clang-format off */
static const uint8_t class_of[256] = {
/* NUL ..      */ NO, NO, NO, NO, NO, NO, NO, NO, NO, VA, NO, NO, NO, NO, NO, NO,
/* 10 ..       */ NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
/* SP !"#$%&'  */ VA, TK, VA, KA, TK, TK, TK, TK, TA, TA, TK, TK, TA, AL, AL, TA,
/* 0-9 :;<=>?  */ AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, HA, TA, VA, TA, VA, TA,
/* @ A-O       */ TA, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL,
/* P-Z [\]^_   */ AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, HA, TA, HA, TK, AL,
/* ` a-o       */ TK, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL,
/* p-z {|}~DEL */ AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, TA, TK, TA, TK, NO,
/* obs-text    */ VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA,
                  VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA,
                  VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA,
                  VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA,
                  VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA,
                  VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA,
                  VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA,
                  VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA, VA,
};
/* clang-format on */

struct parser {
	const char *p; /* the next byte */
	const char *end;
	struct http_request *req;
	int status;    /* of the error, once there is one */
	unsigned seen; /* bit i: rules[i] has had its header */
	bool line_done;
	bool http_1_0;
	bool expect_continue;
	bool close;	 /* Connection names "close" */
	bool keep_alive; /* Connection names "keep-alive" */
};

static enum http_parse
fail(struct parser *ps, int status)
{
	ps->status = status;
	return HTTP_PARSE_ERROR;
}

static bool
is_class(char c, unsigned class)
{
	return (class_of[(unsigned char)c] & class) != 0;
}

/* Takes the longest run of a class. It is only known to be whole when a byte follows it. */
static enum http_parse
take_run(struct parser *ps, unsigned class, struct http_slice *ret)
{
	const char *start = ps->p;

	while (ps->p < ps->end && is_class(*ps->p, class))
		ps->p++;
	if (ps->p == ps->end)
		return HTTP_PARSE_MORE;

	*ret = (struct http_slice){start, (size_t)(ps->p - start)};
	return HTTP_PARSE_DONE;
}

/* The same for C_VALUE, where most of a head's bytes are: whatever is no control is of it. */
static enum http_parse
take_value(struct parser *ps, struct http_slice *ret)
{
	const char *start = ps->p;
	enum http_parse r;

	while (ps->end - ps->p >= (ptrdiff_t)sizeof(uint64_t) &&
	    !wa_word_has_control(wa_word_at(ps->p)))
		ps->p += sizeof(uint64_t);
	r = take_run(ps, C_VALUE, ret);
	if (r == HTTP_PARSE_DONE)
		*ret = (struct http_slice){start, (size_t)(ps->p - start)};
	return r;
}

static enum http_parse
take_text(struct parser *ps, const char *text)
{
	for (; *text != '\0'; text++, ps->p++) {
		if (ps->p == ps->end)
			return HTTP_PARSE_MORE;
		if (*ps->p != *text)
			return fail(ps, 400);
	}
	return HTTP_PARSE_DONE;
}

static enum http_parse
take_digit(struct parser *ps, char *ret)
{
	if (ps->p == ps->end)
		return HTTP_PARSE_MORE;
	if (*ps->p < '0' || *ps->p > '9')
		return fail(ps, 400);

	*ret = *ps->p++;
	return HTTP_PARSE_DONE;
}

static enum http_parse
take_version(struct parser *ps)
{
	enum http_parse r;
	char major = '0', minor = '0';

	if ((r = take_text(ps, "HTTP/")) != HTTP_PARSE_DONE ||
	    (r = take_digit(ps, &major)) != HTTP_PARSE_DONE ||
	    (r = take_text(ps, ".")) != HTTP_PARSE_DONE ||
	    (r = take_digit(ps, &minor)) != HTTP_PARSE_DONE)
		return r;
	if (major != '1' || minor > '1')
		return fail(ps, 505);

	ps->http_1_0 = minor == '0';
	return take_text(ps, "\r\n");
}

static enum http_method
method_of(struct http_slice s)
{
	static const struct {
		const char *text;
		enum http_method method;
	} known[] = {
	    {"GET", HTTP_GET}, {"POST", HTTP_POST}, {"HEAD", HTTP_HEAD}, {"OPTIONS", HTTP_OPTIONS}};
	size_t i;

	for (i = 0; i < WA_ARRAY_LEN(known); i++)
		if (http_slice_is(s, known[i].text))
			return known[i].method;
	return HTTP_OTHER;
}

/* Origin-form only: a proxy that sends absolute-form or authority-form means somebody else, and '*'
 * asks about a server we are not. */
static enum http_parse
split_target(struct parser *ps)
{
	struct http_request *req = ps->req;
	const char *mark;

	if (req->target.p[0] != '/')
		return fail(ps, 400);

	req->path = req->target;
	req->query = (struct http_slice){NULL, 0};
	mark = memchr(req->target.p, '?', req->target.n);
	if (mark != NULL) {
		req->path.n = (size_t)(mark - req->target.p);
		req->query = (struct http_slice){mark + 1, req->target.n - req->path.n - 1};
	}
	return HTTP_PARSE_DONE;
}

/* A run that must not be empty and ends at one blank. */
static enum http_parse
take_word(struct parser *ps, unsigned class, struct http_slice *ret)
{
	enum http_parse r;

	r = take_run(ps, class, ret);
	if (r != HTTP_PARSE_DONE)
		return r;
	if (ret->n == 0)
		return fail(ps, 400);
	return take_text(ps, " ");
}

static enum http_parse
parse_request_line(struct parser *ps)
{
	struct http_slice method = {NULL, 0};
	enum http_parse r;

	if ((r = take_word(ps, C_TOKEN, &method)) != HTTP_PARSE_DONE ||
	    (r = take_word(ps, C_TARGET, &ps->req->target)) != HTTP_PARSE_DONE ||
	    (r = take_version(ps)) != HTTP_PARSE_DONE)
		return r;

	ps->line_done = true;
	ps->req->method = method_of(method);
	return split_target(ps);
}

static struct http_slice
trim(struct http_slice s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* Not empty, and no byte in it that would let it pass for more than a host and a port. */
static int
apply_host(WA_UNUSED struct parser *ps, struct http_slice value)
{
	size_t i;

	for (i = 0; i < value.n; i++)
		if (!is_class(value.p[i], C_HOST))
			return 400;
	return value.n == 0 ? 400 : 0;
}

/* Digits only: a sign, a blank, a list or a base prefix is where two parsers begin to disagree, and
 * so is a leading zero (octal to some). A number too large for any type is just too large. */
static int
apply_content_length(struct parser *ps, struct http_slice value)
{
	size_t length = 0, i;

	if (value.n == 0 || (value.p[0] == '0' && value.n > 1))
		return 400;
	for (i = 0; i < value.n; i++)
		if (value.p[i] < '0' || value.p[i] > '9')
			return 400;

	for (i = 0; i < value.n; i++) {
		length = length * 10 + (size_t)(value.p[i] - '0');
		if (length > WA_BODY_MAX)
			return 413;
	}
	ps->req->content_length = length;
	return 0;
}

/* Whatever it says, and on HTTP/1.0 too, where some ignore it and some do not. */
static int
apply_transfer_encoding(WA_UNUSED struct parser *ps, WA_UNUSED struct http_slice value)
{
	return 501;
}

static int
apply_connection(struct parser *ps, struct http_slice value)
{
	struct http_slice option;
	const char *comma;

	for (;;) {
		comma = memchr(value.p, ',', value.n);
		option = value;
		if (comma != NULL)
			option.n = (size_t)(comma - value.p);
		option = trim(option);
		if (http_slice_is_nocase(option, "close"))
			ps->close = true;
		if (http_slice_is_nocase(option, "keep-alive"))
			ps->keep_alive = true;
		if (comma == NULL)
			return 0;
		value.n -= (size_t)(comma + 1 - value.p);
		value.p = comma + 1;
	}
}

static int
apply_expect(struct parser *ps, struct http_slice value)
{
	if (!http_slice_is_nocase(value, "100-continue"))
		return 417;

	ps->expect_continue = true;
	return 0;
}

/* The headers that framing or safety depends on. Those that come once at most are the ones where
 * "the first" and "the last" would be different requests. Either apply returns 0 or a status, or
 * the value is kept in the request, at that offset. */
static const struct rule {
	const char *name;
	size_t name_len;
	bool once;
	int (*apply)(struct parser *ps, struct http_slice value);
	size_t kept;
} rules[] = {
#define RULE(name, once, apply)                              \
	{                                                    \
		(name), sizeof(name) - 1, (once), (apply), 0 \
	}
#define KEPT(name, member)                                                                  \
	{                                                                                   \
		(name), sizeof(name) - 1, true, NULL, offsetof(struct http_request, member) \
	}
    RULE("Host", true, apply_host), /* RULE_HOST: parse_head() asks for it by number */
    RULE("Content-Length", true, apply_content_length),
    RULE("Transfer-Encoding", true, apply_transfer_encoding),
    RULE("Connection", false, apply_connection),
    RULE("Expect", false, apply_expect),
    KEPT("Cookie", cookie),
    KEPT("Authorization", authorization),
    KEPT("Content-Type", content_type),
    KEPT("Origin", origin),
#undef RULE
#undef KEPT
};
#define RULE_HOST 0

static int
apply_rules(struct parser *ps, const struct http_header *h)
{
	unsigned bit;
	size_t i;

	for (i = 0; i < WA_ARRAY_LEN(rules); i++) {
		if (h->name.n != rules[i].name_len || !http_slice_is_nocase(h->name, rules[i].name))
			continue;

		bit = 1U << i;
		if (rules[i].once && (ps->seen & bit) != 0)
			return 400;

		ps->seen |= bit;
		if (rules[i].apply != NULL)
			return rules[i].apply(ps, h->value);
		memcpy((char *)ps->req + rules[i].kept, &h->value, sizeof(h->value));
		return 0;
	}
	return 0;
}

/* A name is followed by its colon at once: a blank there, or before the name, has been read as a
 * fold, as part of the name and as nothing by different servers. */
static enum http_parse
parse_header(struct parser *ps)
{
	struct http_request *req = ps->req;
	struct http_header *h;
	enum http_parse r;
	int status;

	if (req->n_headers == WA_HEADERS_MAX)
		return fail(ps, 431);

	h = &req->headers[req->n_headers];
	r = take_run(ps, C_TOKEN, &h->name);
	if (r != HTTP_PARSE_DONE)
		return r;
	if (h->name.n == 0)
		return fail(ps, 400);

	if ((r = take_text(ps, ":")) != HTTP_PARSE_DONE ||
	    (r = take_value(ps, &h->value)) != HTTP_PARSE_DONE ||
	    (r = take_text(ps, "\r\n")) != HTTP_PARSE_DONE)
		return r;

	h->value = trim(h->value);
	req->n_headers++;
	status = apply_rules(ps, h);
	return status == 0 ? HTTP_PARSE_DONE : fail(ps, status);
}

static enum http_parse
parse_head(struct parser *ps)
{
	enum http_parse r;

	r = parse_request_line(ps);
	if (r != HTTP_PARSE_DONE)
		return r;

	while (ps->p < ps->end && *ps->p != '\r') {
		r = parse_header(ps);
		if (r != HTTP_PARSE_DONE)
			return r;
	}
	r = take_text(ps, "\r\n");
	if (r != HTTP_PARSE_DONE)
		return r;

	if (!ps->http_1_0 && (ps->seen & 1U << RULE_HOST) == 0)
		return fail(ps, 400);
	return HTTP_PARSE_DONE;
}

enum http_parse
http_request_parse(
    const char *data, size_t n, struct http_request *ret, size_t *ret_len, int *ret_status)
{
	static const struct http_slice absent = {NULL, 0};
	struct parser ps = {.p = data, .req = ret};
	enum http_parse r;

	/* Not the whole struct: clearing two kilobytes of header slots would cost as much as
	 * parsing. */
	ret->n_headers = 0;
	ret->content_length = 0;
	ret->cookie = ret->authorization = ret->content_type = ret->origin = ret->body = absent;

	ps.end = data + (n < WA_HEAD_MAX ? n : WA_HEAD_MAX);
	r = parse_head(&ps);
	if (r == HTTP_PARSE_MORE && n >= WA_HEAD_MAX)
		r = fail(&ps, ps.line_done ? 431 : 414);

	if (r == HTTP_PARSE_ERROR)
		*ret_status = ps.status;
	if (r != HTTP_PARSE_DONE)
		return r;

	ret->keep_alive = !ps.close && (!ps.http_1_0 || ps.keep_alive);
	/* RFC 9110 10.1.1: a 1.0 client does not know of interim responses. */
	ret->expect_continue = ps.expect_continue && !ps.http_1_0 && ret->content_length > 0;
	*ret_len = (size_t)(ps.p - data);
	return HTTP_PARSE_DONE;
}

struct http_slice
http_request_header(const struct http_request *r, const char *name)
{
	size_t len = strlen(name);
	size_t i;

	for (i = 0; i < r->n_headers; i++)
		if (r->headers[i].name.n == len && http_slice_is_nocase(r->headers[i].name, name))
			return r->headers[i].value;
	return (struct http_slice){NULL, 0};
}

bool
http_slice_is(struct http_slice s, const char *text)
{
	size_t len = strlen(text);

	return s.p != NULL && s.n == len && memcmp(s.p, text, len) == 0;
}

bool
http_slice_is_nocase(struct http_slice s, const char *text)
{
	return s.p != NULL && wa_text_equal_nocase(s.p, s.n, text);
}
