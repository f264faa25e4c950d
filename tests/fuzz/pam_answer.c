/*
 * Input: what comes back over the PAM socket. However it is framed, the module believes it only
 * when it holds, as a whole header line, the word for yes and the nonce of this question.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/limits.h"
#include "pam_webauth/client.h"
#include "tests/fuzz/fuzz.h"

#define NONCE_BYTE 0x11

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t n);
void __wrap_wa_random_bytes(void *out, size_t n);

static const uint8_t *answer;
static size_t answer_len;
static char dir[] = "/tmp/fuzz-pam-XXXXXX";
static struct sockaddr_un place = {.sun_family = AF_UNIX};

/* The other end has answered before it is asked, and has gone. */
int
__wrap_connect(int fd, const struct sockaddr *address, socklen_t n)
{
	int pair[2];

	(void)address;
	(void)n;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0 ||
	    send(pair[1], answer, answer_len, MSG_NOSIGNAL) != (ssize_t)answer_len ||
	    shutdown(pair[1], SHUT_WR) != 0 || dup3(pair[0], fd, O_CLOEXEC) != fd)
		abort();
	(void)close(pair[0]);
	/* Kept until the next: what is written to it must have a reader. */
	static int last = -1;

	if (last >= 0)
		(void)close(last);
	last = pair[1];
	return 0;
}

/* A nonce that a corpus can hold. */
void
__wrap_wa_random_bytes(void *out, size_t n)
{
	memset(out, NONCE_BYTE, n);
}

static void
clean_up(void)
{
	(void)unlink(place.sun_path);
	(void)rmdir(dir);
}

static void
make_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (mkdtemp(dir) == NULL)
		abort();
	strcpy(place.sun_path, dir);
	strcat(place.sun_path, "/pam.sock");
	if (fd < 0 || bind(fd, (const struct sockaddr *)&place, sizeof(place)) != 0)
		abort();
	(void)close(fd);
	(void)atexit(clean_up);
}

static bool
has(const char *text)
{
	return memmem(answer, answer_len, text, strlen(text)) != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	const struct client_field fields[] = {{"user", "ada"}};
	struct client c = {
	    .arena = a, .path = place.sun_path, .daemon_uid = geteuid(), .timeout_ms = 2000};
	struct client_answer ret;

	if (a == NULL)
		abort();
	if (size > 65536)
		return 0;
	if (place.sun_path[0] == '\0')
		make_socket();
	answer = data;
	answer_len = size;
	if (client_ask(&c, "authenticate", fields, 1, &ret) == WA_OK) {
		assert(has("OK") && has("1111111111111111"));
		assert(ret.user_id != NULL && has(ret.user_id));
	}
	return 0;
}
