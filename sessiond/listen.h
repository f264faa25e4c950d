/*
 * Listening sockets: made from the configuration, or taken over from systemd (sd_listen_fds(3)).
 */
#ifndef SESSIOND_LISTEN_H
#define SESSIOND_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/config.h"
#include "lib/base/error.h"

/* What may be asked there. */
enum listener_kind {
	LISTENER_API,
	LISTENER_PAM, /* routes of pam.h, and no others */
};

struct listener {
	int fd;
	enum listener_kind kind;
	const char *name;	 /* as configured, "unix:/run/webauth/api.sock"; borrowed */
	const char *unlink_path; /* of a Unix socket that we made; NULL otherwise */
};

struct listeners {
	struct listener *v;
	size_t n;
};

/*
 * Opens all, or none; the PAM socket, if there is one, is the last. One that systemd hands over is
 * known by its path. A Unix socket left by a dead daemon is replaced, one that answers is in use;
 * TCP is loopback only. WA_ERR_CONFIG (bad text, path too long, address not loopback) and
 * WA_ERR_SYSTEM (in use, no such directory, not permitted) name the socket and the fix.
 */
WA_OUTCOME listeners_open(const struct wa_settings *s, struct listeners *ret);

/* Only what can be told without opening anything. */
WA_OUTCOME listeners_check(const struct wa_settings *s);

/* Closes, and unlinks the Unix sockets that we made. */
void listeners_close(struct listeners *l);

#endif
