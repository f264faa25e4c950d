/*
 * Data on stdout: a list of rows or one record, as an aligned table, JSON, JSON lines or
 * tab-separated text. Names of fields are a contract with scripts; OUTPUT_SCHEMA grows when one
 * changes its meaning or goes away, not when one is added.
 *
 * Text comes from users and user agents: what could steer a terminal is escaped in every format.
 */
#ifndef TOOLS_WEBAUTHCTL_OUTPUT_H
#define TOOLS_WEBAUTHCTL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

#define OUTPUT_SCHEMA	  1
#define OUTPUT_FIELDS_MAX 17

enum output_format {
	OUTPUT_TABLE,
	OUTPUT_JSON,
	OUTPUT_JSONL,
	OUTPUT_TSV,
};

/* False for an unknown word. */
bool output_format_parse(const char *word, enum output_format *ret);

struct output_field {
	const char *name;  /* in JSON and TSV */
	const char *title; /* in tables */
	bool wide;	   /* left out of a table of many rows */
};

struct output {
	enum output_format format;
	bool record; /* one row, shown as lines in a table */
	const struct output_field *fields;
	size_t n_fields;
	size_t at;	   /* the field the next value is for */
	size_t rows;	   /* since the last flush */
	size_t total;	   /* before it */
	struct wa_buf buf; /* cells closed by NUL for a table, finished text otherwise */
	struct wa_buf row; /* JSON: the object being written */
	size_t widths[OUTPUT_FIELDS_MAX];
	bool titled;
	bool failed; /* stdout does not take more; said once */
};

/* name is the JSON member that holds the row or the rows. fields is kept. */
void output_list(struct output *o, enum output_format format, const char *name,
    const struct output_field *fields, size_t n_fields);
void output_record(struct output *o, enum output_format format, const char *name,
    const struct output_field *fields, size_t n_fields);

/* One call per field and row, in the order of fields; then output_row. */
void output_text(struct output *o, const char *v); /* NULL: no value */
void output_int(struct output *o, int64_t v);
void output_bool(struct output *o, bool v);
void output_time(struct output *o, int64_t ms); /* 0: no value */
void output_texts(struct output *o, const char *const *v, size_t n);
void output_row(struct output *o);

/* Writes what there is, so that a long list is never held as a whole nor a read kept open
 * meanwhile. */
void output_flush(struct output *o);

/* Closes the document, writes it and frees. False when stdout did not take it all (said so). */
bool output_end(struct output *o);
void output_done(struct output *o);

/* Text as it is; for help and settings. Adds nothing, escapes what could steer a terminal. */
bool output_plain(const char *text, size_t n);

enum output_escape {
	OUTPUT_ESCAPE_TEXT,  /* also newline, tab and backslash, as \n, \t and \\ */
	OUTPUT_ESCAPE_LINES, /* newline and tab stay */
	OUTPUT_ESCAPE_JSON,  /* for a finished JSON text: only what JSON.stringify leaves raw */
};

void output_escape(struct wa_buf *b, const char *s, size_t n, enum output_escape how);

#endif
