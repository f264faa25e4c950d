/*
 * One turn of the loop: wait; read from every connection that has something; deliver what the lanes
 * have finished; then, inside one read transaction, answer every whole request; then send.
 *
 * The order is what makes a revocation hold: a request is judged by a snapshot of the store that
 * was taken after the request's last byte was read, so everything that anybody was told had
 * happened before the request was sent is in it.
 */
#include "sessiond/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "sessiond/conn.h"
#include "sessiond/held.h"
#include "sessiond/job.h"
#include "sessiond/log.h"
#include "sessiond/mailer.h"
#include "sessiond/routes/dispatch.h"
#include "sessiond/routes/key_cache.h"
#include "sessiond/routes/pam.h"
#include "sessiond/routes/pam_budget.h"
#include "sessiond/routes/rate_limit.h"
#include "sessiond/routes/token_cache.h"
#include "sessiond/routes/verified_cache.h"

#define EVENTS_MAX	  256
#define ACCEPTS_MAX	  64	/* per listener and turn */
#define OUT_PAUSE	  65536 /* bytes unsent after which no further request is taken */
#define CLOSING_MS	  2000
#define TOKEN_SLOTS	  16384 /* of WA_JWT_MAX bytes at most */
#define VERIFIED_SLOTS	  16384
#define SESSIONS_MAX	  16384 /* kept between turns */
#define LOOP_CACHE_SIZE	  (20 * 1024 * 1024)
#define PAM_SHARE	  4 /* of the connections, this part may be PAM's */
#define PAM_CONNS_OF_USER 8
#define NO_DEADLINE	  INT64_MAX
#define LOOK_EVERY_MS	  1000

struct watch {
	enum source source;
	const struct listener *listener; /* of SOURCE_LISTENER */
};

struct slot {
	struct conn *conn;
	uint32_t generation;
	uint32_t next_free;
};

TAILQ_HEAD(ready_list, conn);

struct loop {
	const struct loop_config *config;
	const struct wa_settings *settings;
	int epoll;
	struct watch *watches; /* listeners, then the workers, then stop */
	bool accepting;
	bool stopping;
	int64_t stop_ms;   /* steady: when patience ends */
	int64_t looked_ms; /* steady: when the store was last looked at by its name */

	struct slot *slots; /* max_connections of them */
	uint32_t first_free;
	size_t n_conns;
	size_t n_pam;  /* of these, on the PAM socket */
	size_t n_busy; /* on lanes, or held */
	struct held held;
	struct conn_list by_state[CONN_STATES];
	struct ready_list ready; /* may have a whole request, or something to send */

	/* What this thread answers with */
	struct store *store;
	bool in_turn;
	bool several; /* connections are ready */
	struct wa_arena *arena;
	struct key_cache *keys;
	struct token_cache *tokens;
	struct verified_cache *verified;
	struct rate_limit *limits;
	struct pam_budget *budget;
	struct http_response response;

	int64_t now_ms;	   /* wall clock, of this turn */
	int64_t steady_ms; /* of this turn */
	char date[HTTP_DATE_SIZE];
	int64_t date_s;
};

/* ---- connections ---- */

static uint32_t
slot_index(uint64_t id)
{
	return (uint32_t)id;
}

static struct conn *
conn_by_id(const struct loop *l, uint64_t id)
{
	const struct slot *slot = &l->slots[slot_index(id)];

	return slot->generation == id >> 32 ? slot->conn : NULL;
}

static void
set_state(struct loop *l, struct conn *c, enum conn_state state)
{
	TAILQ_REMOVE(&l->by_state[c->state], c, by_state);
	c->state = state;
	c->since_ms = l->steady_ms;
	TAILQ_INSERT_TAIL(&l->by_state[state], c, by_state);
}

static void
mark_ready(struct loop *l, struct conn *c)
{
	if (c->is_ready)
		return;
	c->is_ready = true;
	TAILQ_INSERT_TAIL(&l->ready, c, ready);
}

