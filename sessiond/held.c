/* Jobs in order of their release. */
#include "sessiond/held.h"

static struct job *
job_after(const struct job *job)
{
	return (struct job *)job->work.next;
}

void
held_add(struct held *h, struct job *job)
{
	struct job *before = NULL;

	/* They come nearly in order, and are as few as there are connections. */
	for (struct job *j = h->first; j != NULL && j->release_ms <= job->release_ms;
	     j = job_after(j))
		before = j;
	if (before == NULL) {
		job->work.next = h->first == NULL ? NULL : &h->first->work;
		h->first = job;
	} else {
		job->work.next = before->work.next;
		before->work.next = &job->work;
	}
}

struct job *
held_take(struct held *h, int64_t steady_ms)
{
	struct job *job = h->first;

	if (job == NULL || job->release_ms > steady_ms)
		return NULL;
	h->first = job_after(job);
	job->work.next = NULL;
	return job;
}

int64_t
held_deadline(const struct held *h)
{
	return h->first == NULL ? INT64_MAX : h->first->release_ms;
}
