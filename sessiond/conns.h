/*
 * Who is connected: the table of connections, from accept to close, with their states and the
 * deadline of each state. The loop thread's.
 *
 * Times are steady; now_ms is that of the turn, and the loop sets it.
 */
#ifndef SESSIOND_CONNS_H
#define SESSIOND_CONNS_H

#include "sessiond/conn.h"
#include "sessiond/listen.h"
#include "sessiond/routes/site.h"

#define CONNS_NO_DEADLINE INT64_MAX

struct slot;

/* A listener, as epoll names it. */
struct door {
	enum source source;
	const struct listener *listener;
};

TAILQ_HEAD(ready_list, conn);

struct conns {
	const struct site *site;
	int epoll; /* borrowed */
	int64_t now_ms;
	size_t n;
	size_t n_pam;		 /* of these, on the PAM socket */
	struct ready_list ready; /* may have a whole request, or something to send */
	/* conns.c's own */
	struct door *doors; /* one per listener */
	size_t n_doors;
	bool accepting;
	bool closed; /* for good */
	struct slot *slots;
	uint32_t first_free;
	struct conn_list by_state[CONN_STATES];
};

/* max_connections of the site's at most. conns_done takes what conns_init left half-built. */
WA_OUTCOME conns_init(
    struct conns *cs, const struct site *site, int epoll, const struct listeners *listeners);
void conns_done(struct conns *cs);

/* Takes those who wait at the door, a bounded number. While the table is full they stay there. */
void conns_accept(struct conns *cs, const struct door *door);

/* Takes no more from now on, and closes those who are between requests. */
void conns_close_doors(struct conns *cs);

/* NULL when that connection has ended. */
struct conn *conns_find(const struct conns *cs, uint64_t id);

/* Closes and frees it; it is on no list any more. */
void conns_drop(struct conns *cs, struct conn *c);

/* Begins the state's time anew, also when the connection is in it already. */
void conns_set_state(struct conns *cs, struct conn *c, enum conn_state state);

/* Puts it on the ready list, once. */
void conns_mark_ready(struct conns *cs, struct conn *c);

/* Which epoll events it waits for. */
void conns_watch(struct conns *cs, struct conn *c, uint32_t events);

/* Drops all whose state's time is over. */
void conns_drop_late(struct conns *cs);

/* When conns_drop_late has to be called next; CONNS_NO_DEADLINE: nobody has one. */
int64_t conns_deadline(const struct conns *cs);

#endif
