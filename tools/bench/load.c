/*
 * Load for one HTTP server: N connections, each with one request in flight, all of them in one
 * thread on epoll, so that what is measured is the server. Prints one line of JSON.
 *
 * Without -R it is a closed loop: a connection sends its next request when it has the answer to the
 * last. That finds the rate, but flatters latencies: while the server stands still nobody asks, so
 * a pause counts once per connection, however long it is. With -R requests are due at a fixed rate,
 * and a latency runs from when the request was due, whether or not a connection was free to send
 * it: as long as a pause lasts, it counts for everybody who would have come. What p99 means is
 * taken so, and by a generator that runs before everybody else where it may (root): as long as it
 * waits for a core itself, it would count its own lateness.
 *
 * A request is a template with one {} in it, for which the lines of a file are put in turn: signed
 * cookies, e-mail addresses. All lines of a file are equally long, so a Content-Length in the
 * template is right for each.
 */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/compiler.h"
#include "lib/base/parse.h"
#include "tools/bench/client.h"
#include "tools/bench/histogram.h"
#include "tools/bench/process.h"

#define CONNS_MAX   1024
#define PIDS_MAX    16
#define IN_MAX	    65536
#define OUT_MAX	    8192
#define STATUSES    600
#define RATE_MAX    1000000
#define STUCK_NS    (30 * CLIENT_SECOND)
#define EVENTS_MAX  64
#define CHUNKED_END "\r\n0\r\n\r\n"

struct text {
	const char *p;
	size_t n;
};

struct conn {
	int fd;
	uint64_t since_ns; /* from when the answer's latency counts */
	size_t in_len;
	size_t out_len;
	size_t out_sent;
	bool waiting; /* for an answer */
	char in[IN_MAX];
	char out[OUT_MAX];
};

struct bench {
	const char *address;
	uint64_t n_conns;
	uint64_t warm_ns;
	uint64_t run_ns;
	uint64_t gap_ns; /* between two that are due; 0: a closed loop */
	uint64_t first_line;
	uint64_t expected;  /* status */
	const char *marker; /* what every good answer contains, or NULL */
	bool fresh;	    /* a new connection for each request */
	const char *pids[PIDS_MAX];
	size_t n_pids;
	struct text before, after; /* of the template, around {} */
	struct text lines;
	size_t line_len;
	size_t n_lines;
	size_t line;

	int epoll;
	struct conn *conns;
	uint64_t next_ns; /* when the next request is due */
	bool first;	  /* runs before everybody else */
	bool measuring;
	uint64_t statuses[STATUSES];
	uint64_t unmarked;
	uint64_t bytes;
	struct histogram latency;
};

static struct text
map_file(const char *path)
{
	struct text text = {"", 0};
	struct stat st;
	FILE *f = fopen(path, "re");

	if (f == NULL || fstat(fileno(f), &st) < 0)
		client_die("%s: %s", path, strerror(errno));
	if (st.st_size > 0) {
		void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fileno(f), 0);

		if (p == MAP_FAILED)
			client_die("%s: %s", path, strerror(errno));
		text = (struct text){p, (size_t)st.st_size};
	}
	(void)fclose(f);
	return text;
}

static void
load_template(struct bench *b, const char *path)
{
	struct text t = map_file(path);
	const char *hole = memmem(t.p, t.n, "{}", 2);

	b->before = t;
	if (hole != NULL) {
		b->before.n = (size_t)(hole - t.p);
		b->after = (struct text){hole + 2, t.n - b->before.n - 2};
	}
}

static void
load_lines(struct bench *b, const char *path)
{
	const char *end;

	b->lines = map_file(path);
	end = memchr(b->lines.p, '\n', b->lines.n);
	if (end == NULL)
		client_die("%s: no line in it", path);
	b->line_len = (size_t)(end - b->lines.p);
	b->n_lines = b->lines.n / (b->line_len + 1);
	if (b->n_lines == 0 || b->n_lines * (b->line_len + 1) != b->lines.n)
		client_die("%s: the lines differ in length", path);
	b->line = (size_t)b->first_line % b->n_lines;
}

static void
open_conn(struct bench *b, struct conn *c)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};

	c->fd = client_connect(b->address);
	c->in_len = 0;
	if (epoll_ctl(b->epoll, EPOLL_CTL_ADD, c->fd, &ev) < 0)
		client_die("epoll_ctl: %s", strerror(errno));
}

