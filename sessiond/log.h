/*
 * The daemon's log: one event, one line, key=value, on standard error. With a journal prefix
 *("<6>") unless a person reads along on a terminal. Values are escaped: no client can forge a line.
 *Secrets have no way in: there is no formatter for them.
 *
 *	struct log_line l;
 *	log_begin(&l, WA_LOG_INFO, "request");
 *	log_text(&l, "path", path, n);
 *	log_end(&l);
 *
 * Safe on every thread: a line is written by one write(2).
 */
#ifndef SESSIOND_LOG_H
#define SESSIOND_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/config.h"

#define LOG_LINE_MAX 2048

struct log_line {
	bool wanted;
	size_t len;
	char text[LOG_LINE_MAX];
};

/* Once, before any thread. */
void log_init(enum wa_log_level level);

bool log_wants(enum wa_log_level level);

void log_begin(struct log_line *l, enum wa_log_level level, const char *event);
/* A value of at most 512 bytes; the rest is cut and marked. */
void log_text(struct log_line *l, const char *key, const char *value, size_t n);
void log_str(struct log_line *l, const char *key, const char *value);
void log_int(struct log_line *l, const char *key, int64_t value);
void log_end(struct log_line *l);

/* A whole event with one text: for start, stop and trouble. */
void log_note(enum wa_log_level level, const char *event, const char *fmt, ...) WA_PRINTF(3, 4);

#endif
