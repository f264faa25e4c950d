#include "sessiond/worker.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/base/compiler.h"

struct piece {
	struct work work; /* first */
	int number;
	void *state;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool closed; /* work waits at the gate */
	int waiting; /* how much */
} gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0};

static atomic_int n_open, n_closed;

static void
gate_set(bool closed)
{
	pthread_mutex_lock(&gate.lock);
	gate.closed = closed;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

static void
gate_await(int waiting)
{
	pthread_mutex_lock(&gate.lock);
	while (gate.waiting < waiting)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

static void
run(struct work *w, void *state)
{
	((struct piece *)w)->state = state;
	pthread_mutex_lock(&gate.lock);
	gate.waiting++;
	pthread_cond_broadcast(&gate.changed);
	while (gate.closed)
		pthread_cond_wait(&gate.changed, &gate.lock);
	gate.waiting--;
	pthread_mutex_unlock(&gate.lock);
}

static enum wa_err
open_state(void *arg, void **ret)
{
	int *fail_at = arg;

	if (atomic_fetch_add(&n_open, 1) + 1 == *fail_at)
		return wa_fault(WA_ERR_STORE, "no store for thread %d", *fail_at);
	*ret = malloc(1);
	return WA_OK;
}

static void
close_state(void *state)
{
	atomic_fetch_add(&n_closed, 1);
	free(state);
}

static int fail_at;

static struct workers_config
config(unsigned hash_threads, size_t queue)
{
	atomic_store(&n_open, 0);
	atomic_store(&n_closed, 0);
	fail_at = 0;
	return (struct workers_config){
	    .lanes = {[WORKER_STORE] = {.threads = 1, .queue = queue},
		[WORKER_HASH] = {.threads = hash_threads, .queue = queue, .nice = 1}},
	    .thread_open = open_state,
	    .thread_close = close_state,
	    .arg = &fail_at,
	};
}

static struct workers *
started(unsigned hash_threads, size_t queue)
{
	struct workers_config c = config(hash_threads, queue);
	struct workers *ws;

	assert_int_equal(workers_start(&c, &ws), WA_OK);
	return ws;
}

/* Collects until n pieces are done; their numbers in order. */
static void
collect(struct workers *ws, int *numbers, int n)
{
	struct pollfd p = {.fd = workers_fd(ws), .events = POLLIN};

	for (int i = 0; i < n;) {
		assert_int_equal(poll(&p, 1, 60000), 1);
		for (struct work *w = workers_take_done(ws); w != NULL; w = w->next) {
			assert_true(i < n);
			assert_non_null(((struct piece *)w)->state);
			numbers[i++] = ((struct piece *)w)->number;
		}
	}
	assert_null(workers_take_done(ws));
	assert_int_equal(poll(&p, 1, 0), 0);
}

static void
each_piece_is_finished_once_and_one_thread_keeps_the_order(void **state)
{
	struct piece pieces[200];
	int numbers[200];
	struct workers *ws = started(2, 200);

	(void)state;
	for (int i = 0; i < 200; i++) {
		pieces[i] = (struct piece){.work.run = run, .number = i};
		assert_true(workers_submit(ws, WORKER_STORE, &pieces[i].work));
	}
	collect(ws, numbers, 200);
	for (int i = 0; i < 200; i++)
		assert_int_equal(numbers[i], i);
	assert_null(workers_stop(ws));
	assert_int_equal(atomic_load(&n_closed), 3);
}

static void
a_full_queue_refuses_and_leaves_the_other_lane_alone(void **state)
{
	struct piece pieces[4] = {{.work.run = run}, {.work.run = run, .number = 1},
	    {.work.run = run, .number = 2}, {.work.run = run, .number = 3}};
	struct workers *ws = started(1, 1);
	int numbers[3];

	(void)state;
	gate_set(true);
	assert_true(workers_submit(ws, WORKER_HASH, &pieces[0].work));
	gate_await(1); /* it runs, so the queue is empty */
	assert_true(workers_submit(ws, WORKER_HASH, &pieces[1].work));
	assert_false(workers_submit(ws, WORKER_HASH, &pieces[2].work));
	assert_true(workers_submit(ws, WORKER_STORE, &pieces[3].work));
	gate_set(false);
	collect(ws, numbers, 3);
	assert_true(workers_submit(ws, WORKER_HASH, &pieces[2].work));
	collect(ws, numbers, 1);
	assert_int_equal(numbers[0], 2);
	assert_null(workers_stop(ws));
}

static void *
open_gate(void *arg)
{
	(void)arg;
	gate_set(false);
	return NULL;
}

static void
stopping_waits_for_what_runs_and_gives_everything_back_once(void **state)
{
	struct piece pieces[5];
	struct workers *ws = started(1, 10);
	pthread_t opener;
	bool seen[5] = {false};
	int n = 0;

	(void)state;
	gate_set(true);
	for (int i = 0; i < 5; i++) {
		pieces[i] = (struct piece){.work.run = run, .number = i};
		assert_true(workers_submit(ws, WORKER_HASH, &pieces[i].work));
	}
	gate_await(1);
	assert_int_equal(pthread_create(&opener, NULL, open_gate, NULL), 0);
	for (struct work *w = workers_stop(ws); w != NULL; w = w->next, n++) {
		assert_false(seen[((struct piece *)w)->number]);
		seen[((struct piece *)w)->number] = true;
	}
	assert_int_equal(n, 5);
	pthread_join(opener, NULL);
	assert_int_equal(atomic_load(&n_closed), 2);
}

static void
a_thread_that_cannot_open_its_state_ends_the_start(void **state)
{
	(void)state;
	for (int i = 1; i <= 3; i++) {
		struct workers_config c = config(2, 1);
		struct workers *ws = NULL;

		fail_at = i;
		assert_int_equal(workers_start(&c, &ws), WA_ERR_STORE);
		assert_null(ws);
		assert_non_null(wa_err_detail(WA_ERR_STORE));
		assert_int_equal(atomic_load(&n_closed), 2);
	}
	assert_null(workers_stop(NULL));
}

static atomic_int n_idle;

static void
note_idle(void *state)
{
	assert_non_null(state);
	atomic_fetch_add(&n_idle, 1);
	pthread_mutex_lock(&gate.lock);
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

static void
await_idle(int n)
{
	pthread_mutex_lock(&gate.lock);
	while (atomic_load(&n_idle) < n)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

static void
a_thread_without_work_is_told_once(void **state)
{
	struct workers_config c = config(0, 8);
	struct piece piece = {.work = {.run = run}, .number = 1};
	struct workers *ws;
	int numbers[1];

	(void)state;
	atomic_store(&n_idle, 0);
	c.thread_idle = note_idle;
	c.idle_ms = 1;
	assert_int_equal(workers_start(&c, &ws), WA_OK);
	await_idle(1);
	assert_true(workers_submit(ws, WORKER_STORE, &piece.work));
	collect(ws, numbers, 1);
	await_idle(2);
	assert_null(workers_stop(ws));
	assert_int_equal(atomic_load(&n_idle), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_piece_is_finished_once_and_one_thread_keeps_the_order),
	    cmocka_unit_test(a_full_queue_refuses_and_leaves_the_other_lane_alone),
	    cmocka_unit_test(stopping_waits_for_what_runs_and_gives_everything_back_once),
	    cmocka_unit_test(a_thread_that_cannot_open_its_state_ends_the_start),
	    cmocka_unit_test(a_thread_without_work_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
