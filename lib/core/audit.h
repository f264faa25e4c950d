/*
 * The audit log: what happened to accounts, passwords and sessions, by both doors and by
 * administrators, in one table of the store. No secret is ever in it, nor a name that is nobody's:
 * people type passwords where a name is asked for.
 *
 * A record is written in the transaction of what it records, so that there is none without the
 * other. Rows are chained: each has a hash over its content and the hash before. What that proves,
 * and what not: docs/design.md, Audit.
 */
#ifndef LIB_CORE_AUDIT_H
#define LIB_CORE_AUDIT_H

#include <stdbool.h>

#include "lib/core/context.h"
#include "lib/store/audit.h"

enum wa_audit_event {
#define AUDIT(event, name, level) WA_AUDIT_##event,
#include "lib/core/audit.def"
#undef AUDIT
	WA_AUDIT_EVENTS,
};

/* "authn_login_success" and "INFO"; find is false for other texts. */
const char *wa_audit_event_name(enum wa_audit_event event);
bool wa_audit_event_find(const char *name, enum wa_audit_event *ret);

/* The level of an event by its name, which may be that of a later program: NULL then. */
const char *wa_audit_level(const char *name);

struct wa_audit {
	enum wa_audit_event event;
	const char *user_id;	/* whom it is about; NULL: nobody, or cx->claimed_name */
	const char *session_id; /* that begins or ends with it; NULL: none */
	enum wa_err reason;	/* why it was refused; WA_OK: it was not */
	const char *detail;	/* of what kind; words of ours, or ids; NULL: nothing to add */
	bool by_itself;		/* nobody asked for it */
};

/*
 * Writes one row, in the caller's transaction if one is open. Where, whence and by whom is the
 * context's. WA_ERR_WRONG_LANE on a reader, faults: then what it records must not be either.
 */
WA_OUTCOME wa_audit(struct wa_context *cx, const struct wa_audit *what);

/* What stands in the log for a name that is nobody's: "#" and a digest under a key of the store.
 * WA_ERR_NOT_FOUND on a reader of a store that has no key yet. */
WA_OUTCOME wa_audit_nobody(struct wa_context *cx, const char *name, const char **ret);

/* What the chain says of itself. */
struct wa_audit_chain {
	int64_t rows;
	int64_t first, last; /* numbers; 0 without rows */
	int64_t first_ms, last_ms;
	char head[65]; /* the newest hash: kept elsewhere, it binds all that is there today */
	bool known;    /* the hash that was asked for is in it */
};

/*
 * Walks the whole log: is every row as it was written, and does each follow the one before? fn is
 * told what is wrong, with the row's number, and returns false to hear no more. known: a hash from
 * an earlier walk, or NULL.
 */
WA_OUTCOME wa_audit_verify(struct wa_context *cx, const char *known,
    bool (*fn)(void *arg, int64_t number, const char *what), void *arg, struct wa_audit_chain *ret);

#endif
