/* What the kernel's scheduler is told of the daemon's threads. */
#ifndef SESSIOND_SCHEDULE_H
#define SESSIOND_SCHEDULE_H

/*
 * The calling thread, the loop's, is given short turns, so that a waiting request interrupts a hash
 * at once instead of at the end of the hash's turn, which is milliseconds (sched_setattr(2),
 * Linux 6.12 and later; before, a higher nice value of the other thread is enough). Threads that it
 * starts afterwards have turns of the usual length, and at least the usual nice value. Nothing is
 * said where the kernel refuses, or where the thread was given another policy than SCHED_OTHER:
 * somebody else decided.
 */
void schedule_promptly(void);

/* The calling thread gives way to others by that nice value: setpriority(2). */
void schedule_behind(int nice);

#endif
