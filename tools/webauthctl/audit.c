/* webauthctl audit: the log of what happened, and whether it is whole. */
#include "lib/core/audit.h"

#include <string.h>

#include "lib/base/encode.h"
#include "lib/core/user.h"
#include "tools/webauthctl/ctl.h"

#define PAGE	     500
#define LIST_DEFAULT 1000
#define FINDINGS_MAX 100

static const struct output_field fields[] = {
    {"number", "NUMBER", true},
    {"time", "TIME", false},
    {"event", "EVENT", false},
    {"level", "LEVEL", true},
    {"reason", "REFUSED", false},
    {"detail", "DETAIL", false},
    {"userId", "USER ID", true},
    {"email", "E-MAIL", false},
    {"name", "NAME", true},
    {"actor", "BY", false},
    {"door", "DOOR", false},
    {"service", "SERVICE", false},
    {"tty", "TERMINAL", true},
    {"address", "ADDRESS", false},
    {"agent", "AGENT", true},
    {"sessionId", "SESSION", true},
    {"hash", "HASH", true},
};

static const struct output_field chain_fields[] = {
    {"rows", "ROWS", false},
    {"first", "FIRST", false},
    {"firstTime", "FIRST WRITTEN", false},
    {"last", "LAST", false},
    {"lastTime", "LAST WRITTEN", false},
    {"hash", "HASH", false},
};

/* ---- list ---- */

struct page {
	struct output *out;
	int64_t rows;
	int64_t last; /* number of the last row that was shown */
};

static bool
list_row(void *arg, const struct audit_row *row)
{
	struct page *p = arg;

	output_int(p->out, row->number);
	output_time(p->out, row->at_ms);
	output_text(p->out, row->event);
	output_text(p->out, wa_audit_level(row->event));
	output_text(p->out, row->reason);
	output_text(p->out, row->detail);
	output_text(p->out, row->user_id);
	output_text(p->out, row->user_email);
	output_text(p->out, row->name);
	output_text(p->out, row->actor);
	output_text(p->out, row->door);
	output_text(p->out, row->service);
	output_text(p->out, row->tty);
	output_text(p->out, row->address);
	output_text(p->out, row->agent);
	output_text(p->out, row->session_id);
	output_text(p->out, row->hash);
	output_row(p->out);
	p->rows++;
	p->last = row->number;
	return true;
}

/* Page by page: no read stays open while somebody looks at a pager. */
static enum wa_err
list_pages(
    struct ctl *c, struct output *o, struct audit_filter *filter, int64_t limit, int64_t *ret_rows)
{
	int64_t left = limit;

	while (left > 0) {
		struct page page = {.out = o};
		enum wa_err e;

		filter->limit = left < PAGE ? left : PAGE;
		e = store_audit_each(c->cx.store, filter, list_row, &page);
		if (e != WA_OK)
			return e;
		output_flush(o);
		left -= page.rows;
		filter->before_number = page.last;
		if (page.rows < filter->limit || o->failed)
			break;
	}
	*ret_rows = limit - left;
	return WA_OK;
}

/* A user who is there; or one who is gone, by id or by the name that was used; or a name that was
 * never anybody's. */
static enum wa_err
read_user(struct ctl *c, const char *text, struct audit_filter *filter)
{
	struct user u;
	enum wa_err e = wa_user_find(&c->cx, text, &u);

	if (e == WA_OK) {
		filter->user_id = u.id;
		return WA_OK;
	}
	if (e != WA_ERR_NOT_FOUND)
		return e;
	filter->user_id = text;
	e = wa_audit_nobody(&c->cx, text, &filter->name);
	return e == WA_ERR_NOT_FOUND ? WA_OK : e;
}

/* "7d" is seven days ago here. */
static bool
read_since(struct ctl *c, const char *text, int64_t *ret_ms)
{
	int64_t ms, now_ms = c->cx.now_ms;

	if (!when_parse(text, now_ms, &ms))
		return false;
	*ret_ms = ms > now_ms && strchr(text, ':') == NULL ? now_ms - (ms - now_ms) : ms;
	return true;
}

static enum ctl_exit
read_filter(struct ctl *c, struct audit_filter *filter)
{
	const char *user = options_get(c, "user"), *since = options_get(c, "since");
	enum wa_audit_event event;
	enum wa_err e;

	*filter = (struct audit_filter){.event = options_get(c, "event")};
	if (filter->event != NULL && !wa_audit_event_find(filter->event, &event))
		return message_usage(
		    c, "--event %s: no such event; webauthctl(1) has them all", filter->event);
	if (since != NULL && !read_since(c, since, &filter->since_ms))
		return message_usage(c,
		    "--since %s: expected 7d, 12h, or a time such as 2030-01-31T00:00:00Z", since);
	e = user != NULL ? read_user(c, user, filter) : WA_OK;
	return e == WA_OK ? CTL_OK : message_fail(e, user);
}

enum ctl_exit
audit_list(struct ctl *c)
{
	WA_CLEANUP(output_done) struct output o;
	struct audit_filter filter;
	uint64_t limit;
	int64_t rows = 0;
	enum ctl_exit x;
	enum wa_err e;

	output_list(&o, c->format, "events", fields, WA_ARRAY_LEN(fields));
	if (!options_number(c, "limit", INT32_MAX, LIST_DEFAULT, &limit))
		return CTL_USAGE;
	x = read_filter(c, &filter);
	if (x != CTL_OK)
		return x;
	e = list_pages(c, &o, &filter, (int64_t)limit, &rows);
	if (e != WA_OK)
		return message_fail(e, "audit list");
	if (!output_end(&o))
		return CTL_FAILED;
	if (rows == (int64_t)limit)
		message_say("these are the newest %ju; for more: --limit", (uintmax_t)limit);
	return CTL_OK;
}

/* ---- verify ---- */

static bool
tell(void *arg, int64_t number, const char *what)
{
	int *n = arg;

	message_say("record %lld: %s", (long long)number, what);
	return ++*n < FINDINGS_MAX;
}

static enum ctl_exit
put_chain(const struct ctl *c, const struct wa_audit_chain *chain)
{
	struct output o;

	output_record(&o, c->format, "chain", chain_fields, WA_ARRAY_LEN(chain_fields));
	output_int(&o, chain->rows);
	output_int(&o, chain->first);
	output_time(&o, chain->first_ms);
	output_int(&o, chain->last);
	output_time(&o, chain->last_ms);
	output_text(&o, chain->head);
	output_row(&o);
	return output_end(&o) ? CTL_OK : CTL_FAILED;
}

static bool
is_hash(const char *text)
{
	uint8_t bytes[32];

	return wa_hex_decode(text, strlen(text), bytes, sizeof(bytes));
}

enum ctl_exit
audit_verify(struct ctl *c)
{
	const char *known = options_get(c, "since-hash");
	struct wa_audit_chain chain = {0};
	int findings = 0;
	enum ctl_exit x;
	enum wa_err e;

	if (known != NULL && !is_hash(known))
		return message_usage(
		    c, "--since-hash takes the 64 digits that audit verify prints");
	e = wa_audit_verify(&c->cx, known, tell, &findings, &chain);
	if (e != WA_OK)
		return message_fail(e, "audit verify");
	if (known != NULL && !chain.known)
		(void)tell(&findings, chain.first,
		    "the log begins here, and the hash that was kept is not in it: the records "
		    "before have been replaced, or are older than audit_keep");
	x = put_chain(c, &chain);
	return x == CTL_OK && findings > 0 ? CTL_PROBLEMS : x;
}
