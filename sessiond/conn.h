/*
 * One client connection: its bytes in and out, and which of its deadlines is running. No requests
 * are understood here; loop.c and responder.c move a connection from state to state.
 */
#ifndef SESSIOND_CONN_H
#define SESSIOND_CONN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "lib/base/buf.h"
#include "sessiond/routes/peer.h"

/* What an epoll event belongs to; the first member of each thing that is watched. */
enum source {
	SOURCE_LISTENER,
	SOURCE_CONN,
	SOURCE_WORKERS,
	SOURCE_STOP,
	SOURCE_BESIDE,
};

enum conn_state {
	CONN_IDLE,    /* between requests */
	CONN_READING, /* the first byte of a request is there, the last is not */
	CONN_BUSY,    /* its request is on a lane; nothing is read */
	CONN_WRITING, /* an answer waits for the client to take it */
	CONN_CLOSING, /* all is said; waiting for the client to close, so that no reset eats the
			 answer */
	CONN_STATES,
};

TAILQ_HEAD(conn_list, conn);

struct conn {
	enum source source;
	enum conn_state state;
	int fd;
	uint64_t id; /* index in the table of conns.c, and a generation: a late answer finds nobody
			else */
	struct peer peer; /* who connected */
	bool pam;	  /* over the PAM socket */
	struct wa_buf in;
	struct wa_buf out;
	int64_t since_ms;	    /* steady time the state began */
	TAILQ_ENTRY(conn) by_state; /* oldest first: each state has one constant deadline */
	TAILQ_ENTRY(conn) ready;
	bool is_ready;	  /* is on the ready list */
	bool eof;	  /* the client will send no more */
	bool close_after; /* close once out is empty */
	bool paused;	  /* requests wait until the client has taken some answers */
	bool continued;	  /* 100 Continue has been sent for this request */
	uint32_t events;  /* what epoll watches for */
};

enum conn_io {
	CONN_IO_OK,    /* something moved, or nothing was there to move */
	CONN_IO_AGAIN, /* the socket is full; out is not empty */
	CONN_IO_GONE,  /* the peer is away: free the connection */
};

struct conn *conn_new(int fd, uint64_t id);
void conn_free(struct conn *c);

/* Reads what is there, at most up to a full request; sets eof. */
enum conn_io conn_receive(struct conn *c);

/* Sends what is in out. */
enum conn_io conn_send(struct conn *c);

/* Reads and drops, for CONN_CLOSING; GONE at the end. */
enum conn_io conn_drain(struct conn *c);

#endif