static void
watch_conn(struct loop *l, struct conn *c, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = c};

	if (c->events == events)
		return;
	c->events = events;
	(void)epoll_ctl(l->epoll, EPOLL_CTL_MOD, c->fd, &ev);
}

static void
watch_listeners(struct loop *l, bool on)
{
	if (l->accepting == on)
		return;
	l->accepting = on;
	for (size_t i = 0; i < l->config->listeners->n; i++) {
		struct epoll_event ev = {.events = on ? EPOLLIN : 0, .data.ptr = &l->watches[i]};

		(void)epoll_ctl(l->epoll, EPOLL_CTL_MOD, l->config->listeners->v[i].fd, &ev);
	}
}

static void
drop(struct loop *l, struct conn *c)
{
	struct slot *slot = &l->slots[slot_index(c->id)];

	/* Closing would not do: a child that the mailer is starting holds a copy of the descriptor
	 * for a moment, and as long as that is open epoll goes on naming c. */
	(void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, c->fd, NULL);
	TAILQ_REMOVE(&l->by_state[c->state], c, by_state);
	if (c->is_ready)
		TAILQ_REMOVE(&l->ready, c, ready);
	slot->conn = NULL;
	slot->generation++;
	slot->next_free = l->first_free;
	l->first_free = slot_index(c->id);
	l->n_conns--;
	l->n_pam -= c->pam;
	conn_free(c);
	if (!l->stopping)
		watch_listeners(l, true);
}

/* Anybody may connect to the PAM socket, and must not be able to keep the web out: it has a part of
 * the connections, and a user who is nobody special a few of those. */
static bool
has_room(const struct loop *l, const struct peer *peer)
{
	size_t n = 0;

	if (l->n_pam >= l->settings->max_connections / PAM_SHARE)
		return false;
	if (pam_is_unlimited(l->config->site, peer))
		return true;
	for (size_t i = 0; i < l->settings->max_connections; i++) {
		const struct conn *c = l->slots[i].conn;

		n += c != NULL && c->pam && c->peer.uid == peer->uid;
	}
	return n < PAM_CONNS_OF_USER;
}

static void
adopt(struct loop *l, int fd, enum listener_kind kind)
{
	uint32_t index = l->first_free;
	struct slot *slot = &l->slots[index];
	struct conn *c = conn_new(fd, (uint64_t)slot->generation << 32 | index);
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};

	if (c == NULL) {
		(void)close(fd);
		return;
	}
	c->events = EPOLLIN;
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev) < 0) {
		conn_free(c);
		return;
	}
	c->peer = peer_of(fd, &l->config->site->peers);
	c->pam = kind == LISTENER_PAM;
	if (c->pam && !has_room(l, &c->peer)) {
		conn_free(c);
		return;
	}
	l->n_pam += c->pam;
	slot->conn = c;
	l->first_free = slot->next_free;
	l->n_conns++;
	c->state = CONN_IDLE;
	c->since_ms = l->steady_ms;
	TAILQ_INSERT_TAIL(&l->by_state[CONN_IDLE], c, by_state);
}

static void
accept_all(struct loop *l, const struct listener *listener)
{
	for (int i = 0; i < ACCEPTS_MAX; i++) {
		int fd;

		if (l->n_conns == l->settings->max_connections) {
			watch_listeners(l, false); /* the backlog waits until one leaves */
			return;
		}
		fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0) {
			if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
				return;
			log_note(WA_LOG_ERROR, "accept", "%s: %s", listener->name, strerror(errno));
			/* Out of files, most likely: who waits would wake us at once, again and
			 * again. The next to leave makes room. */
			if (l->n_conns > 0)
				watch_listeners(l, false);
			return;
		}
		adopt(l, fd, listener->kind);
	}
}

/* ---- answers ---- */

