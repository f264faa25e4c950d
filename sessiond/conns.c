/*
 * A connection is in one slot of the table and on one list by state. Each state has one constant
 * deadline and its list is in the order of entry, so the first is always the next to be late.
 */
#include "sessiond/conns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sessiond/log.h"
#include "sessiond/routes/pam.h"

#define ACCEPTS_MAX	  64 /* per listener and turn */
#define CLOSING_MS	  2000
#define PAM_SHARE	  4 /* of the connections, this part may be PAM's */
#define PAM_CONNS_OF_USER 8
#define API_RESERVE	  8 /* of the connections, this part is never all one user's */

struct slot {
	struct conn *conn;
	uint32_t generation;
	uint32_t next_free;
};

/* ---- in the table ---- */

static uint32_t
slot_index(uint64_t id)
{
	return (uint32_t)id;
}

struct conn *
conns_find(const struct conns *cs, uint64_t id)
{
	const struct slot *slot = &cs->slots[slot_index(id)];

	return slot->generation == id >> 32 ? slot->conn : NULL;
}

void
conns_set_state(struct conns *cs, struct conn *c, enum conn_state state)
{
	TAILQ_REMOVE(&cs->by_state[c->state], c, by_state);
	c->state = state;
	c->since_ms = cs->now_ms;
	TAILQ_INSERT_TAIL(&cs->by_state[state], c, by_state);
}

void
conns_mark_ready(struct conns *cs, struct conn *c)
{
	if (c->is_ready)
		return;
	c->is_ready = true;
	TAILQ_INSERT_TAIL(&cs->ready, c, ready);
}

void
conns_watch(struct conns *cs, struct conn *c, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = c};

	if (c->events == events)
		return;
	c->events = events;
	(void)epoll_ctl(cs->epoll, EPOLL_CTL_MOD, c->fd, &ev);
}

static void
watch_doors(struct conns *cs, bool on)
{
	if (cs->accepting == on || cs->closed)
		return;
	cs->accepting = on;
	for (size_t i = 0; i < cs->n_doors; i++) {
		struct epoll_event ev = {.events = on ? EPOLLIN : 0, .data.ptr = &cs->doors[i]};

		(void)epoll_ctl(cs->epoll, EPOLL_CTL_MOD, cs->doors[i].listener->fd, &ev);
	}
}

void
conns_drop(struct conns *cs, struct conn *c)
{
	struct slot *slot = &cs->slots[slot_index(c->id)];

	/* Closing would not do: a child that the mailer is starting holds a copy of the descriptor
	 * for a moment, and as long as that is open epoll goes on naming c. */
	(void)epoll_ctl(cs->epoll, EPOLL_CTL_DEL, c->fd, NULL);
	TAILQ_REMOVE(&cs->by_state[c->state], c, by_state);
	if (c->is_ready)
		TAILQ_REMOVE(&cs->ready, c, ready);
	slot->conn = NULL;
	slot->generation++;
	slot->next_free = cs->first_free;
	cs->first_free = slot_index(c->id);
	cs->n--;
	cs->n_pam -= c->pam;
	conn_free(c);
	watch_doors(cs, true);
}

/* ---- at the door ---- */

static size_t
count_of_user(const struct conns *cs, uid_t uid, bool pam)
{
	size_t n = 0;

	for (size_t i = 0; i < cs->site->settings->max_connections; i++) {
		const struct conn *c = cs->slots[i].conn;

		n += c != NULL && c->pam == pam && c->peer.is_local && c->peer.uid == uid;
	}
	return n;
}

/* Anybody may connect to the PAM socket, and must not be able to keep the web out: it has a part of
 * the connections, and a user who is nobody special a few of those. */
static bool
has_room_for_pam(const struct conns *cs, const struct peer *peer)
{
	if (cs->n_pam >= cs->site->settings->max_connections / PAM_SHARE)
		return false;
	return pam_is_unlimited(cs->site, peer) ||
	    count_of_user(cs, peer->uid, true) < PAM_CONNS_OF_USER;
}

/* A program that opens connections and forgets them must not keep the others out, PAM included. Who
 * it is, is known of a Unix socket's peer alone. */
static bool
has_room_for_api(const struct conns *cs, const struct peer *peer)
{
	size_t max = cs->site->settings->max_connections, share = max - max / API_RESERVE;

	return !peer->is_local || cs->n < share || count_of_user(cs, peer->uid, false) < share;
}

/* An answer before there is a question: for a proxy that would else wait for one. */
static void
turn_away(int fd)
{
	static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
				     "Content-Length: 0\r\nConnection: close\r\n\r\n";

	(void)send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
adopt(struct conns *cs, int fd, enum listener_kind kind)
{
	uint32_t index = cs->first_free;
	struct slot *slot = &cs->slots[index];
	struct conn *c = conn_new(fd, (uint64_t)slot->generation << 32 | index);
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};

	if (c == NULL) {
		(void)close(fd);
		return;
	}
	c->events = EPOLLIN;
	if (epoll_ctl(cs->epoll, EPOLL_CTL_ADD, fd, &ev) < 0) {
		conn_free(c);
		return;
	}
	c->peer = peer_of(fd, &cs->site->peers);
	c->pam = kind == LISTENER_PAM;
	if (c->pam ? !has_room_for_pam(cs, &c->peer) : !has_room_for_api(cs, &c->peer)) {
		if (!c->pam)
			turn_away(fd);
		conn_free(c);
		return;
	}
	cs->n_pam += c->pam;
	slot->conn = c;
	cs->first_free = slot->next_free;
	cs->n++;
	c->state = CONN_IDLE;
	c->since_ms = cs->now_ms;
	TAILQ_INSERT_TAIL(&cs->by_state[CONN_IDLE], c, by_state);
}

