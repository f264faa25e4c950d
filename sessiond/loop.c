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
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sessiond/beside.h"
#include "sessiond/conns.h"
#include "sessiond/held.h"
#include "sessiond/job.h"
#include "sessiond/log.h"
#include "sessiond/mailer.h"
#include "sessiond/responder.h"
#include "sessiond/upkeep.h"

#define EVENTS_MAX    256
#define WAIT_MAX_MS   60000
#define LOOK_EVERY_MS 1000

struct loop {
	const struct loop_config *config;
	const struct wa_settings *settings;
	int epoll;
	enum source workers_tag; /* what epoll names these two by */
	enum source stop_tag;
	enum source beside_tag;
	struct conns conns;
	struct responder responder;
	struct held held;
	int64_t now_ms; /* steady, of this turn */
	bool stopping;
	int64_t stop_ms;   /* when patience ends */
	int64_t looked_ms; /* when the store was last looked at by its name */
};

/* ---- connections ---- */

static void
start_closing(struct loop *l, struct conn *c)
{
	if (c->eof || shutdown(c->fd, SHUT_WR) < 0) {
		conns_drop(&l->conns, c);
		return;
	}
	conns_set_state(&l->conns, c, CONN_CLOSING);
	conns_watch(&l->conns, c, EPOLLIN);
}

/* Sends what there is and settles into the state that follows from what is left. */
static void
settle(struct loop *l, struct conn *c)
{
	switch (conn_send(c)) {
	case CONN_IO_GONE: conns_drop(&l->conns, c); return;
	case CONN_IO_AGAIN:
		if (c->state != CONN_WRITING && c->state != CONN_BUSY)
			conns_set_state(&l->conns, c, CONN_WRITING);
		conns_watch(&l->conns, c, EPOLLOUT);
		return;
	case CONN_IO_OK: break;
	}
	if (c->state == CONN_BUSY) {
		conns_watch(&l->conns, c, 0);
		return;
	}
	if (c->close_after) {
		start_closing(l, c);
		return;
	}
	if (c->eof || (l->stopping && c->in.len == 0)) {
		conns_drop(&l->conns, c);
		return;
	}
	if (c->paused)
		conns_mark_ready(&l->conns, c); /* there is room again */
	if (c->in.len == 0)
		conns_set_state(&l->conns, c, CONN_IDLE);
	else if (c->state != CONN_READING)
		conns_set_state(&l->conns, c, CONN_READING);
	conns_watch(&l->conns, c, EPOLLIN);
}

/* All that are ready: judged together, then sent to. Those that paused come again. */
static void
answer_ready(struct loop *l)
{
	while (!TAILQ_EMPTY(&l->conns.ready)) {
		struct ready_list now = TAILQ_HEAD_INITIALIZER(now);
		struct conn *c;

		TAILQ_CONCAT(&now, &l->conns.ready, ready);
		l->responder.several = TAILQ_NEXT(TAILQ_FIRST(&now), ready) != NULL;
		TAILQ_FOREACH(c, &now, ready)
		responder_take_requests(&l->responder, c);
		responder_end_reading(&l->responder);
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
			conns_drop(&l->conns, c);
		return;
	}
	if ((events & EPOLLIN) != 0 && conn_receive(c) == CONN_IO_GONE) {
		conns_drop(&l->conns, c);
		return;
	}
	if ((events & (EPOLLHUP | EPOLLERR)) != 0 && (events & EPOLLIN) == 0) {
		/* A lane may be at work for it: its answer will find nobody. */
		conns_drop(&l->conns, c);
		return;
	}
	if (c->state == CONN_IDLE && c->in.len > 0)
		conns_set_state(&l->conns, c, CONN_READING);
	conns_mark_ready(&l->conns, c);
}

/* ---- lanes ---- */

/* A client is never told that a mail was lost: the administrator is. */
static void
note_mails(struct loop *l, const struct wa_mail_tally *mails)
{
	if (mails->queued > 0)
		mailer_wake(l->config->mailer, l->now_ms);
	if (mails->lost > 0)
		log_note(WA_LOG_ERROR, "mail_lost", "%u: the outbox is full", mails->lost);
}

static void
finish_job(struct loop *l, struct job *job)
{
	struct conn *c;

	note_mails(l, &job->mails);
	upkeep_note_log(l->config->upkeep, job->log_pages);
	c = responder_finish(&l->responder, job);
	if (c == NULL)
		return;
	conns_set_state(&l->conns, c, CONN_READING); /* settle() knows better in a moment */
	conns_mark_ready(&l->conns, c);
}

static void
finish_or_hold(struct loop *l, struct job *job)
{
	if (job->hold_ms == 0) {
		finish_job(l, job);
		return;
	}
	job->release_ms = l->now_ms + job->hold_ms;
	held_add(&l->held, job);
}

static void
release_held(struct loop *l)
{
	struct job *job;

	while ((job = held_take(&l->held, l->now_ms)) != NULL)
		finish_job(l, job);
}

static void
finish_jobs(struct loop *l)
{
	struct work *next;

	for (struct work *w = workers_take_done(l->config->workers); w != NULL; w = next) {
		next = w->next;
		if (!mailer_finish(l->config->mailer, w, l->now_ms) &&
		    !upkeep_finish(l->config->upkeep, w, l->now_ms))
			finish_or_hold(l, (struct job *)w);
	}
}

/* ---- turns ---- */

