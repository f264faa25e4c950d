/* Threads, queues and the one eventfd back to the loop. */
#include "sessiond/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "sessiond/schedule.h"

struct list {
	struct work *head;
	struct work **tail;
	size_t n;
};

struct lane {
	pthread_cond_t wake;
	struct list waiting;
	size_t max;
	int nice;
};

struct thread {
	pthread_t id;
	struct workers *ws;
	struct lane *lane;
	bool started;
};

struct workers {
	struct workers_config config;
	pthread_mutex_t lock; /* everything below but the constants */
	pthread_cond_t opened;
	struct lane lanes[WORKER_LANES];
	struct list done;
	bool stopping;
	struct thread *threads;
	size_t n_threads;
	size_t n_open;		/* threads whose state is there, or which have failed */
	enum wa_err open_error; /* the first failure of thread_open */
	char open_detail[256];
	int fd; /* constant */
};

static void
list_init(struct list *l)
{
	l->head = NULL;
	l->tail = &l->head;
	l->n = 0;
}

static void
list_add(struct list *l, struct work *w)
{
	w->next = NULL;
	*l->tail = w;
	l->tail = &w->next;
	l->n++;
}

static struct work *
list_take(struct list *l)
{
	struct work *w = l->head;

	if (w == NULL)
		return NULL;
	l->head = w->next;
	if (l->head == NULL)
		l->tail = &l->head;
	l->n--;
	w->next = NULL;
	return w;
}

static struct work *
list_take_all(struct list *l)
{
	struct work *all = l->head;

	list_init(l);
	return all;
}

static void
finish(struct workers *ws, struct work *w)
{
	static const uint64_t one = 1;
	bool first;

	(void)pthread_mutex_lock(&ws->lock);
	first = ws->done.head == NULL;
	list_add(&ws->done, w);
	(void)pthread_mutex_unlock(&ws->lock);
	/* The counter cannot overflow: it is reset each time the loop takes the list. */
	if (first && write(ws->fd, &one, sizeof(one)) < 0)
		abort();
}

static struct timespec
in_ms(int64_t ms)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

/* With the lock held: waits for idle_ms; then, without the lock, tells the thread's state. */
static void
wait_idle(struct workers *ws, struct lane *lane, void *state)
{
	struct timespec until = in_ms(ws->config.idle_ms);

	while (!ws->stopping && lane->waiting.head == NULL)
		if (pthread_cond_clockwait(&lane->wake, &ws->lock, CLOCK_MONOTONIC, &until) ==
		    ETIMEDOUT)
			break;
	if (ws->stopping || lane->waiting.head != NULL)
		return;
	(void)pthread_mutex_unlock(&ws->lock);
	ws->config.thread_idle(state);
	(void)pthread_mutex_lock(&ws->lock);
}

/* The next piece of work of the lane; NULL when it is time to go. */
static struct work *
next(struct workers *ws, struct lane *lane, void *state)
{
	struct work *w;

	(void)pthread_mutex_lock(&ws->lock);
	if (ws->config.thread_idle != NULL)
		wait_idle(ws, lane, state);
	while (!ws->stopping && lane->waiting.head == NULL)
		(void)pthread_cond_wait(&lane->wake, &ws->lock);
	w = ws->stopping ? NULL : list_take(&lane->waiting);
	(void)pthread_mutex_unlock(&ws->lock);
	return w;
}

static void
report_open(struct workers *ws, enum wa_err e)
{
	(void)pthread_mutex_lock(&ws->lock);
	if (e != WA_OK && ws->open_error == WA_OK) {
		ws->open_error = e;
		(void)snprintf(ws->open_detail, sizeof(ws->open_detail), "%s", wa_err_detail(e));
	}
	ws->n_open++;
	(void)pthread_cond_signal(&ws->opened);
	(void)pthread_mutex_unlock(&ws->lock);
}

static void *
thread_main(void *arg)
{
	struct thread *t = arg;
	struct workers *ws = t->ws;
	void *state = NULL;
	struct work *w;
	enum wa_err e;

	if (t->lane->nice != 0)
		schedule_behind(t->lane->nice);
	e = ws->config.thread_open(ws->config.arg, &state);
	report_open(ws, e);
	if (e != WA_OK)
		return NULL;
	while ((w = next(ws, t->lane, state)) != NULL) {
		w->run(w, state);
		finish(ws, w);
	}
	ws->config.thread_close(state);
	return NULL;
}

