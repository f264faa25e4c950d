/*
 * What every operation of the core is given: where the data is, what is configured, what time it
 * is, whose memory to use, and where the request came from. The core has no clock and no globals.
 */
#ifndef LIB_CORE_CONTEXT_H
#define LIB_CORE_CONTEXT_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/error.h"
#include "lib/base/keyring.h"
#include "lib/store/store.h"

/* Mails that an operation put into the outbox, for whoever sends them; of lost ones somebody must
 * be told. What a transaction that came to nothing counted stays counted. */
struct wa_mail_tally {
	unsigned queued;
	unsigned lost; /* because the outbox was full */
};

/* What is younger than now by more than this is of before the clock was set back; by less, it may
 * be another process's, or a request's that looked at the clock a moment later. */
#define WA_CLOCK_SKEW_MS ((int64_t)60 * 1000)

/* The way by which somebody came to us, for the audit log. */
enum wa_door {
	WA_DOOR_WEB,
	WA_DOOR_PAM,
	WA_DOOR_CTL,
};

struct wa_context {
	struct store *store;
	const struct wa_settings *settings;
	const struct wa_keyring *keyring; /* NULL in the PAM module, which needs none */
	struct wa_arena *arena;
	int64_t now_ms;
	const char *ip_address; /* of the client, "" when unknown; as stored with a session */
	uid_t local_uid; /* whose process asks, where there is no address; 0: unknown, or root's */
	const char *user_agent; /* "" when unknown */
	const char
	    *claimed_name; /* whom a login says it is, as typed; NULL: nobody (see guess.h) */
	enum wa_door door;
	const char *pam_service; /* PAM's, and its terminal; NULL elsewhere */
	const char *pam_tty;
	const char *actor;	    /* who acts on the user, when it is not the user; NULL: it is */
	struct wa_mail_tally mails; /* left behind */
};

#endif
