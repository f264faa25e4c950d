/* Latencies in buckets that grow with what they hold: 1/32 wide, whatever the magnitude. */
#ifndef TOOLS_BENCH_HISTOGRAM_H
#define TOOLS_BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SUB	  32
#define HISTOGRAM_BUCKETS (HISTOGRAM_SUB * 40)

struct histogram {
	uint64_t counts[HISTOGRAM_BUCKETS];
	uint64_t n;
	uint64_t max;
};

void histogram_add(struct histogram *h, uint64_t ns);
void histogram_merge(struct histogram *h, const struct histogram *other);

/* The smallest value that this share of all does not exceed, as exact as the buckets are. */
uint64_t histogram_at(const struct histogram *h, double share);

#endif
