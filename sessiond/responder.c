/*
 * A request is answered here if its route may run on the loop, and by a lane otherwise; a handler
 * that finds it must write says so, and the same request goes to a lane then.
 */
#include "sessiond/responder.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "sessiond/log.h"
#include "sessiond/request_log.h"
#include "sessiond/routes/cookie_cache.h"
#include "sessiond/routes/dispatch.h"
#include "sessiond/routes/key_cache.h"
#include "sessiond/routes/pam.h"
#include "sessiond/routes/pam_budget.h"
#include "sessiond/routes/rate_limit.h"
#include "sessiond/routes/token_cache.h"
#include "sessiond/routes/verified_cache.h"

#define OUT_PAUSE	  65536 /* bytes unsent after which no further request is taken */
#define KEPT_MAX	  16384 /* sessions, and what goes with each */
#define READER_CACHE_SIZE (20 * 1024 * 1024)

/* ---- answers ---- */

/* The response of a request into the connection's output. */
static void
write_response(struct responder *p, struct conn *c, const struct http_response *r, bool keep_alive)
{
	enum wa_err e;

	keep_alive = keep_alive && !p->stopping;
	e = http_response_write(r, p->date, keep_alive, &c->out);
	if (e != WA_OK) {
		log_note(WA_LOG_ERROR, "response", "cannot be written: %s", wa_err_detail(e));
		keep_alive = false;
	}
	if (!keep_alive || r->close)
		c->close_after = true;
}

/* A status without a body, for bytes that were no request. */
static void
answer_unframed(struct responder *p, struct conn *c, int status)
{
	http_response_clear(&p->response);
	p->response.status = status;
	write_response(p, c, &p->response, false);
	wa_buf_clear(&c->in);
	request_log_unframed(status);
}

static enum worker_lane
worker_lane_of(enum lane lane)
{
	return lane == LANE_HASH ? WORKER_HASH : WORKER_STORE;
}

/* The request as this thread answers it. */
static struct exchange
exchange_here(struct responder *p, const struct conn *c, const struct http_request *r,
    const struct route *route)
{
	return (struct exchange){
	    .site = p->site,
	    .request = r,
	    .response = &p->response,
	    .route = route,
	    .keys = p->keys,
	    .cookies = p->cookies,
	    .tokens = p->tokens,
	    .verified = p->verified,
	    .peer = &c->peer,
	    .cx =
		{
		    .store = p->store,
		    .settings = p->settings,
		    .keyring = p->site->keyring,
		    .arena = p->arena,
		    .now_ms = p->now_ms,
		},
	};
}

/* Hands the request to a lane; false when the answer has been written instead. */
static bool
hand_over(struct responder *p, struct conn *c, size_t head_len, const struct http_request *r,
    const struct route *route)
{
	struct job *job = job_new(c->in.data, head_len, r, route, &c->peer);
	struct exchange x;

	if (job != NULL) {
		job->conn_id = c->id;
		job->keep_alive = r->keep_alive;
		job->received_ms = p->steady_ms;
		if (workers_submit(p->workers, worker_lane_of(route->lane), &job->work)) {
			p->n_busy++;
			conns_set_state(p->conns, c, CONN_BUSY);
			return true;
		}
		job_free(job);
	}
	x = exchange_here(p, c, r, route);
	http_response_clear(&p->response);
	dispatch_overloaded(&x);
	write_response(p, c, &p->response, r->keep_alive);
	request_log(r, p->response.status, WA_ERR_OVERLOADED, "", 0);
	wa_arena_reset(p->arena);
	return false;
}

/* One snapshot for all requests of a turn; a store that will not give one is asked without. */
static void
begin_reading(struct responder *p)
{
	if (!p->in_turn)
		p->in_turn = store_turn_begin(p->store, p->several) == WA_OK;
}

void
responder_end_reading(struct responder *p)
{
	if (p->in_turn && store_turn_end(p->store) != WA_OK)
		log_note(WA_LOG_ERROR, "store", "%s", wa_err_detail(WA_ERR_STORE));
	p->in_turn = false;
}

static enum wa_err
answer_here(
    struct responder *p, struct conn *c, const struct http_request *r, const struct route *route)
{
	struct exchange x = exchange_here(p, c, r, route);
	enum wa_err e;

	http_response_clear(&p->response);
	e = dispatch(&x);
	if (x.just_verified.made)
		verified_cache_put(p->verified, &x.just_verified);
	if (e != WA_ERR_WRONG_LANE) {
		write_response(p, c, &p->response, r->keep_alive);
		request_log(r, p->response.status, e, wa_err_detail(e), 0);
	}
	wa_arena_reset(p->arena);
	return e;
}

/* Local users are counted by uid: they have no address. Nobody waits but who is nobody special, or
 * an attacker on one service would shut all of its users out. */
static bool
is_over_budget(struct responder *p, struct conn *c, const struct http_request *r)
{
	struct exchange x;

	if (pam_is_unlimited(p->site, &c->peer) ||
	    pam_budget_take(p->budget, c->peer.uid, p->steady_ms))
		return false;
	x = exchange_here(p, c, r, NULL);
	http_response_clear(&p->response);
	dispatch_rate_limited(&x, 1);
	write_response(p, c, &p->response, false);
	request_log(r, p->response.status, WA_ERR_RATE_LIMITED, "", 0);
	return true;
}

/* Does the request come too often? Then it has been answered. */
static bool
is_limited(
    struct responder *p, struct conn *c, const struct http_request *r, const struct route *route)
{
	struct exchange x;
	int64_t retry_s = 0;
	enum wa_err e;

