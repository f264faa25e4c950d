/* What the kernel says of other processes: their time on a CPU, and their memory. */
#ifndef TOOLS_BENCH_PROCESS_H
#define TOOLS_BENCH_PROCESS_H

#include <stddef.h>
#include <stdint.h>

/* Nanoseconds of all threads alive, 0 for a process that is gone. */
struct process_time {
	uint64_t cpu_ns;  /* on a CPU */
	uint64_t wait_ns; /* ready to run, while others had it */
};

struct process_time process_time(const char *pid);

/* The sum over some processes. */
struct process_time process_times(const char *const *pids, size_t n);

/* Kilobytes resident now, and at most so far. */
uint64_t process_rss_kb(const char *pid);
uint64_t process_peak_kb(const char *pid);

#endif