/* The one path that carries a token is cut before it, also where a slip makes it no route. */
static size_t
loggable_len(struct http_slice path)
{
	static const char before[] = "/reset-password/";
	const char *found = memmem(path.p, path.n, before, sizeof(before) - 1);

	return found == NULL ? path.n : (size_t)(found - path.p) + sizeof(before) - 1;
}

static void
log_request(
    const struct http_request *r, int status, enum wa_err outcome, const char *detail, int64_t ms)
{
	bool fault = wa_err_class(outcome) == WA_CLASS_FAULT;
	/* Questions, which come by the thousand; RFC 7662 has them asked with POST. */
	bool question = r->method == HTTP_GET || http_slice_is(r->path, "/api/webauth/introspect");
	enum wa_log_level level = fault ? WA_LOG_ERROR
	    : question && status < 500	? WA_LOG_DEBUG
					: WA_LOG_INFO;
	static const char *const methods[] = {"GET", "POST", "HEAD", "OPTIONS", "other"};
	struct log_line line;

	if (!log_wants(level))
		return;
	log_begin(&line, level, "request");
	log_str(&line, "method", methods[r->method]);
	/* Without the query: it may carry a token. */
	log_text(&line, "path", r->path.p, loggable_len(r->path));
	log_int(&line, "status", status);
	log_int(&line, "ms", ms);
	if (outcome != WA_OK)
		log_str(&line, "outcome", wa_err_name(outcome));
	if (fault)
		log_str(&line, "detail", detail);
	log_end(&line);
}

/* The response of a request into the connection's output. */
static void
write_response(struct loop *l, struct conn *c, const struct http_response *r, bool keep_alive)
{
	enum wa_err e;

	keep_alive = keep_alive && !l->stopping;
	e = http_response_write(r, l->date, keep_alive, &c->out);
	if (e != WA_OK) {
		log_note(WA_LOG_ERROR, "response", "cannot be written: %s", wa_err_detail(e));
		keep_alive = false;
	}
	if (!keep_alive || r->close)
		c->close_after = true;
}

/* A status without a body, for bytes that were no request. */
static void
answer_unframed(struct loop *l, struct conn *c, int status)
{
	http_response_clear(&l->response);
	l->response.status = status;
	write_response(l, c, &l->response, false);
	wa_buf_clear(&c->in);
	if (log_wants(WA_LOG_INFO)) {
		struct log_line line;

		log_begin(&line, WA_LOG_INFO, "bad_request");
		log_int(&line, "status", status);
		log_end(&line);
	}
}

static enum worker_lane
worker_lane_of(enum lane lane)
{
	return lane == LANE_HASH ? WORKER_HASH : WORKER_STORE;
}

/* The request as this thread answers it. */
static struct exchange
exchange_here(
    struct loop *l, const struct conn *c, const struct http_request *r, const struct route *route)
{
	return (struct exchange){
	    .site = l->config->site,
	    .request = r,
	    .response = &l->response,
	    .route = route,
	    .keys = l->keys,
	    .tokens = l->tokens,
	    .verified = l->verified,
	    .peer = &c->peer,
	    .cx =
		{
		    .store = l->store,
		    .settings = l->settings,
		    .keyring = l->config->site->keyring,
		    .arena = l->arena,
		    .now_ms = l->now_ms,
		},
	};
}

/* Hands the request to a lane; false when the answer has been written instead. */
static bool
hand_over(struct loop *l, struct conn *c, size_t head_len, const struct http_request *r,
    const struct route *route)
{
	struct job *job = job_new(c->in.data, head_len, r, route, &c->peer);
	struct exchange x;

	if (job != NULL) {
		job->conn_id = c->id;
		job->keep_alive = r->keep_alive;
		job->received_ms = l->steady_ms;
		if (workers_submit(l->config->workers, worker_lane_of(route->lane), &job->work)) {
			l->n_busy++;
			set_state(l, c, CONN_BUSY);
			return true;
		}
		job_free(job);
	}
	x = exchange_here(l, c, r, route);
	http_response_clear(&l->response);
	dispatch_overloaded(&x);
	write_response(l, c, &l->response, r->keep_alive);
	log_request(r, l->response.status, WA_ERR_OVERLOADED, "", 0);
	wa_arena_reset(l->arena);
	return false;
}

