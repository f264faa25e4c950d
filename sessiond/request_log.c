/* No query, no token and no address: what a line holds must be fit for anybody who reads logs. */
#include "sessiond/request_log.h"

#include <string.h>

#include "sessiond/log.h"

/* The one path that carries a token is cut before it, also where a slip makes it no route. */
static size_t
loggable_len(struct http_slice path)
{
	static const char before[] = "/reset-password/";
	const char *found = memmem(path.p, path.n, before, sizeof(before) - 1);

	return found == NULL ? path.n : (size_t)(found - path.p) + sizeof(before) - 1;
}

static void
write_line(enum wa_log_level level, const struct http_request *r, int status, enum wa_err outcome,
    const char *detail, int64_t ms)
{
	static const char *const methods[] = {"GET", "POST", "HEAD", "OPTIONS", "other"};
	struct log_line line;

	log_begin(&line, level, "request");
	log_str(&line, "method", methods[r->method]);
	/* Without the query: it may carry a token. */
	log_text(&line, "path", r->path.p, loggable_len(r->path));
	log_int(&line, "status", status);
	log_int(&line, "ms", ms);
	if (outcome != WA_OK)
		log_str(&line, "outcome", wa_err_name(outcome));
	if (level == WA_LOG_ERROR)
		log_str(&line, "detail", detail);
	log_end(&line);
}

void
request_log(
    const struct http_request *r, int status, enum wa_err outcome, const char *detail, int64_t ms)
{
	bool fault = wa_err_class(outcome) == WA_CLASS_FAULT;
	/* Questions, which come by the thousand; RFC 7662 has them asked with POST. */
	bool question = r->method == HTTP_GET || http_slice_is(r->path, "/api/webauth/introspect");
	enum wa_log_level level = fault ? WA_LOG_ERROR
	    : question && status < 500	? WA_LOG_DEBUG
					: WA_LOG_INFO;

	if (log_wants(level))
		write_line(level, r, status, outcome, detail, ms);
}

void
request_log_unframed(int status)
{
	struct log_line line;

	if (!log_wants(WA_LOG_INFO))
		return;
	log_begin(&line, WA_LOG_INFO, "bad_request");
	log_int(&line, "status", status);
	log_end(&line);
}
