/* sd_notify(3) without the library: datagrams to the socket in NOTIFY_SOCKET. */
#ifndef SESSIOND_NOTIFY_H
#define SESSIOND_NOTIFY_H

/* Before the sandbox, in which nothing is connected any more. Does nothing when nobody has asked to
 * be told. */
void notify_open(void);

/* state is e.g. "READY=1". Nothing without notify_open. */
void notify(const char *state);

#endif
