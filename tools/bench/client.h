/*
 * What the measuring clients share: an end with words, the time, numbers of a command line, and a
 * connection. All of it ends the program when it cannot do its work.
 */
#ifndef TOOLS_BENCH_CLIENT_H
#define TOOLS_BENCH_CLIENT_H

#include <stdint.h>

#include "lib/base/compiler.h"

#define CLIENT_SECOND UINT64_C(1000000000) /* ns */

/* Not _Noreturn, which cppcheck overlooks in a declaration. */
__attribute__((noreturn)) void client_die(const char *fmt, ...) WA_PRINTF(1, 2);

uint64_t client_now_ns(void);

/* 500ms, 5s, 1m: as nanoseconds. */
uint64_t client_duration(const char *text);

uint64_t client_number(const char *text, uint64_t max);

/* address: unix:PATH or tcp:PORT, the port being one of 127.0.0.1. A blocking socket. */
int client_connect(const char *address);

#endif
