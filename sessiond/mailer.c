/*
 * The mailer is one piece of work that the loop hands to the mail lane again and again, each time
 * for one mail. Its fields belong to the loop while it is idle, and to the lane while it is busy;
 * stop_fd is the one thing that both may use at any time.
 */
#include "sessiond/mailer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/base/random.h"
#include "lib/core/mail.h"
#include "lib/core/mail_message.h"
#include "lib/store/outbox.h"
#include "sessiond/job.h"
#include "sessiond/log.h"
#include "sessiond/mail_process.h"

#define LOOK_MS	      60000 /* how often the outbox is looked at unasked: others write to it too */
#define RETRY_MAX_MS  (60 * 60 * 1000) /* the longest pause between two attempts */
#define CLAIM_MORE_MS 30000	       /* a claim outlives the time that one attempt may take */

struct mailer {
	struct work work; /* first: a work is its mailer */
	const struct wa_settings *settings;
	struct wa_arena *own; /* what lives as long as the mailer */
	struct wa_mail_sender sender;
	const struct mail_process *process;
	int stop_fd;
	bool busy;
	bool stopping;
	bool woken;	/* while busy: look again at once */
	int64_t due_ms; /* steady */
	/* The lane's result: how long until there is something to do. */
	int64_t wait_ms;
};

/* ---- on the lane ---- */

static void
log_mail(enum wa_log_level level, const char *event, const struct outbox_row *row, const char *why)
{
	struct log_line line;

	if (!log_wants(level))
		return;
	log_begin(&line, level, event);
	log_str(&line, "id", row->id);
	log_str(&line, "kind", row->kind);
	log_int(&line, "attempt", row->attempts);
	if (why != NULL)
		log_str(&line, "detail", why);
	log_end(&line);
}

static int64_t
longest_pause_ms(const struct wa_settings *s)
{
	return s->mail_retry > RETRY_MAX_MS ? s->mail_retry : RETRY_MAX_MS;
}

/* Doubled with each attempt, and spread, so that what failed together does not come together. */
static int64_t
pause_ms(const struct wa_settings *s, int64_t attempts)
{
	int64_t pause = s->mail_retry, most = longest_pause_ms(s);
	uint32_t chance;

	for (int64_t i = 1; i < attempts && pause < most; i++)
		pause *= 2;
	if (pause > most)
		pause = most;
	wa_random_bytes(&chance, sizeof(chance));
	return pause - pause / 4 + (int64_t)(chance % (uint64_t)(pause / 2 + 1));
}

static enum wa_err
try_to_send(struct mailer *m, struct wa_arena *a, const struct outbox_row *row)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf message = WA_BUF_INIT(WA_MAIL_MESSAGE_MAX);
	enum wa_err e;

	e = wa_mail_message(a, &m->sender, row, wa_clock_now_ms(), &message);
	if (e != WA_OK)
		return e;
	return mail_process_deliver(m->process, &message, m->stop_fd, m->settings->stop_timeout);
}

static enum wa_err
failed(struct mailer *m, struct store *store, const struct outbox_row *row, enum wa_err why)
{
	int64_t now_ms = wa_clock_now_ms();
	char detail[256];
	enum wa_err e;

	(void)snprintf(detail, sizeof(detail), "%s", wa_err_detail(why));
	if (now_ms - row->created_ms >= m->settings->mail_give_up) {
		log_mail(WA_LOG_ERROR, "mail_dropped", row, detail);
		return store_outbox_delete(store, row->id);
	}
	log_mail(WA_LOG_WARNING, "mail_failed", row, detail);
	e = store_outbox_postpone(
	    store, row->id, row->next_ms, now_ms + pause_ms(m->settings, row->attempts), detail);
	return e == WA_ERR_NOT_FOUND ? WA_OK : e; /* another daemon's by now */
}

/* How long from now a row can be put off, by a claim or by a pause and its spread. */
static int64_t
longest_ms(const struct wa_settings *s)
{
	return 2 * longest_pause_ms(s) + s->mail_timeout + CLAIM_MORE_MS;
}

/* One mail; WA_ERR_NOT_FOUND when none is due. */
static enum wa_err
send_one(struct mailer *m, struct store *store, struct wa_arena *a)
{
	int64_t now_ms = wa_clock_now_ms(), next_ms, last_ms;
	struct outbox_row row;
	enum wa_err e;

	/* A look first: it disturbs no writer. */
	e = store_outbox_next(store, &next_ms, &last_ms);
	if (e == WA_OK && last_ms > now_ms + longest_ms(m->settings))
		return store_outbox_recall(store, now_ms + longest_ms(m->settings), now_ms);
	if (e == WA_OK && next_ms > now_ms)
		return WA_ERR_NOT_FOUND;
	if (e == WA_OK)
		e = store_outbox_claim(
		    store, a, now_ms, now_ms + m->settings->mail_timeout + CLAIM_MORE_MS, &row);
	if (e != WA_OK)
		return e;

	e = try_to_send(m, a, &row);
	if (e != WA_OK)
		return failed(m, store, &row, e);
	log_mail(WA_LOG_INFO, "mail_sent", &row, NULL);
	e = store_outbox_delete(store, row.id);
	return e == WA_ERR_NOT_FOUND ? WA_OK : e;
}

