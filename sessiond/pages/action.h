/* The forms: which JSON route each is a door to, and where it leads. */
#ifndef SESSIOND_PAGES_ACTION_H
#define SESSIOND_PAGES_ACTION_H

#include "sessiond/routes/exchange.h"

#define ACTION_FIELDS_MAX 5

enum field_kind {
	FIELD_TEXT,	/* as sent */
	FIELD_OPTIONAL, /* left out when empty */
	FIELD_NULLABLE, /* null when empty */
	FIELD_FLAG,	/* a checkbox: sent or not */
	FIELD_WORDS,	/* a list of words, with blanks or commas between them */
};

/* A field has the same name in the form and in the body of the JSON route. */
struct action_field {
	const char *name; /* NULL: no more */
	enum field_kind kind;
};

struct action {
	const char *name; /* of the form in its template, and of its path */
	const char *page; /* where it stands */
	struct action_field fields[ACTION_FIELDS_MAX];
	/* A URL that the body also gets: a page, with a notice unless that is NULL */
	const char *url_member;
	const char *url_page;
	const char *url_notice;
	enum wa_err (*schema)(struct exchange *x); /* NULL: it takes no body */
	enum wa_err (*run)(struct exchange *x);
	/* Where it leads, with a notice; NULL: on to where the visitor was going */
	const char *done_page;
	const char *done_notice;
	/* A member of the JSON route's answer that the page shows, this once; NULL: none */
	const char *secret_member;
	/* Changes either when the outcome asks for it; may be NULL. */
	void (*done)(const struct exchange *x, const char **page, const char **notice);
};

/* The action that a route's path names; NULL when there is none. */
const struct action *action_find(const char *path);

#endif
