/*
 * Load for saslauthd: some threads, each asking about one password again and again, as mail servers
 * do over its socket; a connection each time, since saslauthd closes it. Prints one line of JSON.
 */
#include <getopt.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/compiler.h"
#include "tools/bench/client.h"
#include "tools/bench/histogram.h"
#include "tools/bench/process.h"

#define THREADS_MAX 64
#define PIDS_MAX    64
#define FIELDS	    4 /* name, password, service, realm */
#define FIELD_MAX   256

static char address[128];
static unsigned char question[FIELDS * (FIELD_MAX + 2)];
static size_t question_len;
static uint64_t end_ns;

struct asker {
	pthread_t id;
	uint64_t wrong;
	struct histogram latency;
};

/* Two bytes of length, the most significant first, and the text. */
static void
put(const char *text)
{
	size_t n = strlen(text);

	if (n >= FIELD_MAX)
		client_die("sasl: %s: too long", text);
	question[question_len++] = (unsigned char)(n >> 8);
	question[question_len++] = (unsigned char)n;
	memcpy(question + question_len, text, n);
	question_len += n;
}

static bool
is_welcome(void)
{
	int fd = client_connect(address);
	unsigned char answer[FIELD_MAX];
	size_t n = 0;
	ssize_t got;

	if (send(fd, question, question_len, MSG_NOSIGNAL) != (ssize_t)question_len)
		client_die("sasl: cannot ask");
	while (n < sizeof(answer) && (got = recv(fd, answer + n, sizeof(answer) - n, 0)) > 0)
		n += (size_t)got;
	(void)close(fd);
	return n >= 4 && memcmp(answer + 2, "OK", 2) == 0;
}

static void *
ask(void *arg)
{
	struct asker *a = arg;
	uint64_t began;

	while ((began = client_now_ns()) < end_ns) {
		a->wrong += !is_welcome();
		histogram_add(&a->latency, client_now_ns() - began);
	}
	return NULL;
}

static void
print_result(struct asker *askers, size_t n, uint64_t took, uint64_t cpu)
{
	static struct histogram all;
	uint64_t wrong = 0;

	for (size_t i = 0; i < n; i++) {
		histogram_merge(&all, &askers[i].latency);
		wrong += askers[i].wrong;
	}
	(void)printf("{\"requests\": %llu, \"rate\": %.2f, \"wrong\": %llu, \"cpu_us\": %.1f, "
		     "\"p50_us\": %.1f, \"p99_us\": %.1f}\n",
	    (unsigned long long)all.n, (double)all.n * (double)CLIENT_SECOND / (double)took,
	    (unsigned long long)wrong, all.n > 0 ? (double)cpu / (double)all.n / 1000 : 0,
	    (double)histogram_at(&all, 0.5) / 1000, (double)histogram_at(&all, 0.99) / 1000);
}

static void
measure(size_t n, uint64_t run_ns, const char *const *pids, size_t n_pids)
{
	static struct asker askers[THREADS_MAX];
	uint64_t began, cpu_ns = process_times(pids, n_pids).cpu_ns;

	began = client_now_ns();
	end_ns = began + run_ns;
	for (size_t i = 0; i < n; i++)
		if (pthread_create(&askers[i].id, NULL, ask, &askers[i]) != 0)
			client_die("sasl: cannot start a thread");
	for (size_t i = 0; i < n; i++)
		(void)pthread_join(askers[i].id, NULL);
	cpu_ns = process_times(pids, n_pids).cpu_ns - cpu_ns;
	print_result(askers, n, client_now_ns() - began, cpu_ns);
}

static const char usage[] =
    "usage: sasl [-c THREADS] [-d TIME] [-p PID]... SOCKET SERVICE NAME PASSWORD\n";

int
main(int argc, char **argv)
{
	uint64_t threads = 4, run_ns = 3 * CLIENT_SECOND;
	const char *pids[PIDS_MAX];
	size_t n_pids = 0;
	int c;

	while ((c = getopt(argc, argv, "c:d:p:")) != -1) {
		switch (c) {
		case 'c': threads = client_number(optarg, THREADS_MAX); break;
		case 'd': run_ns = client_duration(optarg); break;
		case 'p':
			if (n_pids < PIDS_MAX)
				pids[n_pids++] = optarg;
			break;
		default: (void)fputs(usage, stderr); return 2;
		}
	}
	if (optind + 4 != argc || threads == 0) {
		(void)fputs(usage, stderr);
		return 2;
	}
	(void)snprintf(address, sizeof(address), "unix:%s", argv[optind]);
	put(argv[optind + 2]);
	put(argv[optind + 3]);
	put(argv[optind + 1]);
	put("");
	measure((size_t)threads, run_ns, pids, n_pids);
	return EXIT_SUCCESS;
}
