/*
 * What is the same for every driver: statements found by the address of their text, operations made
 * of others, and how the contract's values are spelt. What a database is asked, sqlite.c asks.
 */
#include "lib/store/driver.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/store/connection.h"

#define SQL_BYTES_MAX 16384 /* of a text with its guards settled */

static size_t
slot_of(const char *sql)
{
	return (size_t)(((uint64_t)(uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15)) >> 56) %
	    STORE_STMT_SLOTS;
}

static struct store_stmt *
stmt_get(struct store *s, const char *sql)
{
	struct store_stmt *st;
	size_t i;

	for (i = slot_of(sql); s->stmts[i] != NULL; i = (i + 1) % STORE_STMT_SLOTS) {
		if (s->stmts[i]->sql == sql)
			return s->stmts[i];
	}

	/* Past the bound a text is not a constant, which is a bug; it must not become a leak. */
	st = s->n_stmts < STORE_STMT_MAX ? calloc(1, sizeof(*st)) : NULL;
	if (st == NULL)
		return NULL;

	st->store = s;
	st->sql = sql;
	s->stmts[i] = st;
	s->n_stmts++;
	return st;
}

static enum wa_err
compile(struct store_stmt *st)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf text = WA_BUF_INIT(SQL_BYTES_MAX);
	const char *sql;
	enum wa_err e;

	if (strchr(st->sql, '{') == NULL)
		return store_stmt_compile(st, st->sql);

	e = store_shape_expand(&st->store->shape, st->sql, &text);
	if (e != WA_OK)
		return e;

	sql = wa_buf_cstr(&text);
	if (sql == NULL)
		return wa_fault(WA_ERR_NOMEM, "%s: prepare", st->store->file.path);
	return store_stmt_compile(st, sql);
}

struct store_stmt *
store_prepare(struct store *s, const char *sql)
{
	struct store_stmt *st;

	if (s->stuck)
		store_settle(s);
	if (s->stuck) {
		s->broken->failed =
		    wa_fault(WA_ERR_NOMEM, "%s: a transaction cannot be ended", s->file.path);
		return s->broken;
	}

	st = stmt_get(s, sql);
	if (st == NULL) {
		s->broken->failed = wa_fault(WA_ERR_NOMEM, "%s: prepare", s->file.path);
		return s->broken;
	}

	store_done(st);
	st->failed = st->stmt != NULL ? WA_OK : compile(st);
	return st;
}

void
store_forget_statements(struct store *s)
{
	for (size_t i = 0; i < STORE_STMT_SLOTS; i++) {
		if (s->stmts[i] == NULL)
			continue;
		store_stmt_finalize(s->stmts[i]);
		free(s->stmts[i]);
		s->stmts[i] = NULL;
	}
	s->n_stmts = 0;
}

void
store_bind_bool(struct store_stmt *st, int i, bool v)
{
	store_bind_int(st, i, v ? 1 : 0);
}

void
store_bind_time_or_null(struct store_stmt *st, int i, int64_t ms)
{
	if (ms == 0)
		store_bind_null(st, i);
	else
		store_bind_time(st, i, ms);
}

enum wa_err
store_step_row(struct store_stmt *st)
{
	bool row = false;
	enum wa_err e;

	e = store_step(st, &row);
	if (e != WA_OK)
		return e;
	return row ? WA_OK : WA_ERR_NOT_FOUND;
}

enum wa_err
store_run_row(struct store_stmt *st)
{
	int64_t changes = 0;
	enum wa_err e;

	e = store_run(st, &changes);
	if (e != WA_OK)
		return e;
	return changes > 0 ? WA_OK : WA_ERR_NOT_FOUND;
}

enum wa_err
store_run_text(struct store_stmt *st, struct wa_arena *a, const char **ret)
{
	const char *text = NULL;
	enum wa_err e = store_step_row(st);

	if (e == WA_OK) {
		text = store_col_need_text(st, 0, a);
		e = store_row_check(st);
	}
	store_done(st);
	if (e == WA_OK)
		*ret = text;
	return e;
}

/*
 * Values
 */

static const char *
without_nul(struct wa_arena *a, const char *text, size_t n)
{
	static const char mark[3] = "\xef\xbf\xbd";
	char *copy = wa_arena_alloc(a, n * sizeof(mark) + 1);
	size_t len = 0;

	if (copy == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (text[i] != '\0') {
			copy[len++] = text[i];
			continue;
		}
		memcpy(copy + len, mark, sizeof(mark));
		len += sizeof(mark);
	}
	copy[len] = '\0';
	return copy;
}

const char *
store_text_copy(struct wa_arena *a, const char *text, size_t n)
{
	if (memchr(text, '\0', n) != NULL)
		return without_nul(a, text, n);
	return wa_arena_strndup(a, text, n);
}

const char *
store_col_need_text(struct store_stmt *st, int i, struct wa_arena *a)
{
	const char *text = store_col_text(st, i, a);

	if (text != NULL)
		return text;
	store_row_fail(st, i, WA_ERR_STORE_CORRUPT, "is NULL");
	return "";
}

/* JavaScript writes years past 9999 as +YYYYYY and those before 0 as -YYYYYY: for us, the ends of
 * time. */
bool
store_time_parse(const char *text, size_t n, int64_t *ret)
{
	if (wa_iso_parse(text, n, ret))
		return true;
	if (n != WA_ISO_LEN + 3 || (text[0] != '+' && text[0] != '-') || text[n - 1] != 'Z')
		return false;
	return wa_iso_parse(
	    text[0] == '+' ? "9999-12-31T23:59:59.999Z" : "0000-01-01T00:00:00.000Z", WA_ISO_LEN,
	    ret);
}

enum wa_err
store_row_check(struct store_stmt *st)
{
	return st->row_failed;
}
