#include "tests/unit/core/peek.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
peek_finds(const void *memory, size_t n, const void *bytes, size_t bytes_n)
{
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	uint8_t *copy = malloc(n);
	bool found;

	if (fd < 0 || copy == NULL || pread(fd, copy, n, (off_t)(uintptr_t)memory) != (ssize_t)n) {
		perror("/proc/self/mem");
		abort();
	}
	found = memmem(copy, n, bytes, bytes_n) != NULL;
	free(copy);
	(void)close(fd);
	return found;
}
