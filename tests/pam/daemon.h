/* The real sessiond beside a fixture's store, on the sockets that a configuration file names. */
#ifndef TESTS_PAM_DAEMON_H
#define TESTS_PAM_DAEMON_H

#include <sys/types.h>

struct fixture;

/* Starts it with DIR/CONF.conf and waits until it serves. */
pid_t daemon_start(struct fixture *f, const char *conf);
void daemon_stop(pid_t pid);

/* The lines a configuration needs for both ways, to stand above its sections. */
const char *daemon_keys(struct fixture *f);

#endif