static void
start_stopping(struct loop *l)
{
	if (l->stopping)
		return;
	log_note(WA_LOG_NOTICE, "stopping", "%zu connections, %zu requests in flight", l->conns.n,
	    l->responder.n_busy);
	l->stopping = true;
	l->responder.stopping = true;
	mailer_stop(l->config->mailer);
	upkeep_stop(l->config->upkeep);
	l->stop_ms = l->now_ms + l->settings->stop_timeout;
	conns_close_doors(&l->conns);
}

static bool
is_finished(const struct loop *l)
{
	if (!l->stopping)
		return false;
	return (l->conns.n == 0 && l->responder.n_busy == 0) || l->now_ms >= l->stop_ms;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int
wait_ms(const struct loop *l)
{
	int64_t next = l->stopping ? l->stop_ms : CONNS_NO_DEADLINE, wait;

	next = earlier(next, conns_deadline(&l->conns));
	next = earlier(next, held_deadline(&l->held));
	next = earlier(next, mailer_deadline(l->config->mailer));
	next = earlier(next, upkeep_deadline(l->config->upkeep));
	if (next == CONNS_NO_DEADLINE)
		return -1;
	wait = next - l->now_ms;
	return wait < 0 ? 0 : (int)earlier(wait, WAIT_MAX_MS);
}

static void
read_clocks(struct loop *l)
{
	responder_begin_turn(&l->responder);
	l->now_ms = l->conns.now_ms = l->responder.steady_ms;
}

/*
 * A store that was put in another's place, from a backup say, is not the one that is open here:
 * whom an administrator locked out of the new one would stay signed in by the old one. So is one
 * whose schema somebody changed. A new start opens what is there now.
 */
static enum wa_err
look_at_store(struct loop *l)
{
	if (l->now_ms - l->looked_ms < LOOK_EVERY_MS)
		return WA_OK;
	l->looked_ms = l->now_ms;
	if (!store_was_replaced(l->responder.store))
		return WA_OK;
	return wa_fault(WA_ERR_STORE,
	    "%s: was replaced, or plugins have changed its tables; start again to use it",
	    l->settings->store);
}

/*
 * One of the processes beside us has ended, by a fault or by somebody's hand. In its sandbox the
 * daemon can start no other, and half of a daemon, whose mails lie or whose PAM logins fail, would
 * stay so unseen: all of it is started anew by whoever started it.
 */
static enum wa_err
name_the_dead(const struct loop *l)
{
	for (size_t i = 0; i < LOOP_BESIDES_MAX; i++) {
		const struct beside *b = l->config->besides[i];

		if (b != NULL && beside_has_ended(b))
			return wa_fault(WA_ERR_SYSTEM, "the process %s has ended", b->name);
	}
	return wa_fault(WA_ERR_SYSTEM, "a process beside this one has ended");
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
		case SOURCE_LISTENER: conns_accept(&l->conns, what); break;
		case SOURCE_CONN: conn_event(l, what, events[i].events); break;
		case SOURCE_WORKERS: jobs = true; break;
		case SOURCE_STOP: stop = true; break;
		case SOURCE_BESIDE: return name_the_dead(l);
		}
	}
	if (jobs)
		finish_jobs(l);
	release_held(l);
	answer_ready(l);
	if (stop)
		start_stopping(l);
	mailer_run_due(l->config->mailer, l->config->workers, l->now_ms);
	upkeep_run_due(l->config->upkeep, l->config->workers, l->now_ms);
	conns_drop_late(&l->conns);
	return WA_OK;
}

/* ---- beginning and end ---- */

static enum wa_err
watch(const struct loop *l, int fd, enum source *tag)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = tag};

	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		return wa_fault(WA_ERR_SYSTEM, "epoll_ctl: %s", strerror(errno));
	return WA_OK;
}

static enum wa_err
watch_all(struct loop *l)
{
	const struct loop_config *config = l->config;
	enum wa_err e;

	e = watch(l, workers_fd(config->workers), &l->workers_tag);
	if (e == WA_OK)
		e = watch(l, config->stop_fd, &l->stop_tag);
	for (size_t i = 0; e == WA_OK && i < LOOP_BESIDES_MAX; i++)
		if (config->besides[i] != NULL)
			e = watch(l, config->besides[i]->pidfd, &l->beside_tag);
	return e;
}

static enum wa_err
loop_init(struct loop *l, const struct loop_config *config)
{
	const struct site *site = config->site;
	enum wa_err e;

	*l = (struct loop){.config = config,
	    .settings = site->settings,
	    .workers_tag = SOURCE_WORKERS,
	    .stop_tag = SOURCE_STOP,
	    .beside_tag = SOURCE_BESIDE,
	    .epoll = epoll_create1(EPOLL_CLOEXEC)};
	e = l->epoll < 0 ? wa_fault(WA_ERR_SYSTEM, "epoll_create1: %s", strerror(errno)) : WA_OK;
	if (e == WA_OK)
		e = conns_init(&l->conns, site, l->epoll, config->listeners);
	if (e == WA_OK)
		e = responder_init(&l->responder, site, &l->conns, config->workers);
	if (e != WA_OK)
		return e;
	read_clocks(l);
	return watch_all(l);
}

static void
loop_done(struct loop *l)
{
	conns_done(&l->conns);
	for (struct job *job; (job = held_take(&l->held, INT64_MAX)) != NULL;)
		job_free(job);
	responder_done(&l->responder);
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
	loop_done(&l);
	return e;
}
