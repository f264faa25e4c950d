/*
 * Put before a program (LD_PRELOAD), this shifts its wall clock by as many seconds as the file that
 * SHIFT names says, from one look to the next. Clocks that no administrator sets stay as they are.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <fcntl.h>

/* The file holds one number of this kind. */
static const _Atomic int64_t *shift;

__attribute__((constructor)) static void
start(void)
{
	const char *path = secure_getenv("SHIFT");
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	void *p = mmap(NULL, sizeof(*shift), PROT_READ, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		_exit(99);
	(void)close(fd);
	shift = p;
}

__attribute__((visibility("default"))) int
clock_gettime(clockid_t clock, struct timespec *ret)
{
	long rc = syscall(SYS_clock_gettime, clock, ret);

	if (rc == 0 && clock == CLOCK_REALTIME && shift != NULL)
		ret->tv_sec += atomic_load(shift);
	return (int)rc;
}

__attribute__((visibility("default"))) time_t
time(time_t *ret)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	if (ret != NULL)
		*ret = t.tv_sec;
	return t.tv_sec;
}
