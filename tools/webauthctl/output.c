/* Rows into one of the four formats, and those onto stdout. */
#include "tools/webauthctl/output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "lib/base/clock.h"
#include "lib/base/compiler.h"
#include "lib/base/json_write.h"
#include "tools/webauthctl/ctl.h"

#define BUF_MAX (256UL * 1024 * 1024)

bool
output_format_parse(const char *word, enum output_format *ret)
{
	static const char *const words[] = {"table", "json", "jsonl", "tsv"};

	for (size_t i = 0; i < WA_ARRAY_LEN(words); i++)
		if (strcmp(word, words[i]) == 0) {
			*ret = (enum output_format)i;
			return true;
		}
	return false;
}

/* ---- bytes ---- */

static bool
write_all(const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(STDOUT_FILENO, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			message_say("standard output: %s", strerror(errno));
			return false;
		}
		p += done;
		n -= (size_t)done;
	}
	return true;
}

static bool
write_escaped(const char *text, size_t n, enum output_escape how)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf out = WA_BUF_INIT(4 * BUF_MAX);

	output_escape(&out, text, n, how);
	if (out.failed) {
		message_say("not enough memory for the output");
		return false;
	}
	return write_all(out.data, out.len);
}

bool
output_plain(const char *text, size_t n)
{
	return write_escaped(text, n, OUTPUT_ESCAPE_LINES);
}

/* ---- tables ---- */

/* Columns a terminal uses for the text; main() has chosen a UTF-8 locale. */
static size_t
text_width(const char *s)
{
	mbstate_t state = {0};
	size_t width = 0;
	wchar_t wc;

	for (size_t n = strlen(s); n > 0;) {
		size_t len = mbrtowc(&wc, s, n, &state);

		if (len == 0 || len > n)
			return width + n;
		width += wcwidth(wc) > 0 ? (size_t)wcwidth(wc) : 0;
		s += len;
		n -= len;
	}
	return width;
}

static bool
is_shown(const struct output *o, size_t field)
{
	return o->record || !o->fields[field].wide;
}

static size_t
last_shown(const struct output *o)
{
	size_t last = 0;

	for (size_t i = 0; i < o->n_fields; i++)
		if (is_shown(o, i))
			last = i;
	return last;
}

static void
pad(struct wa_buf *out, const char *cell, size_t width)
{
	wa_buf_str(out, cell);
	for (size_t w = text_width(cell); w < width; w++)
		wa_buf_char(out, ' ');
}

static void
measure(struct output *o)
{
	const char *cell = o->buf.data;

	for (size_t i = 0; !o->titled && i < o->n_fields; i++)
		o->widths[i] = text_width(o->fields[i].title);
	for (size_t row = 0; row < o->rows; row++)
		for (size_t i = 0; i < o->n_fields; i++) {
			size_t width = text_width(cell);

			if (width > o->widths[i])
				o->widths[i] = width;
			cell += strlen(cell) + 1;
		}
}

static void
list_line(const struct output *o, const char *const cells[], struct wa_buf *out)
{
	size_t last = last_shown(o);

	for (size_t i = 0; i <= last; i++) {
		if (!is_shown(o, i))
			continue;
		pad(out, cells[i], i == last ? 0 : o->widths[i]);
		wa_buf_str(out, i == last ? "\n" : "  ");
	}
}

static void
record_lines(const struct output *o, const char *const cells[], struct wa_buf *out)
{
	size_t width = 0;

	for (size_t i = 0; i < o->n_fields; i++)
		if (text_width(o->fields[i].title) > width)
			width = text_width(o->fields[i].title);
	for (size_t i = 0; i < o->n_fields; i++) {
		pad(out, o->fields[i].title, width + 2);
		wa_buf_str(out, cells[i]);
		wa_buf_char(out, '\n');
	}
}

static void
table_lines(struct output *o, struct wa_buf *out)
{
	const char *cells[OUTPUT_FIELDS_MAX] = {0};
	const char *cell = o->buf.data;

	measure(o);
	if (!o->titled && !o->record) {
		for (size_t i = 0; i < o->n_fields; i++)
			cells[i] = o->fields[i].title;
		list_line(o, cells, out);
	}
	o->titled = true;
	for (size_t row = 0; row < o->rows; row++) {
		for (size_t i = 0; i < o->n_fields; i++) {
			cells[i] = cell;
			cell += strlen(cell) + 1;
		}
		if (o->record)
			record_lines(o, cells, out);
		else
			list_line(o, cells, out);
	}
}

/* ---- documents ---- */

static void
begin(struct output *o, enum output_format format, const char *name,
    const struct output_field *fields, size_t n_fields, bool record)
{
	*o = (struct output){
	    .format = format,
	    .record = record,
	    .fields = fields,
	    .n_fields = n_fields,
	    .buf = WA_BUF_INIT(BUF_MAX),
	    .row = WA_BUF_INIT(BUF_MAX),
	};
	if (format == OUTPUT_JSON) {
		wa_json_open(&o->buf, '{');
		wa_json_key(&o->buf, "schema");
		wa_json_int(&o->buf, OUTPUT_SCHEMA);
		wa_json_key(&o->buf, name);
		if (!record)
			wa_json_open(&o->buf, '[');
	}
	for (size_t i = 0; format == OUTPUT_TSV && i < n_fields; i++) {
		wa_buf_str(&o->buf, fields[i].name);
		wa_buf_char(&o->buf, i + 1 < n_fields ? '\t' : '\n');
	}
}

