/*
 * One question to sessiond over its PAM socket (lib/core/login_wire.h). Whatever the other side is
 * or does, the answer comes before the deadline, and what is not clearly an answer to this question
 * is WA_ERR_DAEMON.
 */
#ifndef PAM_WEBAUTH_CLIENT_H
#define PAM_WEBAUTH_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"

struct client {
	struct wa_arena *arena; /* of questions and answers; wiped by its owner */
	const char *path;	/* of the socket, absolute */
	uid_t daemon_uid;	/* who may answer besides root; 0: nobody */
	int64_t timeout_ms;	/* for all of it, by a clock that never jumps */
};

struct client_field {
	const char *name;
	const char *value; /* NULL: left out */
};

/* Headers of an answer; NULL where there is none. Arena memory. */
struct client_answer {
	const char *user_id;
	const char *proof;
	const char *proof_id;
	const char *ban_end;
	const char *ban_reason;
	const char *ticket;
	const char *session_id;
	const char *session_token;
};

/*
 * Asks, and fills *ret. Returns the outcome too, with the daemon's detail where it gave one;
 * WA_ERR_THROTTLED: asked too often; WA_ERR_DAEMON with what is wrong and what to do about it;
 * WA_ERR_NOMEM. WA_OK is returned only when the daemon said so.
 */
WA_OUTCOME client_ask(const struct client *c, const char *operation,
    const struct client_field *fields, size_t n, struct client_answer *ret);

#endif