static enum wa_err
start_threads(struct workers *ws)
{
	size_t i = 0;

	for (size_t l = 0; l < WORKER_LANES; l++)
		for (unsigned n = 0; n < ws->config.lanes[l].threads; n++, i++) {
			struct thread *t = &ws->threads[i];
			int error;

			t->ws = ws;
			t->lane = &ws->lanes[l];
			error = pthread_create(&t->id, NULL, thread_main, t);
			if (error != 0)
				return wa_fault(
				    WA_ERR_SYSTEM, "start a thread: %s", strerror(error));
			t->started = true;
		}
	return WA_OK;
}

static enum wa_err
wait_open(struct workers *ws)
{
	enum wa_err e;

	(void)pthread_mutex_lock(&ws->lock);
	while (ws->n_open < ws->n_threads)
		(void)pthread_cond_wait(&ws->opened, &ws->lock);
	e = ws->open_error;
	(void)pthread_mutex_unlock(&ws->lock);
	return e == WA_OK ? WA_OK : wa_fault(e, "%s", ws->open_detail);
}

static struct workers *
workers_new(const struct workers_config *config)
{
	struct workers *ws = calloc(1, sizeof(*ws));

	if (ws == NULL)
		return NULL;
	ws->config = *config;
	(void)pthread_mutex_init(&ws->lock, NULL);
	(void)pthread_cond_init(&ws->opened, NULL);
	list_init(&ws->done);
	for (size_t l = 0; l < WORKER_LANES; l++) {
		(void)pthread_cond_init(&ws->lanes[l].wake, NULL);
		list_init(&ws->lanes[l].waiting);
		ws->lanes[l].max = config->lanes[l].queue;
		ws->lanes[l].nice = config->lanes[l].nice;
		ws->n_threads += config->lanes[l].threads;
	}
	ws->threads = calloc(ws->n_threads, sizeof(*ws->threads));
	ws->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return ws;
}

enum wa_err
workers_start(const struct workers_config *config, struct workers **ret)
{
	struct workers *ws = workers_new(config);
	enum wa_err e;

	if (ws == NULL)
		return wa_fault(WA_ERR_NOMEM, "workers");
	if (ws->threads == NULL)
		e = wa_fault(WA_ERR_NOMEM, "workers");
	else if (ws->fd < 0)
		e = wa_fault(WA_ERR_SYSTEM, "eventfd: %s", strerror(errno));
	else
		e = start_threads(ws);
	if (e == WA_OK)
		e = wait_open(ws);
	if (e != WA_OK) {
		(void)workers_stop(ws);
		return e;
	}
	*ret = ws;
	return WA_OK;
}

bool
workers_submit(struct workers *ws, enum worker_lane which, struct work *w)
{
	struct lane *lane = &ws->lanes[which];
	bool taken;

	(void)pthread_mutex_lock(&ws->lock);
	taken = lane->waiting.n < lane->max;
	if (taken) {
		list_add(&lane->waiting, w);
		(void)pthread_cond_signal(&lane->wake);
	}
	(void)pthread_mutex_unlock(&ws->lock);
	return taken;
}

int
workers_fd(const struct workers *ws)
{
	return ws->fd;
}

struct work *
workers_take_done(struct workers *ws)
{
	uint64_t count;
	struct work *all;

	/* Read before the list is taken: what comes later writes again. */
	if (read(ws->fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return NULL;
	(void)pthread_mutex_lock(&ws->lock);
	all = list_take_all(&ws->done);
	(void)pthread_mutex_unlock(&ws->lock);
	return all;
}

struct work *
workers_stop(struct workers *ws)
{
	struct list left;

	list_init(&left);
	if (ws == NULL)
		return NULL;
	(void)pthread_mutex_lock(&ws->lock);
	ws->stopping = true;
	for (size_t l = 0; l < WORKER_LANES; l++)
		(void)pthread_cond_broadcast(&ws->lanes[l].wake);
	(void)pthread_mutex_unlock(&ws->lock);
	for (size_t i = 0; ws->threads != NULL && i < ws->n_threads; i++)
		if (ws->threads[i].started)
			(void)pthread_join(ws->threads[i].id, NULL);

	/* No thread is left: the lists are ours. */
	for (size_t l = 0; l < WORKER_LANES; l++) {
		for (struct work *w; (w = list_take(&ws->lanes[l].waiting)) != NULL;)
			list_add(&left, w);
		(void)pthread_cond_destroy(&ws->lanes[l].wake);
	}
	for (struct work *w; (w = list_take(&ws->done)) != NULL;)
		list_add(&left, w);
	(void)pthread_cond_destroy(&ws->opened);
	(void)pthread_mutex_destroy(&ws->lock);
	if (ws->fd >= 0)
		(void)close(ws->fd);
	free(ws->threads);
	free(ws);
	return left.head;
}
