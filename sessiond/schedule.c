/*
 * Turns and nice values. On Linux 6.12 and later a thread that wakes waits until the one that runs
 * has had its turn, whatever their nice values, unless its own turns are shorter. A request is
 * answered in tens of microseconds, a hash takes tens of milliseconds.
 */
#include "sessiond/schedule.h"

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TURN_NS 100000 /* the shortest that the kernel takes */

void
schedule_promptly(void)
{
	struct sched_attr attr = {.size = sizeof(attr)};

	if (syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0) != 0 ||
	    attr.sched_policy != SCHED_NORMAL)
		return;
	attr.sched_flags |= SCHED_FLAG_RESET_ON_FORK;
	attr.sched_runtime = TURN_NS;
	(void)syscall(SYS_sched_setattr, 0, &attr, 0);
}

void
schedule_behind(int nice)
{
	(void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), nice);
}