void
output_list(struct output *o, enum output_format format, const char *name,
    const struct output_field *fields, size_t n_fields)
{
	begin(o, format, name, fields, n_fields, false);
}

void
output_record(struct output *o, enum output_format format, const char *name,
    const struct output_field *fields, size_t n_fields)
{
	begin(o, format, name, fields, n_fields, true);
}

static bool
is_json(const struct output *o)
{
	return o->format == OUTPUT_JSON || o->format == OUTPUT_JSONL;
}

/* True: the value is to be written as JSON, into o->row, under the name that is there now. */
static bool
value_begin(struct output *o)
{
	if (o->format == OUTPUT_TSV && o->at > 0)
		wa_buf_char(&o->buf, '\t');
	if (!is_json(o))
		return false;
	if (o->at == 0)
		wa_json_open(&o->row, '{');
	if (o->at == 0 && o->format == OUTPUT_JSONL) {
		wa_json_key(&o->row, "schema");
		wa_json_int(&o->row, OUTPUT_SCHEMA);
	}
	wa_json_key(&o->row, o->fields[o->at].name);
	return true;
}

static void
value_end(struct output *o)
{
	if (o->format == OUTPUT_TABLE)
		wa_buf_char(&o->buf, '\0');
	o->at++;
}

/* In a table an absent value is a dash, so that columns can still be counted. */
static void
cell(struct output *o, const char *v)
{
	if (v != NULL && *v != '\0')
		output_escape(&o->buf, v, strlen(v), OUTPUT_ESCAPE_TEXT);
	else if (o->format == OUTPUT_TABLE)
		wa_buf_char(&o->buf, '-');
}

void
output_text(struct output *o, const char *v)
{
	if (value_begin(o))
		wa_json_string(&o->row, v);
	else
		cell(o, v);
	value_end(o);
}

void
output_int(struct output *o, int64_t v)
{
	if (value_begin(o))
		wa_json_int(&o->row, v);
	else
		wa_buf_int(&o->buf, v);
	value_end(o);
}

void
output_bool(struct output *o, bool v)
{
	if (value_begin(o))
		wa_json_bool(&o->row, v);
	else if (o->format == OUTPUT_TSV)
		wa_buf_str(&o->buf, v ? "true" : "false");
	else
		wa_buf_str(&o->buf, v ? "yes" : "no");
	value_end(o);
}

void
output_time(struct output *o, int64_t ms)
{
	char text[WA_ISO_SIZE];

	if (ms == 0) {
		output_text(o, NULL);
		return;
	}
	wa_iso_format(ms, text);
	if (o->format == OUTPUT_TABLE)
		memcpy(text + WA_ISO_LEN - 5, "Z", 2); /* nobody reads the milliseconds */
	output_text(o, text);
}

void
output_texts(struct output *o, const char *const *v, size_t n)
{
	bool json = value_begin(o);

	if (json)
		wa_json_open(&o->row, '[');
	for (size_t i = 0; i < n; i++) {
		if (json) {
			wa_json_string(&o->row, v[i]);
			continue;
		}
		if (i > 0)
			wa_buf_char(&o->buf, ',');
		cell(o, v[i]);
	}
	if (json)
		wa_json_close(&o->row, ']');
	else if (n == 0)
		cell(o, NULL);
	value_end(o);
}

void
output_row(struct output *o)
{
	if (is_json(o)) {
		wa_json_close(&o->row, '}');
		o->buf.failed = o->buf.failed || o->row.failed;
		if (o->format == OUTPUT_JSON && o->total + o->rows > 0)
			wa_buf_char(&o->buf, ',');
		if (!o->row.failed)
			wa_buf_add(&o->buf, o->row.data, o->row.len);
		wa_buf_clear(&o->row);
	}
	if (o->format == OUTPUT_JSONL || o->format == OUTPUT_TSV)
		wa_buf_char(&o->buf, '\n');
	o->at = 0;
	o->rows++;
}

static bool
flush_table(struct output *o)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf lines = WA_BUF_INIT(BUF_MAX);

	if (o->rows == 0)
		return true;
	table_lines(o, &lines);
	if (wa_buf_check(&lines) != WA_OK) {
		message_say("not enough memory for the output");
		return false;
	}
	return write_all(lines.data, lines.len);
}

void
output_flush(struct output *o)
{
	if (o->failed)
		return;
	if (o->buf.failed) {
		message_say("not enough memory for the output");
		o->failed = true;
	} else if (o->format == OUTPUT_TABLE) {
		o->failed = !flush_table(o);
	} else if (is_json(o)) {
		o->failed = !write_escaped(o->buf.data, o->buf.len, OUTPUT_ESCAPE_JSON);
	} else {
		o->failed = !write_all(o->buf.data, o->buf.len);
	}
	o->total += o->rows;
	o->rows = 0;
	wa_buf_clear(&o->buf);
}

bool
output_end(struct output *o)
{
	if (o->format == OUTPUT_JSON)
		wa_buf_str(&o->buf, o->record ? "}\n" : "]}\n");
	output_flush(o);
	output_done(o);
	return !o->failed;
}

void
output_done(struct output *o)
{
	wa_buf_done(&o->buf);
	wa_buf_done(&o->row);
}
