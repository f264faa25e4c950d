/* What the kernel says of other processes: their time on a CPU, and their memory. */
#ifndef TOOLS_BENCH_PROCESS_H
#define TOOLS_BENCH_PROCESS_H

#include <stdint.h>

/* Nanoseconds on a CPU of all threads alive; 0 for a process that is gone. */
uint64_t process_cpu_ns(const char *pid);

/* Kilobytes resident now, and at most so far. */
uint64_t process_rss_kb(const char *pid);
uint64_t process_peak_kb(const char *pid);

#endif
