/* The one line per request: what was asked, and how it ended. */
#ifndef SESSIOND_REQUEST_LOG_H
#define SESSIOND_REQUEST_LOG_H

#include <stdint.h>

#include "lib/base/error.h"
#include "sessiond/http/request.h"

/* detail is what a fault is about, and logged for one alone; ms how long the request took. */
void request_log(
    const struct http_request *r, int status, enum wa_err outcome, const char *detail, int64_t ms);

/* Bytes that were no request. */
void request_log_unframed(int status);

#endif