static void
put(struct conn *c, const char *p, size_t n)
{
	if (n > OUT_MAX - c->out_len)
		client_die("a request is larger than %d bytes", OUT_MAX);
	if (n > 0)
		memcpy(c->out + c->out_len, p, n);
	c->out_len += n;
}

static void
send_request(struct bench *b, struct conn *c, uint64_t since_ns)
{
	ssize_t n;

	c->out_len = 0;
	put(c, b->before.p, b->before.n);
	if (b->n_lines > 0) {
		put(c, b->lines.p + b->line * (b->line_len + 1), b->line_len);
		b->line = b->line + 1 == b->n_lines ? 0 : b->line + 1;
	}
	put(c, b->after.p, b->after.n);
	c->in_len = 0;
	c->waiting = true;
	c->since_ns = since_ns;
	/* Small against a socket's buffer: it fits, and blocking sockets make sure of it. */
	n = send(c->fd, c->out, c->out_len, MSG_NOSIGNAL);
	if (n != (ssize_t)c->out_len)
		client_die("send: %s", n < 0 ? strerror(errno) : "cut short");
}

static struct text
header_of(const struct conn *c, size_t head, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = c->in; p < c->in + head;) {
		const char *end = memchr(p, '\n', (size_t)(c->in + head - p));

		if (end == NULL)
			break;
		if ((size_t)(end - p) > len && p[len] == ':' && strncasecmp(p, name, len) == 0) {
			p += len + 1;
			while (*p == ' ')
				p++;
			return (struct text){p, (size_t)(end - p) - 1};
		}
		p = end + 1;
	}
	return (struct text){NULL, 0};
}

/* The answer's status when all of it is there, else 0. */
static unsigned
whole_answer(struct conn *c)
{
	const char *blank = memmem(c->in, c->in_len, "\r\n\r\n", 4);
	uint64_t body = 0, status = 0;
	struct text length;
	size_t head;

	if (blank == NULL)
		return 0;
	head = (size_t)(blank - c->in) + 4;
	if (head < 16 || !wa_parse_uint(c->in + 9, 3, STATUSES - 1, &status))
		client_die("not an HTTP answer: %.40s", c->in);
	length = header_of(c, head, "Content-Length");
	if (length.p != NULL) {
		if (!wa_parse_uint(length.p, length.n, IN_MAX, &body))
			client_die("an answer with a strange length");
		return c->in_len >= head + body ? (unsigned)status : 0;
	}
	if (header_of(c, head, "Transfer-Encoding").p == NULL)
		return (unsigned)status;
	if (c->in_len >= head + 5 && memcmp(c->in + head, "0\r\n\r\n", 5) == 0)
		return (unsigned)status;
	return memcmp(c->in + c->in_len - 7, CHUNKED_END, 7) == 0 ? (unsigned)status : 0;
}

static void
reopen(struct bench *b, struct conn *c)
{
	(void)close(c->fd);
	open_conn(b, c);
}

static void
finish_request(struct bench *b, struct conn *c, unsigned status)
{
	uint64_t now = client_now_ns();

	c->waiting = false;
	if (b->measuring) {
		histogram_add(&b->latency, now - c->since_ns);
		b->statuses[status]++;
		b->bytes += c->in_len;
		if (status == b->expected && b->marker != NULL &&
		    memmem(c->in, c->in_len, b->marker, strlen(b->marker)) == NULL)
			b->unmarked++;
	}
	if (b->fresh || header_of(c, c->in_len, "Connection").n == 5)
		reopen(b, c);
	if (b->gap_ns == 0)
		send_request(b, c, client_now_ns());
}

static void
receive(struct bench *b, struct conn *c)
{
	ssize_t n = recv(c->fd, c->in + c->in_len, IN_MAX - c->in_len, MSG_DONTWAIT);
	unsigned status;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		if (c->waiting)
			client_die(
			    "the server hung up: %s", n < 0 ? strerror(errno) : "end of file");
		reopen(b, c);
		return;
	}
	c->in_len += (size_t)n;
	status = whole_answer(c);
	if (status == 0 && c->in_len == IN_MAX)
		client_die("an answer larger than %d bytes", IN_MAX);
	if (status != 0)
		finish_request(b, c, status);
}