static int64_t
wait_for_next(struct store *store)
{
	int64_t now_ms = wa_clock_now_ms(), next_ms, last_ms;

	if (store_outbox_next(store, &next_ms, &last_ms) != WA_OK || next_ms > now_ms + LOOK_MS)
		return LOOK_MS;
	return next_ms > now_ms ? next_ms - now_ms : 0;
}

static void
mailer_run(struct work *work, void *state)
{
	struct mailer *m = (struct mailer *)work;
	struct lane_state *lane = state;
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	enum wa_err e;

	m->wait_ms = LOOK_MS;
	wa_err_forget();
	e = a == NULL ? wa_fault(WA_ERR_NOMEM, "mail") : send_one(m, lane->store, a);
	if (e != WA_OK && e != WA_ERR_NOT_FOUND) {
		/* The store's trouble, or memory's: a claimed mail comes back when its claim ends.
		 */
		log_note(WA_LOG_ERROR, "mail", "%s", wa_err_detail(e));
		return;
	}
	m->wait_ms = wait_for_next(lane->store);
}

/* ---- on the loop ---- */

void
mailer_wake(struct mailer *m, int64_t steady_ms)
{
	if (m == NULL)
		return;
	m->woken = m->busy;
	m->due_ms = steady_ms;
}

void
mailer_run_due(struct mailer *m, struct workers *ws, int64_t steady_ms)
{
	if (m == NULL || m->busy || m->stopping || steady_ms < m->due_ms)
		return;
	m->woken = false;
	m->busy = workers_submit(ws, WORKER_MAIL, &m->work);
}

int64_t
mailer_deadline(const struct mailer *m)
{
	return m == NULL || m->busy || m->stopping ? INT64_MAX : m->due_ms;
}

bool
mailer_finish(struct mailer *m, const struct work *w, int64_t steady_ms)
{
	if (m == NULL || w != &m->work)
		return false;
	m->busy = false;
	m->due_ms = steady_ms + (m->woken ? 0 : m->wait_ms);
	return true;
}

void
mailer_stop(struct mailer *m)
{
	static const uint64_t one = 1;

	if (m == NULL || m->stopping)
		return;
	m->stopping = true;
	if (write(m->stop_fd, &one, sizeof(one)) < 0)
		log_note(WA_LOG_ERROR, "mail", "eventfd: %s", strerror(errno));
}

/* ---- beginning and end ---- */

static enum wa_err
prepare(struct mailer *m, const struct site *site)
{
	if (m->own == NULL)
		return wa_fault(WA_ERR_NOMEM, "mailer");
	if (m->stop_fd < 0)
		return wa_fault(WA_ERR_SYSTEM, "eventfd: %s", strerror(errno));
	return wa_mail_sender_init(m->own, m->settings, site->origin, &m->sender);
}

void
mailer_warn(const struct mailer *m)
{
	if (m == NULL)
		return;
	if (access(m->process->words[0], X_OK) < 0)
		log_note(WA_LOG_WARNING, "mail", "mail_command: %s: %s; mails wait until it works",
		    m->process->words[0], strerror(errno));
	if (wa_mail_templates_check(m->settings) != WA_OK)
		log_note(WA_LOG_WARNING, "mail", "%s; mails wait until it is there",
		    wa_err_detail(WA_ERR_CONFIG));
}

enum wa_err
mailer_new(const struct site *site, const struct mail_process *process, struct mailer **ret)
{
	struct mailer *m;
	enum wa_err e;

	*ret = NULL;
	if (!wa_mail_is_enabled(site->settings))
		return WA_OK;
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return wa_fault(WA_ERR_NOMEM, "mailer");
	m->work.run = mailer_run;
	m->settings = site->settings;
	m->process = process;
	m->own = wa_arena_new(WA_ARENA_MAX);
	m->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	e = prepare(m, site);
	if (e != WA_OK) {
		mailer_free(m);
		return e;
	}
	*ret = m;
	return WA_OK;
}

void
mailer_free(struct mailer *m)
{
	if (m == NULL)
		return;
	if (m->stop_fd >= 0)
		(void)close(m->stop_fd);
	wa_arena_free(m->own);
	free(m);
}
