/*
 * What a PAM service costs: N times from pam_start to pam_end, with a password, or (session) with
 * nothing to do but to load the module and to unload it. Prints one line of JSON, medians included;
 * besides_us is the CPU without pam_webauth's hash.
 */
#include <dlfcn.h>
#include <security/pam_appl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/compiler.h"
#include "lib/base/parse.h"
#include "tools/bench/histogram.h"

#define SECOND UINT64_C(1000000000)

static const char *password;

static uint64_t
now_ns(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static uint64_t hashing_ns;

typedef int hash_fn(unsigned char *, unsigned long long, const char *, unsigned long long,
    const unsigned char *, unsigned long long, size_t, int);

/* libsodium is the module's, which brought it and stays: linked with this program it would no
 * longer count in what a load costs. */
static hash_fn *
hash_of_the_module(void)
{
	void *library = dlopen("libsodium.so.23", RTLD_LAZY | RTLD_NOLOAD);
	hash_fn *real = NULL;

	*(void **)&real = library != NULL ? dlsym(library, "crypto_pwhash") : NULL;
	if (real == NULL)
		abort();
	return real;
}

/* A program's symbol comes before a library's, so that the module calls this. */
int
crypto_pwhash(unsigned char *const key, unsigned long long key_len, const char *const passwd,
    unsigned long long passwd_len, const unsigned char *const salt, unsigned long long passes,
    size_t memory, int alg)
{
	static hash_fn *real;
	uint64_t began;
	int rc;

	if (real == NULL)
		real = hash_of_the_module();
	began = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	rc = real(key, key_len, passwd, passwd_len, salt, passes, memory, alg);
	hashing_ns += now_ns(CLOCK_PROCESS_CPUTIME_ID) - began;
	return rc;
}

static int
converse(int n, const struct pam_message **messages, struct pam_response **ret, void *data)
{
	struct pam_response *r = calloc((size_t)n, sizeof(*r));

	(void)data;
	if (r == NULL)
		return PAM_BUF_ERR;
	for (int i = 0; i < n; i++)
		if (messages[i]->msg_style == PAM_PROMPT_ECHO_OFF)
			r[i].resp = strdup(password);
	*ret = r;
	return PAM_SUCCESS;
}

static int
once(const char *dir, const char *service, const char *user, bool session)
{
	const struct pam_conv conv = {converse, NULL};
	pam_handle_t *h = NULL;
	int rc = pam_start_confdir(service, user, &conv, dir, &h);

	if (rc != PAM_SUCCESS)
		return rc;
	rc = session ? pam_open_session(h, PAM_SILENT) : pam_authenticate(h, PAM_SILENT);
	(void)pam_end(h, rc);
	return rc;
}

int
main(int argc, char **argv)
{
	static struct histogram h;
	uint64_t n = 0, began, cpu;
	bool session;

	if (argc != 7 || !wa_parse_uint(argv[6], strlen(argv[6]), UINT32_MAX, &n) || n == 0) {
		(void)fputs("usage: pam auth|session DIR SERVICE USER PASSWORD COUNT\n", stderr);
		return 2;
	}
	session = strcmp(argv[1], "session") == 0;
	password = argv[5];
	began = now_ns(CLOCK_MONOTONIC);
	cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (uint64_t i = 0; i < n; i++) {
		uint64_t start = now_ns(CLOCK_MONOTONIC);
		int rc = once(argv[2], argv[3], argv[4], session);

		if (rc != PAM_SUCCESS) {
			(void)fprintf(stderr, "pam: %s\n", pam_strerror(NULL, rc));
			return EXIT_FAILURE;
		}
		histogram_add(&h, now_ns(CLOCK_MONOTONIC) - start);
	}
	cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	(void)printf("{\"rate\": %.2f, \"cpu_us\": %.1f, \"besides_us\": %.1f, \"p50_us\": %.1f, "
		     "\"p99_us\": %.1f}\n",
	    (double)n * (double)SECOND / (double)(now_ns(CLOCK_MONOTONIC) - began),
	    (double)cpu / (double)n / 1000, (double)(cpu - hashing_ns) / (double)n / 1000,
	    (double)histogram_at(&h, 0.5) / 1000, (double)histogram_at(&h, 0.99) / 1000);
	return EXIT_SUCCESS;
}