static struct conn *
free_conn(struct bench *b)
{
	for (size_t i = 0; i < b->n_conns; i++)
		if (!b->conns[i].waiting)
			return &b->conns[i];
	return NULL;
}

/* Sends what is due; what finds no free connection stays due. Returns until when to wait. */
static struct timespec
send_due(struct bench *b)
{
	uint64_t now = client_now_ns(), wait = CLIENT_SECOND / 10;
	struct conn *c = NULL;

	while (b->gap_ns > 0 && b->next_ns <= now && (c = free_conn(b)) != NULL) {
		send_request(b, c, b->next_ns);
		b->next_ns += b->gap_ns;
	}
	if (b->gap_ns > 0 && b->next_ns > now && b->next_ns - now < wait)
		wait = b->next_ns - now;
	return (struct timespec){.tv_nsec = (long)wait};
}

/* What was due and has no answer has waited at least until now. */
static void
count_unanswered(struct bench *b)
{
	uint64_t now = client_now_ns();

	if (b->gap_ns == 0)
		return;
	for (size_t i = 0; i < b->n_conns; i++)
		if (b->conns[i].waiting)
			histogram_add(&b->latency, now - b->conns[i].since_ns);
	for (; b->next_ns < now; b->next_ns += b->gap_ns)
		histogram_add(&b->latency, now - b->next_ns);
}

static void
check_stuck(const struct bench *b)
{
	uint64_t now = client_now_ns();

	for (size_t i = 0; i < b->n_conns; i++)
		if (b->conns[i].waiting && now - b->conns[i].since_ns > STUCK_NS)
			client_die("no answer for %d s", (int)(STUCK_NS / CLIENT_SECOND));
}

static void
run_until(struct bench *b, uint64_t end)
{
	struct epoll_event events[EVENTS_MAX];

	while (client_now_ns() < end) {
		struct timespec wait = send_due(b);
		int n = epoll_pwait2(b->epoll, events, EVENTS_MAX, &wait, NULL);

		for (int i = 0; i < n; i++)
			receive(b, events[i].data.ptr);
		if (n == 0)
			check_stuck(b);
	}
}

/* Whether what is due is sent as soon as it is due, whoever has the cores. */
static bool
run_first(void)
{
	const struct sched_param lowest = {.sched_priority = sched_get_priority_min(SCHED_FIFO)};

	return sched_setscheduler(0, SCHED_FIFO, &lowest) == 0;
}

static void
print_result(const struct bench *b, uint64_t took, const struct process_time *before)
{
	uint64_t rss = 0, peak = 0, wrong = b->unmarked;
	struct process_time after = process_times(b->pids, b->n_pids);
	double n = (double)b->latency.n;

	for (size_t i = 0; i < b->n_pids; i++) {
		rss += process_rss_kb(b->pids[i]);
		peak += process_peak_kb(b->pids[i]);
	}
	for (size_t i = 0; i < STATUSES; i++)
		if (i != b->expected)
			wrong += b->statuses[i];
	(void)printf("{\"requests\": %.0f, \"rate\": %.1f, \"wrong\": %llu, \"cpu_us\": %.3f, "
		     "\"queue_us\": %.3f, "
		     "\"rss_kb\": %llu, \"peak_kb\": %llu, \"bytes\": %.0f",
	    n, n * (double)CLIENT_SECOND / (double)took, (unsigned long long)wrong,
	    n > 0 ? (double)(after.cpu_ns - before->cpu_ns) / n / 1000 : 0,
	    n > 0 ? (double)(after.wait_ns - before->wait_ns) / n / 1000 : 0,
	    (unsigned long long)rss, (unsigned long long)peak, n > 0 ? (double)b->bytes / n : 0);
	(void)printf(", \"p50_us\": %.1f, \"p90_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, "
		     "\"max_us\": %.1f, \"statuses\": {",
	    (double)histogram_at(&b->latency, 0.5) / 1000,
	    (double)histogram_at(&b->latency, 0.9) / 1000,
	    (double)histogram_at(&b->latency, 0.99) / 1000,
	    (double)histogram_at(&b->latency, 0.999) / 1000, (double)b->latency.max / 1000);
	for (size_t i = 0, seen = 0; i < STATUSES; i++)
		if (b->statuses[i] > 0)
			(void)printf("%s\"%zu\": %llu", seen++ > 0 ? ", " : "", i,
			    (unsigned long long)b->statuses[i]);
	(void)printf("}, \"first\": %s}\n", b->first ? "true" : "false");
}