	if (c->pam)
		return is_over_budget(p, c, r);
	if (!p->settings->rate_limit)
		return false;
	e = rate_limit_check(p->limits, p->site, p->arena, r, p->now_ms, &retry_s);
	wa_arena_reset(p->arena);
	if (e == WA_OK && retry_s == 0)
		return false;
	x = exchange_here(p, c, r, route);
	http_response_clear(&p->response);
	if (e == WA_OK)
		dispatch_rate_limited(&x, retry_s);
	else
		dispatch_overloaded(&x);
	write_response(p, c, &p->response, r->keep_alive);
	request_log(
	    r, p->response.status, e == WA_OK ? WA_ERR_RATE_LIMITED : e, wa_err_detail(e), 0);
	wa_arena_reset(p->arena);
	return true;
}

/* Better Auth's limits are for its routes, and the forms of pages, which are doors to them: a proxy
 * asks ours for every request it lets through. A preflight is no try: its sign-in would count
 * twice. */
static bool
is_counted(const struct http_request *r, const struct route *route)
{
	if (r->method == HTTP_OPTIONS)
		return false;
	return route == NULL || route->space == ROUTE_BASE ||
	    (route->space == ROUTE_PAGES && route->method == HTTP_POST);
}

/* Answers or hands over one request that is whole. */
static void
answer(struct responder *p, struct conn *c, size_t head_len, struct http_request *r)
{
	struct http_slice parameter = {NULL, 0};
	const struct route *route = c->pam ? pam_route_find(r->method, r->path)
					   : route_find(p->site, r->method, r->path, &parameter);

	if (c->pam && route == NULL) {
		answer_unframed(p, c, 404);
		return;
	}

	r->body = (struct http_slice){c->in.data + head_len, r->content_length};
	if (is_counted(r, route) && is_limited(p, c, r, route)) {
		/* answered */
	} else if (route == NULL) {
		(void)answer_here(p, c, r, NULL);
	} else if (route->lane != LANE_LOOP) {
		(void)hand_over(p, c, head_len, r, route);
	} else {
		begin_reading(p);
		if (answer_here(p, c, r, route) == WA_ERR_WRONG_LANE)
			(void)hand_over(p, c, head_len, r, route);
	}
	wa_buf_consume(&c->in, head_len + r->content_length);
	c->continued = false;
	if (c->state != CONN_BUSY)
		conns_set_state(p->conns, c, CONN_IDLE); /* the next request's time begins anew */
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
take_request(struct responder *p, struct conn *c)
{
	struct http_request *r = &p->request;
	size_t head_len;
	int status;

	switch (http_request_parse(c->in.data, c->in.len, r, &head_len, &status)) {
	case HTTP_PARSE_ERROR: answer_unframed(p, c, status); return false;
	case HTTP_PARSE_MORE: return false;
	case HTTP_PARSE_DONE: break;
	}
	if (c->in.len - head_len < r->content_length) {
		ask_for_body(c, r);
		return false;
	}
	answer(p, c, head_len, r);
	return true;
}

void
responder_take_requests(struct responder *p, struct conn *c)
{
	bool more = true;

	c->paused = false;
	while (more && c->state != CONN_BUSY && !c->close_after && c->in.len > 0) {
		c->paused = c->out.len >= OUT_PAUSE;
		if (c->paused)
			return;
		more = take_request(p, c);
	}
}

/* ---- what lanes have answered ---- */

struct conn *
responder_finish(struct responder *p, struct job *job)
{
	struct conn *c = conns_find(p->conns, job->conn_id);

	p->n_busy--;
	if (job->minted.session_id != NULL)
		token_cache_put(p->tokens, &job->minted, p->now_ms);
	if (job->just_verified.made)
		verified_cache_put(p->verified, &job->just_verified);
	request_log(&job->request, job->response.status, job->outcome, job->detail,
	    p->steady_ms - job->received_ms);
	if (c != NULL)
		write_response(p, c, &job->response, job->keep_alive);
	job_free(job);
	return c;
}

/* ---- beginning and end ---- */

void
responder_begin_turn(struct responder *p)
{
	p->now_ms = wa_clock_now_ms();
	p->steady_ms = wa_clock_steady_ms();
	if (p->now_ms / 1000 != p->date_s) {
		p->date_s = p->now_ms / 1000;
		http_date_format(p->date_s, p->date);
	}
}

enum wa_err
responder_init(
    struct responder *p, const struct site *site, struct conns *conns, struct workers *workers)
{
	struct store_options options = {.uri = site->settings->store,
	    .mode = STORE_READ,
	    .cache_bytes = READER_CACHE_SIZE,
	    .sessions = KEPT_MAX};

	*p = (struct responder){
	    .site = site, .settings = site->settings, .conns = conns, .workers = workers};
	http_response_init(&p->response);
	p->arena = wa_arena_new(WA_ARENA_MAX);
	p->keys = key_cache_new();
	p->cookies = cookie_cache_new(KEPT_MAX);
	p->tokens = token_cache_new(KEPT_MAX);
	p->verified = verified_cache_new(KEPT_MAX);
	p->limits = rate_limit_new();
	p->budget = pam_budget_new();
	if (p->arena == NULL || p->keys == NULL || p->cookies == NULL || p->tokens == NULL ||
	    p->verified == NULL || p->limits == NULL || p->budget == NULL)
		return wa_fault(WA_ERR_NOMEM, "loop");
	return store_open(&options, &p->store);
}

void
responder_done(struct responder *p)
{
	http_response_done(&p->response);
	rate_limit_free(p->limits);
	pam_budget_free(p->budget);
	wa_cache_free(p->cookies);
	wa_cache_free(p->tokens);
	wa_cache_free(p->verified);
	key_cache_free(p->keys);
	wa_arena_free(p->arena);
	store_close(p->store);
}