/* One snapshot for all requests of a turn; a store that will not give one is asked without. */
static void
begin_reading(struct loop *l)
{
	if (!l->in_turn)
		l->in_turn = store_turn_begin(l->store, l->several) == WA_OK;
}

static void
end_reading(struct loop *l)
{
	if (l->in_turn && store_turn_end(l->store) != WA_OK)
		log_note(WA_LOG_ERROR, "store", "%s", wa_err_detail(WA_ERR_STORE));
	l->in_turn = false;
}

static enum wa_err
answer_here(struct loop *l, struct conn *c, const struct http_request *r, const struct route *route)
{
	struct exchange x = exchange_here(l, c, r, route);
	enum wa_err e;

	http_response_clear(&l->response);
	e = dispatch(&x);
	if (x.just_verified.made)
		verified_cache_put(l->verified, &x.just_verified);
	if (e != WA_ERR_WRONG_LANE) {
		write_response(l, c, &l->response, r->keep_alive);
		log_request(r, l->response.status, e, wa_err_detail(e), 0);
	}
	wa_arena_reset(l->arena);
	return e;
}

/* Local users are counted by uid: they have no address. Nobody waits but who is nobody special, or
 * an attacker on one service would shut all of its users out. */
static bool
is_over_budget(struct loop *l, struct conn *c, const struct http_request *r)
{
	struct exchange x;

	if (pam_is_unlimited(l->config->site, &c->peer) ||
	    pam_budget_take(l->budget, c->peer.uid, l->steady_ms))
		return false;
	x = exchange_here(l, c, r, NULL);
	http_response_clear(&l->response);
	dispatch_rate_limited(&x, 1);
	write_response(l, c, &l->response, false);
	log_request(r, l->response.status, WA_ERR_RATE_LIMITED, "", 0);
	return true;
}

/* Does the request come too often? Then it has been answered. */
static bool
is_limited(struct loop *l, struct conn *c, const struct http_request *r, const struct route *route)
{
	struct exchange x;
	int64_t retry_s = 0;
	enum wa_err e;

	if (c->pam)
		return is_over_budget(l, c, r);
	if (!l->settings->rate_limit)
		return false;
	e = rate_limit_check(l->limits, l->config->site, l->arena, r, l->now_ms, &retry_s);
	wa_arena_reset(l->arena);
	if (e == WA_OK && retry_s == 0)
		return false;
	x = exchange_here(l, c, r, route);
	http_response_clear(&l->response);
	if (e == WA_OK)
		dispatch_rate_limited(&x, retry_s);
	else
		dispatch_overloaded(&x);
	write_response(l, c, &l->response, r->keep_alive);
	log_request(
	    r, l->response.status, e == WA_OK ? WA_ERR_RATE_LIMITED : e, wa_err_detail(e), 0);
	wa_arena_reset(l->arena);
	return true;
}

/* Better Auth's limits are for its routes, and the forms of pages, which are doors to them: a proxy
 * asks ours for every request it lets through. */
static bool
is_counted(const struct route *route)
{
	return route == NULL || route->space == ROUTE_BASE ||
	    (route->space == ROUTE_PAGES && route->method == HTTP_POST);
}