static const char usage[] =
    "usage: load [-n] [-c CONNS] [-d TIME] [-w WARM-UP] [-R RATE] [-p PID]... [-e STATUS] [-m "
    "TEXT]\n"
    "            [-l FILE [-f LINE]] -r TEMPLATE ADDRESS\n"
    "\n"
    "  ADDRESS     unix:PATH or tcp:PORT\n"
    "  -r FILE     the request as it is sent, with one {} in it\n"
    "  -l FILE     what is put for {}, line after line, beginning with line LINE\n"
    "  -p PID      a process whose CPU and memory are the server's; repeat for several\n"
    "  -e STATUS   what is expected (200); the others are counted as wrong\n"
    "  -m TEXT     what every answer contains; others are counted as wrong\n"
    "  -R RATE     so many requests are due each second, answered or not\n"
    "  -n          a new connection for each request\n";

static void
parse_options(struct bench *b, int argc, char **argv)
{
	const char *lines = NULL;
	uint64_t rate;
	int c;

	while ((c = getopt(argc, argv, "c:d:w:R:p:e:m:l:f:r:nh")) != -1) {
		switch (c) {
		case 'c': b->n_conns = client_number(optarg, CONNS_MAX); break;
		case 'd': b->run_ns = client_duration(optarg); break;
		case 'w': b->warm_ns = client_duration(optarg); break;
		case 'R':
			rate = client_number(optarg, RATE_MAX);
			b->gap_ns = rate == 0 ? 0 : CLIENT_SECOND / rate;
			break;
		case 'm': b->marker = optarg; break;
		case 'e': b->expected = client_number(optarg, STATUSES - 1); break;
		case 'f': b->first_line = client_number(optarg, UINT32_MAX); break;
		case 'l': lines = optarg; break;
		case 'n': b->fresh = true; break;
		case 'r': load_template(b, optarg); break;
		case 'p':
			if (b->n_pids == PIDS_MAX)
				client_die("more than %d processes", PIDS_MAX);
			b->pids[b->n_pids++] = optarg;
			break;
		case 'h': (void)fputs(usage, stdout); exit(EXIT_SUCCESS);
		default: (void)fputs(usage, stderr); exit(2);
		}
	}
	if (optind + 1 != argc || b->before.p == NULL || b->n_conns == 0) {
		(void)fputs(usage, stderr);
		exit(2);
	}
	b->address = argv[optind];
	if (lines != NULL)
		load_lines(b, lines);
}

int
main(int argc, char **argv)
{
	static struct bench b = {.n_conns = 16,
	    .warm_ns = CLIENT_SECOND / 2,
	    .run_ns = 3 * CLIENT_SECOND,
	    .expected = 200};
	struct process_time before;
	uint64_t began, took;

	parse_options(&b, argc, argv);
	(void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); /* or each wait is 50 us longer */
	b.first = b.gap_ns > 0 && run_first();
	b.epoll = epoll_create1(EPOLL_CLOEXEC);
	b.conns = calloc(b.n_conns, sizeof(*b.conns));
	if (b.epoll < 0 || b.conns == NULL)
		client_die("start: %s", strerror(errno));
	for (size_t i = 0; i < b.n_conns; i++) {
		open_conn(&b, &b.conns[i]);
		if (b.gap_ns == 0)
			send_request(&b, &b.conns[i], client_now_ns());
	}
	b.next_ns = client_now_ns();
	run_until(&b, client_now_ns() + b.warm_ns);
	b.measuring = true;
	before = process_times(b.pids, b.n_pids);
	began = client_now_ns();
	run_until(&b, began + b.run_ns);
	while (b.latency.n == 0) /* a server so slow is measured all the same */
		run_until(&b, client_now_ns() + CLIENT_SECOND / 10);
	count_unanswered(&b);
	took = client_now_ns() - began;
	print_result(&b, took, &before);
	return EXIT_SUCCESS;
}
