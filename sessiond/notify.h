/* sd_notify(3) without the library: one datagram to the socket in NOTIFY_SOCKET. */
#ifndef SESSIOND_NOTIFY_H
#define SESSIOND_NOTIFY_H

/* Does nothing when nobody has asked to be told. state is e.g. "READY=1". */
void notify(const char *state);

#endif