/* Answers or hands over one request that is whole. */
static void
answer(struct loop *l, struct conn *c, size_t head_len, struct http_request *r)
{
	struct http_slice parameter = {NULL, 0};
	const struct route *route = c->pam
	    ? pam_route_find(r->method, r->path)
	    : route_find(l->config->site, r->method, r->path, &parameter);

	if (c->pam && route == NULL) {
		answer_unframed(l, c, 404);
		return;
	}

	r->body = (struct http_slice){c->in.data + head_len, r->content_length};
	if (is_counted(route) && is_limited(l, c, r, route)) {
		/* answered */
	} else if (route != NULL && route->lane != LANE_LOOP) {
		(void)hand_over(l, c, head_len, r, route);
	} else {
		if (route != NULL)
			begin_reading(l);
		if (answer_here(l, c, r, route) == WA_ERR_WRONG_LANE)
			(void)hand_over(l, c, head_len, r, route);
	}
	wa_buf_consume(&c->in, head_len + r->content_length);
	c->continued = false;
	if (c->state != CONN_BUSY)
		set_state(l, c, CONN_IDLE); /* the next request's time begins anew */
}

static void
ask_for_body(struct conn *c, const struct http_request *r)
{
	if (!r->expect_continue || c->continued)
		return;
	c->continued = true;
	wa_buf_str(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
}

/* One step on what has been read: true when there may be a next one. */
static bool
take_request(struct loop *l, struct conn *c)
{
	struct http_request r;
	size_t head_len;
	int status;

	switch (http_request_parse(c->in.data, c->in.len, &r, &head_len, &status)) {
	case HTTP_PARSE_ERROR: answer_unframed(l, c, status); return false;
	case HTTP_PARSE_MORE: return false;
	case HTTP_PARSE_DONE: break;
	}
	if (c->in.len - head_len < r.content_length) {
		ask_for_body(c, &r);
		return false;
	}
	answer(l, c, head_len, &r);
	return true;
}

static void
take_requests(struct loop *l, struct conn *c)
{
	bool more = true;

	c->paused = false;
	while (more && c->state != CONN_BUSY && !c->close_after && c->in.len > 0) {
		c->paused = c->out.len >= OUT_PAUSE;
		if (c->paused)
			return;
		more = take_request(l, c);
	}
}

/* ---- states ---- */

static void
start_closing(struct loop *l, struct conn *c)
{
	if (c->eof || shutdown(c->fd, SHUT_WR) < 0) {
		drop(l, c);
		return;
	}
	set_state(l, c, CONN_CLOSING);
	watch_conn(l, c, EPOLLIN);
}

/* Sends what there is and settles into the state that follows from what is left. */
static void
settle(struct loop *l, struct conn *c)
{
	switch (conn_send(c)) {
	case CONN_IO_GONE: drop(l, c); return;
	case CONN_IO_AGAIN:
		if (c->state != CONN_WRITING && c->state != CONN_BUSY)
			set_state(l, c, CONN_WRITING);
		watch_conn(l, c, EPOLLOUT);
		return;
	case CONN_IO_OK: break;
	}
	if (c->state == CONN_BUSY) {
		watch_conn(l, c, 0);
		return;
	}
	if (c->close_after) {
		start_closing(l, c);
		return;
	}
	if (c->eof || (l->stopping && c->in.len == 0)) {
		drop(l, c);
		return;
	}
	if (c->paused)
		mark_ready(l, c); /* there is room again */
	if (c->in.len == 0)
		set_state(l, c, CONN_IDLE);
	else if (c->state != CONN_READING)
		set_state(l, c, CONN_READING);
	watch_conn(l, c, EPOLLIN);
}

/* All that are ready: judged together, then sent to. Those that paused come again. */
static void
answer_ready(struct loop *l)
{
	while (!TAILQ_EMPTY(&l->ready)) {
		struct ready_list now = TAILQ_HEAD_INITIALIZER(now);
		struct conn *c;

		TAILQ_CONCAT(&now, &l->ready, ready);
		l->several = TAILQ_NEXT(TAILQ_FIRST(&now), ready) != NULL;
		TAILQ_FOREACH(c, &now, ready)
		take_requests(l, c);
		end_reading(l);
		while ((c = TAILQ_FIRST(&now)) != NULL) {
			TAILQ_REMOVE(&now, c, ready);
			c->is_ready = false;
			settle(l, c);
		}
	}
}

static void
conn_event(struct loop *l, struct conn *c, uint32_t events)
{
	if (c->state == CONN_CLOSING) {
		if (conn_drain(c) == CONN_IO_GONE)
			drop(l, c);
		return;
	}
	if ((events & EPOLLIN) != 0 && conn_receive(c) == CONN_IO_GONE) {
		drop(l, c);
		return;
	}
	if ((events & (EPOLLHUP | EPOLLERR)) != 0 && (events & EPOLLIN) == 0) {
		drop(l, c); /* a lane may be at work for it: its answer will find nobody */
		return;
	}
	if (c->state == CONN_IDLE && c->in.len > 0)
		set_state(l, c, CONN_READING);
	mark_ready(l, c);
}

/* ---- lanes ---- */

/* A client is never told that a mail was lost: the administrator is. */
static void
note_mails(struct loop *l, const struct wa_mail_tally *mails)
{
	if (mails->queued > 0)
		mailer_wake(l->config->mailer, l->steady_ms);
	if (mails->lost > 0)
		log_note(WA_LOG_ERROR, "mail_lost", "%u: the outbox is full", mails->lost);
}

static void
finish_job(struct loop *l, struct job *job)
{
	struct conn *c = conn_by_id(l, job->conn_id);

	l->n_busy--;
	if (job->minted.session_id != NULL)
		token_cache_put(l->tokens, &job->minted, l->now_ms);
	if (job->just_verified.made)
		verified_cache_put(l->verified, &job->just_verified);
	note_mails(l, &job->mails);
	log_request(&job->request, job->response.status, job->outcome, job->detail,
	    l->steady_ms - job->received_ms);
	if (c != NULL) {
		write_response(l, c, &job->response, job->keep_alive);
		set_state(l, c, CONN_READING); /* settle() knows better in a moment */
		mark_ready(l, c);
	}
	job_free(job);
}

static void
finish_or_hold(struct loop *l, struct job *job)
{
	if (job->hold_ms == 0) {
		finish_job(l, job);
		return;
	}
	job->release_ms = l->steady_ms + job->hold_ms;
	held_add(&l->held, job);
}

static void
release_held(struct loop *l)
{
	struct job *job;

	while ((job = held_take(&l->held, l->steady_ms)) != NULL)
		finish_job(l, job);
}

static void
finish_jobs(struct loop *l)
{
	struct work *next;

	for (struct work *w = workers_take_done(l->config->workers); w != NULL; w = next) {
		next = w->next;
		if (!mailer_finish(l->config->mailer, w, l->steady_ms))
			finish_or_hold(l, (struct job *)w);
	}
}

/* ---- deadlines ---- */

static int64_t
state_deadline(const struct loop *l, enum conn_state state)
{
	switch (state) {
	case CONN_IDLE: return l->settings->idle_timeout;
	case CONN_READING:
	case CONN_WRITING: return l->settings->request_timeout;
	case CONN_CLOSING: return CLOSING_MS;
	case CONN_BUSY:
	case CONN_STATES: return NO_DEADLINE;
	}
	return NO_DEADLINE;
}

static void
close_late(struct loop *l)
{
	for (unsigned state = 0; state < CONN_STATES; state++) {
		int64_t deadline = state_deadline(l, state);
		struct conn *c;

		while (deadline != NO_DEADLINE && (c = TAILQ_FIRST(&l->by_state[state])) != NULL &&
		    l->steady_ms - c->since_ms >= deadline)
			drop(l, c);
	}
}

static int
wait_ms(const struct loop *l)
{
	int64_t wait = l->stopping ? l->stop_ms - l->steady_ms : NO_DEADLINE;

	for (unsigned state = 0; state < CONN_STATES; state++) {
		const struct conn *c = TAILQ_FIRST(&l->by_state[state]);
		int64_t deadline = state_deadline(l, state);

		if (c != NULL && deadline != NO_DEADLINE &&
		    c->since_ms + deadline - l->steady_ms < wait)
			wait = c->since_ms + deadline - l->steady_ms;
	}
	if (held_deadline(&l->held) != NO_DEADLINE && held_deadline(&l->held) - l->steady_ms < wait)
		wait = held_deadline(&l->held) - l->steady_ms;
	if (mailer_deadline(l->config->mailer) != NO_DEADLINE &&
	    mailer_deadline(l->config->mailer) - l->steady_ms < wait)
		wait = mailer_deadline(l->config->mailer) - l->steady_ms;
	if (wait == NO_DEADLINE)
		return -1;
	return wait < 0 ? 0 : wait > 60000 ? 60000 : (int)wait;
}

/* ---- turns ---- */

static void
start_stopping(struct loop *l)
{
	struct conn *c, *next;

	if (l->stopping)
		return;
	log_note(WA_LOG_NOTICE, "stopping", "%zu connections, %zu requests in flight", l->n_conns,
	    l->n_busy);
	l->stopping = true;
	mailer_stop(l->config->mailer);
	l->stop_ms = l->steady_ms + l->settings->stop_timeout;
	watch_listeners(l, false);
	for (c = TAILQ_FIRST(&l->by_state[CONN_IDLE]); c != NULL; c = next) {
		next = TAILQ_NEXT(c, by_state);
		if (!c->is_ready)
			drop(l, c);
	}
}

static bool
is_finished(const struct loop *l)
{
	if (!l->stopping)
		return false;
	return (l->n_conns == 0 && l->n_busy == 0) || l->steady_ms >= l->stop_ms;
}

static void
read_clocks(struct loop *l)
{
	l->now_ms = wa_clock_now_ms();
	l->steady_ms = wa_clock_steady_ms();
	if (l->now_ms / 1000 != l->date_s) {
		l->date_s = l->now_ms / 1000;
		http_date_format(l->date_s, l->date);
	}
}

/*
 * A store that was put in another's place, from a backup say, is not the one that is open here:
 * whom an administrator locked out of the new one would stay signed in by the old one. So is one
 * whose schema somebody changed. A new start opens what is there now.
 */
static enum wa_err
look_at_store(struct loop *l)
{
	if (l->steady_ms - l->looked_ms < LOOK_EVERY_MS)
		return WA_OK;
	l->looked_ms = l->steady_ms;
	if (!store_was_replaced(l->store))
		return WA_OK;
	return wa_fault(WA_ERR_STORE,
	    "%s: was replaced, or plugins have changed its tables; start again to use it",
	    l->settings->store);
}

static enum wa_err
turn(struct loop *l)
{
	struct epoll_event events[EVENTS_MAX];
	bool jobs = false, stop = false;
	int n = epoll_wait(l->epoll, events, EVENTS_MAX, wait_ms(l));
	enum wa_err e;

	if (n < 0 && errno != EINTR)
		return wa_fault(WA_ERR_SYSTEM, "epoll_wait: %s", strerror(errno));
	read_clocks(l);
	e = look_at_store(l);
	if (e != WA_OK)
		return e;
	for (int i = 0; i < n; i++) {
		void *what = events[i].data.ptr;

		switch (*(const enum source *)what) {
		case SOURCE_LISTENER: accept_all(l, ((const struct watch *)what)->listener); break;
		case SOURCE_CONN: conn_event(l, what, events[i].events); break;
		case SOURCE_WORKERS: jobs = true; break;
		case SOURCE_STOP: stop = true; break;
		}
	}
	if (jobs)
		finish_jobs(l);
	release_held(l);
	answer_ready(l);
	if (stop)
		start_stopping(l);
	mailer_run_due(l->config->mailer, l->config->workers, l->steady_ms);
	close_late(l);
	return WA_OK;
}

/* ---- beginning and end ---- */

static enum wa_err
watch(struct loop *l, struct watch *w, enum source source, int fd, const struct listener *listener)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = w};

	*w = (struct watch){.source = source, .listener = listener};
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		return wa_fault(WA_ERR_SYSTEM, "epoll_ctl: %s", strerror(errno));
	return WA_OK;
}