void
conns_accept(struct conns *cs, const struct door *door)
{
	const struct listener *listener = door->listener;

	for (int i = 0; i < ACCEPTS_MAX; i++) {
		int fd;

		if (cs->n == cs->site->settings->max_connections) {
			watch_doors(cs, false); /* the backlog waits until one leaves */
			return;
		}
		fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0) {
			if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
				return;
			log_note(WA_LOG_ERROR, "accept", "%s: %s", listener->name, strerror(errno));
			/* Out of files, most likely: who waits would wake us at once, again and
			 * again. The next to leave makes room. */
			if (cs->n > 0)
				watch_doors(cs, false);
			return;
		}
		adopt(cs, fd, listener->kind);
	}
}

void
conns_close_doors(struct conns *cs)
{
	struct conn *c, *next;

	watch_doors(cs, false);
	cs->closed = true;
	for (c = TAILQ_FIRST(&cs->by_state[CONN_IDLE]); c != NULL; c = next) {
		next = TAILQ_NEXT(c, by_state);
		if (!c->is_ready)
			conns_drop(cs, c);
	}
}

/* ---- deadlines ---- */

static int64_t
state_deadline(const struct conns *cs, enum conn_state state)
{
	const struct wa_settings *s = cs->site->settings;

	switch (state) {
	case CONN_IDLE: return s->idle_timeout;
	case CONN_READING:
	case CONN_WRITING: return s->request_timeout;
	case CONN_CLOSING: return CLOSING_MS;
	case CONN_BUSY:
	case CONN_STATES: return CONNS_NO_DEADLINE;
	}
	return CONNS_NO_DEADLINE;
}

void
conns_drop_late(struct conns *cs)
{
	for (unsigned state = 0; state < CONN_STATES; state++) {
		int64_t deadline = state_deadline(cs, state);
		struct conn *c;

		while (deadline != CONNS_NO_DEADLINE &&
		    (c = TAILQ_FIRST(&cs->by_state[state])) != NULL &&
		    cs->now_ms - c->since_ms >= deadline)
			conns_drop(cs, c);
	}
}

int64_t
conns_deadline(const struct conns *cs)
{
	int64_t next = CONNS_NO_DEADLINE;

	for (unsigned state = 0; state < CONN_STATES; state++) {
		const struct conn *c = TAILQ_FIRST(&cs->by_state[state]);
		int64_t deadline = state_deadline(cs, state);

		if (c != NULL && deadline != CONNS_NO_DEADLINE && c->since_ms + deadline < next)
			next = c->since_ms + deadline;
	}
	return next;
}

/* ---- beginning and end ---- */

static enum wa_err
open_doors(struct conns *cs, const struct listeners *listeners)
{
	cs->doors = calloc(listeners->n + 1, sizeof(*cs->doors));
	if (cs->doors == NULL)
		return wa_fault(WA_ERR_NOMEM, "connections");
	cs->n_doors = listeners->n;
	for (size_t i = 0; i < listeners->n; i++) {
		struct door *door = &cs->doors[i];
		struct epoll_event ev = {.events = EPOLLIN, .data.ptr = door};

		*door = (struct door){.source = SOURCE_LISTENER, .listener = &listeners->v[i]};
		if (epoll_ctl(cs->epoll, EPOLL_CTL_ADD, door->listener->fd, &ev) < 0)
			return wa_fault(WA_ERR_SYSTEM, "epoll_ctl: %s", strerror(errno));
	}
	cs->accepting = true;
	return WA_OK;
}

enum wa_err
conns_init(struct conns *cs, const struct site *site, int epoll, const struct listeners *listeners)
{
	uint32_t max = (uint32_t)site->settings->max_connections;

	*cs = (struct conns){.site = site, .epoll = epoll};
	TAILQ_INIT(&cs->ready);
	for (unsigned i = 0; i < CONN_STATES; i++)
		TAILQ_INIT(&cs->by_state[i]);
	cs->slots = calloc(max, sizeof(*cs->slots));
	if (cs->slots == NULL)
		return wa_fault(WA_ERR_NOMEM, "connections");
	for (uint32_t i = 0; i < max; i++)
		cs->slots[i] = (struct slot){.generation = 1, .next_free = i + 1};
	return open_doors(cs, listeners);
}

void
conns_done(struct conns *cs)
{
	struct conn *c;

	cs->closed = true;
	for (unsigned i = 0; i < CONN_STATES; i++)
		while ((c = TAILQ_FIRST(&cs->by_state[i])) != NULL)
			conns_drop(cs, c);
	free(cs->slots);
	free(cs->doors);
}
