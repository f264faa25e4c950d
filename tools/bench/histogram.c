/* Buckets: the exponent and the five bits below the leading one. */
#include "tools/bench/histogram.h"

#include <stddef.h>

#define SUB_BITS 5

static size_t
bucket_of(uint64_t v)
{
	unsigned exponent;
	size_t i;

	if (v < HISTOGRAM_SUB)
		return (size_t)v;
	exponent = 63 - (unsigned)__builtin_clzll(v) - SUB_BITS;
	i = (size_t)(exponent + 1) * HISTOGRAM_SUB +
	    (size_t)((v >> exponent) & (HISTOGRAM_SUB - 1));
	return i < HISTOGRAM_BUCKETS ? i : HISTOGRAM_BUCKETS - 1;
}

static uint64_t
upper_end(size_t i)
{
	size_t exponent = i / HISTOGRAM_SUB;

	if (exponent == 0)
		return i;
	return ((uint64_t)(HISTOGRAM_SUB + i % HISTOGRAM_SUB + 1) << (exponent - 1)) - 1;
}

void
histogram_add(struct histogram *h, uint64_t ns)
{
	h->counts[bucket_of(ns)]++;
	h->n++;
	if (ns > h->max)
		h->max = ns;
}

void
histogram_merge(struct histogram *h, const struct histogram *other)
{
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		h->counts[i] += other->counts[i];
	h->n += other->n;
	if (other->max > h->max)
		h->max = other->max;
}

uint64_t
histogram_at(const struct histogram *h, double share)
{
	uint64_t wanted = (uint64_t)(share * (double)h->n), seen = 0;

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->counts[i];
		if (seen > wanted || seen == h->n)
			return upper_end(i) < h->max ? upper_end(i) : h->max;
	}
	return h->max;
}