static enum wa_err
watch_all(struct loop *l)
{
	const struct listeners *listeners = l->config->listeners;
	enum wa_err e = WA_OK;

	l->watches = calloc(listeners->n + 2, sizeof(*l->watches));
	if (l->watches == NULL)
		return wa_fault(WA_ERR_NOMEM, "loop");
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0)
		return wa_fault(WA_ERR_SYSTEM, "epoll_create1: %s", strerror(errno));
	for (size_t i = 0; e == WA_OK && i < listeners->n; i++)
		e = watch(l, &l->watches[i], SOURCE_LISTENER, listeners->v[i].fd, &listeners->v[i]);
	if (e == WA_OK)
		e = watch(l, &l->watches[listeners->n], SOURCE_WORKERS,
		    workers_fd(l->config->workers), NULL);
	if (e == WA_OK)
		e = watch(l, &l->watches[listeners->n + 1], SOURCE_STOP, l->config->stop_fd, NULL);
	l->accepting = true;
	return e;
}

static enum wa_err
open_store(struct loop *l)
{
	struct store_options options = {.uri = l->settings->store,
	    .mode = STORE_READ,
	    .cache_bytes = LOOP_CACHE_SIZE,
	    .sessions = SESSIONS_MAX};

	l->arena = wa_arena_new(WA_ARENA_MAX);
	l->keys = key_cache_new();
	l->tokens = token_cache_new(TOKEN_SLOTS);
	l->verified = verified_cache_new(VERIFIED_SLOTS);
	l->limits = rate_limit_new();
	l->budget = pam_budget_new();
	if (l->arena == NULL || l->keys == NULL || l->tokens == NULL || l->verified == NULL ||
	    l->limits == NULL || l->budget == NULL)
		return wa_fault(WA_ERR_NOMEM, "loop");
	return store_open(&options, &l->store);
}

