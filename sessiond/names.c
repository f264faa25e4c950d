/*
 * One question at a time: a directory that is slow makes those who ask wait, who are on a lane.
 * Whatever goes wrong on the way is "unknown", which is a refusal.
 */
#include "sessiond/names.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/limits.h"

#define ANSWER_MS 30000 /* as long as a PAM module waits at most, see daemon_timeout */

struct question {
	enum { BY_NAME, BY_UID } by;
	enum wa_account_kind account; /* the service's, of BY_NAME */
	uid_t uid;
	char name[WA_PAM_NAME_MAX + 1];
};

struct answer {
	struct wa_local_account local;	/* of BY_NAME */
	enum wa_err outcome;		/* of BY_UID */
	char name[WA_PAM_NAME_MAX + 1]; /* the same */
};

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* ---- beside the daemon ---- */

static void
answer_name(struct wa_arena *a, const struct question *q, struct answer *ret)
{
	const struct wa_service service = {.account = q->account};

	ret->local = wa_local_account_find(a, &service, q->name);
}

static void
answer_uid(struct wa_arena *a, const struct question *q, struct answer *ret)
{
	const char *name = "";

	ret->outcome = wa_local_account_name(a, q->uid, &name);
	if (ret->outcome == WA_OK && strlen(name) > WA_PAM_NAME_MAX)
		ret->outcome = WA_ERR_NOT_FOUND; /* no name that a login could have */
	else
		(void)snprintf(ret->name, sizeof(ret->name), "%s", name);
}

static void
answer(void *arg, int reply, int file, const void *bytes, size_t n)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *a = wa_arena_new(WA_ARENA_MAX);
	struct answer answer = {.local.known = WA_LOCAL_UNKNOWN, .outcome = WA_ERR_SYSTEM};
	struct question q;

	(void)arg, (void)file;
	if (a == NULL || n != sizeof(q))
		return;
	memcpy(&q, bytes, sizeof(q));
	switch (q.by) {
	case BY_NAME: answer_name(a, &q, &answer); break;
	case BY_UID: answer_uid(a, &q, &answer); break;
	}
	(void)send(reply, &answer, sizeof(answer), MSG_NOSIGNAL);
}

/* ---- the daemon's side ---- */

static bool
ask(const struct accounts *self, const struct question *q, struct answer *ret)
{
	const struct names *names = (const struct names *)self;
	WA_CLEANUP(close_fd) int reply = -1;
	struct pollfd fd;

	if (beside_ask(&names->beside, q, sizeof(*q), -1, &reply) != WA_OK)
		return false;
	fd = (struct pollfd){.fd = reply, .events = POLLIN};
	return poll(&fd, 1, ANSWER_MS) == 1 &&
	    recv(reply, ret, sizeof(*ret), 0) == (ssize_t)sizeof(*ret) &&
	    memchr(ret->name, '\0', sizeof(ret->name)) != NULL;
}

static struct wa_local_account
find(const struct accounts *self, struct wa_arena *a, const struct wa_service *service,
    const char *name)
{
	struct question q = {.by = BY_NAME, .account = service->account};
	struct answer answer;

	(void)a;
	if (strlen(name) > WA_PAM_NAME_MAX)
		return (struct wa_local_account){.known = WA_LOCAL_UNKNOWN};
	(void)snprintf(q.name, sizeof(q.name), "%s", name);
	if (!ask(self, &q, &answer))
		return (struct wa_local_account){.known = WA_LOCAL_UNKNOWN};
	return answer.local;
}

static enum wa_err
name_of(const struct accounts *self, struct wa_arena *a, uid_t uid, const char **ret)
{
	const struct question q = {.by = BY_UID, .uid = uid};
	struct answer answer;
	char *name;

	if (!ask(self, &q, &answer) ||
	    (answer.outcome != WA_OK && answer.outcome != WA_ERR_NOT_FOUND))
		return wa_fault(
		    WA_ERR_SYSTEM, "account of uid %u: the host could not tell", (unsigned)uid);
	if (answer.outcome != WA_OK)
		return answer.outcome;
	name = wa_arena_strdup(a, answer.name);
	if (name == NULL)
		return wa_fault(WA_ERR_NOMEM, "account");
	*ret = name;
	return WA_OK;
}

enum wa_err
names_start(struct names *n)
{
	*n = (struct names){.accounts = {.find = find, .name = name_of}, .beside = BESIDE_NONE};
	return beside_start("sessiond-names", sizeof(struct question), answer, n, &n->beside);
}
