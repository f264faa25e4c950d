/*
 * The limit for sign-ins: libsodium's KDF on some threads and nothing else, with the parameters of
 * lib/core/password.c. Prints one line of JSON.
 */
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/parse.h"

#define THREADS_MAX 64
#define ARGON2_KIB  19456
#define ARGON2_T    2
#define SCRYPT_N    16384
#define SCRYPT_R    16

struct run {
	bool scrypt;
	double seconds;
	uint64_t hashes;
	double took;
	double cpu;
};

static double
now(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
hash(const struct run *r)
{
	static const unsigned char salt[32] = "salt for a measurement, no more";
	static const char password[] = "correct horse battery";
	unsigned char key[64];

	if (r->scrypt)
		return crypto_pwhash_scryptsalsa208sha256_ll((const unsigned char *)password,
		    sizeof(password) - 1, salt, sizeof(salt), SCRYPT_N, SCRYPT_R, 1, key,
		    sizeof(key));
	return crypto_pwhash(key, 32, password, sizeof(password) - 1, salt, ARGON2_T,
	    (size_t)ARGON2_KIB * 1024, crypto_pwhash_ALG_ARGON2ID13);
}

static void *
run(void *arg)
{
	struct run *r = arg;
	double began = now(CLOCK_MONOTONIC), cpu = now(CLOCK_THREAD_CPUTIME_ID);

	do {
		if (hash(r) != 0)
			abort();
		r->hashes++;
		r->took = now(CLOCK_MONOTONIC) - began;
	} while (r->took < r->seconds);
	r->cpu = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
	return NULL;
}

int
main(int argc, char **argv)
{
	static struct run runs[THREADS_MAX];
	pthread_t threads[THREADS_MAX];
	uint64_t n = 0;
	int64_t ms = 0;
	double rate = 0, each = 0, cpu = 0;

	if (argc != 4 || !wa_parse_uint(argv[2], strlen(argv[2]), THREADS_MAX, &n) || n == 0 ||
	    !wa_parse_duration(argv[3], &ms) || sodium_init() < 0) {
		(void)fputs("usage: kdf argon2id|scrypt THREADS TIME\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < n; i++) {
		runs[i] = (struct run){
		    .scrypt = strcmp(argv[1], "scrypt") == 0, .seconds = (double)ms / 1000};
		if (pthread_create(&threads[i], NULL, run, &runs[i]) != 0)
			return EXIT_FAILURE;
	}
	for (size_t i = 0; i < n; i++) {
		(void)pthread_join(threads[i], NULL);
		rate += (double)runs[i].hashes / runs[i].took;
		each += runs[i].took / (double)runs[i].hashes * 1000 / (double)n;
		cpu += runs[i].cpu / (double)runs[i].hashes * 1e6 / (double)n;
	}
	(void)printf(
	    "{\"rate\": %.2f, \"p50_us\": %.1f, \"cpu_us\": %.1f}\n", rate, each * 1000, cpu);
	return EXIT_SUCCESS;
}