static enum wa_err
loop_init(struct loop *l, const struct loop_config *config)
{
	uint32_t max = (uint32_t)config->site->settings->max_connections;
	enum wa_err e;

	*l = (struct loop){.config = config, .settings = config->site->settings, .epoll = -1};
	http_response_init(&l->response);
	TAILQ_INIT(&l->ready);
	for (unsigned i = 0; i < CONN_STATES; i++)
		TAILQ_INIT(&l->by_state[i]);
	l->slots = calloc(max, sizeof(*l->slots));
	if (l->slots == NULL)
		return wa_fault(WA_ERR_NOMEM, "loop");
	for (uint32_t i = 0; i < max; i++)
		l->slots[i] = (struct slot){.generation = 1, .next_free = i + 1};
	read_clocks(l);
	e = open_store(l);
	return e == WA_OK ? watch_all(l) : e;
}

static void
loop_done(struct loop *l)
{
	struct conn *c;

	for (unsigned i = 0; i < CONN_STATES; i++)
		while ((c = TAILQ_FIRST(&l->by_state[i])) != NULL)
			drop(l, c);
	for (struct job *job; (job = held_take(&l->held, INT64_MAX)) != NULL;)
		job_free(job);
	http_response_done(&l->response);
	rate_limit_free(l->limits);
	pam_budget_free(l->budget);
	token_cache_free(l->tokens);
	verified_cache_free(l->verified);
	key_cache_free(l->keys);
	wa_arena_free(l->arena);
	store_close(l->store);
	free(l->slots);
	free(l->watches);
	if (l->epoll >= 0)
		(void)close(l->epoll);
}

enum wa_err
loop_run(const struct loop_config *config)
{
	struct loop l;
	enum wa_err e = loop_init(&l, config);

	while (e == WA_OK && !is_finished(&l))
		e = turn(&l);
	l.stopping = true; /* drop() listens no more */
	loop_done(&l);
	return e;
}
